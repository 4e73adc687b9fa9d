"""Decides who may open the card form: nobody during a pause, nor after too many declined cards or openings.

Thieves test stolen cards where each attempt shows whether the card works. We count declined attempts by account, by
address (of IPv6 the /64), and by card across accounts; mistyping stays far below the limits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from django.db.models import Count, Exists, Expression, Max, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from base import networks
from base.postgres.kept_queries import kept_query, parameter
from base.remembered import remembered
from members.models import User
from payments import letters
from payments.exceptions import PaymentsPaused, TooManyAttempts, TooManyForms
from payments.models import Attempt, Pause
from payments.states import LIVE_ATTEMPT_STATES, AttemptState

# The span and the number of declined attempts in it after which no further attempt starts.
SPAN = timedelta(hours=1)
OF_AN_ACCOUNT = 6
OF_AN_ADDRESS = 30
# Openings of the card form within the span; three orders with some reloads need about a dozen.
FORMS_OF_AN_ACCOUNT = 30
# A card declined in this many accounts is being tested; each account that used it must wait.
CARD_SPAN = timedelta(hours=24)
ACCOUNTS_OF_A_CARD = 3


def current_pause() -> Pause | None:
    return Pause.objects.current().first()


announced_pause = remembered(current_pause)


@dataclass(frozen=True)
class TriesLeft:
    """How many more declined cards an account may have before it waits, and until when it waits now, if it does."""

    left: int
    until: datetime | None


@kept_query
def lately_declined() -> "QuerySet[Attempt, tuple[datetime | None]]":
    """When the account's latest OF_AN_ACCOUNT declined cards since `an_hour_ago` were declined, newest first."""
    declined = Attempt.objects.filter(state=AttemptState.DECLINED, concluded_at__gte=parameter("an_hour_ago"))
    return (
        declined.filter(order__user=parameter("account"))
        .order_by("-concluded_at")
        .values_list("concluded_at")[:OF_AN_ACCOUNT]
    )


def tries_left(declined_at: Sequence[tuple[datetime | None]]) -> TriesLeft:
    """What the rows of `lately_declined` mean for the account; asks the database nothing."""
    moments = [moment for (moment,) in declined_at if moment]
    left = OF_AN_ACCOUNT - len(moments)
    return TriesLeft(left, None if left else moments[-1] + SPAN)


def tries_of(user: User) -> TriesLeft:
    """How many declined cards the account has left, read now."""
    return tries_left(lately_declined.all(account=user.pk, an_hour_ago=timezone.now() - SPAN))


def check(user: User, client_address: str) -> None:
    """Raises PaymentsPaused, TooManyForms or TooManyAttempts. The last two also alert staff, once per attempt."""
    # One query is enough unless there was a declined attempt.
    now = timezone.now()
    first, last = networks.range_of(client_address)
    paused, forms_opened, has_declined = _counts.get(
        account=user.pk, first=first, last=last, an_hour_ago=now - SPAN, a_day_ago=now - CARD_SPAN
    )
    if paused:
        raise PaymentsPaused
    if (forms_opened or 0) >= FORMS_OF_AN_ACCOUNT:
        _refuse("cuenta que abre muchos formularios", _opened(user.pk, now - SPAN), TooManyForms(now + SPAN))
    if has_declined:
        _check_declined(user, client_address)


@kept_query
def _counts() -> "QuerySet[User, tuple[bool, int | None, bool]]":
    """Whether payments are paused, the forms that the account opened, and whether it or its address had a card
    declined.
    """
    forms = (
        _opened(parameter("account"), parameter("an_hour_ago")).values("order__user").values_list(Sum("forms_opened"))
    )
    today = Attempt.objects.filter(state=AttemptState.DECLINED, concluded_at__gte=parameter("a_day_ago"))
    of_network = Q(client_address__gte=parameter("first"), client_address__lte=parameter("last"))
    declined = today.filter(Q(order__user=parameter("account")) | of_network)
    paused = Pause.objects.current()
    return User.objects.filter(pk=parameter("account")).values_list(Exists(paused), Subquery(forms), Exists(declined))


def _opened(account: int | Expression, since: datetime | Expression) -> QuerySet[Attempt]:
    # A live attempt may be older than the span: each opening prolongs its order.
    lately = Q(created_at__gte=since) | Q(state__in=LIVE_ATTEMPT_STATES)
    return Attempt.objects.filter(lately, order__user=account)


def _check_declined(user: User, client_address: str) -> None:
    declined = Attempt.objects.filter(state=AttemptState.DECLINED, concluded_at__gte=timezone.now() - SPAN)
    of_account = declined.filter(order__user=user)
    if until := _over(of_account, OF_AN_ACCOUNT):
        _refuse("cuenta con muchas tarjetas denegadas", of_account, TooManyAttempts(until))
    of_address = declined.filter(client_address__range=networks.range_of(client_address))
    if client_address and (until := _over(of_address, OF_AN_ADDRESS)):
        _refuse(f"dirección {client_address} con muchas tarjetas denegadas", of_address, TooManyAttempts(until))
    today = Attempt.objects.filter(state=AttemptState.DECLINED, concluded_at__gte=timezone.now() - CARD_SPAN)
    if card := _shared_card(user, today):
        of_card = today.filter(order__user=user, card=card)
        until = of_card.aggregate(last=Max("concluded_at"))["last"] + CARD_SPAN
        _refuse(f"tarjeta {card} denegada en varias cuentas", of_card, TooManyAttempts(until))


def _over(declined: QuerySet[Attempt], most: int) -> datetime | None:
    """Returns when the latest `most` of them no longer all lie within the span, or None if there are fewer."""
    last = declined.order_by("-concluded_at")[most - 1 : most].first()
    return last.concluded_at + SPAN if last and last.concluded_at else None


def _shared_card(user: User, declined: QuerySet[Attempt]) -> str:
    """Returns a card mask declined in this account and enough others, or ""."""
    cards = declined.filter(order__user=user).exclude(card="").values_list("card", flat=True).distinct()
    shared = (
        declined.filter(card__in=list(cards))
        .values("card")
        .annotate(accounts=Count("order__user", distinct=True))
        .filter(accounts__gte=ACCOUNTS_OF_A_CARD)
        .order_by("card")
    )
    row = shared.first()
    return str(row["card"]) if row else ""


def _refuse(reason: str, attempts: QuerySet[Attempt], refusal: TooManyAttempts) -> NoReturn:
    letters.review(attempts.latest("pk"), about=f"Posible prueba de tarjetas: {reason}")
    raise refusal
