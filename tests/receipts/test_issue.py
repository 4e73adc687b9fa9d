"""What is issued for a paid order, once, whoever asks."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from demo.mailbox import Mailbox
from dues.models import Due, Kind
from members.models import Member, User
from payments.models import Attempt, Order
from payments.states import OrderState
from receipts import tasks
from receipts.delivery import letters
from receipts.exceptions import NotPaid
from receipts.issuing import issue as issuing
from receipts.issuing.contents import TAXED, Contents, Line, Totals
from receipts.issuing.issue import issue, issue_pending
from receipts.models import Delivery, Receipt
from tests.builders import an_order
from tests.receipts.conftest import FACTURA, a_paid_order
from tests.round_trips import RoundTrips

pytestmark = pytest.mark.django_db


def test_ana_gets_a_boleta_with_everything_it_states(ana: User) -> None:
    order = a_paid_order(ana, months=3)
    receipt = issue(order.pk)
    statement = Contents.from_json(receipt.statement)
    assert receipt.name == "B001-1"
    assert receipt.issue_date == timezone.localdate()
    assert [line.description for line in statement.lines] == [
        "Cuota Colegiado, enero 2024",
        "Cuota Colegiado, febrero 2024",
        "Cuota Colegiado, marzo 2024",
    ]
    assert statement.totals == Totals(
        unaffected=Decimal("90.00"), taxed=Decimal("0.00"), igv=Decimal("0.00"), total=Decimal("90.00")
    )
    assert statement.words == "NOVENTA CON 00/100 SOLES"
    assert statement.buyer.document_number == "41234567"
    assert statement.physician.cmp_number == 45_678
    assert statement.physician.regional_council == "Consejo Regional III Lima"
    assert statement.payment.card == "401214****0007"
    assert receipt.total == order.total
    assert receipt.sample


def test_a_factura_names_the_company_and_has_its_own_series(ana: User, bruno: User) -> None:
    factura = issue(a_paid_order(ana, **FACTURA).pk)
    boleta = issue(a_paid_order(bruno).pk)
    assert (factura.name, boleta.name) == ("F001-1", "B001-1")
    assert Contents.from_json(factura.statement).buyer.name == "Clínica Ñusta & Asociados S.A.C."


def test_asking_again_gives_the_same_receipt_and_no_second_letter(ana: User) -> None:
    order = a_paid_order(ana)
    assert issue(order.pk) == issue(order.pk)
    assert Receipt.objects.count() == Delivery.objects.count() == 1


def test_all_that_wait_are_issued_along(ana: User, bruno: User) -> None:
    first, second = a_paid_order(ana), a_paid_order(bruno)
    issue(second.pk)
    assert set(Receipt.objects.values_list("order", flat=True)) == {first.pk, second.pk}


def test_what_was_paid_long_ago_waits_for_its_own_job_or_a_sweep(ana: User, bruno: User, carla: User) -> None:
    """Nobody who pays today waits until the years before were looked through."""
    days_ago, weeks_ago = (timezone.now() - timedelta(days=days) for days in (3, 30))
    lost, long_lost = a_paid_order(ana, paid_at=days_ago), a_paid_order(bruno, paid_at=weeks_ago)

    def issued() -> set[int]:
        return set(Receipt.objects.values_list("order", flat=True))

    paid_today = a_paid_order(carla)
    issue(paid_today.pk)
    assert issued() == {paid_today.pk}
    tasks.sweep(timestamp=0)
    assert issued() == {paid_today.pk, lost.pk}
    tasks.sweep_all(timestamp=0)
    assert issued() == {paid_today.pk, lost.pk, long_lost.pk}
    assert issue(a_paid_order(ana, paid_at=weeks_ago).pk).name == "B001-4"


def test_an_order_that_cannot_be_stated_holds_up_nobody_else(
    ana: User, bruno: User, carla: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good, asked = a_paid_order(ana), a_paid_order(bruno), a_paid_order(carla)
    stated = issuing.state

    def state_all_but_one(order: Order, attempt: Attempt, *, affectation: str) -> Contents:
        if order == bad:
            raise ValueError("a description nobody foresaw")
        return stated(order, attempt, affectation=affectation)

    monkeypatch.setattr(issuing, "state", state_all_but_one)

    assert issue(asked.pk).order == asked
    assert issue_pending() == 1
    assert set(Receipt.objects.values_list("order", flat=True)) == {good.pk, asked.pk}
    assert f"order {bad.pk} has no receipt" in caplog.text


def test_an_unpaid_order_gets_none(ana: User) -> None:
    order = an_order(ana, *Due.objects.filter(kind=Kind.SEMEFA), state=OrderState.AWAITING_PAYMENT)
    with pytest.raises(NotPaid):
        issue(order.pk)
    assert issue_pending() == 0


def test_the_sweep_issues_what_a_lost_job_left_in_the_order_of_payment(ana: User, bruno: User) -> None:
    second = a_paid_order(bruno, paid_at=timezone.now())
    first = a_paid_order(ana, paid_at=timezone.now() - timezone.timedelta(minutes=3))
    assert issue_pending() == 2
    assert [first.receipt.number, second.receipt.number] == [1, 2]
    assert issue_pending() == 0


def test_a_batch_shares_its_queries(ana: User, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    issue(a_paid_order(ana, months=1).pk)
    for _ in range(5):
        a_paid_order(ana, months=1)
    with django_assert_max_num_queries(18):
        assert issue_pending() == 5


def test_a_receipt_is_issued_signed_printed_and_mailed_in_few_round_trips(ana: User, mailbox: Mailbox) -> None:
    issue(a_paid_order(ana, months=1).pk)
    order = a_paid_order(ana, months=1)
    with RoundTrips() as issuing_asked:
        receipt = issue(order.pk)
    with RoundTrips() as sending_asked:
        letters.send_first(receipt)
    assert issuing_asked.count <= 5
    # One of them asks whether SUNAT has refused the certificate: a refused one signs nothing.
    assert sending_asked.count <= 5


def test_the_receipt_keeps_what_it_said_when_the_roll_changes(ana: User) -> None:
    receipt = issue(a_paid_order(ana).pk)
    Member.objects.filter(cmp_number=45_678).update(surnames="Quispe de García")
    receipt.refresh_from_db()
    assert Contents.from_json(receipt.statement).physician.name == "Ana Quispe Mamani"


def test_stored_and_read_back_a_statement_is_the_same(ana: User) -> None:
    receipt = issue(a_paid_order(ana).pk)
    receipt.refresh_from_db()
    assert Contents.from_json(receipt.statement).as_json() == receipt.statement


def test_real_data_are_not_marked_as_samples(ana: User, settings: Settings) -> None:
    settings.SAMPLE_DATA = False
    assert not issue(a_paid_order(ana).pk).sample


def test_rounding_of_the_igv_never_changes_what_was_paid(ana: User) -> None:
    def line(amount: str, affectation: str) -> Line:
        price = Decimal(amount)
        return Line(
            kind="semefa", period=timezone.localdate(), description="", quantity=1, unit_price=price, amount=price,
            affectation=affectation, basis="",
        )  # fmt: skip

    totals = Totals.of([line("85.50", TAXED), line("0.01", TAXED), line("30.00", "30")])
    assert totals.total == totals.taxed + totals.igv + totals.unaffected == Decimal("115.51")
    assert totals.taxed == Decimal("72.46")  # and nothing of the céntimo: each taxed line has a tax (3111)
