"""What the member does: agrees, keeps a card on file, changes the terms, skips a charge, stops.

Each function locks the plan, checks the rule and writes a line of its history, in one transaction.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from base.cipher import cipher
from dues import successions
from members import actors
from members.models import MemberStatus, User
from members.numbers import assignments
from payments.checkout import limits
from payments.exceptions import (
    AlreadyAutomatic,
    AutomaticNotOffered,
    CardNotKept,
    NotYourNumber,
    TermsNotPossible,
    TooManyForms,
)
from payments.gateway import CardRefused, FormSession, Niubiz, Payer, StoredCard, explain
from payments.models import AutomaticCharge, AutomaticEvent, AutomaticPlan
from payments.models.ways.automatic_states import (
    FIRST_DAY,
    LAST_DAY,
    ChargeState,
    PlanState,
    StopReason,
)
from payments.ways.automatic import changes, letters
from payments.ways.automatic.terms import TEXT_VERSION, Terms

#: The gateway checks a card for one sol, which it never charges (reference §11.1).
CHECKED_AMOUNT = Decimal("1.00")
FORM_OPENED = "formulario de la tarjeta abierto"
MOST_FORMS, FORMS_SPAN = 6, timedelta(hours=1)
LARGEST_CEILING = Decimal("5000.00")
PURPOSE = "card on file"


def begin(user: User, terms: Terms) -> AutomaticPlan:
    """Records the consent; the plan waits for its card. Replaces a plan that still waits for one.

    Raises AutomaticNotOffered, NotYourNumber, AlreadyAutomatic or TermsNotPossible.
    """
    if not settings.AUTOMATIC_PAYMENT:
        raise AutomaticNotOffered
    with transaction.atomic():
        # Two tabs: the second waits here, and replaces the first's plan.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        payer = assignments.pays_for(user)
        if payer.member is None or not (payer.succession or payer.member.status == MemberStatus.ACTIVE):
            raise NotYourNumber
        _check(terms, successions.kinds_of(payer.succession))
        _replace_pending(user)
        plan = AutomaticPlan.objects.create(
            user=user,
            member=payer.member,
            kinds=sorted(terms.kinds),
            ceiling=terms.ceiling,
            day=terms.day,
            text_version=TEXT_VERSION,
        )
        changes.record(plan, "consentimiento", actor=actors.actor(user), terms=terms.as_json())
    return plan


def _check(terms: Terms, kinds: tuple[str, ...]) -> None:
    possible = (
        terms.kinds
        and set(terms.kinds) <= set(kinds)
        and 0 < terms.ceiling <= LARGEST_CEILING
        and FIRST_DAY <= terms.day <= LAST_DAY
    )
    if not possible:
        raise TermsNotPossible


def _replace_pending(user: User) -> None:
    current = AutomaticPlan.objects.current().filter(user=user).first()
    if current is None:
        return
    # The card may have come by another tab until the lock was held.
    plan = changes.locked_plan(current.pk)
    if plan.active:
        raise AlreadyAutomatic
    changes.stop(plan, StopReason.NEVER_FINISHED, actor=actors.actor(user))


# --- The card


@dataclass(frozen=True)
class KeepingForm:
    """What the gateway's script needs to open its form. It asks for a purchase number though it charges nothing."""

    session: FormSession
    purchase_number: int


def open_form(plan: AutomaticPlan, *, payer: Payer, gateway: Niubiz) -> KeepingForm:
    """Opens the gateway's form that keeps a card; nothing is charged.

    Raises AutomaticNotOffered, PaymentsPaused, TooManyAttempts, TooManyForms or gateway.GatewayUnavailable.
    """
    if not settings.AUTOMATIC_PAYMENT or plan.state == PlanState.STOPPED:
        raise AutomaticNotOffered
    limits.check(plan.user, payer.client_ip)
    # A form answers whether a card works: thieves would try stolen ones here.
    since = timezone.now() - FORMS_SPAN
    opened = AutomaticEvent.objects.filter(plan__user=plan.user, what=FORM_OPENED, at__gte=since)
    if opened.count() >= MOST_FORMS:
        raise TooManyForms(timezone.now() + FORMS_SPAN)
    session = gateway.open_session(amount=CHECKED_AMOUNT, payer=payer, channel="paycard")
    changes.record(plan, FORM_OPENED, actor=actors.actor(plan.user))
    return KeepingForm(session, _purchase_number())


