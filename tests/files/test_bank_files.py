"""The banks' own files: each payment once, extornos undone, and what pays nothing kept for a person."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from base.files.tables import BadTable
from dues import ledger
from dues.exceptions import AlreadyIdentified, PaysNothing
from dues.imports import loading, unidentified
from dues.imports.freshness import freshness
from dues.models import BankLayout, DataLoad, Due, ImportDraft, Settlement, Surplus, UnidentifiedPayment
from members import actors
from members.models import Member, User
from tests.builders import a_due, a_member, client_of

pytestmark = pytest.mark.django_db

CASES = Path(__file__).with_name("cases")
HEADER = "cmp;tipo;mes;monto;canal;referencia;fecha_pago"


@pytest.fixture
def ana() -> Member:
    """CMP 58213: open dues of 07/2026 to 11/2026, SEMEFA from 09/2026."""
    ana = a_member(cmp_number=58_213, surnames="QUISPE", given_names="ANA", document_number="40123456")
    for month in range(7, 12):
        a_due(ana, period=date(2026, month, 1), amount=Decimal("30.00"))
    for month in range(9, 12):
        a_due(ana, kind="semefa", period=date(2026, month, 1), amount=Decimal("85.50"))
    return ana


@pytest.fixture
def bruno() -> Member:
    bruno = a_member(cmp_number=38_410, document_number="40123457")
    for month in range(1, 5):
        a_due(bruno, period=date(2023, month, 1), amount=Decimal("30.00"))
    return bruno


def load(path: Path, **options: Any) -> loading.Loaded:
    content = options.pop("content", DataLoad.Content.PAYMENTS)
    return loading.load(loading.Request(content=content, path=path, despite_warnings=True, **options))


def case(name: str, **options: Any) -> loading.Loaded:
    return load(CASES / name, **options)


def written(tmp_path: Path, *lines: str, name: str = "banco.csv", **options: Any) -> loading.Loaded:
    (tmp_path / name).write_text("\n".join([HEADER, *lines, ""]))
    return load(tmp_path / name, **options)


def paid(member: Member, kind: str = "colegiado") -> list[str]:
    live = Settlement.objects.filter(due__member=member, due__kind=kind, reversed_at=None)
    return [f"{period:%m/%Y}" for period in live.order_by("due__period").values_list("due__period", flat=True)]


def waiting() -> list[tuple[str, str]]:
    return [(str(payment.amount), payment.reason) for payment in unidentified.waiting_payments()]


def without_the_mark(tmp_path: Path, name: str) -> Path:
    """The bank's file, whose last payment was not given back."""
    path = tmp_path / name
    path.write_text((CASES / name).read_text().replace("0000000000E", "0000000000 "))
    return path


@pytest.mark.parametrize("name", ["k01_bcp_cdpg_200.txt", "k02_bcp_cobros_250.txt"])
def test_the_banks_collection_file_pays_months_it_names_and_the_oldest_where_it_names_none(
    ana: Member, bruno: Member, tmp_path: Path, name: str
) -> None:
    loaded = load(without_the_mark(tmp_path, name))

    assert (loaded.rows, loaded.added, loaded.waiting, loaded.total) == (3, 3, 0, Decimal("205.50"))
    assert (paid(ana), paid(ana, "semefa")) == (["07/2026"], ["09/2026"])
    assert paid(bruno) == ["01/2023", "02/2023", "03/2023"]
    assert Settlement.objects.filter(due__member=ana).first().reference == "048937 · BCP 111017"


def test_a_payment_that_the_bank_marks_as_given_back_pays_nothing_and_is_listed(ana: Member, bruno: Member) -> None:
    loaded = case("k01_bcp_cdpg_200.txt")

    assert (loaded.rows, loaded.added, loaded.waiting) == (3, 2, 1)
    assert paid(bruno) == []
    assert waiting() == [("-90.00", "el banco lo extornó, y el pago que extorna no figura")]


def test_the_same_payments_in_the_banks_other_width_and_zip_are_known(
    ana: Member, bruno: Member, tmp_path: Path
) -> None:
    load(without_the_mark(tmp_path, "k01_bcp_cdpg_200.txt"))
    without_the_mark(tmp_path, "k02_bcp_cobros_250.txt")
    with ZipFile(tmp_path / "CDPG2575.ZIP", "w") as archive:
        archive.write(tmp_path / "k02_bcp_cobros_250.txt", "CDPG2575.TXT")

    loaded = load(tmp_path / "CDPG2575.ZIP")

    assert (loaded.rows, loaded.added, loaded.waiting) == (3, 0, 0)
    assert Settlement.objects.count() == 5
    assert not Surplus.objects.exists()


