"""The database keeps the rules of filing, whatever the code does."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from members.models import User
from receipts.issuing.issue import issue
from receipts.models import Filing, FilingStep, FilingStop
from receipts.tax_office import filing
from receipts.tax_office.states import FilingState
from tests.receipts.conftest import a_paid_order
from tests.receipts.test_refusals import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def filed(ana: User) -> Filing:
    return filing.prepare(issue(a_paid_order(ana).pk))


def moved(filed: Filing, **fields: object) -> Callable[[], int]:
    return lambda: Filing.objects.filter(pk=filed.pk).update(**fields)


def test_a_filing_moves_legally(filed: Filing) -> None:
    refused("a_filing_moves_legally", moved(filed, state=FilingState.ACCEPTED, cdr=b"x", next_try_at=None))
    moved(filed, state=FilingState.SENDING)()
    moved(filed, state=FilingState.REJECTED, cdr=b"la de SUNAT", next_try_at=None)()
    for state in (FilingState.PENDING, FilingState.SENDING, FilingState.RETURNED):
        refused("a_filing_moves_legally", moved(filed, state=state))


def test_an_acceptance_has_its_constancy(filed: Filing) -> None:
    moved(filed, state=FilingState.SENDING)()
    refused("an_acceptance_has_its_constancy", moved(filed, state=FilingState.ACCEPTED, next_try_at=None))


def test_an_open_filing_will_be_tried(filed: Filing) -> None:
    refused("an_open_filing_will_be_tried", moved(filed, next_try_at=None))
    moved(filed, state=FilingState.SENDING)()
    refused("an_open_filing_will_be_tried", moved(filed, state=FilingState.REJECTED, cdr=b"la de SUNAT"))


def test_a_signed_document_keeps_its_bytes(filed: Filing) -> None:
    refused("a_signed_document_keeps_its_bytes", moved(filed, xml=b"<otro/>"))
    moved(filed, state=FilingState.SENDING)()
    refused("a_signed_document_keeps_its_bytes", moved(filed, xml=b"<otro/>"))
    moved(filed, state=FilingState.RETURNED, next_try_at=None)()
    assert moved(filed, xml=b"<corregido/>", state=FilingState.PENDING, next_try_at=timezone.now())() == 1


def test_a_constancy_never_changes(filed: Filing) -> None:
    moved(filed, state=FilingState.SENDING)()
    moved(filed, state=FilingState.ACCEPTED, cdr=b"la de SUNAT", next_try_at=None)()
    refused("a_constancy_never_changes", moved(filed, cdr=b"otra"))
    refused("a_constancy_never_changes", moved(filed, cdr=None))


def test_a_filing_is_never_deleted(filed: Filing) -> None:
    refused("a_filing_is_never_deleted", lambda: Filing.objects.filter(pk=filed.pk)._raw_delete("default"))


def test_a_filing_step_never_changes(filed: Filing) -> None:
    steps = FilingStep.objects.filter(filing=filed)
    refused("a_filing_step_never_changes", lambda: steps.update(actor="otro"))
    refused("a_filing_step_never_changes", lambda: steps._raw_delete("default"))


def test_filing_is_stopped_once() -> None:
    FilingStop.objects.create(code="0102")
    with pytest.raises(IntegrityError, match="filing_is_stopped_once"), transaction.atomic():
        FilingStop.objects.create(code="401")


def test_a_stop_is_never_deleted() -> None:
    FilingStop.objects.create(code="0102")
    refused("a_stop_is_never_deleted", lambda: FilingStop.objects.all().delete())
