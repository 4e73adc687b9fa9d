"""Addresses that no page of ours made: each is answered with a page, never with an error of the portal's own."""

import pytest
from django.test import Client

from members.models import User
from tests.builders import client_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/comprobantes/a%00b/pdf/", "/admin/payments/order/?state=%00", "/?%00"])
def test_a_nul_in_an_address_is_the_clients_mistake(teresa: User, address: str) -> None:
    for browser in (client_of(teresa), Client()):
        assert browser.get(address).status_code == 400


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("q=²", 200),
        ("q=%25", 200),
        ("q=' OR 1=1 --", 200),
        ("antes=999999999999999999-1", 200),
        ("despues=99999999999999999-1", 200),
        ("hasta=31/12/9999", 400),
        ("desde=01/01/0001", 200),
        ("monto_desde=NaN", 400),
    ],
)
def test_the_list_of_payments_answers_whatever_is_asked(teresa: User, query: str, status: int) -> None:
    assert client_of(teresa).get(f"/admin/pagos/?{query}").status_code == status