def test_an_extorno_of_the_close_undoes_the_payment_of_mid_morning(ana: Member, bruno: Member, tmp_path: Path) -> None:
    load(without_the_mark(tmp_path, "k01_bcp_cdpg_200.txt"))
    loaded = case("k01_bcp_cdpg_200.txt")

    assert loaded.added == 1
    assert paid(bruno) == []
    undone = Settlement.objects.filter(due__member=bruno)
    assert {settlement.reversal_reason for settlement in undone} == {"Extorno del banco: 048939 · BCP 111017"}
    again = case("k01_bcp_cdpg_200.txt", again=True)
    assert (again.added, paid(bruno), waiting()) == (0, [], [])


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("000000003", "000000004", "el banco dice 4 pagos y el archivo trae 3"),
        ("000000000020550", "000000000020551", "el banco dice que suman S/ 205.51"),
        ("CC193", "XX193", "falta la fila «CC»"),
    ],
)
def test_a_file_whose_count_or_sum_differs_is_refused(
    ana: Member, tmp_path: Path, before: str, after: str, words: str
) -> None:
    path = tmp_path / "CDPG.TXT"
    path.write_text((CASES / "k01_bcp_cdpg_200.txt").read_text().replace(before, after, 1))

    with pytest.raises(BadTable) as refusal:
        load(path)

    assert words in str(refusal.value.problems[0])
    assert not Settlement.objects.exists()


def test_a_zip_of_five_characters_is_refused_as_what_it_is() -> None:
    with pytest.raises(BadTable) as refusal:
        case("x26_bank.zip")

    assert "no tiene ninguna fila de datos" in str(refusal.value.problems[0])


def test_the_answer_of_bbva_pays_its_month(ana: Member) -> None:
    loaded = case("k03_bbva_retorno.txt")

    assert (loaded.rows, loaded.added, loaded.total) == (1, 1, Decimal("30.00"))
    assert paid(ana) == ["07/2026"]


def test_an_account_statement_undoes_its_own_payment(ana: Member) -> None:
    loaded = case("k05_bcp_eecc.csv")

    assert (loaded.rows, loaded.added, loaded.waiting) == (2, 0, 0)
    assert paid(ana) == []
    assert any("extorna el pago" in note.reason for note in loaded.notes)


def test_the_file_that_excel_touched_credits_nobody_twice(ana: Member) -> None:
    case("o1_week1_zero_padded.csv")
    loaded = case("o2_week2_through_excel.csv")

    assert (loaded.rows, loaded.added) == (3, 1)
    assert (paid(ana), paid(ana, "semefa")) == (["09/2026", "10/2026"], ["09/2026"])
    assert not Surplus.objects.exists()


@pytest.mark.parametrize(("first", "second"), [("A-0012", "a0012"), ("048937", "48937"), ("OP 12", "op-12")])
def test_an_operation_is_one_however_it_is_written(ana: Member, tmp_path: Path, first: str, second: str) -> None:
    row = "58213;colegiado;07/2026;30.00;banco;{};25/11/2026"
    written(tmp_path, row.format(first), name="uno.csv")

    assert written(tmp_path, row.format(second), name="dos.csv").added == 0
    assert not Surplus.objects.exists()


def test_a_number_used_again_at_another_office_or_day_is_another_payment(ana: Member, tmp_path: Path) -> None:
    load(without_the_mark(tmp_path, "k01_bcp_cdpg_200.txt"))
    other = tmp_path / "otro.txt"
    other.write_text((tmp_path / "k01_bcp_cdpg_200.txt").read_text().replace("111017048937", "111018048937"))

    load(other)

    [surplus] = Surplus.objects.filter(due__period=date(2026, 7, 1))
    assert (surplus.amount, surplus.reason) == (Decimal("30.00"), "ya figuraba pagada con 048937 · BCP 111017")


def test_a_negative_amount_is_an_extorno(ana: Member, tmp_path: Path) -> None:
    assert case("c08_negative.csv").waiting == 1
    assert waiting() == [("-30.00", "el banco lo extornó, y el pago que extorna no figura")]

    loaded = written(tmp_path, "58213;colegiado;07/2026;30.00;banco;OP-1;25/11/2026")

    assert paid(ana) == []
    assert waiting() == []
    assert loaded.waiting == 0


def test_rows_that_nobody_owes_are_kept_when_they_are_left_out(ana: Member) -> None:
    with pytest.raises(BadTable):
        case("u1_bank_rows_nobody_owes.csv")
    loaded = case("u1_bank_rows_nobody_owes.csv", leave_out_bad_rows=True)

    assert (loaded.added, loaded.waiting) == (1, 3)
    assert sum(payment.amount or 0 for payment in unidentified.waiting_payments()) == Decimal("95.00")
    stranger = UnidentifiedPayment.objects.get(code="99999")
    assert stranger.said["referencia"] == "048940"
    assert stranger.load == loaded.record
    assert case("u1_bank_rows_nobody_owes.csv", leave_out_bad_rows=True, again=True).waiting == 0


