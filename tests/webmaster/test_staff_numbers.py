"""A webmaster alone gives no account of staff a CMP, by none of the ways that there are."""

import pytest
from django.urls import reverse

from members.exceptions import NumberDecided, OwnNumberProposal, StaffNeedsTwo
from members.models import Assignment, Claim, ClaimState, NumberProposal, User
from members.numbers import assignments, registrations
from payments import number_changes
from staff import roles
from tests.builders import a_member, a_user, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def wanda(db: None) -> User:
    """Wanda is a second webmaster."""
    return a_user(email="wanda@example.com", staff_role=roles.WEBMASTER)


def test_walter_proposes_and_wanda_decides(teresa: User, walter: User, wanda: User) -> None:
    member = a_member()
    page = reverse("webmaster_correct", args=[teresa.pk]) + f"?member={member.cmp_number}"
    told = client_of(walter).post(page, {"reason": "También es médica, carné visto", "seen": "-"}, follow=True)
    assert "Otro webmaster o un superusuario lo aprueba" in told.content.decode()
    assert assignments.current_member(teresa) is None
    proposal = NumberProposal.objects.get()
    decide = reverse("webmaster_decide_number", args=[proposal.pk])
    assert "Usted lo propuso" in client_of(walter).get(decide).content.decode()
    for alone in (walter, teresa):
        with pytest.raises(OwnNumberProposal):
            number_changes.approve(proposal.pk, by=alone)
    client_of(wanda).post(decide, {"decision": "approve"})
    assert assignments.current_member(teresa) == member
    with pytest.raises(NumberDecided):
        number_changes.reject(proposal.pk, by=wanda, reason="Tarde")


def test_wanda_says_no(teresa: User, walter: User, wanda: User) -> None:
    proposal = number_changes.propose(teresa, to=a_member(), author=walter, reason="También es médica")
    decide = reverse("webmaster_decide_number", args=[proposal.pk])
    client_of(wanda).post(decide, {"decision": "reject", "reason": "No es ella"})
    assert assignments.current_member(teresa) is None


def test_no_other_way_gives_staff_a_number(ana: User, teresa: User, walter: User) -> None:
    member = a_member()
    fields = {"user": teresa.pk, "member": member.pk, "reason": "Solicitud por correo"}
    assert client_of(walter).post("/admin/members/assignment/add/", fields).status_code == 200
    with pytest.raises(StaffNeedsTwo):
        number_changes.change(teresa, to=member, author=walter, reason="Es médica")
    claim = registrations.declare(teresa, registrations.Declared(1, "1", "00000001", "Teresa", "Paredes"))
    Claim.objects.update(state=ClaimState.WAITING, photo=b"\xff\xd8\xff")
    with pytest.raises(StaffNeedsTwo):
        registrations.accept(claim, member=member, author=walter, answer="Sí")
    other = Assignment.objects.create(user=teresa, member=member)
    with pytest.raises(StaffNeedsTwo):
        number_changes.swap(ana, teresa, author=walter, reason="Cruzados")
    assert Assignment.objects.get(user=teresa) == other


def test_a_wrong_number_is_taken_from_staff_by_one(teresa: User, walter: User) -> None:
    Assignment.objects.create(user=teresa, member=a_member())
    number_changes.change(teresa, to=None, author=walter, reason="No es médica")
    assert assignments.current_member(teresa) is None


def test_a_role_is_enough_without_the_mark_of_staff(ana: User, teresa: User, walter: User) -> None:
    friend = a_user(email="amigo@example.com")
    friend.groups.set(teresa.groups.all())
    with pytest.raises(StaffNeedsTwo):
        number_changes.change(friend, to=a_member(), author=walter, reason="Es médico")
