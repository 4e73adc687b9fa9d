"""No list of the admin tells a hidden column letter by letter, and none breaks at a value that cannot be."""

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.contrib.admin.options import ModelAdmin
from django.db import models
from django.urls import reverse

from members.models import User
from staff import roles
from tests.builders import a_user, client_of

pytestmark = pytest.mark.django_db

NINES = "9" * 40
ABSURD = [NINES, f"-{NINES}", "٣٣٣", "1e400", "-1", "2026-02-31"]
# Filters of the admin's own classes answer what they do not know with the whole list, or go back to it.
WELL = (200, 302, 400)


@pytest.fixture
def root(db: None) -> User:
    return a_user(email="root@example.com", staff_role=roles.WEBMASTER, is_superuser=True)


def lists() -> Iterator[tuple[str, "ModelAdmin[models.Model]"]]:
    for model, page in admin.site._registry.items():
        yield f"{model._meta.app_label}_{model._meta.model_name}", page


def columns(model: type[models.Model], depth: int = 1) -> Iterator[str]:
    """Every column of a table, and those of the tables that it names."""
    for field in model._meta.get_fields():
        yield field.name
        if depth and field.related_model and field.related_model is not model:
            yield from (f"{field.name}__{name}" for name in columns(field.related_model, depth - 1))


@pytest.mark.parametrize("name", [name for name, _ in lists()])
def test_a_list_may_be_asked_only_for_what_its_page_offers(root: User, name: str) -> None:
    page = dict(lists())[name]
    address = reverse(f"admin:{name}_changelist")
    desk = client_of(root)
    for column in columns(page.model):
        answer = desk.get(address, {f"{column}__startswith": "a"})
        # The list of attempts is the treasury's own page, which knows no columns.
        assert answer.status_code == 400 or answer.headers.get("Location") == "/admin/pagos/", column


@pytest.mark.parametrize(
    ("name", "lookup"),
    [
        ("members_user", "password__startswith"),
        ("members_user", "password"),
        ("members_user", "password__regex"),
        ("members_user", "password__gt"),
        ("members_user", "emailaddress__email__startswith"),
        ("members_user", "sessions__session_key__startswith"),
        ("members_user", "authenticator__data__contains"),
        ("members_claim", "user__password__startswith"),
        ("members_claim", "document_number__startswith"),
        ("members_member", "email__startswith"),
        ("mfa_authenticator", "data__contains"),
        ("mfa_authenticator", "user__password__startswith"),
        ("account_emailaddress", "user__password__startswith"),
        ("receipts_receipt", "code__startswith"),
        ("payments_order", "user__password__startswith"),
    ],
)
def test_the_attacks_that_were_done_answer_400(root: User, name: str, lookup: str) -> None:
    assert client_of(root).get(reverse(f"admin:{name}_changelist"), {lookup: "a"}).status_code == 400


def offered(page: "ModelAdmin[models.Model]") -> Iterator[str]:
    names = [entry[0] if isinstance(entry, (tuple, list)) else entry for entry in page.list_filter]
    for name in names:
        if isinstance(name, str):
            yield from (f"{name}__exact", f"{name}__isnull", f"{name}__isempty", f"{name}__gte", f"{name}__lt")
            yield from (f"{name}__id__exact", f"{name}__number__exact")
        else:
            yield str(name.parameter_name)
    if page.date_hierarchy:
        yield from (f"{page.date_hierarchy}__{part}" for part in ("year", "month", "day", "gte", "lt"))
    yield from ("q", "o", "p", "all", "_to_field", "_popup")


@pytest.mark.parametrize("name", [name for name, _ in lists()])
def test_a_value_that_cannot_be_is_the_clients_mistake(root: User, name: str) -> None:
    page = dict(lists())[name]
    desk = client_of(root)
    for parameter in offered(page):
        for value in ABSURD:
            answer = desk.get(reverse(f"admin:{name}_changelist"), {parameter: value})
            assert answer.status_code in WELL, f"{name}?{parameter}={value[:45]}"


@pytest.mark.parametrize(
    "query",
    [
        {"period__year": NINES},
        {"period__year": "0"},
        {"period__year": "10000"},
        {"period__year": "2026", "period__month": "13"},
        {"period__year": "٢٠٢٦"},
    ],
)
def test_a_year_that_cannot_be_answers_400(root: User, query: dict[str, str]) -> None:
    assert client_of(root).get("/admin/dues/due/", query).status_code == 400


def test_the_filters_and_dates_of_the_page_work(root: User, bruno: User) -> None:
    desk = client_of(root)
    for address, query in [
        ("/admin/dues/due/", {"period__year": "2026", "period__month": "11"}),
        ("/admin/dues/due/", {"kind__exact": "colegiado", "exemption__isempty": "1"}),
        ("/admin/dues/due/", {"member__regional_council__number__exact": "3"}),
        ("/admin/members/user/", {"is_staff__exact": "1", "groups__id__exact": "1"}),
        ("/admin/members/claim/", {"estado": "waiting"}),
        ("/admin/members/user/", {"q": "bruno", "o": "2.-1"}),
        ("/admin/dues/settlement/", {"paid_at__year": "2026", "channel__exact": "bank"}),
    ]:
        answer = desk.get(address, query)
        assert answer.status_code == 200, f"{address} {query}"