def test_a_row_that_cannot_be_read_is_kept_too(ana: Member, tmp_path: Path) -> None:
    loaded = written(
        tmp_path,
        "58213;colegiado;07/2026;30.00;banco;1;25/11/2026",
        "58213;colegiado;08/2026;treinta;banco;2;25/11/2026",
        leave_out_bad_rows=True,
    )

    assert loaded.waiting == 1
    [payment] = unidentified.waiting_payments()
    assert (payment.amount, payment.said["monto"]) == (None, "treinta")


def test_what_waited_is_tried_again_when_its_due_comes(ana: Member, tmp_path: Path) -> None:
    case("u1_bank_rows_nobody_owes.csv", leave_out_bad_rows=True)
    dues = tmp_path / "cuotas.csv"
    dues.write_text("cmp;tipo;mes;monto;vence;base_legal\n58213;colegiado;12/2026;30.00;31/12/2026;Acuerdo\n")

    load(dues, content=DataLoad.Content.DUES)

    assert paid(ana) == ["09/2026", "12/2026"]
    resolved = UnidentifiedPayment.objects.get(reference="048941")
    assert resolved.resolution == "pagó S/ 30.00 de cuotas del CMP 58213"


def test_what_is_over_waits_with_its_member(bruno: Member, tmp_path: Path) -> None:
    loaded = written(tmp_path, "38410;colegiado;;100.00;banco;5;25/11/2026")

    assert (loaded.added, loaded.waiting) == (1, 1)
    assert paid(bruno) == ["01/2023", "02/2023", "03/2023"]
    assert waiting() == [("10.00", "sobra: S/ 90.00 pagaron las cuotas más antiguas")]
    assert written(tmp_path, "38410;colegiado;;100.00;banco;05;25/11/2026", name="otra.csv").added == 0
    assert len(waiting()) == 1


def test_an_extorno_takes_back_what_was_over_too(bruno: Member, tmp_path: Path) -> None:
    written(tmp_path, "38410;colegiado;;100.00;banco;5;25/11/2026")
    written(tmp_path, "38410;colegiado;;-100.00;banco;5;26/11/2026", name="extorno.csv")

    assert (paid(bruno), waiting()) == ([], [])


def test_two_payments_without_a_month_pay_one_after_the_other(bruno: Member, tmp_path: Path) -> None:
    written(
        tmp_path,
        "38410;colegiado;;60.00;banco;5;25/11/2026",
        "38410;colegiado;;20.00;banco;6;25/11/2026",
        "38410;colegiado;;30.00;banco;7;26/11/2026",
    )

    assert paid(bruno) == ["01/2023", "02/2023", "03/2023"]
    assert waiting() == [("20.00", "no dice el mes, y no cubre ninguna cuota pendiente de su tipo")]


def test_staff_say_whose_it_is_and_it_pays_once(ana: Member, bruno: Member, tmp_path: Path, teresa: User) -> None:
    case("u1_bank_rows_nobody_owes.csv", leave_out_bad_rows=True)
    stranger = UnidentifiedPayment.objects.get(code="99999")

    done = unidentified.identify(stranger.pk, member=bruno, kind="colegiado", period=None, author=teresa)

    assert paid(bruno) == ["01/2023"]
    assert (done.resolved_by, done.member) == (actors.actor(teresa), bruno)
    with pytest.raises(AlreadyIdentified):
        unidentified.identify(stranger.pk, member=ana, kind="colegiado", period=None, author=teresa)
    assert case("u1_bank_rows_nobody_owes.csv", leave_out_bad_rows=True, again=True).waiting == 0


def test_a_payment_that_covers_nothing_stays_waiting(ana: Member, tmp_path: Path, teresa: User) -> None:
    case("u1_bank_rows_nobody_owes.csv", leave_out_bad_rows=True)
    stranger = UnidentifiedPayment.objects.get(code="99999")

    with pytest.raises(PaysNothing):
        unidentified.identify(stranger.pk, member=ana, kind="semefa", period=None, author=teresa)

    assert UnidentifiedPayment.objects.get(code="99999").resolved_at is None


def test_what_was_written_by_hand_meanwhile_pays_nothing_twice(ana: Member, tmp_path: Path) -> None:
    written(tmp_path, "58213;colegiado;12/2026;30.00;banco;048941;25/11/2026", leave_out_bad_rows=True)
    december = a_due(ana, period=date(2026, 12, 1), amount=Decimal("30.00"))
    moment = UnidentifiedPayment.objects.get().paid_at
    assert moment
    ledger.settle([(december.pk, december.amount)], channel="bank", reference="A MANO 1: 48941", paid_at=moment)

    unidentified.retry()

    assert UnidentifiedPayment.objects.get().resolution == "ya figuraba registrado con la misma operación"
    assert not Surplus.objects.exists()


