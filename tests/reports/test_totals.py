"""The totals of every report equal the ledger, the receipts and the closes to the cent, on random data."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import product

import pytest
from django.db.models import Sum
from django.utils import timezone

from base.peru.lima import day_of, midnight
from dues import standing
from dues.models import Channel, Due, DueLine, Kind, Settlement
from members.models import User
from payments.models import Attempt
from receipts.accounts import ledger_export
from receipts.accounts.ledger_export import Span
from receipts.models import Receipt
from staff.models import JournalLayout
from staff.reports import ageing, collection, councils, declines, exempted, semefa
from staff.reports import standing as standings
from staff.reports.journal import postings
from staff.reports.journal import report as journal
from staff.reports.register import report as register
from staff.reports.register.entries import entries
from staff.reports.report import Answer, Choice
from tests.builders import a_standing_rule, month
from tests.reports.college import COUNCILS, a_random_college

pytestmark = pytest.mark.django_db
ZERO = Decimal("0.00")
SEEDS = [1, 2, 3, 4]
HALF_A_YEAR = Choice(month(5), month(0))


@pytest.fixture(params=SEEDS)
def college(request: pytest.FixtureRequest, teresa: User, ursula: User) -> None:
    a_random_college(request.param, teresa, ursula)


def total(answer: Answer, title: str) -> Decimal:
    place = [column.title for column in answer.columns].index(title)
    assert answer.total
    value = answer.total[place]
    assert isinstance(value, (Decimal, int))
    return Decimal(value)


def parts() -> Iterator[Choice]:
    for kind, (number, *_) in product(Kind.values, COUNCILS):
        yield Choice(HALF_A_YEAR.first, HALF_A_YEAR.last, kind, number)


def of_lines(answer: Answer, behind: object, title: str) -> Decimal:
    """What the rows behind every line add up to."""
    summed = ZERO
    for row in answer.rows:
        rows = behind(HALF_A_YEAR, row.key, None)  # type: ignore[operator]
        place = [column.title for column in rows.columns].index(title)
        summed += sum((each.cells[place] for each in rows.rows), ZERO)
    return summed


def test_collection_equals_the_ledger_whole_and_in_parts(college: None) -> None:
    answer = collection.answer(HALF_A_YEAR)
    assert total(answer, "Cobrado neto") == ledger_export.total(Span(*HALF_A_YEAR.days))
    assert total(answer, "Cobrado neto") == sum(
        (total(collection.answer(part), "Cobrado neto") for part in parts()), ZERO
    )
    assert of_lines(answer, collection.behind, "Monto") == total(answer, "Cobrado neto")


def test_collection_by_way_equals_what_the_gateway_charged(college: None) -> None:
    answer = collection.answer(HALF_A_YEAR)
    ways = sum((total(answer, title) for title in ("Tarjeta", "Yape", "PagoEfectivo", "Pago automático")), ZERO)
    charged = Attempt.objects.filter(settles_order=True).aggregate(sum=Sum("amount"))["sum"]
    # The transfer settled twice and was charged once.
    assert ways == charged + Decimal("41.37")


def test_collection_charges_what_is_owed_and_not_exempt(college: None) -> None:
    answer = collection.answer(HALF_A_YEAR)
    owed = Due.objects.filter(exemption=None, period__range=(HALF_A_YEAR.first, HALF_A_YEAR.last))
    assert total(answer, "Emitido del mes") == owed.aggregate(sum=Sum("amount"))["sum"]
    settled = Settlement.objects.standing().filter(due__in=owed).aggregate(sum=Sum("amount"))["sum"]
    assert total(answer, "De ello, pagado hoy") == (settled or ZERO)


def test_ageing_equals_every_open_due(college: None) -> None:
    answer = ageing.answer(HALF_A_YEAR)
    debt = Due.objects.open().aggregate(sum=Sum("amount"))["sum"]
    assert total(answer, "Deuda") == debt == of_lines(answer, ageing.behind, "Monto")
    assert total(answer, "Cuotas") == Due.objects.open().count()
    assert sum((total(answer, name) for name, _ in ageing.BANDS), ZERO) == debt
    overdue = Due.objects.open().filter(due_date__lt=timezone.localdate()).aggregate(sum=Sum("amount"))["sum"] or ZERO
    assert debt - total(answer, "Por vencer") == overdue


def test_the_councils_share_what_the_ledger_took_in_and_no_opening_balance(college: None) -> None:
    answer = councils.answer(HALF_A_YEAR)
    opening = collection.answer(HALF_A_YEAR)
    movements = ledger_export.movements(Span(*HALF_A_YEAR.days))
    expected = sum((row[7] for row in movements if row[8] != "saldo inicial"), ZERO)
    assert total(answer, "Neto") == expected == of_lines(answer, councils.behind, "Monto")
    assert total(opening, "Cobrado neto") != ZERO
    shares = total(answer, "Le corresponde"), total(answer, "Queda en la sede nacional")
    assert sum(shares, ZERO) == expected
    assert total(answer, "Le corresponde") == sum(
        (total(councils.answer(part), "Le corresponde") for part in parts()), ZERO
    )


def test_the_sales_register_equals_the_receipts(college: None) -> None:
    answer = register.answer(Choice(month(0), month(0)))
    documents = Receipt.objects.exclude(document="07").aggregate(sum=Sum("total"))["sum"] or ZERO
    notes = Receipt.objects.filter(document="07").aggregate(sum=Sum("total"))["sum"] or ZERO
    assert total(answer, "Total") == documents - notes
    assert total(answer, "Cantidad") == Receipt.objects.count()
    assert total(answer, "Inafecto") + total(answer, "Base gravada") + total(answer, "IGV") == documents - notes
    behind = sum((sum((r.cells[8] for r in register.behind(Choice(month(0), month(0)), row.key, None).rows), ZERO)  # type: ignore[misc]
                  for row in answer.rows), ZERO)  # fmt: skip
    assert behind == documents - notes
    # What was charged by the gateway and not given back is what the documents say.
    charged = Attempt.objects.filter(settles_order=True)
    sums = charged.aggregate(amount=Sum("amount"), given_back=Sum("given_back"))
    assert documents - notes == sums["amount"] - sums["given_back"]


def test_the_journal_is_balanced_and_equals_receipts_and_ledger(college: None) -> None:
    answer = journal.answer(HALF_A_YEAR)
    assert total(answer, "Debe") == total(answer, "Haber") > ZERO
    layout = JournalLayout.objects.filter(active=True).earliest("name")
    lines = list(postings.postings(HALF_A_YEAR, layout))
    for voucher in {line.voucher for line in lines}:
        own = [line for line in lines if line.voucher == voucher]
        assert sum(line.debit for line in own) == sum(line.credit for line in own) > 0
    gateway = sum((line.debit - line.credit for line in lines if line.account == layout.card_account), ZERO)
    assert gateway == total(register.answer(HALF_A_YEAR), "Total")
    others = [layout.bank_account, layout.payroll_account, layout.manual_account]
    banks = sum((line.debit - line.credit for line in lines if line.account in others), ZERO)
    expected = [row[7] for row in ledger_export.movements(Span(*HALF_A_YEAR.days))
                if row[8] not in ("saldo inicial", "tarjeta")]  # fmt: skip
    assert banks == sum(expected, ZERO)


def test_semefa_equals_its_dues(college: None) -> None:
    answer = semefa.answer(HALF_A_YEAR)
    dues = Due.objects.filter(kind=Kind.SEMEFA)
    assert (
        total(answer, "Emitido") == dues.aggregate(sum=Sum("amount"))["sum"] == of_lines(answer, semefa.behind, "Monto")
    )
    assert total(answer, "Pendiente") == (
        Due.objects.open().filter(kind="semefa").aggregate(s=Sum("amount"))["s"] or ZERO
    )
    assert total(answer, "Emitido") == total(answer, "Pagado") + total(answer, "Exonerado") + total(answer, "Pendiente")
    assert DueLine.objects.count() == 0


def test_exemptions_cost_what_their_dues_amount_to(college: None) -> None:
    answer = exempted.answer(HALF_A_YEAR)
    cost = Due.objects.filter(exemption__isnull=False).aggregate(sum=Sum("amount"))["sum"] or ZERO
    assert total(answer, "Costo") == cost == of_lines(answer, exempted.behind, "Costo")


def test_standing_equals_that_of_the_desk(college: None) -> None:
    rule = a_standing_rule(2)
    answer = standings.answer(HALF_A_YEAR)
    expected = standing.standing_of_all(rule, on=timezone.localdate())
    assert total(answer, "Hábiles") == sum(council.habil for council in expected)
    assert total(answer, "Inhábiles") == sum(council.inhabil for council in expected)


def test_the_declines_are_every_attempt_of_the_day(college: None) -> None:
    answer = declines.answer(HALF_A_YEAR)
    assert total(answer, "Intentos") == Attempt.objects.exclude(authorising_since=None).count()
    assert total(answer, "Monto") == Attempt.objects.aggregate(sum=Sum("amount"))["sum"]


def test_a_payment_of_the_evening_counts_on_limas_day() -> None:
    last, _ = Choice(month(1), month(1)).days[1], None
    evening = midnight(last).replace(hour=23, minute=59)
    values = Choice(month(1), month(1)).parameters
    assert values["since"] <= evening < values["until"]
    assert day_of(evening) == last


def test_entries_of_a_month_are_read_in_the_order_of_their_numbers(college: None) -> None:
    found = [(entry.document, entry.series, entry.number) for entry in entries(Choice(month(0), month(0)))]
    assert found == sorted(found)
    assert len(found) == Receipt.objects.count()


def test_no_report_has_a_channel_that_it_does_not_show() -> None:
    shown = {column.title for column in collection.COLUMNS}
    assert {channel.label for channel in Channel if channel != Channel.CARD} <= shown
