"""The gateway's report beside our charges: what matches, what does not on either side, and the sign-off."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.http import HttpResponse
from django.utils import timezone

from base.templatetags.portal import lima
from dues.imports import loading, unidentified
from dues.models import DataLoad
from members.models import User
from payments.books import deposits, payouts, recovery
from payments.exceptions import ReportSigned, ReportUnconfirmed
from payments.models import Attempt, Chargeback, PayoutLayout, PayoutLine, PayoutReport, Refund
from staff import watch
from tests.builders import client_of
from tests.payments.browser import text
from tests.payments.test_refusals import refused
from tests.treasury.payments_of import a_payment

pytestmark = pytest.mark.django_db

LIST = "/admin/pagos/liquidaciones/"
HEADER = "numero_pedido;operacion;fecha;autorizacion;monto;comision"


def a_charge(**fields: Any) -> Attempt:
    defaults = {"order_state": "paid", "state": "approved", "settles_order": True, "authorization_code": "170834"}
    return a_payment(decided_at=timezone.now(), **(defaults | fields))


def a_refund(attempt: Attempt, amount: int) -> Refund:
    done = {"state": "done", "concluded_at": timezone.now()}
    return Refund.objects.create(attempt=attempt, method="refund", amount=amount, reason="r", author="x", **done)


def a_line(attempt: Attempt, operation: str = "venta", at: datetime | None = None, **cells: str) -> str:
    told = {"number": attempt.number, "code": attempt.authorization_code, "amount": str(attempt.amount)} | cells
    at = at or attempt.decided_at or timezone.now()
    return f"{told['number']};{operation};{lima(at)};{told['code']};{told['amount']};0.90"


def load(user: User, lines: Sequence[str], header: str = HEADER, name: str = "noviembre.csv") -> HttpResponse:
    """Loads the file and registers it; returns the page after loading."""
    answer = upload(user, lines, header, name)
    confirm_waiting()
    return answer


def confirm_waiting() -> None:
    for report in PayoutReport.objects.filter(confirmed_at=None, withdrawn_at=None):
        payouts.confirm(report.pk)


def upload(user: User, lines: Sequence[str], header: str = HEADER, name: str = "noviembre.csv") -> HttpResponse:
    file = SimpleUploadedFile(name, "\n".join([header, *lines]).encode())
    return client_of(user).post(f"{LIST}cargar/", {"file": file}, follow=True)


def results() -> dict[int, str]:
    return dict(PayoutLine.objects.order_by("line").values_list("line", "result"))


def test_what_matches_and_what_does_not_on_either_side(teresa: User) -> None:
    good, other_amount, other_code, denied, absent = a_charge(), a_charge(), a_charge(), a_payment(), a_charge()
    lines = [
        a_line(good),
        a_line(other_amount, amount="31.00"),
        a_line(other_code, code="999999"),
        a_line(denied),
        a_line(good, number="987654321"),
    ]

    page = text(load(teresa, lines))

    assert list(results().values()) == ["matched", "amount", "authorisation", "unexpected", "unknown"]
    for words in (
        "Cobros S/ 151.00",
        "Comisión de la pasarela S/ 4.50",
        "Abonado al colegio S/ 146.50",
        "Filas que coinciden 1 de 5",
        "El monto es otro",
        "La autorización es otra",
        "Para nosotros no se cobró",
        "No conocemos ese número de pedido",
        f"Cobro {absent.number} de S/ 30.00",
    ):
        assert words in page
    assert "settlement" in {trouble.key.partition(":")[0] for trouble in watch.troubles()}


def test_the_same_file_again_is_the_same_report(teresa: User) -> None:
    lines = [a_line(a_charge())]
    load(teresa, lines)
    assert "ya se había cargado" in text(load(teresa, lines))
    assert (PayoutReport.objects.count(), PayoutLine.objects.count()) == (1, 1)


def test_a_file_of_overlapping_days_adds_only_what_is_new(teresa: User) -> None:
    first, second = a_charge(), a_charge()
    load(teresa, [a_line(first)])
    assert "1 ya estaban en otra liquidación" in text(load(teresa, [a_line(first), a_line(second)], name="dos.csv"))
    assert results() == {2: "matched", 3: "matched"}


def test_one_charge_stated_twice_is_a_difference(teresa: User) -> None:
    charge = a_charge()
    load(teresa, [a_line(charge), a_line(charge, at=timezone.now() - timedelta(minutes=5))])
    assert list(results().values()) == ["matched", "unexpected"]


def test_refunds_match_one_by_one(teresa: User) -> None:
    charge = a_charge(due_amount="90.00")
    for _ in range(2):
        Refund.objects.create(
            attempt=charge,
            method="refund",
            amount=30,
            reason="r",
            author="x",
            state="done",
            concluded_at=timezone.now(),
        )
    moments = [timezone.now() - timedelta(minutes=minutes) for minutes in (3, 2, 1)]
    load(teresa, [a_line(charge), *[a_line(charge, "Devolución", at, amount="30.00") for at in moments]])
    assert list(results().values()) == ["matched", "matched", "matched", "unexpected"]
    assert PayoutLine.objects.exclude(refund=None).values("refund").distinct().count() == 2


def test_a_refund_that_the_gateway_does_not_state_is_missing(teresa: User) -> None:
    charge = a_charge()
    a_refund(charge, 5)
    assert "Devolución" in text(load(teresa, [a_line(charge)])).split("ausentes de las liquidaciones")[1]


def test_a_doubt_that_was_cleared_since_matches_at_the_next_comparison(teresa: User) -> None:
    charge = a_charge(order_state="cancelled", state="in_doubt", settles_order=False)
    load(teresa, [a_line(charge)])
    report = PayoutReport.objects.get()
    assert list(results().values()) == ["unexpected"]
    Attempt.objects.filter(pk=charge.pk).update(state="approved")
    client_of(teresa).post(f"{LIST}{report.pk}/comparar/")
    assert list(results().values()) == ["matched"]


def test_differences_are_signed_with_their_explanation_and_then_stand(teresa: User) -> None:
    charge = a_charge()
    load(teresa, [a_line(charge, amount="31.00")])
    report = PayoutReport.objects.get()
    desk, sign = client_of(teresa), f"{LIST}{report.pk}/conformidad/"
    assert "Hay diferencias" in text(desk.post(sign, {"note": ""}))

    assert "Conformidad registrada" in text(desk.post(sign, {"note": "Se reclamó a Niubiz el 23/11"}, follow=True))

    report.refresh_from_db()
    assert report.signed_by == teresa
    payouts.compare(report)
    assert "settlement" not in {trouble.key.partition(":")[0] for trouble in watch.troubles()}


def test_a_clean_report_is_signed_without_a_word(teresa: User) -> None:
    load(teresa, [a_line(a_charge())])
    report = PayoutReport.objects.get()
    client_of(teresa).post(f"{LIST}{report.pk}/conformidad/")
    report.refresh_from_db()
    assert report.signed_at


@pytest.mark.parametrize(
    ("header", "line", "told"),
    [
        (
            HEADER.replace("monto", "importe"),
            "1;venta;23/11/2026;A;30.00;0",
            "columna monto, Importe de Operación: falta la columna",
        ),
        (HEADER, "x1;venta;23/11/2026;A;30.00;0", "no es un número de pedido"),
        (HEADER, "1;regalo;23/11/2026;A;30.00;0", "no es ninguno de"),
        (HEADER, "1;venta;2026/11-23;A;30.00;0", "no es una fecha"),
        (HEADER, "1;venta;23/11/2026;A;treinta;0", "línea 2, columna monto"),
        (HEADER, "", "no tiene ninguna operación"),
    ],
)
def test_a_bad_file_names_line_and_column_and_changes_nothing(header: str, line: str, told: str, teresa: User) -> None:
    answer = load(teresa, [line] if line else [], header)
    assert answer.status_code == 400
    assert told in text(answer)
    assert not PayoutReport.objects.exists()


def test_another_layout_is_another_set_of_names(teresa: User) -> None:
    payouts.layout()
    PayoutLayout.objects.update(purchase_number="Nro. Pedido", operation="Tipo", sale_words="cargo")
    charge = a_charge()
    header = "Comercio;" + HEADER.replace("numero_pedido", "NRO. PEDIDO").replace("operacion", "tipo")
    load(teresa, ["100000001;" + a_line(charge, "Cargo")], header)
    assert list(results().values()) == ["matched"]


def test_walter_neither_sees_nor_loads(walter: User) -> None:
    assert client_of(walter).get(LIST).status_code == 403
    assert load(walter, []).status_code == 403


def test_refusals(teresa: User) -> None:
    load(teresa, [a_line(a_charge()), a_line(a_charge(), amount="31.00")])
    report = PayoutReport.objects.get()
    line, other = report.lines.order_by("line")
    lines, reports = PayoutLine._base_manager, PayoutReport._base_manager
    refused("a_settlement_line_is_never_deleted", line.delete)
    refused("a_settlement_line_keeps_what_was_stated", lambda: lines.filter(pk=line.pk).update(amount=1))
    refused(
        "a_charge_is_settled_once", lambda: lines.filter(pk=other.pk).update(attempt=line.attempt, result="matched")
    )
    copied = {"operation": "sale", "commission": 0, "amount": line.amount, "happened_at": line.happened_at}
    refused(
        "an_operation_is_stated_once",
        lambda: lines.create(report=report, line=9, purchase_number=line.purchase_number, **copied),
    )
    refund = Refund.objects.create(attempt=a_charge(), method="refund", amount=1, reason="r", author="x")
    lines.filter(pk=line.pk).update(refund=refund)
    refused("a_refund_is_settled_once", lambda: lines.filter(pk=other.pk).update(refund=refund, result="matched"))
    refused("a_report_is_never_deleted", lambda: reports.filter(pk=report.pk)._raw_delete("default"))
    refused("a_signature_names_its_person", lambda: reports.filter(pk=report.pk).update(signed_at=timezone.now()))
    same = {"file_name": "x", "first_day": report.first_day, "last_day": report.last_day, "rows": 1, "author": teresa}
    refused("a_report_is_loaded_once", lambda: reports.create(sha256=report.sha256, **same))
    refused("there_is_one_layout", lambda: PayoutLayout.objects.create(pk=2))
    payouts.sign(report.pk, by=teresa, note="explicado")
    refused("a_signed_report_never_changes", lambda: reports.filter(pk=report.pk).update(note="otra"))


CASES = Path(__file__).parent.parent / "files" / "cases"


def load_case(user: User, name: str) -> HttpResponse:
    file = SimpleUploadedFile(name, (CASES / name).read_bytes())
    answer = client_of(user).post(f"{LIST}cargar/", {"file": file}, follow=True)
    confirm_waiting()
    return answer


@pytest.mark.parametrize("name", ["n01_niubiz_real_shape.txt", "n03_niubiz_real_shape.xlsx"])
def test_the_gateways_own_report_reads_as_it_comes(teresa: User, name: str) -> None:
    sold = a_charge(due_amount="90.00", card="455170******8059")
    Attempt.objects.filter(pk=sold.pk).update(decided_at=datetime(2026, 11, 26, 3, 7, 13, tzinfo=UTC))
    refund = a_refund(sold, 30)

    page = text(load_case(teresa, name))

    sale, given_back = PayoutLine.objects.order_by("line")
    assert (sale.amount, sale.commission, sale.igv, sale.deposited) == tuple(
        map(Decimal, ("90", "3.59", "0.65", "85.76"))
    )
    assert (given_back.operation, given_back.amount, given_back.deposited) == ("refund", Decimal(30), Decimal(-30))
    assert (sale.attempt, sale.result) == (sold, "matched")
    assert (given_back.refund, given_back.result) == (refund, "matched")
    assert "Comisión de la pasarela S/ 3.59 IGV de la comisión S/ 0.65 Abonado al colegio S/ 55.76" in page


def test_a_dollar_row_is_refused_by_the_files_own_column(teresa: User) -> None:
    page = text(load_case(teresa, "s2_usd_row.csv"))

    assert "línea 2, columna Moneda: «Dólares»: el portal cobra solo en soles" in page
    assert not PayoutReport.objects.exists()


def test_a_sum_deposited_that_does_not_follow_is_refused(teresa: User) -> None:
    content = (CASES / "n01_niubiz_real_shape.txt").read_text().replace("85.76", "85.67")
    file = SimpleUploadedFile("n01.txt", content.encode())

    page = text(client_of(teresa).post(f"{LIST}cargar/", {"file": file}))

    assert "columna Suma Depositada: S/ 90.00 menos comisión e IGV no da S/ 85.67" in page


def test_a_commission_stated_with_its_tax_is_kept_without_it(teresa: User) -> None:
    content = (CASES / "n01_niubiz_real_shape.txt").read_text().replace("3.59,0.90,0.65", "4.24,0.90,0.65")

    client_of(teresa).post(f"{LIST}cargar/", {"file": SimpleUploadedFile("n01.txt", content.encode())})

    sale = PayoutLine.objects.get(operation="sale")
    assert (sale.commission, sale.igv) == (Decimal("3.59"), Decimal("0.65"))


def test_a_wrong_report_is_undone_and_may_be_loaded_again(teresa: User) -> None:
    charge = a_charge()
    load(teresa, [a_line(charge)])
    report = PayoutReport.objects.get()

    page = text(client_of(teresa).post(f"{LIST}{report.pk}/deshacer/", {"reason": "Era de octubre"}, follow=True))

    assert "Deshecha" in page
    load(teresa, [a_line(charge)])
    again = PayoutReport.objects.latest("pk")
    assert again.pk != report.pk
    assert again.lines.get().result == "matched"


def test_an_unconfirmed_report_counts_only_on_its_own_page(teresa: User) -> None:
    charge, other = a_charge(), a_charge()
    lines = [a_line(charge, amount="31.00"), a_line(other, "contracargo"), a_line(other, "devolucion", amount="5.00")]
    page = text(upload(teresa, [*lines, a_line(charge, number="987654321")]))
    report = PayoutReport.objects.get()

    assert "El monto es otro" in page
    assert "Sin registrar" in page
    assert "Dar la conformidad" not in page
    assert not Chargeback.objects.exists()
    assert not {"settlement", "outside", "chargeback"} & {each.key.partition(":")[0] for each in watch.troubles()}
    assert 987654321 not in list(recovery._unmatched_lines(timezone.now()))
    with pytest.raises(ReportUnconfirmed):
        payouts.sign(report.pk, by=teresa, note="x")

    client_of(teresa).post(f"{LIST}{report.pk}/registrar/")

    assert Chargeback.objects.get().attempt == other
    assert {"settlement", "outside"} <= {each.key.partition(":")[0] for each in watch.troubles()}
    assert 987654321 in list(recovery._unmatched_lines(timezone.now()))


def test_an_unconfirmed_report_takes_no_charge_from_one_that_counts(teresa: User) -> None:
    charge = a_charge(order_state="cancelled", state="in_doubt", settles_order=False)
    load(teresa, [a_line(charge)])
    first = PayoutReport.objects.get()
    Attempt.objects.filter(pk=charge.pk).update(state="approved")
    upload(teresa, [a_line(charge, at=timezone.now() - timedelta(minutes=5))], name="dos.csv")
    assert results() == {2: "matched"}, "the second stands on its own page"
    waiting = PayoutReport.objects.get(confirmed_at=None)

    payouts.compare(first)

    assert first.lines.get().result == "matched"
    assert waiting.lines.get().result == "unexpected"


def test_a_second_report_waits_until_the_first_is_registered_or_undone(teresa: User) -> None:
    upload(teresa, [a_line(a_charge())])
    page = text(upload(teresa, [a_line(a_charge())], name="dos.csv"))
    assert "Otra liquidación espera ser registrada" in page
    report = PayoutReport.objects.get()
    refused(
        "a_signed_report_was_confirmed",
        lambda: report.__class__.objects.update(signed_at=timezone.now(), signed_by=teresa),
    )
    copied = {"file_name": "x", "first_day": report.first_day, "last_day": report.last_day, "rows": 1, "author": teresa}
    refused("one_report_waits_to_be_confirmed", lambda: PayoutReport.objects.create(sha256="x", **copied))

    payouts.withdraw(report.pk, by=teresa, reason="Era de octubre")

    assert "Revise antes de registrar" in text(upload(teresa, [a_line(a_charge())], name="dos.csv"))


def test_a_signed_report_is_not_undone(teresa: User) -> None:
    load(teresa, [a_line(a_charge())])
    report = payouts.sign(PayoutReport.objects.get().pk, by=teresa)
    with pytest.raises(ReportSigned):
        payouts.withdraw(report.pk, by=teresa, reason="x")


def test_the_banks_deposit_is_laid_beside_what_the_gateway_paid_out(teresa: User, tmp_path: Path) -> None:
    today = timezone.localdate()
    report = (CASES / "n01_niubiz_real_shape.txt").read_text().replace("28/11/2026", f"{today:%d/%m/%Y}")
    client_of(teresa).post(f"{LIST}cargar/", {"file": SimpleUploadedFile("n01.txt", report.encode())})
    assert not deposits.days(today, today)
    confirm_waiting()
    statement = (CASES / "k05_bcp_eecc.csv").read_text().splitlines()[:5]
    statement.append(f"{today:%d/%m/%Y};;ABONO NIUBIZ;55.76;1085.76;193-000;00000777;09:00:00;TNP;1;")
    (tmp_path / "eecc.csv").write_text("\n".join(statement))
    loading.load(loading.Request(content=DataLoad.Content.PAYMENTS, path=tmp_path / "eecc.csv"))
    browser = client_of(teresa)

    page = text(browser.get("/admin/pagos/depositos/"))
    assert f"{today:%d/%m/%Y} S/ 60.00 S/ 4.24 S/ 55.76 S/ 55.76 S/ 0.00" in page
    browser.post("/admin/pagos/depositos/conforme/", {"day": f"{today:%Y-%m-%d}"})

    assert not unidentified.waiting_payments().exists()
    assert "Coincide" in text(browser.get("/admin/pagos/depositos/"))


def test_a_withdrawn_report_says_by_whom_and_why(teresa: User) -> None:
    load(teresa, [a_line(a_charge())])
    with pytest.raises(IntegrityError, match="a_withdrawn_report_says_by_whom_and_why"):
        PayoutReport.objects.update(withdrawn_at=timezone.now())
