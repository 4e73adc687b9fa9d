"""Charges whose day is today by the real clock, for workers that are processes of their own."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from base.cipher import cipher
from dues.models import Due
from members.models import Member, User
from payments.gateway import Payer, StoredCard, for_stored_cards
from payments.models import AutomaticCharge, AutomaticLine, AutomaticPlan, LetterState
from payments.ways.automatic import consent, letters
from payments.ways.automatic.terms import TEXT_VERSION
from simulators.niubiz.server import Control
from tests.automatic.card_on_file import VISA
from tests.builders import a_member, a_user, some_dues, this_month


def a_due_charge(control: Control, *, card: str = VISA, user: User | None = None) -> AutomaticCharge:
    """A charge of two months (S/ 60.00) that a letter announced four days ago."""
    if user is None:
        member = a_member()
        some_dues(member, 2)
        user = a_user(member)
    return announced(an_active_plan(user, a_kept_card(control, card)))


def an_active_plan(user: User, kept: StoredCard) -> AutomaticPlan:
    """A plan with this card on file, without the steps by which it came there."""
    return AutomaticPlan.objects.create(
        user=user,
        member=Member.objects.get(assignments__user=user),
        kinds=["colegiado"],
        ceiling=Decimal("60.00"),
        day=10,
        text_version=TEXT_VERSION,
        state="active",
        card_token=cipher(consent.PURPOSE).encrypt(kept.token.encode()).decode(),
        brand=kept.brand,
        last_four=kept.last_four,
        card_expires=kept.expires,
    )


def a_kept_card(control: Control, card: str = VISA) -> StoredCard:
    """A card that the stand-in keeps."""
    payer = Payer(
        email="ana@example.com",
        client_ip="190.117.10.20",
        document_type="DNI",
        document_number="41234567",
        customer_id="CMP1",
        days_registered=1,
    )
    gateway = for_stored_cards()
    session = gateway.open_session(amount=consent.CHECKED_AMOUNT, payer=payer, channel="paycard")
    kept = gateway.keep_card(transaction_token=control.token(card, session.key))
    assert isinstance(kept, StoredCard)
    return kept


def announced(plan: AutomaticPlan) -> AutomaticCharge:
    """The plan's charge of today, of its two oldest months, with its letter of four days ago."""
    today = timezone.localdate()
    dues = list(Due.objects.open().filter(member=plan.member, kind="colegiado").order_by("period")[:2])
    charge = AutomaticCharge(
        plan=plan,
        kind="colegiado",
        month=this_month(),
        charge_on=today,
        next_on=today,
        amount=sum(due.amount for due in dues),
        card=plan.card,
    )
    charge.letter = letters.announced(charge, [due.period for due in dues])
    charge.letter.state, charge.letter.sent_at = LetterState.SENT, timezone.now() - timedelta(days=4)
    charge.letter.save()
    charge.save()
    AutomaticLine.objects.bulk_create(AutomaticLine(charge=charge, due=due, amount=due.amount) for due in dues)
    return charge
