"""Each sol is counted on one day; what comes to light later is of the next; and the books agree to the cent."""

import random
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from pypdf import PdfReader

from base.peru.lima import LIMA
from dues import ledger
from dues.models import Channel
from members.models import User
from payments.books import daily_close, payouts
from payments.exceptions import DayNotClosable, DifferencesUnexplained
from payments.models import Attempt, CloseEntry, DailyClose, PayoutReport, Refund
from receipts.issuing.issue import issue
from receipts.models import Receipt
from tests.builders import a_council, a_member, a_user, client_of
from tests.payments.browser import text
from tests.payments.test_refusals import refused
from tests.receipts.test_numbering import in_threads
from tests.treasury.payments_of import a_payment
from tests.treasury.test_payouts import a_line
from tests.treasury.test_payouts import load as load_report

pytestmark = pytest.mark.django_db


def day(back: int) -> date:
    return timezone.localdate() - timedelta(days=back)


def at(back: int, hour: int = 12) -> datetime:
    return datetime.combine(day(back), time(hour), LIMA)


def a_charge(back: int = 1, *, double: bool = False, receipt: bool = True, **fields: Any) -> Attempt:
    """A charge of so many days ago, settled in the ledger and with its receipt unless it is a double payment."""
    order_state = "cancelled" if double else "paid"
    attempt = a_payment(
        state="approved", order_state=order_state, settles_order=not double, decided_at=at(back), brand="visa", **fields
    )
    if not double:
        lines = [(line.due_id, line.amount) for line in attempt.order.lines.all()]
        ledger.settle(lines, channel=Channel.CARD, reference=attempt.number, paid_at=at(back))
        if receipt:
            issue(attempt.order_id)
    return attempt


def a_refund(attempt: Attempt, amount: str, back: int = 1) -> Refund:
    return Refund.objects.create(
        attempt=attempt, method="refund", amount=amount, reason="r", author="x", state="done", concluded_at=at(back, 15)
    )


def test_a_day_is_closed_by_kind_council_document_and_brand(teresa: User) -> None:
    ica = a_user(a_member(regional_council=a_council(9, "IX", "Ica")))
    a_charge(due_amount="90.00")
    a_refund(a_charge(user=ica), "10.00")

    closed = daily_close.close(day(1), author=teresa)

    assert (closed.charged, closed.given_back, closed.ledger, closed.receipts) == (120, 10, 120, 120)
    by_council = {
        part.name: (part.charged, part.given_back) for part in daily_close.breakdown(closed, "council__number")
    }
    assert by_council == {"3": (90, 0), "9": (30, 10)}
    for field in daily_close.BREAKDOWNS.values():
        assert sum(part.net for part in daily_close.breakdown(closed, field)) == 110


def test_what_comes_to_light_later_is_of_the_next_day(teresa: User) -> None:
    a_charge(2)
    first = daily_close.close(day(2), author=teresa)
    late = a_charge(2)
    second = daily_close.close(day(1), author=teresa)

    first.refresh_from_db()
    assert (first.charged, second.charged) == (30, 30)
    assert [entry.attempt for entry in daily_close.late(second)] == [late]


def test_days_are_closed_in_order_once_and_when_they_are_over(teresa: User) -> None:
    assert daily_close.next_day() is None
    a_charge(2)
    with pytest.raises(DayNotClosable):
        daily_close.close(day(1), author=teresa)
    assert daily_close.close(day(2), author=teresa) == daily_close.close(day(2), author=teresa)
    daily_close.close(day(1), author=teresa)
    with pytest.raises(DayNotClosable):
        daily_close.close(day(0), author=teresa)


@pytest.mark.django_db(transaction=True)
def test_two_people_who_close_the_first_day_at_one_instant_close_it_once(teresa: User) -> None:
    a_charge()
    first, second = in_threads([lambda: daily_close.close(day(1), author=teresa)] * 2)
    assert first == second == DailyClose.objects.get()


def test_books_that_differ_need_a_word(teresa: User) -> None:
    a_charge(receipt=False)
    with pytest.raises(DifferencesUnexplained):
        daily_close.close(day(1), author=teresa)
    assert daily_close.close(day(1), author=teresa, note="La boleta se emite hoy").receipts == 0


def test_a_charge_that_the_gateway_undid_unheard_is_no_money(teresa: User) -> None:
    a_charge()
    a_payment(state="voided", order_state="cancelled", decided_at=at(1))
    assert daily_close.close(day(1), author=teresa).charged == 30


