"""The database says no, also to code that goes round receipts/issuing/issue.py."""

from collections.abc import Callable
from typing import Any

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from dues.models import Due
from members.models import User
from receipts.issuing.issue import issue
from receipts.models import Delivery, Receipt, Series
from tests.builders import an_order
from tests.receipts.conftest import a_paid_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def receipt(ana: User) -> Receipt:
    return issue(a_paid_order(ana).pk)


def refused(rule: str, act: Callable[[], Any]) -> None:
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        act()
    complaint = str(caught.value)
    constraint = caught.value.__cause__.diag.constraint_name or ""  # type: ignore[union-attr]
    # pgtrigger's own triggers name no constraint, but PostgreSQL adds the function, named for the rule.
    assert rule in (constraint, complaint) or rule in complaint or f"pgtrigger_{rule}"[:40] in complaint, complaint


def sql(statement: str, *values: object) -> Callable[[], None]:
    def act() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)

    return act


@pytest.mark.parametrize("column", ["number = 7", "total = 1", "buyer_name = 'Otro'", "statement = '{}'", "code = 'x'"])
def test_an_issued_document_is_not_changed(receipt: Receipt, column: str) -> None:
    refused("an_issued_document_never_changes", sql(f"UPDATE receipts_receipt SET {column}"))


def test_an_issued_document_is_not_deleted(receipt: Receipt) -> None:
    refused("an_issued_document_never_changes", sql("DELETE FROM receipts_receipt"))


NO_GAPS = "receipts.Receipt:numbers_of_a_series_have_no_gaps"
COPY = """
    INSERT INTO receipts_receipt (order_id, receipt_of_id, series_id, number, name, document, code, issued_at,
        issue_date, buyer_number, buyer_name, total, currency, sample, statement)
    SELECT %s, %s, series_id, %s, 'B001-x', document, 'another-code', issued_at, issue_date,
        buyer_number, buyer_name, %s, currency, sample, statement
    FROM receipts_receipt
"""


def copy(order_id: int, number: int, total: int) -> Callable[[], None]:
    """Another receipt like the one there is, of another order."""
    return sql(COPY, order_id, order_id, number, total)


@pytest.mark.parametrize("number", [3, 1, 100])
def test_a_number_is_neither_skipped_nor_repeated(receipt: Receipt, bruno: User, number: int) -> None:
    another = a_paid_order(bruno)
    refused("numbers_of_a_series_have_no_gaps", copy(another.pk, number, 1))
    copy(another.pk, 2, 1)()  # the next one is taken


@pytest.mark.parametrize("number", [0, 100_000_000])
def test_a_number_has_1_to_8_digits(receipt: Receipt, bruno: User, number: int) -> None:
    another = a_paid_order(bruno)
    with pgtrigger.ignore(NO_GAPS):  # it would answer first
        refused("a_receipt_number_has_1_to_8_digits", copy(another.pk, number, 1))


def test_a_number_names_one_receipt_even_without_the_trigger(receipt: Receipt, bruno: User) -> None:
    another = a_paid_order(bruno)
    with pgtrigger.ignore(NO_GAPS):
        refused("a_number_names_one_receipt", copy(another.pk, 1, 1))


def test_an_order_has_one_receipt(receipt: Receipt) -> None:
    refused("receipts_receipt_receipt_of_id_key", copy(receipt.order_id, 2, 1))


def test_a_receipt_is_more_than_nothing(receipt: Receipt, bruno: User) -> None:
    refused("a_receipt_is_more_than_nothing", copy(a_paid_order(bruno).pk, 2, 0))


def test_only_a_paid_order_has_a_receipt(receipt: Receipt, carla: User) -> None:
    unpaid = an_order(carla, *Due.objects.filter(member__cmp_number=9_012))
    refused("only_a_paid_order_has_a_receipt", copy(unpaid.pk, 2, 1))


def test_a_series_keeps_its_code_and_its_place(receipt: Receipt) -> None:
    refused("a_series_keeps_its_code", sql("UPDATE receipts_series SET code = 'B002'"))
    refused("numbers_only_go_up", sql("UPDATE receipts_series SET next_number = 1"))
    refused("a_series_is_never_deleted", sql("DELETE FROM receipts_series"))
    refused("a_series_is_one_run_of_numbers", lambda: Series.objects.create(document="03", code="B001"))


@pytest.mark.parametrize(("document", "code"), [("03", "F001"), ("01", "B001"), ("03", "B01"), ("03", "b001")])
def test_the_letter_of_a_series_tells_its_document(db: None, document: str, code: str) -> None:
    refused("the_letter_of_a_series_tells_its_document", lambda: Series.objects.create(document=document, code=code))


def test_a_delivery_is_asked_for_once_and_concluded_once(receipt: Receipt) -> None:
    delivery = Delivery.objects.get()
    again = {"receipt": receipt, "email": "otro@example.com", "message_id": "<otro@example.com>"}
    refused("an_intent_is_one_delivery", lambda: Delivery.objects.create(intent=delivery.intent, **again))
    refused("a_failed_delivery_says_why", sql("UPDATE receipts_delivery SET state = 'failed'"))
    refused("sent_at_is_set_exactly_when_sent", sql("UPDATE receipts_delivery SET state = 'sent'"))
    refused("a_delivery_keeps_its_address", sql("UPDATE receipts_delivery SET email = 'x@example.com'"))
    refused("a_delivery_is_never_deleted", sql("DELETE FROM receipts_delivery"))
    sql("UPDATE receipts_delivery SET state = 'sent', sent_at = %s", timezone.now())()
    refused("a_delivery_is_concluded_once", sql("UPDATE receipts_delivery SET state = 'queued', sent_at = NULL"))
