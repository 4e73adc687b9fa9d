"""The desk's people and some payments to look at."""

import pytest

from members import roles
from members.models import User
from payments.models import Attempt
from payments.simulator.server import RunningSimulator
from tests.builders import a_user
from tests.payments.browser import Browser, attempt_of
from tests.payments.test_refunds import open_dues


@pytest.fixture
def ursula(db: None) -> User:
    """Úrsula is the second person of the treasury, who approves what Teresa proposes."""
    return a_user(email="ursula@example.com", name="Úrsula Benites", staff_role=roles.TREASURY)


@pytest.fixture
def paid(ana: User, simulator: RunningSimulator) -> Attempt:
    """Ana paid her three oldest dues, S/ 90.00, through the gateway."""
    browser = Browser(ana, simulator)
    order = browser.order_of(*open_dues(ana)[:3])
    browser.pay(order)
    return attempt_of(order)
