"""A text is cut by its length before anybody normalises it: no page stops a process for half a minute."""

import time
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from base import interpreter
from base.files.tables import BadTable
from base.forms import StatedField
from dues.imports import loading
from dues.models import DataLoad
from members.models import User
from tests.builders import client_of

pytestmark = pytest.mark.django_db

# What took 30 seconds: 280 KB of characters whose order has to be changed.
CRAFTED = "a" + interpreter.PAIR * 70_000
FIELDS = ["cmp_number", "document_type", "document_number", "given_names", "surnames", "email", "password1"]


@pytest.fixture(autouse=True)
def fresh_counters(db: None) -> None:
    cache.clear()


def seconds(browser: Client, page: str, **typed: str) -> tuple[float, int]:
    began = time.perf_counter()
    status = browser.post(page, typed).status_code
    return time.perf_counter() - began, status


@pytest.mark.parametrize("field", FIELDS)
def test_a_long_text_at_registration_costs_no_time(field: str) -> None:
    spent, status = seconds(Client(), "/cuenta/signup/", **{field: CRAFTED})
    assert (spent < 2, status) == (True, 400)


@pytest.mark.parametrize(
    ("page", "field"),
    [
        ("/cuenta/login/", "login"),
        ("/cuenta/login/", "password"),
        ("/cuenta/password/reset/", "email"),
        ("/verificar/", "code"),
    ],
)
def test_nor_on_any_other_page_of_a_stranger(page: str, field: str) -> None:
    spent, status = seconds(Client(), page, **{field: CRAFTED})
    assert (spent < 2, status) == (True, 400)


def test_nor_in_the_admins_search(walter: User) -> None:
    began = time.perf_counter()
    assert client_of(walter).get("/admin/members/user/", {"q": CRAFTED}).status_code == 400
    assert time.perf_counter() - began < 2


def test_nor_in_a_cell_or_a_name_of_a_column_of_a_file(tmp_path: Path) -> None:
    for text in (f"cmp;apellidos\n1;{CRAFTED[:100_000]}", f"{CRAFTED[:100_000]};apellidos\n1;x"):
        file = tmp_path / "padron.csv"
        file.write_text(text)
        began = time.perf_counter()
        with pytest.raises(BadTable):
            loading.load(loading.Request(content=DataLoad.Content.ROLL, path=file))
        assert time.perf_counter() - began < 2


def test_a_field_names_its_own_limit_in_words() -> None:
    page = Client().post("/cuenta/signup/", {"surnames": "x" * 5000}).content.decode()
    assert "Es muy largo: el máximo es 100 caracteres." in page


def test_accents_typed_as_characters_of_their_own_count_as_one() -> None:
    assert StatedField(max_length=4).clean("n\u0303n\u0303n\u0303n\u0303") == "ññññ"


def test_a_mended_interpreter_is_not_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "_seconds", lambda pairs: pairs / 1000)
    assert not interpreter.has_the_fault()
    monkeypatch.setattr(interpreter, "_seconds", lambda pairs: pairs**2 / 1000)
    assert interpreter.has_the_fault()
