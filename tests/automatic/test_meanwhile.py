"""What changes while a charge is announced, with the bank, or about to be sent."""

from decimal import Decimal
from email import message_from_string

import pytest

from demo.mailbox import Mailbox
from dues.models import Due
from members import mail_problems
from members.models import User
from payments.checkout import offer
from payments.gateway import for_stored_cards
from payments.ways.automatic.claim import claim
from receipts.delivery import bounces
from simulators.niubiz.server import RunningSimulator
from tests.automatic.card_on_file import (
    a_plan,
    announce,
    asked,
    charge,
    on,
)
from tests.automatic.due_charges import a_due_charge
from tests.receipts.test_bounces import REPORT, WHOLE

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_price_that_rises_while_the_charge_is_being_taken_charges_nothing(
    simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dues are read once to compare and once under their lock; a tariff may be changed between."""
    made = a_due_charge(simulator.control)
    check = offer.check

    def and_the_price_rises(*args: object) -> bool:
        Due.objects.filter(pk=made.lines.latest("pk").due_id).update(amount=Decimal("31.00"))
        return check(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(offer, "check", and_the_price_rises)
    assert claim(made.pk, merchant_id=for_stored_cards().merchant_id) is None
    made.refresh_from_db()
    assert (made.state, made.tries.count()) == ("dropped", 0)
    assert made.reason.startswith("el colegio cambió el monto")


def bounce(mailbox: Mailbox) -> None:
    [sent] = [mail.message for mail in mailbox if "cobraremos" in str(mail.message["Subject"])]
    returned = WHOLE.format(message_id=sent["Message-ID"])
    bounces.record(message_from_string(REPORT.format(action="failed", returned=returned)))


def test_a_letter_that_came_back_is_no_letter_after_she_says_that_her_address_works(
    ana: User, simulator: RunningSimulator, mailbox: Mailbox
) -> None:
    a_plan(ana, simulator)
    [announced] = announce()
    with on(6):
        bounce(mailbox)
    mail_problems.forget(ana)
    charge()
    announced.refresh_from_db()
    assert (announced.state, asked(simulator)) == ("dropped", 0)


def test_a_letter_that_came_back_from_her_former_address_is_no_letter(
    ana: User, simulator: RunningSimulator, mailbox: Mailbox
) -> None:
    a_plan(ana, simulator)
    [announced] = announce()
    User.objects.filter(pk=ana.pk).update(email="ana.nueva@example.com")
    with on(6):
        bounce(mailbox)
    charge()
    announced.refresh_from_db()
    assert (announced.state, asked(simulator)) == ("dropped", 0)
