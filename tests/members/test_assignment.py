"""Which member an account pays for, and "Este CMP no es el mío"."""

from members import assignment
from members.models import User


def test_an_account_pays_for_the_cmp_it_declared(ana: User, teresa: User) -> None:
    member = assignment.current_member(ana)

    assert member is not None
    assert member.cmp_number == 45_678
    assert assignment.current_member(teresa) is None
