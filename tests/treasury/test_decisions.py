"""Before a decision is made its page says what it does; afterwards exactly that has happened."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from dues import ledger, standing
from dues.models import DataLoad
from members.models import Member, User
from payments import file_reversals
from payments.checkout import reconcile
from payments.models import Attempt, Letter, Refund
from payments.refunds import chargebacks, proposals
from payments.states import ChargebackState
from receipts.issuing.issue import issue
from receipts.models import Credit
from receipts.notes import owed
from simulators.niubiz.server import RunningSimulator
from staff.decisions import rehearsals
from staff.decisions.consequences import Consequences
from tests.builders import client_of
from tests.outside.test_chargebacks import a_chargeback
from tests.outside.test_file_reversals import load
from tests.payments.browser import text

__all__ = ["load"]

pytestmark = pytest.mark.django_db(transaction=True)


def member_of(user: User) -> Member:
    return user.assignments.get().member


def came_true(preview: Consequences, member: Member, owed_before: set[int]) -> None:
    """Compares standing, dues, letters and credit notes of the preview with those in the database."""
    [change] = [change for change in preview.changes if change.member == member]
    now = {due.pk for due in ledger.open_dues(member)}
    assert {due.pk for due in change.reopened} == now - owed_before
    assert {due.pk for due in change.closed} == owed_before - now
    assert change.after == standing.standing_of(member, on=timezone.localdate())
    letters = Letter.objects.filter(to__in=[letter.to for letter in preview.letters])
    assert {letter.body for letter in preview.letters} <= set(letters.values_list("body", flat=True))
    assert [credit.periods for credit in preview.credits] == list(
        Credit.objects.order_by("pk").values_list("periods", flat=True)
    )


def owed_by(member: Member) -> set[int]:
    return {due.pk for due in ledger.open_dues(member)}


def test_a_refund_to_the_card_does_what_its_page_says(
    paid: Attempt, ana: User, teresa: User, ursula: User, simulator: RunningSimulator
) -> None:
    issue(paid.order_id)
    member, before = member_of(ana), owed_by(member_of(ana))
    oldest = paid.order.lines.order_by("period")[0]
    proposal = proposals.propose(paid.pk, author=teresa, reason="Pagó por error", lines=[oldest])

    simulator.control.clock(24 * 3600)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        preview = rehearsals.refund(proposal, by=ursula)
        assert (owed_by(member), Refund.objects.count(), Credit.objects.count()) == (before, 0, 0)
        page = text(client_of(ursula).get(f"/admin/pagos/devoluciones/{proposal.pk}/decidir/"))
        assert "Devolver S/ 30.00 a la tarjeta" in page
        assert "Queda abierta una cuota anterior a otra ya pagada" in page
        assert "Devolvimos S/ 30.00 a su tarjeta" in page

        proposals.approve(proposal.pk, by=ursula)
        reconcile.finish_refunds()
        owed.after_refund(Refund.objects.get().pk)
        assert preview.changes[0].paid_newer
        assert len(preview.letters) == 1
        came_true(preview, member, before)


def test_a_lost_chargeback_does_what_its_page_says(paid: Attempt, ana: User, teresa: User, ursula: User) -> None:
    issue(paid.order_id)
    member, before = member_of(ana), owed_by(member_of(ana))
    case = a_chargeback(paid, author=teresa)
    chargebacks.propose_end(case.pk, end=ChargebackState.LOST, by=teresa, reason="Carta de la pasarela")
    case.refresh_from_db()

    preview = rehearsals.chargeback(case, by=ursula)
    page = text(client_of(ursula).get(f"/admin/pagos/contracargos/{case.pk}/confirmar/"))
    assert len(preview.changes[0].reopened) == 3
    assert "Nota de crédito" in page

    chargebacks.confirm_end(case.pk, by=ursula)
    owed.after_refund(Refund.objects.get().pk)
    came_true(preview, member, before)


def test_a_reversed_load_does_what_its_page_says(load: DataLoad, ana: User, teresa: User, walter: User) -> None:
    member, before = member_of(ana), owed_by(member_of(ana))
    reversal = file_reversals.propose(author=teresa, reason="Archivo de otro colegio", load=load)

    preview = rehearsals.file_reversal(reversal, by=walter)
    assert preview is not None
    assert (len(preview.changes[0].reopened), owed_by(member)) == (3, before)

    file_reversals.confirm(reversal.pk, by=walter)
    came_true(preview, member, before)


def test_a_refund_that_a_chargeback_stopped_is_not_offered_and_says_why(
    paid: Attempt, teresa: User, ursula: User
) -> None:
    proposal = proposals.propose(paid.pk, author=teresa, reason="Pagó por error")
    a_chargeback(paid, author=teresa)

    response = client_of(ursula).get(f"/admin/pagos/devoluciones/{proposal.pk}/decidir/")

    assert "Ahora no se puede aprobar" in text(response)
    assert re.findall(r'name="decision" value="(\w+)"', response.content.decode()) == ["reject"]