def _purchase_number() -> int:
    """The next number of the attempts' sequence, so that no attempt ever has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('payments_purchase_number')")
        return int(cursor.fetchone()[0])


def keep_card(plan_id: int, *, transaction_token: str, gateway: Niubiz) -> AutomaticPlan:
    """Puts the card that the form posted on file: of a pending plan, which becomes active, or in place of another.

    Takes the token that the gateway's form posted, which is not stored. Raises CardNotKept, AutomaticNotOffered or
    gateway.GatewayUnavailable; the plan is as it was then.
    """
    answer = gateway.keep_card(transaction_token=transaction_token)
    with transaction.atomic():
        plan = changes.locked_plan(plan_id)
        actor = actors.actor(plan.user)
        if plan.state == PlanState.STOPPED:
            raise AutomaticNotOffered
        if isinstance(answer, StoredCard) and answer.expires >= timezone.localdate():
            _put_on_file(plan, answer, actor)
            return plan
        changes.record(plan, f"tarjeta no aceptada {getattr(answer, 'action_code', '')}".strip(), actor=actor)
    raise CardNotKept(_why_refused(answer))


def _why_refused(answer: StoredCard | CardRefused) -> str:
    if isinstance(answer, StoredCard):
        return "La tarjeta está vencida"
    return explain(answer.action_code).text.rstrip(".") if answer.action_code else ""


def _put_on_file(plan: AutomaticPlan, card: StoredCard, actor: str) -> None:
    if plan.active:
        changes.drop_waiting(plan, "se cambió la tarjeta")
    else:
        changes.activate(plan)
    plan.card_token = cipher(PURPOSE).encrypt(card.token.encode()).decode()
    plan.brand, plan.last_four, plan.card_expires = card.brand, card.last_four, card.expires
    plan.card_used = False
    plan.save()
    changes.record(plan, f"{changes.CARD_KEPT}: {plan.card}", actor=actor)
    letters.registered(plan, number=plan.events.count())


# --- Changes


def change(plan_id: int, terms: Terms, *, user: User) -> AutomaticPlan:
    """Agrees to other terms. What was announced under the old ones is not charged.

    Raises AutomaticNotOffered for a plan without a card, NotYourNumber or TermsNotPossible.
    """
    with transaction.atomic():
        plan = changes.locked_plan(plan_id)
        payer = assignments.pays_for(user)
        if not plan.active:
            raise AutomaticNotOffered
        if payer.member is None or payer.member.pk != plan.member_id:
            raise NotYourNumber
        _check(terms, successions.kinds_of(payer.succession))
        changes.drop_waiting(plan, "se cambiaron las condiciones")
        plan.kinds, plan.ceiling, plan.day = sorted(terms.kinds), terms.ceiling, terms.day
        plan.text_version, plan.consented_at = TEXT_VERSION, timezone.now()
        plan.save()
        changes.record(plan, changes.TERMS_CHANGED, actor=actors.actor(user), terms=terms.as_json())
    return plan


def skip(charge_id: int, *, actor: str) -> bool:
    """Skips an announced or declined charge, whose plan goes on. Returns False if it no longer waits."""
    with transaction.atomic():
        plan = changes.locked_plan(AutomaticPlan.objects.get(charges=charge_id).pk)
        charge = AutomaticCharge.objects.select_for_update().get(pk=charge_id)
        if not charge.waiting:
            return False
        changes.move_charge(charge, ChargeState.SKIPPED)
        changes.record(plan, f"cobro omitido: {charge}", actor=actor)
    return True


def stop(plan_id: int, *, actor: str, reason: StopReason = StopReason.MEMBER) -> AutomaticPlan:
    """Withdraws the consent: nothing more is charged, and the card's token is erased. Safe to repeat.

    A charge that is with the bank already ends as the bank decides.
    """
    with transaction.atomic():
        plan = changes.locked_plan(plan_id)
        changes.stop(plan, reason, actor=actor)
    return plan