@pytest.mark.parametrize("seed", range(3))
def test_the_closes_equal_the_ledger_the_receipts_and_the_gateway(seed: int, teresa: User) -> None:
    dice = random.Random(seed)
    made: list[Attempt] = []
    for back in (4, 3, 2, 1):
        for _ in range(dice.randint(0, 4)):
            amount = f"{dice.randint(100, 99_999) / 100:.2f}"
            made.append(a_charge(dice.randint(back, 4), double=dice.random() < 0.2, due_amount=amount))
        for attempt in dice.sample(made, min(len(made), 1)):
            a_refund(attempt, f"{attempt.amount / 3:.2f}", back)
        while (due := daily_close.next_day()) and due <= day(back):
            daily_close.close(due, author=teresa)

    closes = list(DailyClose.objects.all())
    settled = [attempt for attempt in made if attempt.settles_order]
    assert sum(c.charged for c in closes) == sum(attempt.amount for attempt in made)
    assert sum(c.given_back for c in closes) == sum(Refund.objects.values_list("amount", flat=True))
    assert sum(c.ledger for c in closes) == sum(attempt.amount for attempt in settled)
    assert sum(c.receipts for c in closes) == sum(Receipt.objects.values_list("total", flat=True), Decimal(0))
    assert all(daily_close.Books(c.charged, c.given_back, c.ledger, c.receipts, c.surplus).agree for c in closes)
    assert CloseEntry.objects.count() == len(made) + Refund.objects.count()
    assert stated_by_the_gateway(made, teresa) == (sum(c.charged for c in closes), sum(c.given_back for c in closes))


def stated_by_the_gateway(made: list[Attempt], user: User) -> tuple[Decimal, Decimal]:
    """Charges and refunds of a settlement report that names each of them, and matches all."""
    given_back = Refund.objects.select_related("attempt")
    refunds = [a_line(r.attempt, "devolución", r.concluded_at, amount=str(r.amount)) for r in given_back]
    load_report(user, [*(a_line(attempt) for attempt in made), *refunds])
    report = PayoutReport.objects.get()
    assert not payouts.differences(report).exists()
    totals = payouts.totals(report)
    return totals.sales, totals.refunds


def test_teresa_closes_the_day_and_takes_its_paper(teresa: User) -> None:
    attempt = a_charge()
    a_refund(attempt, "10.00")
    desk = client_of(teresa)
    asked = text(desk.get("/admin/pagos/cierres/cerrar/"))
    assert "2 movimientos" in asked
    assert "coinciden al céntimo" in asked
    form = {"day": day(1).isoformat(), "note": ""}

    page = text(desk.post("/admin/pagos/cierres/cerrar/", form, follow=True))

    assert "quedó congelado" in page
    assert "Neto S/ 20.00" in page
    again = desk.post("/admin/pagos/cierres/cerrar/", form, follow=True)
    assert DailyClose.objects.count() == 1
    assert again.status_code == 200
    place = f"/admin/pagos/cierres/{DailyClose.objects.get().pk}/"
    paper = PdfReader(BytesIO(desk.get(f"{place}cierre.pdf").content)).pages[0].extract_text()
    assert f"Cierre del {day(1):%d/%m/%Y}" in paper
    assert "S/ 20.00" in paper
    book: Any = load_workbook(BytesIO(b"".join(desk.get(f"{place}cierre.xlsx")))).active
    rows = list(book.iter_rows(min_row=2, values_only=True))
    assert [(row[1], row[3]) for row in rows] == [("Cobro", 30), ("Devolución", -10)]
    assert "No hay ningún día por cerrar" in text(desk.get("/admin/pagos/cierres/"))


def test_walter_closes_nothing(walter: User) -> None:
    for place in ("", "cerrar/"):
        assert client_of(walter).get(f"/admin/pagos/cierres/{place}").status_code == 403


def test_refusals(teresa: User) -> None:
    attempt = a_charge()
    refund = a_refund(attempt, "10.00")
    closed = daily_close.close(day(1), author=teresa)
    charge = closed.entries.get(refund=None)
    same = {"charged": 1, "given_back": 0, "ledger": 1, "receipts": 1, "surplus": 0, "author": teresa}
    refused("a_day_is_closed_once", lambda: DailyClose.objects.create(day=closed.day, **same))
    refused("a_closed_day_never_changes", lambda: DailyClose.objects.update(charged=1))
    refused("a_counted_movement_never_changes", lambda: CloseEntry.objects.update(amount=1))
    copied = {
        name: getattr(charge, name) for name in ("close", "attempt", "happened_at", "kind", "council", "document")
    }
    refused("a_charge_is_counted_once", lambda: CloseEntry.objects.create(amount=30, **copied))
    refused("a_refund_is_counted_once", lambda: CloseEntry.objects.create(amount=-10, refund=refund, **copied))
    refused("a_refund_is_counted_as_less", lambda: CloseEntry.objects.create(amount=-10, **copied))
