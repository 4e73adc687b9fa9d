"""The database says no, also to code that goes round the desk."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from members.models import Member, User
from payments.models import Alert, Attempt, OfflinePayment, Refund, RefundProposal
from tests.payments.test_refusals import refused
from tests.treasury.payments_of import a_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(ana: User) -> Attempt:
    return a_payment(ana, order_state="paid", state="approved", settles_order=True)


@pytest.fixture
def proposal(attempt: Attempt, teresa: User) -> RefundProposal:
    return RefundProposal.objects.create(attempt=attempt, amount=30, reason="Pagó por error", author=teresa)


@pytest.fixture
def payment(ana: User, teresa: User) -> OfflinePayment:
    return a_payment_elsewhere(ana.assignments.get().member, teresa)


def a_payment_elsewhere(member: Member, author: User, **fields: Any) -> OfflinePayment:
    defaults: dict[str, Any] = {
        "channel": "bank",
        "reference": "OP-1",
        "paid_on": timezone.localdate(),
        "amount": 30,
        "evidence": "Constancia del banco",
        "voucher": b"%PDF-1.4",
        "voucher_type": "application/pdf",
    }
    return OfflinePayment.objects.create(member=member, author=author, **(defaults | fields))


def change(row: RefundProposal | OfflinePayment, **fields: Any) -> Callable[[], int]:
    return lambda: type(row)._base_manager.filter(pk=row.pk).update(**fields)


def test_proposals(proposal: RefundProposal, attempt: Attempt, teresa: User, ursula: User) -> None:
    now = timezone.now()
    refund = Refund.objects.create(attempt=attempt, method="refund", amount=30, reason="r", author="personal:1")
    refused("a_second_person_approves_a_refund", change(proposal, decided_by=teresa, decided_at=now, refund=refund))
    refused("a_decision_names_its_person_and_outcome", change(proposal, decided_by=ursula, decided_at=now))
    refused("a_decision_names_its_person_and_outcome", change(proposal, rejection="no"))
    refused("a_proposal_keeps_what_was_proposed", change(proposal, amount=60))
    refused("a_proposal_is_never_deleted", proposal.delete)
    refused(
        "an_attempt_has_one_open_proposal",
        lambda: RefundProposal.objects.create(attempt=attempt, amount=1, reason="otra", author=ursula),
    )
    change(proposal, decided_by=ursula, decided_at=now, refund=refund)()
    refused("a_decision_is_final", change(proposal, refund=None, rejection="no"))
    refused(
        "a_proposal_is_more_than_nothing",
        lambda: RefundProposal.objects.create(attempt=attempt, amount=0, reason="nada", author=ursula),
    )


def test_payments_elsewhere(payment: OfflinePayment, teresa: User, walter: User) -> None:
    member, now = payment.member, timezone.now()
    refused("a_decided_payment_names_its_person", change(payment, decided_at=now))
    refused("a_decided_payment_names_its_person", change(payment, rejection="no"))
    refused("a_second_person_approves_a_payment_elsewhere", change(payment, decided_at=now, decided_by=teresa))
    early = change(payment, reversed_at=now, reversed_by=walter, reversal_reason="Error")
    refused("only_a_payment_that_paid_is_reversed", early)
    change(payment, decided_at=now, decided_by=walter)()
    refused("a_decided_payment_is_final", change(payment, rejection="no"))
    refused("a_payment_elsewhere_is_never_deleted", payment.delete)
    refused("a_payment_elsewhere_is_only_reversed", change(payment, amount=60))
    refused("an_operation_is_recorded_once", lambda: a_payment_elsewhere(member, teresa))
    refused(
        "a_payment_elsewhere_is_more_than_nothing",
        lambda: a_payment_elsewhere(member, teresa, reference="OP-2", amount=0),
    )
    rule = "a_payment_elsewhere_is_reversed_by_someone_for_a_reason"
    refused(rule, change(payment, reversed_at=timezone.now(), reversed_by=walter))
    refused(rule, change(payment, reversal_reason="sin fecha"))
    alone = change(payment, reversed_at=timezone.now(), reversed_by=teresa, reversal_reason="Error")
    refused("a_second_person_reverses_a_payment_elsewhere", alone)
    change(payment, reversed_at=timezone.now(), reversed_by=walter, reversal_reason="Error")()
    refused(
        "a_reversed_payment_stays_reversed", change(payment, reversed_at=None, reversed_by=None, reversal_reason="")
    )


def test_alerts(db: None) -> None:
    Alert.objects.create(key="worker", words="Silencio", place="/admin/", cured_at=timezone.now())
    Alert.objects.create(key="worker", words="Silencio", place="/admin/")
    refused("a_trouble_is_told_once", lambda: Alert.objects.create(key="worker", words="Otra vez", place="/admin/"))
