"""The accounts take over what was paid and reversed, day by day, and find each receipt."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.utils import timezone
from openpyxl import load_workbook

from dues import ledger
from dues.models import Channel, Due, Kind, Settlement
from members.models import User
from payments.models import Order
from receipts.accounts import ledger_export
from receipts.accounts.ledger_export import Span
from receipts.issuing.issue import issue
from receipts.models import Filing, Receipt
from receipts.notes import issue_notes, owed
from receipts.tax_office import filing
from receipts.tax_office.states import FilingState
from tests.builders import a_due, a_member, a_settlement, client_of
from tests.receipts.conftest import a_paid_order
from tests.receipts.test_credit_notes import given_back

pytestmark = pytest.mark.django_db

LIMA = ZoneInfo("America/Lima")
PAGE = "/admin/receipts/receipt/exportar/"


def today() -> Span:
    return Span(timezone.localdate(), timezone.localdate())


def paid_by_card(user: User, months: int = 2) -> tuple[Order, Receipt]:
    order = a_paid_order(user, months=months)
    number = order.attempts.get().number
    amounts = [(line.due_id, line.amount) for line in order.lines.all()]
    ledger.settle(amounts, channel=Channel.CARD, reference=number, paid_at=timezone.now())
    return order, issue(order.pk)


def test_each_due_comes_with_its_receipt(ana: User) -> None:
    order, receipt = paid_by_card(ana)

    rows = list(ledger_export.movements(today()))

    assert [row[-1] for row in rows] == [receipt.name] * 2
    assert sum(row[7] for row in rows) == receipt.total == order.total
    assert rows[0][:7] == (
        timezone.localdate(),
        "pago",
        "colegiado",
        "Consejo Regional III Lima",
        45_678,
        "Quispe Mamani Ana",
        date(2024, 1, 1),
    )


def test_a_reversal_is_a_row_of_its_own_with_a_minus(ana: User) -> None:
    paid_by_card(ana)
    ledger.reverse(Settlement.objects.earliest("pk"), author="teresa@example.com", reason="Devuelta")

    assert [(row[1], row[7]) for row in ledger_export.movements(today())] == [
        ("pago", Decimal("30.00")),
        ("pago", Decimal("30.00")),
        ("reversión", Decimal("-30.00")),
    ]
    assert ledger_export.total(today()) == Decimal("30.00")


def test_a_reversal_names_its_credit_note(ana: User) -> None:
    order, receipt = paid_by_card(ana)
    first = Settlement.objects.earliest("pk")
    ledger.reverse(first, author="teresa@example.com", reason="Devuelta")
    assert [row[-1] for row in ledger_export.movements(today())] == [receipt.name, receipt.name, ""]

    credit = owed.after_refund(given_back(order, months=1).pk)
    assert credit
    accepted = {"state": FilingState.ACCEPTED, "cdr": b"su constancia", "next_try_at": None}
    Filing.objects.filter(pk=filing.prepare(receipt).pk).update(state=FilingState.SENDING)
    Filing.objects.update(**accepted)
    note = issue_notes.issue(credit.pk)
    assert note
    assert [row[-1] for row in ledger_export.movements(today())] == [receipt.name, receipt.name, note.name]


def test_a_day_begins_and_ends_at_midnight_in_lima(db: None) -> None:
    rosa = a_member()
    for hour, day, back in ((23, 9, 1), (0, 10, 2), (23, 10, 3), (0, 11, 4)):
        recorded = datetime(2026, 3, day, hour, 59 if hour else 0, tzinfo=LIMA)
        a_settlement(a_due(rosa, period=date(2025, back, 1)), reference=f"{day}-{hour}", recorded_at=recorded)

    tenth = Span(date(2026, 3, 10), date(2026, 3, 10))

    assert [row[9] for row in ledger_export.movements(tenth)] == ["10-0", "10-23"]


def test_the_sums_are_those_of_the_ledger_by_day_kind_council_and_channel(ana: User, bruno: User) -> None:
    paid_by_card(ana)
    member = ana.assignments.get().member
    a_settlement(Due.objects.filter(member=member, kind=Kind.SEMEFA).earliest("period"), Channel.PAYROLL, "PLA-2611")

    found = {row[1:5]: row[5:] for row in ledger_export.sums(today())}

    assert found["colegiado", "Consejo Regional III Lima", "tarjeta", "pago"] == (2, Decimal("60.00"))
    assert found["semefa", "Consejo Regional III Lima", "planilla", "pago"] == (1, Decimal("85.50"))
    live = Settlement.objects.filter(reversed_at=None).aggregate(Sum("amount"))["amount__sum"]
    assert ledger_export.total(today()) == live


def test_more_rows_than_are_fetched_at_once(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    paid_by_card(ana, months=5)
    for at_once in (1, 2, 5):
        monkeypatch.setattr(ledger_export, "ROWS_AT_ONCE", at_once)
        assert len(list(ledger_export.movements(today()))) == 5


# --- The command


def test_the_command_writes_a_file_for_excel(ana: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, receipt = paid_by_card(ana)
    day = f"{timezone.localdate():%d/%m/%Y}"

    call_command("export_settlements", str(tmp_path / "hoy.csv"), "--from", day)

    lines = (tmp_path / "hoy.csv").read_bytes().decode("utf-8-sig").splitlines()
    assert lines[0].startswith("fecha;movimiento;tipo;consejo;cmp")
    assert lines[1].startswith(
        f"{day};pago;colegiado;Consejo Regional III Lima;45678;Quispe Mamani Ana;01/01/2024;30.00"
    )
    assert lines[1].endswith(receipt.name)
    assert "2 filas, S/ 60.00" in capsys.readouterr().out


def test_the_command_writes_a_workbook(ana: User, tmp_path: Path) -> None:
    paid_by_card(ana)
    file = tmp_path / "hoy.xlsx"

    call_command("export_settlements", str(file), "--from", f"{timezone.localdate()}", "--summary")

    rows = list(load_workbook(file).active.iter_rows(values_only=True))
    assert rows[0][-1] == "monto"
    assert rows[1][1:] == ("colegiado", "Consejo Regional III Lima", "tarjeta", "pago", 2, 60)


def test_the_command_names_days_in_the_wrong_order(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--to es anterior a --from"):
        call_command("export_settlements", str(tmp_path / "x.csv"), "--from", "02/03/2026", "--to", "01/03/2026")


# --- The page


def test_teresa_downloads_a_span_of_days(ana: User, teresa: User) -> None:
    paid_by_card(ana)
    day = str(timezone.localdate())
    desk = client_of(teresa)

    assert "Exportar para contabilidad" in desk.get("/admin/dues/settlement/").content.decode()
    answer = desk.get(PAGE, {"first": day, "last": day, "detail": "each", "file_format": "csv"})
    assert answer["Content-Disposition"].endswith('.csv"')
    assert len(answer.getvalue().decode("utf-8-sig").splitlines()) == 3
    answer = desk.get(PAGE, {"first": day, "last": day, "detail": "sums", "file_format": "xlsx"})
    assert load_workbook(BytesIO(answer.getvalue())).active.max_row == 2


def test_a_name_that_looks_like_a_formula_stays_a_name(ana: User, teresa: User) -> None:
    member = a_member("Rosa", "=1+1")
    a_settlement(a_due(member), reference="@SUM(A1)")
    day = str(timezone.localdate())

    answer = client_of(teresa).get(PAGE, {"first": day, "last": day, "detail": "each", "file_format": "csv"})

    written = answer.getvalue().decode()
    assert ';"=""=1+1 Rosa""";' in written
    assert ';"=""@SUM(A1)""";' in written


def test_bad_days_are_named(teresa: User) -> None:
    day = timezone.localdate()
    fields = {"first": str(day), "last": str(day - timedelta(days=1)), "detail": "each", "file_format": "csv"}

    assert "Es anterior al primer día." in client_of(teresa).get(PAGE, fields).content.decode()
    fields["last"] = str(day + timedelta(days=400))
    assert "Son más de 366 días" in client_of(teresa).get(PAGE, fields).content.decode()


def test_it_is_not_for_everybody(ana: User, walter: User) -> None:
    assert client_of(ana).get(PAGE).status_code == 302
    assert client_of(walter).get(PAGE).status_code == 403
