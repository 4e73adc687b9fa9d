"""Who may open the card form: not while payments are paused, and not after too many declined cards or openings.

A stolen card is tried out where each try tells whether it works. The limits count declined attempts by account, by
address, and by card across accounts; a person who mistypes stays far below them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from django.db.models import Count, Exists, Expression, Max, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from base.postgres.kept_queries import given, kept_query
from base.remembered import remembered
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


announced_pause = remembered(current_pause)


@dataclass(frozen=True)
class TriesLeft:
    """How many more declined cards an account may have before it waits, and until when it waits now, if it does."""

    left: int
    until: datetime | None


@kept_query
def lately_declined() -> "QuerySet[Attempt, tuple[datetime | None]]":
    """When the account's latest OF_AN_ACCOUNT declined cards since `an_hour_ago` were declined, newest first."""
    declined = Attempt.objects.filter(state=AttemptState.DECLINED, concluded_at__gte=given("an_hour_ago"))
    return (
        declined.filter(order__user=given("account"))
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
    """Raises PaymentsPaused, TooManyForms or TooManyAttempts; staff are told of these two, once for each attempt."""
    # One question; only where there was a declined attempt more are asked.
    now = timezone.now()
    address = client_address or None
    paused, forms_opened, has_declined = _counts.get(
        account=user.pk, address=address, an_hour_ago=now - SPAN, a_day_ago=now - CARD_SPAN
    )
    if paused:
        raise PaymentsPaused
    if (forms_opened or 0) >= FORMS_OF_AN_ACCOUNT:
        _refuse("cuenta que abre muchos formularios", _opened(user.pk, now - SPAN), TooManyForms(now + SPAN))
    if has_declined:
        _check_declined(user, client_address)


@kept_query
def _counts() -> "QuerySet[User, tuple[bool, int | None, bool]]":
    """Whether payments are paused, how many forms the account opened, whether it or its address had a card declined."""
    forms = _opened(given("account"), given("an_hour_ago")).values("order__user").values_list(Sum("forms_opened"))
    today = Attempt.objects.filter(state=AttemptState.DECLINED, concluded_at__gte=given("a_day_ago"))
    declined = today.filter(Q(order__user=given("account")) | Q(client_address=given("address")))
    paused = Pause.objects.filter(ended_at=None)
    return User.objects.filter(pk=given("account")).values_list(Exists(paused), Subquery(forms), Exists(declined))


def _opened(account: int | Expression, since: datetime | Expression) -> QuerySet[Attempt]:
    # One that lives may be older than the span: each opening prolongs its order.
    lately = Q(created_at__gte=since) | Q(state__in=LIVE_ATTEMPT_STATES)
    return Attempt.objects.filter(lately, order__user=account)


def _check_declined(user: User, client_address: str) -> None:
    declined = Attempt.objects.filter(state=AttemptState.DECLINED, concluded_at__gte=timezone.now() - SPAN)
    of_account = declined.filter(order__user=user)
    if until := _over(of_account, OF_AN_ACCOUNT):
        _refuse("cuenta con muchas tarjetas denegadas", of_account, TooManyAttempts(until))
    of_address = declined.filter(client_address=client_address or None)
    if client_address and (until := _over(of_address, OF_AN_ADDRESS)):
        _refuse(f"dirección {client_address} con muchas tarjetas denegadas", of_address, TooManyAttempts(until))
    today = Attempt.objects.filter(state=AttemptState.DECLINED, concluded_at__gte=timezone.now() - CARD_SPAN)
    if card := _shared_card(user, today):
        own = today.filter(order__user=user, card=card)
        until = own.aggregate(last=Max("concluded_at"))["last"] + CARD_SPAN
        _refuse(f"tarjeta {card} denegada en varias cuentas", own, TooManyAttempts(until))


def _over(declined: QuerySet[Attempt], most: int) -> datetime | None:
    """When the latest `most` of them will no longer all lie within the span; None while there are fewer."""
    last = declined.order_by("-concluded_at")[most - 1 : most].first()
    return last.concluded_at + SPAN if last and last.concluded_at else None


def _shared_card(user: User, declined: QuerySet[Attempt]) -> str:
    """A card mask that this account and enough others had declined; empty when there is none."""
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


def _refuse(reason: str, attempts: QuerySet[Attempt], refusal: TooManyAttempts) -> NoReturn:
    letters.review(attempts.latest("pk"), about=f"Posible prueba de tarjetas: {reason}")
    raise refusal
