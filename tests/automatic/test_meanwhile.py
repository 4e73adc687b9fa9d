"""What changes while a charge is announced, with the bank, or about to be sent."""

from decimal import Decimal
from email import message_from_string

import pytest
from django.test import Client
from django.urls import reverse

from demo.mailbox import Mailbox
from dues.models import Due
from members import mail_problems
from members.models import User
from payments.checkout import offer, reconcile
from payments.exceptions import AlreadyAutomatic
from payments.gateway import for_stored_cards
from payments.models import AutomaticPlan
from payments.ways.automatic import changes, consent, letters, outcomes
from payments.ways.automatic.claim import claim
from receipts.delivery import bounces
from simulators.niubiz.server import RunningSimulator
from tests.automatic.card_on_file import (
    LOST_BEFORE_CHARGE,
    VISA,
    a_plan,
    announce,
    announced_and_charged,
    asked,
    charge,
    letters_to,
    on,
    terms,
    type_card,
)
from tests.automatic.due_charges import a_due_charge
from tests.payments.browser import text
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


def test_terms_changed_while_a_charge_was_in_doubt_end_its_further_tries(
    ana: User, simulator: RunningSimulator
) -> None:
    made = announced_and_charged(ana, simulator, LOST_BEFORE_CHARGE)
    with on(10, hour=11, minute=5):
        consent.change(made.plan_id, terms(ceiling=Decimal("30.00")), user=ana)
    with on(10, hour=12):
        reconcile.ask_all_due()
        outcomes.follow_all()
        reconcile.post_letters()
    charge(13, hour=13)
    made.refresh_from_db()
    assert (made.state, asked(simulator)) == ("failed", 0)
    assert AutomaticPlan.objects.get().active
    assert "No lo intentaremos más" in letters_to(ana, "No se pudo cobrar")[0].body


def test_a_card_replaced_while_a_charge_was_in_doubt_is_not_charged_by_the_letter_of_the_former(
    ana: User, simulator: RunningSimulator
) -> None:
    made = announced_and_charged(ana, simulator, LOST_BEFORE_CHARGE)
    with on(10, hour=11, minute=5):
        token = type_card(simulator, made.plan, VISA)
        consent.keep_card(made.plan_id, transaction_token=token, gateway=for_stored_cards())
    with on(10, hour=12):
        reconcile.ask_all_due()
        outcomes.follow_all()
        reconcile.post_letters()
    charge(13, hour=13)
    made.refresh_from_db()
    assert (made.state, asked(simulator)) == ("failed", 0)
    assert AutomaticPlan.objects.get().active


def test_an_old_letters_page_does_not_say_that_the_new_plan_is_stopped(ana: User, simulator: RunningSimulator) -> None:
    a_plan(ana, simulator)
    [announced] = announce()
    signed = letters.SIGNER.sign(str(announced.ref))
    consent.stop(announced.plan_id, actor="cuenta:1")
    a_plan(ana, simulator)
    stranger = Client()
    page = text(stranger.get(reverse("automatic_letter", args=[signed])))
    assert "no se cobra nada más" not in page
    done = text(stranger.post(reverse("stop_automatic_by_letter", args=[signed]), follow=True))
    active = AutomaticPlan.objects.filter(state="active").exists()
    assert not active or "quedó detenido" not in done


def test_a_card_registered_while_another_tab_begins_again_stays(
    ana: User, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreed = consent.begin(ana, terms())
    token = type_card(simulator, agreed)
    locked_plan = changes.locked_plan

    def after_the_other_tab(plan_id: int) -> AutomaticPlan:
        monkeypatch.setattr(changes, "locked_plan", locked_plan)
        consent.keep_card(plan_id, transaction_token=token, gateway=for_stored_cards())
        return locked_plan(plan_id)

    monkeypatch.setattr(changes, "locked_plan", after_the_other_tab)
    with pytest.raises(AlreadyAutomatic):
        consent.begin(ana, terms())


def test_what_the_worker_holds_shows_no_token_in_a_log(simulator: RunningSimulator) -> None:
    claimed = claim(a_due_charge(simulator.control).pk, merchant_id=for_stored_cards().merchant_id)
    assert claimed
    assert claimed.card_token not in repr(claimed)
