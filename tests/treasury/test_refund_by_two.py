"""Money goes back when two people agree, for the dues they agreed on, and once."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from members.models import User
from payments.checkout import reconcile
from payments.exceptions import AlreadyDecided, AlreadyProposed, RefundNotPossible, SecondPersonNeeded
from payments.models import Attempt, Event, Refund, RefundProposal
from payments.refunds import proposals, refunds
from payments.states import AttemptState, OrderState, RefundState
from simulators.niubiz.server import RunningSimulator
from tests.builders import client_of
from tests.payments.browser import text
from tests.payments.test_refunds import open_dues
from tests.treasury.payments_of import a_payment

pytestmark = pytest.mark.django_db(transaction=True)


def proposed(attempt: Attempt, by: User, **fields: Any) -> RefundProposal:
    return proposals.propose(attempt.pk, author=by, reason="Pagó por error", **fields)


def decide(user: User, proposal: RefundProposal, decision: str, reason: str = "") -> str:
    address = f"/admin/pagos/devoluciones/{proposal.pk}/decidir/"
    return text(client_of(user).post(address, {"decision": decision, "reason": reason}, follow=True))


def test_teresa_proposes_ursula_approves_and_the_due_is_owed_again(
    paid: Attempt, ana: User, teresa: User, ursula: User, simulator: RunningSimulator
) -> None:
    newest = paid.order.lines.order_by("-period")[0]
    desk, address = client_of(teresa), f"/admin/pagos/intento/{paid.pk}/devolver/"
    assert "hasta S/ 90.00" in text(desk.get(address))

    told = text(desk.post(address, {"lines": [newest.pk], "reason": "Pagó un mes exonerado"}, follow=True))

    assert "No se devuelve nada hasta que otra persona la apruebe" in told
    proposal = RefundProposal.objects.get()
    assert (proposal.amount, proposal.author, Refund.objects.count()) == (newest.amount, teresa, 0)
    assert "Aprobar o rechazar la devolución propuesta" in text(client_of(ursula).get(f"/admin/pagos/{paid.order_id}/"))

    simulator.control.clock(24 * 3600)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert "aprobada" in decide(ursula, proposal, "approve")
        reconcile.finish_refunds()

    refund = Refund.objects.get()
    assert (refund.amount, refund.state, refund.author) == (newest.amount, RefundState.DONE, f"personal:{ursula.pk}")
    assert newest.due in open_dues(ana)
    paid.order.refresh_from_db()
    assert paid.order.state == OrderState.PARTLY_REFUNDED
    told = text(client_of(ana).get(f"/pago/{paid.order.ref}/"))
    assert "Se cobró a su tarjeta y se le devolvió una parte. Le devolvimos S/ 30.00" in told
    causes = list(Event.objects.filter(order=paid.order).values_list("actor", "cause"))
    assert (f"personal:{teresa.pk}", "devolución propuesta: Pagó un mes exonerado") in causes
    assert (f"personal:{ursula.pk}", "devolución aprobada") in causes


def test_nobody_approves_an_own_proposal(paid: Attempt, teresa: User) -> None:
    proposal = proposed(paid, teresa)
    assert "La aprueba otra persona" in decide(teresa, proposal, "approve")
    with pytest.raises(SecondPersonNeeded):
        proposals.approve(proposal.pk, by=teresa)
    assert Refund.objects.count() == 0


def test_a_decision_is_made_once(paid: Attempt, teresa: User, ursula: User) -> None:
    proposal = proposed(paid, teresa)
    decide(ursula, proposal, "approve")
    assert "ya fue decidida" in decide(ursula, proposal, "approve")
    with pytest.raises(AlreadyDecided):
        proposals.reject(proposal.pk, by=ursula, reason="tarde")
    assert Refund.objects.count() == 1


def test_a_rejection_needs_its_reason_and_moves_nothing(paid: Attempt, teresa: User, ursula: User) -> None:
    proposal = proposed(paid, teresa)
    assert "Escriba por qué la rechaza" in decide(ursula, proposal, "reject")
    assert "No se devolvió nada" in decide(ursula, proposal, "reject", "Sí le correspondía pagar")
    paid.refresh_from_db()
    assert (Refund.objects.count(), paid.given_back) == (0, 0)
    assert proposed(paid, teresa).amount == paid.amount


def test_one_proposal_at_a_time_and_only_of_what_is_left(paid: Attempt, teresa: User, ursula: User) -> None:
    first = proposed(paid, teresa)
    with pytest.raises(AlreadyProposed):
        proposed(paid, ursula)
    proposals.approve(first.pk, by=ursula)
    with pytest.raises(RefundNotPossible):
        proposed(paid, teresa)


def test_what_changed_since_the_proposal_is_not_approved(paid: Attempt, teresa: User, ursula: User) -> None:
    proposal = proposed(paid, teresa)
    refunds.request(paid.pk, author="reloj", reason="otra vía", lines=[paid.order.lines.all()[0]])
    assert "no es posible" in decide(ursula, proposal, "approve")
    assert Refund.objects.count() == 1


def test_a_due_of_another_order_cannot_slip_in(paid: Attempt, teresa: User) -> None:
    other = a_payment()
    answer = client_of(teresa).post(
        f"/admin/pagos/intento/{paid.pk}/devolver/", {"lines": [other.order.lines.get().pk], "reason": "Pagó por error"}
    )
    assert answer.status_code == 400
    with pytest.raises(RefundNotPossible):
        proposed(paid, teresa, lines=[other.order.lines.get()])
    assert RefundProposal.objects.count() == 0


@pytest.mark.parametrize("reason", ["", "no", "4551 7081 6176 8059"])
def test_a_reason_is_words_and_no_card(reason: str, paid: Attempt, teresa: User) -> None:
    line = paid.order.lines.all()[0]
    address = f"/admin/pagos/intento/{paid.pk}/devolver/"
    assert client_of(teresa).post(address, {"lines": [line.pk], "reason": reason}).status_code == 400
    assert RefundProposal.objects.count() == 0


def test_a_refund_in_doubt_is_closed_by_what_a_person_saw(paid: Attempt, ana: User, teresa: User) -> None:
    line = paid.order.lines.order_by("-period")[0]
    refund = refunds.request(paid.pk, author="personal:1", reason="Pidió", lines=[line])
    Refund.objects.filter(pk=refund.pk).update(state=RefundState.SENDING)
    refunds.ask(refund.pk)  # the gateway cannot be asked about refunds
    desk, address = client_of(teresa), f"/admin/pagos/devoluciones/en-duda/{refund.pk}/"
    assert "Cerrar la devolución en duda" in text(desk.get(f"/admin/pagos/{paid.order_id}/"))
    assert desk.post(address, {"came_through": "yes", "evidence": ""}).status_code == 400

    seen = {"came_through": "yes", "evidence": "Panel de Niubiz, 23/11/2026, n.º 77"}
    for _ in range(2):
        assert "Devuelto" in text(desk.post(address, seen, follow=True))

    assert line.due in open_dues(ana)
    told = Event.objects.filter(order=paid.order, cause__contains="Panel de Niubiz")
    assert [event.actor for event in told] == [f"personal:{teresa.pk}"]


def test_a_double_payment_goes_back_whole(ana: User, teresa: User, ursula: User) -> None:
    attempt = a_payment(ana, order_state="cancelled", state="approved", decided_at=timezone.now() - timedelta(days=3))
    answer = client_of(teresa).post(
        f"/admin/pagos/intento/{attempt.pk}/devolver/", {"reason": "Pago doble del 20"}, follow=True
    )
    assert "Devolución propuesta" in text(answer)
    refund = proposals.approve(RefundProposal.objects.get().pk, by=ursula).refund
    assert refund
    assert (refund.amount, refund.lines.count(), attempt.state) == (attempt.amount, 0, AttemptState.APPROVED)


def test_the_list_shows_what_waits_and_what_was_decided(paid: Attempt, teresa: User, ursula: User) -> None:
    assert "Ninguna devolución espera" in text(client_of(teresa).get("/admin/pagos/devoluciones/"))
    proposal = proposed(paid, teresa)
    assert "Pagó por error" in text(client_of(ursula).get("/admin/pagos/devoluciones/"))
    proposals.reject(proposal.pk, by=ursula, reason="Le correspondía")
    assert "Rechazada: Le correspondía" in text(client_of(ursula).get("/admin/pagos/devoluciones/"))
