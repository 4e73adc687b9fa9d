"""Who may open the card form: not while payments are paused, and not after too many declined cards or openings.

A stolen card is tried out where each try tells whether it works. The limits count declined attempts by account, by
address, and by card across accounts; a person who mistypes stays far below them.
"""

from datetime import timedelta
from typing import NoReturn

from django.db.models import Count, Exists, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from members.models import User
from payments import letters
from payments.exceptions import PaymentsPaused, TooManyAttempts, TooManyForms
from payments.models import Attempt, Pause
from payments.states import LIVE_ATTEMPT_STATES, AttemptState

# Declined attempts within the span after which no further one is started.
SPAN = timedelta(hours=1)
OF_AN_ACCOUNT = 6
OF_AN_ADDRESS = 30
# Openings of the card form within the span; who pays three orders and reloads now and then needs a dozen.
FORMS_OF_AN_ACCOUNT = 30
# A card that this many accounts had declined is being tried out; each account that used it waits.
CARD_SPAN = timedelta(hours=24)
ACCOUNTS_OF_A_CARD = 3


def current_pause() -> Pause | None:
    return Pause.objects.filter(ended_at=None).first()


def check(user: User, client_address: str) -> None:
    """Raises PaymentsPaused, TooManyForms or TooManyAttempts; staff are told of these two, once for each attempt."""
    # One question; only where there was a declined attempt more are asked.
    opened, declined = _opened(user), _declined_today(user, client_address)
    forms = opened.values("order__user").values_list(Sum("forms_opened"))
    paused, forms_opened, has_declined = (
        User.objects.filter(pk=user.pk)
        .values_list(Exists(Pause.objects.filter(ended_at=None)), Subquery(forms), Exists(declined))
        .get()
    )
    if paused:
        raise PaymentsPaused
    if (forms_opened or 0) >= FORMS_OF_AN_ACCOUNT:
        _refuse("cuenta que abre muchos formularios", opened, TooManyForms)
    if has_declined:
        _check_declined(user, client_address)


def _opened(user: User) -> QuerySet[Attempt]:
    # One that lives may be older than the span: each opening prolongs its order.
    lately = Q(created_at__gte=timezone.now() - SPAN) | Q(state__in=LIVE_ATTEMPT_STATES)
    return Attempt.objects.filter(lately, order__user=user)


def _declined_today(user: User, client_address: str) -> QuerySet[Attempt]:
    today = Attempt.objects.filter(state=AttemptState.DECLINED, concluded_at__gte=timezone.now() - CARD_SPAN)
    return today.filter(Q(order__user=user) | Q(client_address=client_address or None))


def _check_declined(user: User, client_address: str) -> None:
    declined = Attempt.objects.filter(state=AttemptState.DECLINED, concluded_at__gte=timezone.now() - SPAN)
    of_account = declined.filter(order__user=user)
    if of_account.count() >= OF_AN_ACCOUNT:
        _refuse("cuenta con muchas tarjetas denegadas", of_account)
    of_address = declined.filter(client_address=client_address or None)
    if client_address and of_address.count() >= OF_AN_ADDRESS:
        _refuse(f"dirección {client_address} con muchas tarjetas denegadas", of_address)
    if card := _shared_card(user):
        _refuse(f"tarjeta {card} denegada en varias cuentas", of_account)


def _shared_card(user: User) -> str:
    """A card mask that this account and enough others had declined today; empty when there is none."""
    declined = Attempt.objects.filter(state=AttemptState.DECLINED, concluded_at__gte=timezone.now() - CARD_SPAN)
    own = declined.filter(order__user=user).exclude(card="").values_list("card", flat=True).distinct()
    shared = (
        declined.filter(card__in=list(own))
        .values("card")
        .annotate(accounts=Count("order__user", distinct=True))
        .filter(accounts__gte=ACCOUNTS_OF_A_CARD)
        .order_by("card")
    )
    found = shared.first()
    return str(found["card"]) if found else ""


def _refuse(reason: str, attempts: QuerySet[Attempt], refusal: type[TooManyAttempts] = TooManyAttempts) -> NoReturn:
    letters.review(attempts.latest("pk"), about=f"Posible prueba de tarjetas: {reason}")
    raise refusal
