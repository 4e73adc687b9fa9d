"""What changes while a charge is announced, with the bank, or about to be sent."""

from decimal import Decimal

import pytest

from dues.models import Due
from payments.checkout import offer
from payments.gateway import for_stored_cards
from payments.ways.automatic.claim import claim
from simulators.niubiz.server import RunningSimulator
from tests.automatic.due_charges import a_due_charge

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_price_that_rises_while_the_charge_is_being_taken_charges_nothing(
    simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dues are read once to compare and once under their lock; a tariff may be changed between."""
    made = a_due_charge(simulator.control)
    check = offer.check

    def and_the_price_rises(*args: object) -> bool:
        Due.objects.filter(pk=made.lines.latest("pk").due_id).update(amount=Decimal("31.00"))
        return check(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(offer, "check", and_the_price_rises)
    assert claim(made.pk, merchant_id=for_stored_cards().merchant_id) is None
    made.refresh_from_db()
    assert (made.state, made.tries.count()) == ("dropped", 0)
    assert made.reason.startswith("el colegio cambió el monto")
