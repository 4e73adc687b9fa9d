"""Troubles of automatic payments: charges that nobody made, and cards that many banks decline."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from base.peru.lima import LIMA
from payments.models import Attempt
from payments.states import AttemptState, Way
from payments.ways.automatic import run
from staff.troubles import RECENT, Trouble

#: The day's charges are begun at nine; at noon none of them waits without a reason.
NOON = 12
#: A handful of declined cards is every day's business.
MANY_TRIES, MANY_DECLINED = 20, 0.4


def charges_not_made(now: datetime) -> Iterator[Trouble]:
    """Charges whose day came and that no worker began: the run was stopped, or never began."""
    local = now.astimezone(LIMA)
    late = run.due(now).filter(next_on__lt=local.date()) if local.hour < NOON else run.due(now)
    if not settings.AUTOMATIC_PAYMENT or not (count := late.count()):
        return
    why = "la pasarela deja cobros en duda" if run.gateway_unwell(now) else "revise el proceso worker y las pausas"
    words = f"Pago automático: {count} cobros de hoy o de antes no se hicieron ({why}). Pasados dos días se anulan."
    yield Trouble(f"automatic-late:{local:%Y%m%d}", words, reverse("staff_payments"))


def many_declined(now: datetime) -> Iterator[Trouble]:
    """More declined cards in a day than banks usually decline: the merchant code may be wrong or blocked."""
    concluded = Attempt.objects.filter(way=Way.AUTOMATIC, concluded_at__gt=now - RECENT)
    tries = concluded.count()
    declined = concluded.filter(state__in=(AttemptState.DECLINED, AttemptState.ABSENT)).count()
    if tries >= MANY_TRIES and declined > tries * MANY_DECLINED:
        words = f"Pago automático: {declined} de {tries} cobros del último día fueron rechazados. Consulte con Niubiz."
        day = now.astimezone(LIMA).date()
        yield Trouble(f"automatic-declined:{day:%Y%m%d}", words, reverse("staff_payments"))
