"""Passwords that are tried first in Peru are refused, and those of staff are longer."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from members.login.passwords import left_of
from members.models import User
from tests.builders import PASSWORD, client_of

WEAK = [
    "colegiomedico",
    "ColegioMedico2026",
    "colegio-medico-del-peru",
    "medico12345",
    "M3dic0_12345",
    "peru123456",
    "Perú.123456",
    "alianzalima",
    "AlianzaLima1901!",
    "universitario1924",
    "teamomivida",
    "contraseña123",
    "qwerty123456",
    "cmpdigital2026",
    "doctorperu1234",
    "1234567890abc",
    "aaaaaaaaaaaa",
]
STRONG = [PASSWORD, "tres-llamas-verdes-bailan", "k7#Qz!pW2mXd", "el perro de mi tia ladra"]


@pytest.mark.parametrize("password", WEAK)
def test_what_is_tried_first_is_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.parametrize("password", STRONG)
def test_a_password_of_ones_own_is_taken(password: str) -> None:
    validate_password(password)


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["045678045678", "CMP-45678-medico", "41234567-peru", "45678-45678-a"])
def test_the_own_numbers_make_no_password(ana: User, password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, ana)


@pytest.mark.django_db
def test_nor_at_registration_where_the_numbers_are_typed_beside_it() -> None:
    cache.clear()
    typed = {"cmp_number": "64321", "document_type": "1", "document_number": "44719358", "given_names": "Rosa"}
    typed |= {"surnames": "Núñez", "email": "rosa@example.com", "password1": "64321-44719358"}
    page = Client().post("/cuenta/signup/", typed | {"password2": typed["password1"]}).content.decode()
    assert "Es fácil de adivinar" in page
    assert not User.objects.exists()


@pytest.mark.django_db
def test_staff_choose_twelve_characters(teresa: User, ana: User) -> None:
    validate_password("k7#Qz!pW2m", ana)
    with pytest.raises(ValidationError, match="al menos 12"):
        validate_password("k7#Qz!pW2m", teresa)
    ana.groups.set(teresa.groups.all())
    with pytest.raises(ValidationError, match="al menos 12"):
        validate_password("k7#Qz!pW2m", User.objects.get(pk=ana.pk))


@pytest.mark.django_db
def test_the_page_says_why_in_words(ana: User) -> None:
    browser = client_of(ana)
    typed = {"oldpassword": PASSWORD, "password1": "colegiomedico2026", "password2": "colegiomedico2026"}
    assert "palabras muy usadas" in browser.post(reverse("account_change_password"), typed).content.decode()


@given(st.text(max_size=300))
def test_no_text_breaks_it(password: str) -> None:
    assert 0 <= left_of(password, ["45678"]) <= len(password) * 3
