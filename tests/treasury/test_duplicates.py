"""Charges that look like one payment made twice are listed with their reasons; the rest is left in peace."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from members.models import Assignment, Member, User
from payments.books import duplicates
from payments.models import Attempt, ClearedPair, Event, Letter
from staff import alerts
from tests.builders import a_due, client_of, month
from tests.payments.browser import text
from tests.payments.test_refusals import refused
from tests.treasury.payments_of import a_payment

pytestmark = pytest.mark.django_db

CARD = "455170******8059"


def member_of(user: User) -> Member:
    return Assignment.objects.get(user=user, ended_at=None).member


def charged(user: User, minutes_ago: int, **fields: Any) -> Attempt:
    defaults = {"order_state": "paid", "state": "approved", "settles_order": True, "card": CARD}
    return a_payment(user, created_at=timezone.now() - timedelta(minutes=minutes_ago), **(defaults | fields))


def test_the_same_card_and_sum_within_the_hour_is_shown_with_its_reasons(ana: User, teresa: User) -> None:
    first, second = charged(ana, 20), charged(ana, 5, order_state="cancelled", settles_order=False)

    [pair] = duplicates.pairs()

    assert (pair.first, pair.second) == (first, second)
    assert pair.reasons == [
        "una de las dos no pagó ninguna cuota",
        "la misma tarjeta",
        "el mismo tipo de cuota",
        "con 15 minutos de diferencia",
    ]
    page = text(client_of(teresa).get("/admin/pagos/duplicados/"))
    assert first.number in page
    assert "la misma tarjeta" in page


@pytest.mark.parametrize(
    "other",
    [
        {"minutes_ago": 90},
        {"minutes_ago": 5, "due_amount": "31.00"},
        {"minutes_ago": 5, "state": "declined", "settles_order": False, "order_state": "expired"},
        {"minutes_ago": 5, "state": "refunded", "given_back": 30, "order_state": "refunded"},
    ],
)
def test_what_only_resembles_is_left_out(other: dict[str, Any], ana: User, teresa: User) -> None:
    charged(ana, 1)
    charged(ana, **other)
    assert duplicates.pairs() == []
    assert "Ningún cobro parece repetido" in text(client_of(teresa).get("/admin/pagos/duplicados/"))


def test_five_months_paid_one_by_one_are_five_payments(ana: User) -> None:
    for minutes in (25, 20, 15, 10, 5):
        charged(ana, minutes)
    assert duplicates.pairs() == []
    assert alerts.look() is None or "repetido" not in Letter.objects.get().body


def test_two_members_who_pay_the_same_are_no_duplicate(ana: User, bruno: User) -> None:
    charged(ana, 3)
    charged(bruno, 2)
    assert duplicates.pairs() == []


def test_three_in_a_row_are_two_pairs_with_the_last(ana: User) -> None:
    due = a_due(member_of(ana), period=month(30))
    first, second, third = (charged(ana, minutes, due=due) for minutes in (50, 30, 10))
    assert [(pair.first, pair.second) for pair in duplicates.pairs()] == [
        (second, third),
        (first, third),
        (first, second),
    ]


def test_teresa_is_told_once_and_clears_a_pair_that_was_meant(ana: User, teresa: User) -> None:
    due = a_due(member_of(ana), period=month(30))
    first, second = charged(ana, 20, due=due), charged(ana, 5, due=due)
    letter = alerts.look()
    assert letter
    assert f"Posible pago repetido: S/ 30.00 dos veces, intentos {first.number} y {second.number}" in letter.body
    desk, place = client_of(teresa), f"/admin/pagos/duplicados/{first.pk}/{second.pk}/descartar/"
    assert place in desk.get("/admin/pagos/duplicados/").content.decode()
    assert "la misma tarjeta" in text(desk.get(place))
    assert desk.post(place, {"reason": ""}).status_code == 400

    for _ in range(2):
        told = text(desk.post(place, {"reason": "Pagó dos meses, uno por uno"}, follow=True))

    assert "Revisado" in told
    assert "Ningún cobro parece repetido" in told
    assert ClearedPair.objects.get().author == teresa
    assert Event.objects.filter(cause__endswith=": Pagó dos meses, uno por uno").count() == 2
    assert alerts.look() is None
    assert "Posible pago repetido" not in text(desk.get("/admin/"))


def test_charges_that_do_not_resemble_are_no_pair(ana: User, bruno: User, teresa: User, walter: User) -> None:
    anas, brunos = charged(ana, 20), charged(bruno, 10)
    place = f"/admin/pagos/duplicados/{anas.pk}/{brunos.pk}/descartar/"
    assert client_of(teresa).get(place).status_code == 404
    assert client_of(walter).get(place).status_code == 403


def test_refusals(ana: User, teresa: User) -> None:
    cleared = duplicates.clear(charged(ana, 20), charged(ana, 5), by=teresa, reason="Pagó dos meses")
    again = {"first": cleared.first, "second": cleared.second, "author": teresa, "reason": "otra vez"}
    refused("a_pair_is_cleared_once", lambda: ClearedPair.objects.create(**again))
    refused("a_cleared_pair_never_changes", lambda: ClearedPair.objects.update(reason="otro motivo"))
    refused("a_cleared_pair_is_never_deleted", cleared.delete)
