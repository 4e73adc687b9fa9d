"""Charges that look like one payment made twice are listed with their reasons; the rest is left in peace."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cmp_portal.treasury import duplicates
from members.models import User
from payments.models import Attempt
from tests.builders import client_of
from tests.payments.browser import text
from tests.treasury.payments_of import a_payment

pytestmark = pytest.mark.django_db

CARD = "455170******8059"


def charged(user: User, minutes_ago: int, **fields: Any) -> Attempt:
    defaults = {"order_state": "paid", "state": "approved", "settles_order": True, "card": CARD}
    return a_payment(user, created_at=timezone.now() - timedelta(minutes=minutes_ago), **(defaults | fields))


def test_the_same_card_and_sum_within_the_hour_is_shown_with_its_reasons(ana: User, teresa: User) -> None:
    first, second = charged(ana, 20), charged(ana, 5, order_state="cancelled", settles_order=False)

    [pair] = duplicates.pairs()

    assert (pair.first, pair.second) == (first, second)
    assert pair.reasons == (
        "una de las dos no pagó ninguna cuota",
        "la misma tarjeta",
        "el mismo tipo de cuota",
        "con 15 minutos de diferencia",
    )
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


def test_two_members_who_pay_the_same_are_no_duplicate(ana: User, bruno: User) -> None:
    charged(ana, 3)
    charged(bruno, 2)
    assert duplicates.pairs() == []
