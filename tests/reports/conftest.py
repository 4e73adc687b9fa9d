"""The desk's people beside a college to report about."""

import pytest

from members.models import User
from tests.reports.college import a_random_college


@pytest.fixture
def college(teresa: User, ursula: User) -> None:
    a_random_college(3, teresa, ursula)
