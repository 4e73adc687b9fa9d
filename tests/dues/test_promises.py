"""What the ledger promises to raise, provoked: nothing is settled, held, reversed or revoked twice."""

from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from dues import exemptions, ledger, successions
from dues.exceptions import AlreadyReversed, CreditGivenBack, DueHeld, DueNotOpen
from dues.models import Act, Channel, CoveredPerson, Due, Hold, Kind, Settlement, Surplus
from members.models import MemberStatus, User
from members.numbers.assignments import current_member
from tests.builders import a_due, a_member, a_settlement, a_user, hold, month, the_succession
from tests.dues.priced import covers

pytestmark = pytest.mark.django_db


def test_a_payment_of_carlas_is_reversed_once_and_the_first_reason_stays(teresa: User) -> None:
    payment = a_settlement(a_due(a_member()), Channel.BANK, "BCO-1")
    ledger.reverse(payment, author="teresa", reason="Extorno del banco")
    with pytest.raises(AlreadyReversed):
        ledger.reverse(payment, author="walter", reason="Otra razón")
    payment.refresh_from_db()
    assert (payment.reversed_by, payment.reversal_reason) == ("teresa", "Extorno del banco")
    assert list(ledger.open_dues(payment.due.member)) == [payment.due]


def test_a_due_that_was_paid_at_the_bank_meanwhile_is_not_locked_as_open() -> None:
    due = a_due(a_member())
    a_settlement(due, Channel.BANK, "BCO-1")
    with transaction.atomic(), pytest.raises(DueNotOpen):
        ledger.lock([due.pk])


def test_a_due_that_one_order_holds_is_not_held_by_another() -> None:
    due = a_due(a_member())
    first = uuid4()
    hold(due, holder=first)
    with pytest.raises(DueHeld), transaction.atomic():
        ledger.hold_locked([due], holder=uuid4())
    assert Hold.objects.get(due=due).holder == first


def test_an_act_whose_credit_the_member_has_had_is_not_revoked(teresa: User) -> None:
    """The month was paid, then freed by an act, and the money given back: revoking the act would ask for it again."""
    member = a_member()
    due = a_due(member, period=month(3))
    payment = a_settlement(due, Channel.BANK, "BCO-7")
    act = exemptions.grant(
        member=member,
        act=Act.EXONERATION,
        kind=Kind.COLEGIADO,
        first_period=month(3),
        last_period=month(3),
        reason="Residencia en el extranjero",
        document="Resolución de muestra 12-2024",
        granted_date=month(),
        author=teresa,
    )
    surplus = Surplus.objects.get(exemption=act)
    surplus.resolve(author="teresa", how="Devuelto por transferencia")
    with pytest.raises(CreditGivenBack):
        exemptions.revoke(act, author="teresa", reason="Se ingresó por error")
    act.refresh_from_db()
    assert act.revoked_at is None
    assert Settlement.objects.filter(pk=payment.pk, reversed_at=None).exists()


def test_nobody_who_was_not_covered_takes_over_a_semefa(ana: User, teresa: User) -> None:
    member = current_member(ana)
    assert member is not None
    covers(member)
    member.status, member.left_date = MemberStatus.DECEASED, month(2)
    member.save()
    record = the_succession(member, a_user())
    before = list(CoveredPerson.objects.order_by("pk").values())
    with pytest.raises(successions.NoDependant), transaction.atomic():
        successions.take_over(record, None, author=teresa, today=timezone.localdate())
    assert list(CoveredPerson.objects.order_by("pk").values()) == before
    assert not Due.objects.filter(member=member, exemption__isnull=False).exists()
