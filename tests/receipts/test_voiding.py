"""A document that nobody was given is taken back; one that was handed over is answered by a credit note."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from members.models import User
from payments.models import Letter
from receipts.exceptions import NotVoidable
from receipts.issuing.issue import issue
from receipts.models import Delivery, DeliveryState, Filing, Receipt, Summary, Voiding
from receipts.notes import issue_notes, owed, reissue
from receipts.tax_office import filing, summaries, voiding
from receipts.tax_office.states import FilingState, SummaryState
from simulators.sunat.server import RunningSunat
from tests.builders import client_of
from tests.receipts.conftest import FACTURA, a_paid_order
from tests.receipts.test_credit_notes import accountant, given_back, office, sent  # noqa: F401 - fixtures
from tests.receipts.test_refusals import refused
from tests.receipts.ubl_schemas import complaints

pytestmark = pytest.mark.django_db


@pytest.fixture
def factura(ana: User, office: RunningSunat) -> Receipt:  # noqa: F811
    """Ana's factura, which SUNAT has accepted; its letter has not left yet."""
    made = issue(a_paid_order(ana, **FACTURA).pk)
    sent(made)
    return made


def void(staff: User, receipt: Receipt) -> HttpResponse:
    address = reverse("staff_void", args=[receipt.pk])
    return client_of(staff).post(address, {"reason": "RUC de otra empresa"}, follow=True)


def filed_until_the_end(summary: Summary) -> Summary:
    for _ in range(2):
        Summary.objects.filter(pk=summary.pk).update(next_try_at=timezone.now())
        summary = summaries.file(summary.pk)
    return summary


def test_a_factura_is_voided_and_issued_again(
    factura: Receipt,
    office: RunningSunat,  # noqa: F811
    accountant: User,  # noqa: F811
) -> None:
    assert "La baja de F001-1 se envía a SUNAT" in void(accountant, factura).content.decode()
    summary = Summary.objects.get()
    assert (summary.name, complaints(bytes(summary.xml))) == (f"RA-{timezone.localdate():%Y%m%d}-1", [])
    letter = Delivery.objects.get(receipt=factura)
    assert (letter.state, letter.last_error) == (DeliveryState.FAILED, voiding.NEVER_LEFT)

    assert filed_until_the_end(summary).state == SummaryState.ACCEPTED

    told = Filing.objects.get(receipt=factura)
    assert (told.state, bool(told.cdr), told.shown_state) == (FilingState.VOIDED, True, "Dado de baja")
    assert office.control.documents()["01-F001-1"]["voided"]
    page = client_of(accountant).get(reverse("staff_replace", args=[factura.order_id])).content.decode()
    assert "dado de baja" in page
    again = reissue.reissue(factura, buyer=factura.stated.buyer)
    assert (again.name, sent(again).state) == ("F001-2", FilingState.ACCEPTED)


def test_what_is_being_voided_is_sent_to_nobody_any_more(
    factura: Receipt,
    ana: User,
    teresa: User,
    accountant: User,  # noqa: F811
) -> None:
    void(accountant, factura)
    asked = {"email": "ana@example.com", "intent": uuid4().hex}
    told = client_of(ana).post(reverse("receipt_resend", args=[factura.code]), asked, follow=True).content.decode()
    assert "su baja está en trámite: no se envía" in told
    told = client_of(teresa).post(reverse("staff_resend", args=[factura.pk]), asked, follow=True).content.decode()
    assert "su baja está en trámite: no se envía" in told
    assert not Delivery.objects.exclude(intent=f"issued:{factura.pk}").exists()


def test_a_boleta_is_voided_in_a_summary(
    ana: User,
    office: RunningSunat,  # noqa: F811
    accountant: User,  # noqa: F811
) -> None:
    boleta = issue(a_paid_order(ana).pk)
    sent(boleta)
    void(accountant, boleta)
    summary = Summary.objects.get()
    assert summary.name.startswith("RC-")
    assert b"<cbc:ConditionCode>3</cbc:ConditionCode>" in bytes(summary.xml)

    filed_until_the_end(summary)
    assert Filing.objects.get(receipt=boleta).state == FilingState.VOIDED


def test_a_refused_voiding_leaves_the_document_standing_and_is_told(
    factura: Receipt,
    office: RunningSunat,  # noqa: F811
    accountant: User,  # noqa: F811
) -> None:
    office.control.fault("sendSummary", "code", code="2957")
    void(accountant, factura)
    assert filed_until_the_end(Summary.objects.get()).state == SummaryState.REFUSED
    assert Filing.objects.get(receipt=factura).state == FilingState.ACCEPTED
    assert "el comprobante sigue vigente" in Letter.objects.latest("pk").subject


def handed_over(factura: Receipt) -> None:
    Delivery.objects.filter(receipt=factura).update(state=DeliveryState.SENT, sent_at=timezone.now())


def corrected(factura: Receipt) -> None:
    credit = owed.after_refund(given_back(factura.order).pk)
    assert credit
    issue_notes.issue(credit.pk)


@pytest.mark.parametrize("reason", ["x", "  ab ", "a\n\n b"[:3]])
def test_a_reason_under_three_characters_is_refused(factura: Receipt, accountant: User, reason: str) -> None:  # noqa: F811
    with pytest.raises(NotVoidable, match="al menos 3 caracteres"):
        voiding.request(factura, author=accountant, reason=reason)


def test_a_reason_of_blanks_is_refused_in_the_form(factura: Receipt, accountant: User) -> None:  # noqa: F811
    answer = client_of(accountant).post(
        reverse("staff_void", args=[factura.pk]), {"reason": "a        b\n\nx"[:2] + " " * 9}
    )
    assert answer.status_code == 400
    assert not Voiding.objects.exists()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (handed_over, "corresponde una nota de crédito, no una baja"),
        (corrected, "Otro comprobante ya lo corrige"),
    ],
)
def test_what_does_not_fit_is_told_with_its_reason(
    factura: Receipt,
    accountant: User,  # noqa: F811
    spoil: Callable[[Receipt], object],
    why: str,
) -> None:
    spoil(factura)
    page = client_of(accountant).get(reverse("staff_void", args=[factura.pk])).content.decode()
    assert why in page
    assert not Voiding.objects.exists()


def test_after_seven_days_it_is_too_late(factura: Receipt, accountant: User) -> None:  # noqa: F811
    with time_machine.travel(timezone.now() + timedelta(days=8)), pytest.raises(NotVoidable, match="plazo de 7 días"):
        voiding.request(factura, author=accountant, reason="RUC de otra empresa")


def test_what_sunat_has_not_accepted_is_not_voided_nor_twice(
    ana: User,
    factura: Receipt,
    accountant: User,  # noqa: F811
) -> None:
    other = issue(a_paid_order(ana, months=3, kind="semefa").pk)
    filing.prepare(other)
    with pytest.raises(NotVoidable, match="Solo se da de baja"):
        voiding.request(other, author=accountant, reason="Una prueba")
    voiding.request(factura, author=accountant, reason="RUC de otra empresa")
    with pytest.raises(NotVoidable, match="ya se pidió"):
        voiding.request(factura, author=accountant, reason="Otra vez")
    refused("a_voiding_never_changes", lambda: Voiding.objects.update(reason="Otro"))


def test_a_voiding_is_never_deleted(factura: Receipt, accountant: User) -> None:  # noqa: F811
    voided = voiding.request(factura, author=accountant, reason="RUC de otra empresa")
    refused("a_voiding_is_never_deleted", lambda: Voiding.objects.filter(pk=voided.pk)._raw_delete("default"))
