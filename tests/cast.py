"""The people of the stories. Each fixture is an account; `assignments.current_member(user)` is its physician."""

import pytest

from dues.models import Channel, Kind
from members.models import User
from staff import roles
from tests.builders import a_member, a_settlement, a_user, some_dues


@pytest.fixture
def ana(db: None) -> User:
    """Ana owes the last five months of colegiado (S/ 30.00 each) and the last three of SEMEFA (S/ 85.50 each)."""
    member = a_member("Ana", "Quispe Mamani", cmp_number=45_678, document_number="41234567")
    some_dues(member, 5)
    some_dues(member, 3, Kind.SEMEFA, "85.50")
    return a_user(member, email="ana@example.com")


@pytest.fixture
def bruno(db: None) -> User:
    """Bruno is up to date: the last six months of colegiado, all paid at the bank."""
    member = a_member("Bruno", "Salazar Ñahui", cmp_number=101_234, document_number="42345678")
    for due in some_dues(member, 6):
        a_settlement(due, Channel.BANK, f"BCO-{due.period:%Y%m}")
    return a_user(member, email="bruno@example.com")


@pytest.fixture
def carla(db: None) -> User:
    """Carla is another member, who owes two months and must see nothing of the others."""
    member = a_member("Carla", "Ríos Vásquez", cmp_number=9_012, document_number="43456789")
    some_dues(member, 2)
    return a_user(member, email="carla@example.com")


@pytest.fixture
def teresa(db: None) -> User:
    """Teresa is the college's treasurer."""
    return a_user(email="teresa@example.com", name="Teresa Paredes", staff_role=roles.TREASURY)


@pytest.fixture
def walter(db: None) -> User:
    """Walter is the webmaster: he sees members and reports, and no money."""
    return a_user(email="walter@example.com", name="Walter Chumpitaz", staff_role=roles.WEBMASTER)


@pytest.fixture
def ursula(db: None) -> User:
    """Úrsula is the second person of the treasury, who approves what Teresa proposes."""
    return a_user(email="ursula@example.com", name="Úrsula Benites", staff_role=roles.TREASURY)
