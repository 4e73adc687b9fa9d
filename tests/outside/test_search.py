"""Staff find a payment by what they have: a name as the portal prints it, a receipt, a card's ends, a sum."""

import pytest

from members.models import User
from payments.models import Attempt
from staff.treasury import search
from tests.builders import a_member, a_user
from tests.treasury.payments_of import a_payment

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "typed",
    [
        "Núñez Peña, María José",
        "María José Núñez Peña",
        "jose pena",
        "PEÑA  maria",
        "Nu\u0301n\u0303ez Mari\u0301a",
        "CMP 45678",
        "cmp-45678",
        "994200111222333",
        "455170******8059",
        "4551 70** **** 8059",
        "S/ 1,234.50",
        "1234.50",
    ],
)
def test_a_payment_is_found_by_what_is_before_ones_eyes(typed: str, ana: User) -> None:
    maria = a_user(a_member("María José", "Núñez Peña", cmp_number=45_679))
    wanted = a_payment(
        ana if "45678" in typed else maria,
        card="455170******8059",
        transaction_id="994200111222333",
        due_amount="1234.50",
    )
    a_payment(a_user(a_member("Rosa", "Peñaloza Ruiz")))
    found = Attempt.objects.filter(search.find(typed).condition)
    assert list(found) == [wanted]
