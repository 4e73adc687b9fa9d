"""What no form of ours sends: the admin answers that it is nonsense, and is not broken by it."""

import pytest
from django.test import Client
from django.urls import reverse

from members.models import User
from members.numbers import assignments
from tests.builders import client_of


@pytest.fixture
def chief(teresa: User) -> Client:
    """Who may open every form there is."""
    teresa.is_superuser = True
    teresa.save()
    return client_of(teresa)


@pytest.mark.parametrize("page", ["change", "delete"])
def test_a_field_without_a_name_is_refused(chief: Client, page: str, ana: User) -> None:
    address = reverse(f"admin:members_user_{page}", args=[ana.pk])
    assert chief.get(address, {"_to_field": ""}).status_code == 400
    assert chief.post(address, {"_to_field": ""}).status_code == 400


@pytest.mark.parametrize("table", ["members_assignment", "dues_actproposal", "dues_coveredperson"])
@pytest.mark.parametrize("number", ["1e999", "-1", "", "١٢", "9" * 30, "[]"])
def test_what_is_no_number_picks_nobody(chief: Client, table: str, number: str) -> None:
    address = reverse(f"admin:{table}_add")
    assert chief.get(address, {"member": number}).status_code == 200
    answer = chief.post(address, {"member": number})
    assert "member" in answer.context["adminform"].errors


def test_a_cover_whose_relationship_is_none_of_ours_says_so(chief: Client, ana: User) -> None:
    member = assignments.current_member(ana)
    assert member
    typed = {"member": member.pk, "relationship": "vecino", "name": "Rosa Quispe", "birth_date": "1990-01-01"}
    answer = chief.post(reverse("admin:dues_coveredperson_add"), {**typed, "first_period": "2026-11-01"})
    assert list(answer.context["adminform"].errors) == ["relationship"]
