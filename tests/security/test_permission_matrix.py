"""Every address × every role × own or another's object, as tests/security/permissions.txt says.

An address that is not in the table fails, and the message is the line to add. Read that line before adding it: it says
what each role gets today, not what it should get.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.db import transaction
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from pytest_django import Settings

from members.models import Claim, User
from members.numbers import assignments, registrations
from payments import offline
from payments.gateway import StoredCard
from payments.models import Attempt
from payments.refunds import proposals
from receipts.issuing.issue import issue
from receipts.printing import pdf
from staff import roles
from tests.automatic.due_charges import an_active_plan, announced
from tests.builders import a_member, a_second_factor, a_user, client_of, month, the_succession
from tests.treasury.payments_of import a_payment

TABLE = Path(__file__).with_name("permissions.txt")
# Whoever asks, in the order of the table's columns; the objects are Ana's.
STAFF = {
    "caja": roles.CASHIER,
    "revisión": roles.REVIEWER,
    "aprobación": roles.APPROVER,
    "contabilidad": roles.ACCOUNTANT,
    "auditoría": roles.AUDITOR,
    "tesorería": roles.TREASURY,
    "webmaster": roles.WEBMASTER,
}
COLUMNS = ["nobody", "ana", "carla", *STAFF, "superuser"]
# What stands for the groups of an address that is a regular expression.
EXAMPLES = {"file_type": "csv", "app_label": "payments", "slug": "recaudacion"}
# The admin's own pages of a table: its row says what may be done there.
OF_A_TABLE = ("changelist", "add", "history", "delete", "change")


@dataclass
class Row:
    address: str
    marks: list[str]

    def __str__(self) -> str:
        return f"{self.address:<70} " + " ".join(f"{mark:<5}" for mark in self.marks).rstrip()


def written() -> dict[str, Row]:
    lines = [line.split() for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    return {address: Row(address, marks) for address, *marks in lines}


@pytest.fixture
def payment(ana: User) -> Attempt:
    paid = {"state": "approved", "settles_order": True, "next_question_at": None, "card": "455170******8059"}
    return a_payment(ana, order_state="paid", **paid)


@pytest.fixture
def everybody(ana: User, carla: User) -> dict[str, User | None]:
    staff = {name: a_user(staff_role=role) for name, role in STAFF.items()}
    chief = User.objects.create_superuser("jefa@example.com", "una-clave-de-prueba")
    a_second_factor(chief)
    return {"nobody": None, "ana": ana, "carla": carla, **staff, "superuser": chief}


@pytest.fixture
def objects(
    ana: User,
    payment: Attempt,
    everybody: dict[str, User | None],
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
) -> dict[str, Any]:
    """What the parts of an address stand for: always something of Ana's, or of nobody."""
    settings.AUTOMATIC_PAYMENT = True
    card = StoredCard(token="t" * 32, brand="visa", last_four="8059", expires=timezone.localdate())
    automatic = announced(an_active_plan(ana, card))
    author = everybody["tesorería"]
    assert author
    proposal = proposals.propose(payment.pk, author=author, reason="Lo pidió por carta")
    receipt = issue(payment.order_id)
    pdf.pdf_of(receipt)  # kept once, else made again for each who asks
    monkeypatch.setattr(pdf, "ticket_of", cache(pdf.ticket_of))  # the portal keeps none; who may have it is asked here
    due = ana.assignments.get().member.dues.earliest("period")
    paper = offline.Paper(
        channel="bank",
        reference="OP-1",
        paid_on=timezone.localdate(),
        evidence="Constancia del banco",
        voucher=b"%PDF-1.4",
        voucher_type="application/pdf",
    )
    by_hand = offline.record(member=due.member, due_ids=[due.pk], paper=paper, author=author)
    claim = registrations.declare(a_user(), registrations.Declared(1, "1", "00000001", "Rosa", "Núñez"))
    Claim.objects.filter(pk=claim.pk).update(state="waiting", photo=b"\xff\xd8\xff")
    return {
        "slug": EXAMPLES["slug"],
        "ref": payment.order.ref,
        "charge_ref": automatic.ref,
        "payment_id": by_hand.pk,
        "claim_id": claim.pk,
        "code": receipt.code,
        "order_id": payment.order_id,
        "cmp_number": payment.order.member.cmp_number,
        "attempt_id": payment.pk,
        "receipt_id": receipt.pk,
        "proposal_id": proposal.pk,
        "user_id": ana.pk,
        "succession_id": the_succession(a_member(status="deceased", left_date=month(2)), a_user()).pk,
        "report_id": assignments.report(ana, attachment=(b"%PDF-1.4", "application/pdf")).pk,
    }