def test_a_file_without_rows_is_refused_and_makes_nothing_fresh(ana: Member) -> None:
    with pytest.raises(BadTable) as refusal:
        case("c20b_header_only.csv")

    assert "no tiene ninguna fila" in str(refusal.value.problems[0])
    assert freshness().payments_at is None


def test_fresh_is_the_newest_payment_and_not_the_day_of_loading(ana: Member) -> None:
    case("c01_tab.csv")

    at = freshness().payments_at
    assert at
    assert f"{at:%d/%m/%Y}" == "25/11/2026"


def test_a_total_row_is_compared_and_not_loaded(ana: Member, tmp_path: Path) -> None:
    loaded = case("c23_total_row.csv")

    assert (loaded.rows, loaded.total) == (1, Decimal("30.00"))
    assert "lo mismo que las filas de arriba" in loaded.notes[0].reason
    with pytest.raises(BadTable) as refusal:
        written(tmp_path, "58213;colegiado;08/2026;30.00;banco;OP-2;25/11/2026", "Total;;;60.00;;;")
    assert "dice S/ 60.00; las filas de arriba suman S/ 30.00" in str(refusal.value.problems[0])


def test_a_due_paid_by_card_and_at_the_bank_is_a_surplus_that_names_both(ana: Member) -> None:
    july = Due.objects.get(member=ana, period=date(2026, 7, 1))
    ledger.settle([(july.pk, july.amount)], channel="card", reference="100200", paid_at=july_noon())

    case("c01_tab.csv")

    [surplus] = Surplus.objects.all()
    assert (surplus.reference, surplus.reason) == ("OP-1", "ya figuraba pagada con 100200")


def july_noon() -> Any:
    from datetime import UTC, datetime

    return datetime(2026, 7, 1, 17, tzinfo=UTC)


QUEUE = "/admin/dues/unidentifiedpayment/"


def test_staff_find_a_waiting_payment_by_sum_and_give_it_to_its_member(
    ana: Member, bruno: Member, teresa: User
) -> None:
    case("u1_bank_rows_nobody_owes.csv", leave_out_bad_rows=True)
    stranger = UnidentifiedPayment.objects.get(code="99999")
    browser = client_of(teresa)

    assert "048942" in browser.get(QUEUE, {"q": "35.00"}).content.decode()
    page = browser.get(f"{QUEUE}{stranger.pk}/change/", {"buscar": "38410"}).content.decode()
    assert "Todavía no paga ninguna cuota." in page
    assert bruno.surnames in page
    done = browser.post(f"{QUEUE}{stranger.pk}/identificar/", {"cmp": "38410", "kind": "colegiado"}, follow=True)

    assert "pagó S/ 30.00 de cuotas del CMP 38410" in done.content.decode()
    assert paid(bruno) == ["01/2023"]


def test_staff_close_a_payment_that_is_no_due(ana: Member, teresa: User, walter: User) -> None:
    case("u1_bank_rows_nobody_owes.csv", leave_out_bad_rows=True)
    stranger = UnidentifiedPayment.objects.get(code="99999")

    assert client_of(walter).post(f"{QUEUE}{stranger.pk}/cerrar/", {"how": "x"}).status_code == 403
    client_of(teresa).post(f"{QUEUE}{stranger.pk}/cerrar/", {"how": "Devuelto por transferencia 0012345"})

    stranger.refresh_from_db()
    assert (stranger.resolved_by, stranger.resolution) == (actors.actor(teresa), "Devuelto por transferencia 0012345")


def test_a_bank_that_changed_its_file_is_read_after_its_layout_is_edited(
    ana: Member, tmp_path: Path, teresa: User
) -> None:
    """The operation moved by one place: the preview shows it, staff put it right and look again."""
    browser = client_of(teresa)
    browser.get("/admin/dues/banklayout/")
    layout = BankLayout.objects.get(name="BBVA, retorno de recaudación")
    wrong = BankLayout.objects.filter(pk=layout.pk)
    wrong.update(code_at="42-45")
    content = (CASES / "k03_bbva_retorno.txt").read_bytes()
    browser.post(
        "/admin/dues/dataload/cargar/", {"content": "payments", "file": SimpleUploadedFile("k03.txt", content)}
    )
    draft = ImportDraft.objects.get()
    assert draft.outcome["waiting"] == 1
    wrong.update(code_at="33-41")

    page = browser.post(f"/admin/dues/dataload/cargar/{draft.pk}/revisar/", follow=True).content.decode()

    assert "<td>58213</td>" in page
    draft.refresh_from_db()
    assert (draft.outcome["added"], draft.outcome["waiting"]) == (1, 0)
