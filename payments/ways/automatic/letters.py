"""The letters of automatic payments, and the signed links in them that need no login."""

from datetime import date
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.core import signing
from django.template.loader import render_to_string
from django.urls import reverse

from payments import letters
from payments.models import Attempt, AutomaticCharge, AutomaticPlan, Letter
from payments.models.ways.automatic_states import StopReason
from payments.ways.automatic.announced import letter_key

SIGNER = signing.Signer(salt="payments.automatic")


def link(ref: object) -> str:
    """The address of the page that skips this charge or stops the plan; its signature stands for a login."""
    return urljoin(settings.PORTAL_URL, reverse("automatic_letter", args=[SIGNER.sign(str(ref))]))


def ref_of(signed: str) -> str:
    """The charge that a link names. Raises signing.BadSignature."""
    return SIGNER.unsign(signed)


def message_id(ref: object, number: int = 0) -> str:
    """Names the letter before a try, so that a returned one is known; nobody can guess it."""
    return f"<automatico-{ref}.{number}@{urlsplit(settings.PORTAL_URL).hostname}>"


def announced(charge: AutomaticCharge, periods: list[date]) -> Letter:
    """Writes the letter that announces a charge which is not saved yet; `periods` are its months, oldest first."""
    plan = charge.plan
    subject = f"El {charge.charge_on:%d/%m/%Y} cobraremos S/ {charge.amount:,.2f} a su tarjeta"
    body = _text("announced", plan, charge=charge, periods=periods, link=link(charge.ref))
    return _before_a_try(charge, 0, subject, body, about={"charge": str(charge.ref)})


def declined(charge: AutomaticCharge, attempt: Attempt, *, number: int) -> Letter:
    """Tells that the try of this number was declined, and when the next one is."""
    body = _text("declined", charge.plan, charge=charge, attempt=attempt, link=link(charge.ref))
    return _before_a_try(charge, number, "No se pudo cobrar a su tarjeta", body)


def _before_a_try(
    charge: AutomaticCharge, number: int, subject: str, body: str, *, about: dict[str, str] | None = None
) -> Letter:
    """Writes the letter after the try of this number, 0 before the first. Raises ValueError for a second one."""
    letter = letters.to_account(
        charge.plan.user,
        letter_key(charge.ref, number),
        subject=subject,
        body=body,
        about=about,
        message_id=message_id(charge.ref, number),
        in_bulk=True,
    )
    if letter is None:
        raise ValueError(f"the letter after try {number} of {charge.ref} was written before")
    return letter


def dropped(charge: AutomaticCharge) -> None:
    """Tells that an announced charge was not made, and why."""
    body = _text("dropped", charge.plan, charge=charge)
    _write(charge.plan, f"{charge.ref}:dropped", "No hicimos el cobro que le anunciamos", body)


def stopped(plan: AutomaticPlan) -> None:
    """Confirms that the plan is stopped and its card erased."""
    reason = StopReason(plan.stop_reason)
    body = _text("stopped", plan, reason=reason.label, by_member=reason == StopReason.MEMBER)
    _write(plan, f"{plan.pk}:stopped", "Su pago automático quedó detenido", body)


def above_ceiling(plan: AutomaticPlan, kind: str, charge_on: date, **context: object) -> None:
    """Tells, once a month, that the oldest due is more than the ceiling."""
    body = _text("above_ceiling", plan, charge_on=charge_on, **context)
    _write(plan, f"{plan.pk}:ceiling:{kind}:{charge_on:%Y%m}", "Su cuota supera el tope de su pago automático", body)


def expiring(plan: AutomaticPlan, *, days: int) -> None:
    """Tells, once for each of the two warnings, that the card expires."""
    key = f"{plan.pk}:expiring:{plan.card_expires:%Y%m}:{plan.last_four}:{days}"
    _write(plan, key, f"Su tarjeta vence el {plan.card_expires:%d/%m/%Y}", _text("expiring", plan))


def registered(plan: AutomaticPlan, *, number: int) -> None:
    """Confirms a card on file with what was agreed; `number` counts the plan's cards."""
    body = _text("registered", plan)
    _write(plan, f"{plan.pk}:registered:{number}", "Su pago automático quedó activo", body)


def _write(plan: AutomaticPlan, key: str, subject: str, body: str) -> None:
    letters.to_account(plan.user, f"automatic:{key}", subject=subject, body=body)


def _text(template: str, plan: AutomaticPlan, **context: Any) -> str:
    page = urljoin(settings.PORTAL_URL, reverse("automatic_payment"))
    pay = urljoin(settings.PORTAL_URL, reverse("greeting"))
    common = {"plan": plan, "page": page, "pay": pay, "college": settings.COLLEGE}
    return render_to_string(f"payments/automatic/mail/{template}.txt", common | context)