def routes(patterns: list[Any] | None = None, before: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        address = before + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, address)
        elif not of_a_table(pattern) and not is_nowhere(address, pattern):
            yield address, pattern


def of_a_table(pattern: URLPattern) -> bool:
    """Whether a row of the second part of the table speaks for this page of the admin."""
    table, _, page = (pattern.name or "").rpartition("_")
    return page in OF_A_TABLE and table in {
        f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry
    }


def is_nowhere(address: str, pattern: URLPattern) -> bool:
    """The admin's nameless redirects of old addresses, and its page for all addresses that do not exist."""
    return address.startswith("/admin/") and address != "/admin/" and not pattern.name


def filled_in(address: str, pattern: URLPattern, objects: dict[str, Any]) -> str:
    """The address with Ana's objects; a part that stands for none of them gets a number that names nothing."""
    for group in re.findall(r"\(\?P<\w+>[^)]*\)", address):
        address = address.replace(group, EXAMPLES.get(group.split("<")[1].split(">")[0], "x"))
    address = address.replace("\\", "").replace("$", "")
    for name, converter in pattern.pattern.converters.items():
        kind = type(converter).__name__
        value = objects.get(name, uuid4() if kind == "UUIDConverter" else 999_999)
        address = address.replace(f"<{name}>", str(value))
        for prefix in ("int", "str", "uuid", "slug", "path"):
            address = address.replace(f"<{prefix}:{name}>", str(value))
    return address


def mark(client: Client, path: str) -> str:
    """What the answer means: yes, login, no (403), none (404: as if it were not there)."""
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        answer = client.get(path)
        if answer.status_code == 405:
            answer = client.post(path)
        transaction.set_rollback(True)
    client.cookies = cookies
    return meaning(answer)


def meaning(answer: HttpResponseBase) -> str:
    if answer.status_code in (301, 302) and "login" in answer.headers["Location"]:
        return "login"
    return {403: "no", 404: "none", 500: "ERROR"}.get(answer.status_code, "yes")


def verbs(user: User | None, model_admin: "admin.ModelAdmin[Any]") -> str:
    """v(iew) a(dd) c(hange) d(elete), as far as the admin lets this account; a dash when nothing."""
    if user is None or not user.is_staff:
        return "-"
    request = RequestFactory().get("/admin/")
    request.user = user
    asked = {
        "v": model_admin.has_view_permission,
        "a": model_admin.has_add_permission,
        "c": model_admin.has_change_permission,
        "d": model_admin.has_delete_permission,
    }
    return "".join(verb for verb, allowed in asked.items() if allowed(request)) or "-"


def found(everybody: dict[str, User | None], objects: dict[str, Any]) -> dict[str, Row]:
    browsers = [client_of(user) if user else Client() for user in everybody.values()]
    rows = {}
    for address, pattern in routes():
        path = filled_in(address, pattern, objects)
        rows[address] = Row(address, [mark(browser, path) for browser in browsers])
    for model, model_admin in admin.site._registry.items():
        name = f"table:{model._meta.label}"
        rows[name] = Row(name, [verbs(user, model_admin) for user in everybody.values()])
    return rows


def test_every_address_answers_each_role_as_the_table_says(
    everybody: dict[str, User | None], objects: dict[str, Any]
) -> None:
    assert list(everybody) == COLUMNS
    rows, table = found(everybody, objects), written()
    wrong = [f"add to {TABLE.name}:\n{row}" for name, row in rows.items() if name not in table]
    wrong += [f"no longer there, delete from {TABLE.name}:\n{row}" for name, row in table.items() if name not in rows]
    wrong += [
        f"{TABLE.name} says:\n{table[name]}\nfound:\n{row}"
        for name, row in rows.items()
        if name in table and table[name].marks != row.marks
    ]
    assert not wrong, "\n\n".join(wrong)


def test_no_role_deletes_or_edits_money_not_even_a_superuser() -> None:
    """Read in the table, so that nobody adds a line that says otherwise."""
    money = ["payments.Order", "payments.Attempt", "payments.Letter", "dues.Due", "dues.Settlement"]
    for name in (*money, "receipts.Receipt", "receipts.Delivery", "receipts.Series"):
        row = written()[f"table:{name}"]
        assert set(row.marks) <= {"-", "v"}, str(row)


def test_the_auditor_changes_nothing_and_the_webmaster_sees_no_money() -> None:
    auditor, webmaster = COLUMNS.index("auditoría"), COLUMNS.index("webmaster")
    for name, row in written().items():
        if name.startswith("table:"):
            assert row.marks[auditor] in ("-", "v"), str(row)
        if name.startswith(("table:payments", "table:receipts", "/admin/pagos")):
            assert row.marks[webmaster] in ("-", "no"), str(row)
