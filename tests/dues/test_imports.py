"""The college's files: all or nothing, every bad row named, loading twice adds nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Barrier, Timer
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from base.files.tables import BadTable
from dues import exemptions, ledger
from dues.imports import loading, payment_merge
from dues.models import Act, Channel, DataLoad, Due, Exemption, Kind, Settlement, Surplus
from members.models import Member, RegionalCouncil, User
from tests.builders import a_council, a_due, a_member, a_settlement, a_user, an_exemption, hold, month, the_succession

Content = DataLoad.Content
Load = Callable[..., loading.Loaded]

HEADERS = {
    Content.ROLL: "cmp;apellidos;nombres;tipo_documento;numero_documento;consejo;sede;fecha_colegiacion;estado",
    Content.DUES: "cmp;tipo;mes;monto;vence;base_legal",
    Content.PAYMENTS: "cmp;tipo;mes;monto;canal;referencia;fecha_pago",
    Content.EXEMPTIONS: "cmp;tipo;primer_mes;ultimo_mes;motivo;documento;fecha",
}
ROSA = "012345;Núñez Peña;Rosa;DNI;40123456;III;Lima;15/03/2010;activo"
MARCH = "12345;colegiado;03/2025;30.00;31/03/2025;Acuerdo de muestra 021-2024"
APRIL = "12345;colegiado;04/2025;30.00;30/04/2025;Acuerdo de muestra 021-2024"
PAID_MARCH = "12345;colegiado;03/2025;30.00;banco;OP-000777;05/03/2025 10:22:01"
ABROAD = "12345;colegiado;02/2025;04/2025;Residencia en el extranjero;Resolución 012-CN;15/01/2025"


@pytest.fixture
def load(tmp_path: Path, db: None) -> Load:
    """Loads these lines under the header of their content."""

    def load_lines(content: Content, *lines: str, dry_run: bool = False, **options: Any) -> loading.Loaded:
        file = tmp_path / f"{content}.csv"
        file.write_text("\n".join([HEADERS[content], *lines, ""]))
        return loading.load(loading.Request(content=content, path=file, **options), dry_run=dry_run)

    return load_lines


@pytest.fixture
def rosa(db: None) -> Member:
    return a_member(cmp_number=12_345, document_number="40123456")


def problems(load: Load, content: Content, *lines: str) -> list[str]:
    with pytest.raises(BadTable) as refusal:
        load(content, *lines)
    return [str(problem) for problem in refusal.value.problems]


# --- The roll


def test_the_roll_brings_members_and_their_councils(load: Load) -> None:
    loaded = load(Content.ROLL, ROSA, "112233;Ñahui Ríos;José Ángel;CE;001234567;xi;Huaraz;01/02/2024;")

    assert (loaded.rows, loaded.added, loaded.changed) == (2, 2, 0)
    jose = Member.objects.get(cmp_number=112_233)
    assert (jose.full_name, jose.document_type, jose.status) == ("José Ángel Ñahui Ríos", "4", "active")
    assert str(jose.regional_council) == "Consejo Regional XI Huaraz"
    assert Member.objects.get(cmp_number=12_345).registered_date == date(2010, 3, 15)


def test_a_newer_roll_changes_only_what_differs_and_forgets_nobody(load: Load) -> None:
    load(Content.ROLL, ROSA, "112233;Ñahui Ríos;José Ángel;CE;001234567;XI;Huaraz;01/02/2024;")

    loaded = load(Content.ROLL, ROSA.replace("activo", "fallecido"), "99;Ríos;Inés;DNI;40000001;III;Lima;01/01/1980;")

    assert (loaded.rows, loaded.added, loaded.changed) == (2, 1, 1)
    assert Member.objects.get(cmp_number=12_345).status == "deceased"
    assert Member.objects.filter(cmp_number=112_233).exists()


def test_the_day_of_leaving_is_the_one_the_roll_gives_or_that_of_the_roll(load: Load) -> None:
    """Dues end with that month. It is kept by later rolls, and forgotten when somebody comes back."""

    def left_after(state: str) -> date | None:
        load(Content.ROLL, ROSA.replace("activo", state))
        return Member.objects.get(cmp_number=12_345).left_date

    assert left_after("activo") is None
    assert left_after("retirado") == timezone.localdate()
    Member.objects.update(left_date=date(2025, 7, 4))
    assert left_after("fallecido") == date(2025, 7, 4)
    assert left_after("activo ") is None


def test_a_roll_may_say_when_each_left(load: Load, tmp_path: Path) -> None:
    file = tmp_path / "roll.csv"
    file.write_text(f"{HEADERS[Content.ROLL]};fecha_estado\n{ROSA.replace('activo', 'fallecido')};05/06/2025\n")

    loading.load(loading.Request(content=Content.ROLL, path=file))

    assert Member.objects.get(cmp_number=12_345).left_date == date(2025, 6, 5)


def test_a_roll_that_knows_nothing_of_a_succeeded_death_is_told_so_by_row(load: Load) -> None:
    dead = a_member(cmp_number=12_345, status="deceased", left_date=month(2))
    the_succession(dead, a_user())

    [problem] = problems(load, Content.ROLL, ROSA)

    assert problem.startswith("línea 2, columna estado: un familiar tomó la titularidad de SEMEFA desde")


def test_each_bad_row_of_a_roll_is_named_and_nobody_is_added(load: Load) -> None:
    a_member(cmp_number=777, document_number="40999999")
    found = problems(
        load,
        Content.ROLL,
        ROSA,
        ROSA.replace("40123456", "40123457"),
        "200;Ríos;Inés;DNI;40123456;III;Lima;01/01/1980;",
        "201;Ríos;Inés;DNI;4012345;III;Lima;01/01/1980;",
        "202;Ríos;Inés;DNI;40999999;III;Lima;01/01/1980;",
        "203;Ríos;Inés;DNI;40000003;III;Arequipa;01/01/1980;",
        "204;Ríos;Inés;DNI;40000004;Lima;Lima;01/01/1980;",
    )

    assert found == [
        "línea 3, columna cmp: repite la línea 2",
        "línea 4, columna numero_documento: repite la línea 2",
        "línea 5, columna numero_documento: «4012345» no es un DNI: tiene 8 dígitos, "
        "quizá se perdió un cero a la izquierda",
        "línea 6, columna numero_documento: este documento es del CMP 777",
        "línea 7, columna sede: este consejo regional es el de Lima",
        "línea 8, columna consejo: «Lima» no es el número de un consejo regional",
    ]
    assert list(Member.objects.values_list("cmp_number", flat=True)) == [777]
    assert not DataLoad.objects.exists()


def test_a_council_keeps_its_name(load: Load) -> None:
    a_council(5, "V", "Arequipa")

    assert problems(load, Content.ROLL, ROSA.replace("III;Lima", "V;Lima"))
    assert RegionalCouncil.objects.get(number=5).name == "Arequipa"


# --- Dues


def test_dues_are_loaded_with_their_own_amount_and_basis(load: Load, rosa: Member) -> None:
    loaded = load(Content.DUES, MARCH, MARCH.replace("colegiado", "SEMEFA").replace("30.00", '"1,085.50"'))

    assert (loaded.added, loaded.changed) == (2, 0)
    semefa = Due.objects.get(kind=Kind.SEMEFA)
    assert (semefa.member, semefa.period, semefa.amount) == (rosa, date(2025, 3, 1), Decimal("1085.50"))


def test_loading_overlapping_dues_adds_only_the_new_ones(load: Load, rosa: Member) -> None:
    load(Content.DUES, MARCH)

    loaded = load(Content.DUES, MARCH, APRIL)

    assert (loaded.added, loaded.changed) == (1, 0)


def test_a_correction_changes_an_open_due(load: Load, rosa: Member) -> None:
    load(Content.DUES, MARCH)

    loaded = load(Content.DUES, MARCH.replace("30.00", "28.00"))

    assert (loaded.added, loaded.changed) == (0, 1)
    assert Due.objects.get().amount == Decimal("28.00")


def test_a_rise_never_re_prices_a_due_that_is_paid_or_being_paid(load: Load, rosa: Member) -> None:
    a_settlement(a_due(rosa, period=date(2025, 3, 1)))
    hold(a_due(rosa, period=date(2025, 4, 1)))

    loaded = load(Content.DUES, MARCH.replace("30.00", "35.00"), APRIL.replace("30.00", "35.00"))

    assert (loaded.added, loaded.changed, len(loaded.notes)) == (0, 0, 2)
    assert "por S/ 30.00; su monto no cambia" in str(loaded.notes[0])
    assert set(Due.objects.values_list("amount", flat=True)) == {Decimal("30.00")}


def test_dues_of_strangers_and_repeated_dues_are_refused(load: Load, rosa: Member) -> None:
    found = problems(
        load, Content.DUES, MARCH, MARCH.replace("12345", "54321"), MARCH, MARCH.replace("31/03/2025", "28/02/2025")
    )

    assert "línea 3, columna cmp: el CMP 54321 no está en el padrón" in found
    assert "línea 4, columna mes: repite la línea 2" in found
    assert any("vence antes de su mes" in problem for problem in found)
    assert not Due.objects.exists()


# --- Payments made elsewhere


def test_a_bank_file_settles_its_dues(load: Load, rosa: Member) -> None:
    due = a_due(rosa, period=date(2025, 3, 1))

    loaded = load(Content.PAYMENTS, PAID_MARCH)

    assert (loaded.rows, loaded.added) == (1, 1)
    settlement = Settlement.objects.get(due=due)
    assert (settlement.channel, settlement.reference) == (Channel.BANK, "OP-000777")
    assert not ledger.open_dues(rosa).exists()


def test_an_overlapping_bank_file_pays_nothing_twice(load: Load, rosa: Member) -> None:
    a_due(rosa, period=date(2025, 3, 1))
    a_due(rosa, period=date(2025, 4, 1))
    load(Content.PAYMENTS, PAID_MARCH)

    loaded = load(Content.PAYMENTS, PAID_MARCH, PAID_MARCH.replace("03/2025;", "04/2025;"))

    assert (loaded.rows, loaded.added) == (2, 1)
    assert Settlement.objects.count() == 2


def test_a_payment_that_bounced_is_not_brought_back(load: Load, rosa: Member) -> None:
    a_due(rosa, period=date(2025, 3, 1))
    load(Content.PAYMENTS, PAID_MARCH)
    ledger.reverse(Settlement.objects.get(), author="teresa@example.com", reason="El banco devolvió el pago")

    assert load(Content.PAYMENTS, PAID_MARCH, again=True).added == 0
    assert ledger.open_dues(rosa).count() == 1


def test_what_cannot_be_recorded_is_named_with_its_reason(load: Load, rosa: Member) -> None:
    a_due(rosa, period=date(2025, 5, 1), amount="28.00")
    a_due(rosa, period=date(2025, 6, 1))
    lines = [PAID_MARCH.replace("03/2025;", f"{month:02}/2025;") for month in (5, 7)]

    found = problems(load, Content.PAYMENTS, *lines, "12345;colegiado;06/2025;30;banco;OP-1;01/01/2099")

    assert found == [
        "línea 2, columna monto: la cuota es de S/ 28.00",
        "línea 3, columna mes: el CMP 12345 no tiene cuota de ese tipo y mes",
        "línea 4, columna fecha_pago: es de un día que aún no llega",
    ]
    assert not Settlement.objects.exists()


def test_money_for_a_due_that_is_paid_or_exempt_becomes_the_members_surplus(load: Load, rosa: Member) -> None:
    paid = a_due(rosa, period=date(2025, 3, 1))
    a_settlement(paid, Channel.CARD, "4711")
    an_exemption(rosa, exempt := a_due(rosa, period=date(2025, 4, 1)), document="Resolución 012-CN")
    lines = [PAID_MARCH, PAID_MARCH.replace("03/2025;", "04/2025;")]

    loaded = load(Content.PAYMENTS, *lines)

    assert loaded.added == 2
    kept = "el dinero queda como saldo a favor del colegiado"
    assert [str(note) for note in loaded.notes] == [
        f"línea 2, columna mes: ya figuraba pagada con 4711; {kept}",
        f"línea 3, columna mes: ya estaba exonerada: Resolución 012-CN; {kept}",
    ]
    assert set(rosa.surpluses.values_list("due", "amount", "reference")) == {
        (paid.pk, Decimal("30.00"), "OP-000777"),
        (exempt.pk, Decimal("30.00"), "OP-000777"),
    }
    assert load(Content.PAYMENTS, *lines, again=True).added == 0


def test_a_month_paid_twice_in_one_file_is_settled_by_the_earlier_payment(load: Load, rosa: Member) -> None:
    a_due(rosa, period=date(2025, 3, 1))

    load(Content.PAYMENTS, PAID_MARCH.replace("05/03", "06/03").replace("777", "778"), PAID_MARCH)

    assert Settlement.objects.get().reference == "OP-000777"
    assert Surplus.objects.get().reference == "OP-000778"


# --- Exemptions


def test_an_act_frees_the_open_dues_of_its_months_and_kind(load: Load, rosa: Member) -> None:
    before, first, last, after = (a_due(rosa, period=date(2025, month, 1)) for month in (1, 2, 4, 5))
    other_kind = a_due(rosa, Kind.SEMEFA, date(2025, 3, 1))
    paid = a_due(rosa, period=date(2025, 3, 1))
    a_settlement(paid)

    loaded = load(Content.EXEMPTIONS, ABROAD)

    assert (loaded.added, loaded.changed) == (1, 2)
    exemption = Exemption.objects.get()
    assert set(exemption.dues.all()) == {first, last}
    assert set(ledger.open_dues(rosa)) == {before, after, other_kind}
    surplus = rosa.surpluses.get()
    assert (surplus.due, surplus.amount) == (paid, Decimal("30.00"))
    assert surplus.reason == "se exoneró después de pagada: Resolución 012-CN"


def test_an_act_may_be_a_condonation_or_an_annulment(rosa: Member, tmp_path: Path) -> None:
    file = tmp_path / "actos.csv"
    file.write_text(f"{HEADERS[Content.EXEMPTIONS]};acto\n{ABROAD};Condonación\n")

    loading.load(loading.Request(content=Content.EXEMPTIONS, path=file))

    assert Exemption.objects.get().act == Act.CONDONATION


def test_a_file_does_not_bring_back_an_act_that_was_revoked(load: Load, rosa: Member) -> None:
    due = a_due(rosa, period=date(2025, 3, 1))
    load(Content.EXEMPTIONS, ABROAD)
    exemptions.revoke(Exemption.objects.get(), author="teresa@example.com", reason="Era de otro colegiado")

    loaded = load(Content.EXEMPTIONS, ABROAD, again=True)

    assert (loaded.added, loaded.changed) == (0, 0)
    assert "fue revocado: un archivo no lo vuelve a dar" in str(loaded)
    assert list(ledger.open_dues(rosa)) == [due]


def test_dues_loaded_after_the_act_are_born_exempt(load: Load, rosa: Member) -> None:
    load(Content.EXEMPTIONS, ABROAD)
    load(Content.DUES, MARCH)

    assert not ledger.open_dues(rosa).exists()
    assert Due.objects.get().exemption == Exemption.objects.get()


def test_an_act_is_recorded_once_and_not_rewritten(load: Load, rosa: Member) -> None:
    load(Content.EXEMPTIONS, ABROAD)

    assert load(Content.EXEMPTIONS, ABROAD, again=True).added == 0
    assert problems(load, Content.EXEMPTIONS, ABROAD.replace("04/2025", "12/2025")) == [
        "línea 2, columna documento: el acto Resolución 012-CN ya está registrado con otros datos"
    ]


# --- Every file


def test_each_load_is_recorded_with_both_persons(tmp_path: Path, teresa: User, ursula: User) -> None:
    file = tmp_path / "padron-2026-11.csv"
    file.write_text(f"{HEADERS[Content.ROLL]}\n{ROSA}\n")

    loading.load(loading.Request(content=Content.ROLL, path=file, author=teresa, approver=ursula))

    record = DataLoad.objects.get()
    assert (record.content, record.file_name, record.rows) == ("roll", file.name, 1)
    assert (record.author, record.approver) == (teresa, ursula)


def test_the_same_file_is_noticed_the_second_time(load: Load) -> None:
    load(Content.ROLL, ROSA)

    with pytest.raises(loading.LoadedBefore):
        load(Content.ROLL, ROSA)
    assert (load(Content.ROLL, ROSA, again=True).added, DataLoad.objects.count()) == (0, 2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("content", "line"), [(Content.ROLL, ROSA), (Content.PAYMENTS, PAID_MARCH), (Content.EXEMPTIONS, ABROAD)]
)
def test_the_same_file_confirmed_by_two_at_once_is_loaded_once(load: Load, content: Content, line: str) -> None:
    if content != Content.ROLL:
        rosa = a_member(cmp_number=12_345)
        a_settlement(a_due(rosa, period=date(2025, 3, 1)))  # a payment more is a surplus
    together = Barrier(2)

    def confirm(_: int) -> str:
        together.wait()
        try:
            return f"added {load(content, line, despite_warnings=True).added}"
        except loading.LoadedBefore:
            return "loaded before"
        finally:
            connections.close_all()

    a_council()
    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(confirm, range(2))) == ["added 1", "loaded before"]
    assert DataLoad.objects.count() == 1


def test_a_dry_run_says_what_would_change_and_changes_nothing(load: Load) -> None:
    loaded = load(Content.ROLL, ROSA, dry_run=True)

    assert (loaded.added, loaded.kept) == (1, False)
    assert not Member.objects.exists()
    assert not DataLoad.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_due_paid_in_the_portal_meanwhile_undoes_the_whole_file(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """The card payment lands while the file's merge is under way: it waits for the other transaction's settlement."""
    rosa = a_member(cmp_number=12_345)
    first, second = (a_due(rosa, period=date(2025, month, 1)) for month in (3, 4))
    elsewhere = connections["default"].copy()
    commit = Timer(0.3, lambda: elsewhere.connection.commit())
    settle = payment_merge.settle_named_months

    def pay_then_settle() -> None:
        with elsewhere.cursor() as cursor:
            cursor.execute(
                "BEGIN; INSERT INTO dues_settlement (due_id, amount, channel, reference, paid_at, recorded_at, "
                f"reversed_by, reversal_reason) VALUES ({second.pk}, 30, 'card', '4711', now(), now(), '', '')"
            )
        commit.start()
        settle()

    monkeypatch.setattr(payment_merge, "settle_named_months", pay_then_settle)

    with pytest.raises(loading.ChangedMeanwhile):
        load(Content.PAYMENTS, PAID_MARCH, PAID_MARCH.replace("03/2025;", "04/2025;"))
    commit.join()
    elsewhere.close()
    assert list(Settlement.objects.values_list("reference", flat=True)) == ["4711"]
    assert first in ledger.open_dues(rosa)


# --- Reasons to look twice


def test_a_total_that_differs_from_the_control_total_is_not_loaded_unasked(load: Load, rosa: Member) -> None:
    with pytest.raises(loading.Doubtful) as doubt:
        load(Content.DUES, MARCH, APRIL, control_total=Decimal("90.00"))

    assert doubt.value.warnings == [
        "Las filas suman S/ 60.00 y el total de control es S/ 90.00: hay S/ 30.00 de diferencia."
    ]
    assert not Due.objects.exists()
    assert load(Content.DUES, MARCH, APRIL, control_total=Decimal("90.00"), despite_warnings=True).added == 2
    assert DataLoad.objects.get().control_total == Decimal("90.00")


def test_a_total_that_agrees_is_loaded_at_once(load: Load, rosa: Member) -> None:
    assert load(Content.DUES, MARCH, APRIL, control_total=Decimal("60.00")).total == Decimal("60.00")


def test_a_file_without_overlap_where_overlap_is_usual_is_looked_at_twice(load: Load, rosa: Member) -> None:
    dues = [f"12345;colegiado;{month:02}/2025;30.00;28/{month:02}/2025;Acuerdo" for month in range(1, 9)]
    for last in (2, 3, 4, 5):
        assert load(Content.DUES, *dues[:last]).warnings == []

    with pytest.raises(loading.Doubtful, match="Ninguna fila estaba ya cargada"):
        load(Content.DUES, *dues[6:])


def test_bad_rows_can_be_left_out_by_decision(load: Load, rosa: Member) -> None:
    loaded = load(Content.DUES, MARCH, APRIL.replace("30.00", "treinta"), leave_out_bad_rows=True)

    assert (loaded.rows, loaded.added) == (1, 1)
    assert [str(problem) for problem in loaded.rejected] == [
        "línea 3, columna monto: «treinta» no es un monto como 1,234.50"
    ]
    assert DataLoad.objects.get().rejected == 1


# --- The commands


def test_a_command_sums_up_what_it_did(tmp_path: Path, db: None, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "padron.csv"
    file.write_bytes(f"{HEADERS[Content.ROLL]}\n{ROSA}\n".encode("cp1252"))

    call_command("import_roll", file)
    call_command("import_roll", file)

    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("padron.csv: 1 filas, 1 nuevas, 0 modificadas")
    assert "ya se cargó el" in second
    assert Member.objects.get().surnames == "Núñez Peña"


def test_a_command_lists_bad_rows_and_fails(tmp_path: Path, db: None) -> None:
    file = tmp_path / "cuotas.csv"
    file.write_text(f"{HEADERS[Content.DUES]}\n{MARCH}\n{MARCH.replace('30.00', 'treinta')}\n")

    with pytest.raises(CommandError) as failure:
        call_command("import_dues", file)

    assert failure.value.returncode == 1
    assert "línea 3, columna monto: «treinta» no es un monto como 1,234.50" in str(failure.value)


def test_a_command_writes_the_bad_rows_to_be_corrected_and_loaded(tmp_path: Path, rosa: Member) -> None:
    file, bad_rows = tmp_path / "cuotas.csv", tmp_path / "rechazos.csv"
    file.write_text(f"{HEADERS[Content.DUES]}\n{MARCH}\n{APRIL.replace('30.00', 'treinta')}\n")

    call_command("import_dues", file, rejects=bad_rows, leave_out=True)

    assert Due.objects.count() == 1
    header, row = bad_rows.read_text(encoding="utf-8-sig").splitlines()
    assert header == f"{HEADERS[Content.DUES]};rechazo"
    assert row.endswith(";monto: «treinta» no es un monto como 1,234.50")
    bad_rows.write_text(bad_rows.read_text(encoding="utf-8-sig").replace("treinta", "30.00"))
    call_command("import_dues", bad_rows)
    assert Due.objects.count() == 2


def test_a_command_stops_at_a_wrong_control_total(tmp_path: Path, rosa: Member) -> None:
    file = tmp_path / "cuotas.csv"
    file.write_text(f"{HEADERS[Content.DUES]}\n{MARCH}\n")

    with pytest.raises(CommandError, match=r"hay S/ 1\.00 de diferencia"):
        call_command("import_dues", file, control_total=Decimal("31.00"))
    call_command("import_dues", file, control_total=Decimal("31.00"), despite_warnings=True)
    assert Due.objects.count() == 1


def test_leaving_rows_out_without_a_place_for_them_is_refused(tmp_path: Path, db: None) -> None:
    with pytest.raises(CommandError, match="--leave-out pide también --rejects"):
        call_command("import_dues", tmp_path / "cuotas.csv", leave_out=True)


def test_a_command_says_so_when_there_is_no_file(tmp_path: Path, db: None) -> None:
    with pytest.raises(CommandError, match="No se puede leer"):
        call_command("import_payments", tmp_path / "nada.csv")


def test_a_dry_run_of_a_command_says_that_it_is_one(
    tmp_path: Path, rosa: Member, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "actos.csv"
    file.write_text(f"{HEADERS[Content.EXEMPTIONS]}\n{ABROAD}\n")

    call_command("import_exemptions", file, dry_run=True)

    assert "no se guardó nada" in capsys.readouterr().out
    assert not Exemption.objects.exists()
