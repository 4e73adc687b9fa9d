"""Money that went back by transfer, by cheque or in the gateway's panel: two people say so, and the dues follow."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from members.models import User
from payments.books import gateway_says
from payments.exceptions import OperationGaveBack, RefundNotPossible, SecondPersonNeeded
from payments.gateway import Exchange, UndoResult, from_settings
from payments.models import Attempt, Letter, PayoutLine, Refund, RefundProposal
from payments.refunds import proposals, refunds, remaining
from payments.refunds.proposals import Elsewhere
from payments.states import AttemptState, OrderState, RefundState
from simulators.niubiz.server import RunningSimulator
from staff import watch
from tests.builders import client_of
from tests.payments.browser import text
from tests.payments.test_refunds import open_dues
from tests.treasury.test_payouts import a_line, load

pytestmark = pytest.mark.django_db(transaction=True)

Means = RefundProposal.Means
A_TRANSFER = Elsewhere(
    means=Means.TRANSFER,
    reference="0012-345",
    given_back_on=timezone.localdate(),
    evidence="Constancia del BCP, la trajo Ana",
)


def refused(attempt: Attempt) -> Refund:
    """A refund that two people approved and the gateway refused."""
    refund = refunds.request(attempt.pk, author="personal:1", reason="Pagó por error")
    refunds._begin_sending(refund.pk)
    exchange = Exchange(operation="void", path="/", http_status=400, millis=1, request={}, response={})
    return refunds.conclude(refund.pk, UndoResult(outcome="refused", code="670", exchange=exchange))


def keys(kind: str) -> list[str]:
    return [trouble.key for trouble in watch.troubles() if trouble.key.startswith(kind)]


def test_a_refused_refund_stays_to_be_done_until_it_is_given_back_elsewhere(
    paid: Attempt, ana: User, teresa: User, ursula: User
) -> None:
    assert refused(paid).state == RefundState.REFUSED
    page = text(client_of(teresa).get(f"/admin/pagos/{paid.order_id}/"))
    assert "Qué hacer ahora: Devolver por otro medio y registrarlo" in page
    assert "Falta devolver S/ 90.00" in page
    assert keys("promise") == [f"promise:{paid.order_id}"]
    told = Letter.objects.get(key__startswith="refused:")
    assert (told.to, "S/ 90.00" in told.body, "sigue siendo suyo" in told.body) == (paid.order.email, True, True)

    answer = client_of(teresa).post(
        f"/admin/pagos/intento/{paid.pk}/devuelto/",
        {
            "lines": [line.pk for line in paid.order.lines.all()],
            "reason": "La tarjeta está vencida",
            "means": "transfer",
            "reference": "0012-345",
            "given_back_on": timezone.localdate().isoformat(),
            "evidence": "Constancia del BCP, la trajo Ana",
            "voucher": SimpleUploadedFile("constancia.pdf", b"%PDF-1.4 constancia"),
        },
        follow=True,
    )
    assert "Las cuotas cambian cuando otra persona la apruebe" in text(answer)
    assert len(open_dues(ana)) == 2
    proposal = RefundProposal.objects.get()
    with pytest.raises(SecondPersonNeeded):
        proposals.approve(proposal.pk, by=teresa)
    page = text(client_of(ursula).get(f"/admin/pagos/devoluciones/{proposal.pk}/decidir/"))
    assert "registró que ya se devolvieron S/ 90.00" in page
    assert "las cuotas vuelven a deberse porque el dinero ya salió" in page
    assert "Confirmar que ya se devolvieron S/ 90.00" in page
    decided = {"decision": "approve", "reason": ""}
    client_of(ursula).post(f"/admin/pagos/devoluciones/{proposal.pk}/decidir/", decided)

    paid.refresh_from_db()
    paid.order.refresh_from_db()
    assert (paid.state, paid.given_back, paid.order.state) == (AttemptState.REFUNDED, 90, OrderState.REFUNDED)
    assert len(open_dues(ana)) == 5
    assert keys("promise") == []
    letter = Letter.objects.get(key=f"refund:{Refund.objects.latest('pk').pk}")
    assert "por transferencia bancaria (operación 0012-345 del" in letter.body
    assert "se lo devolvimos por transferencia bancaria" in text(client_of(ana).get(f"/pago/{paid.order.ref}/"))
    scan = client_of(ursula).get(f"/admin/pagos/devoluciones/{proposal.pk}/constancia/")
    assert scan.content == b"%PDF-1.4 constancia"


def test_a_partial_promise_counts_too_and_a_second_try_ends_it(paid: Attempt, teresa: User) -> None:
    newest = paid.order.lines.order_by("-period")[0]
    refund = refunds.request(paid.pk, author="personal:1", reason="Un mes", lines=[newest])
    refunds._begin_sending(refund.pk)
    refunds.settle_doubt(refund.pk, came_through=False, actor="x")
    assert "Falta devolver S/ 30.00" in text(client_of(teresa).get(f"/admin/pagos/{paid.order_id}/"))
    again = refunds.request(paid.pk, author="personal:1", reason="Un mes", lines=[newest])
    assert not remaining.promised().exists()
    refunds._begin_sending(again.pk)
    refunds.settle_doubt(again.pk, came_through=True, actor="x")
    assert keys("promise") == []


def test_two_people_may_say_that_nothing_is_owed_any_more(paid: Attempt, teresa: User, ursula: User) -> None:
    refused(paid)
    client_of(teresa).post(f"/admin/pagos/intento/{paid.pk}/no-devolver/", {"reason": "Ana retiró su pedido"})
    proposal = RefundProposal.objects.get()
    with pytest.raises(SecondPersonNeeded):
        proposals.approve(proposal.pk, by=teresa)
    assert keys("promise") != []
    proposals.approve(proposal.pk, by=ursula)
    paid.refresh_from_db()
    assert (keys("promise"), paid.state, paid.given_back, paid.staff_reason) == ([], AttemptState.APPROVED, 0, "")
    with pytest.raises(RefundNotPossible):
        proposals.propose_waiver(paid.pk, author=teresa, reason="otra vez")


def test_one_transfer_gives_back_one_charge(paid: Attempt, teresa: User, ursula: User) -> None:
    lines = list(paid.order.lines.order_by("-period"))
    first = proposals.propose(paid.pk, author=teresa, reason="Pidió", lines=lines[:1], elsewhere=A_TRANSFER)
    proposals.approve(first.pk, by=ursula)
    with pytest.raises(OperationGaveBack):
        proposals.propose(paid.pk, author=teresa, reason="Pidió", lines=lines[1:2], elsewhere=A_TRANSFER)
    paid.refresh_from_db()
    assert paid.given_back == Decimal("30.00")


def test_a_void_made_in_the_panel_is_put_before_staff_when_the_gateway_is_asked(
    paid: Attempt, teresa: User, ursula: User, simulator: RunningSimulator
) -> None:
    assert from_settings().void(signature=paid.signature, reason="panel").done
    gateway_says.ask(paid.pk, actor="personal:1")
    assert keys("undone") == [f"undone:{paid.pk}"]
    page = text(client_of(teresa).get(f"/admin/pagos/{paid.order_id}/"))
    assert "Qué hacer ahora: Registrar la devolución por otro medio" in page
    panel = Elsewhere(means=Means.PANEL, reference="77", given_back_on=timezone.localdate(), evidence="Panel de Niubiz")
    proposal = proposals.propose(paid.pk, author=teresa, reason="Se anuló en el panel", elsewhere=panel)
    proposals.approve(proposal.pk, by=ursula)
    paid.refresh_from_db()
    assert (keys("undone"), paid.state) == ([], AttemptState.REFUNDED)


def test_a_refund_that_only_the_report_knows_is_put_before_staff_and_matches_once_recorded(
    paid: Attempt, teresa: User, ursula: User
) -> None:
    load(teresa, [a_line(paid), a_line(paid, "devolucion", amount="30.00")])
    line = PayoutLine.objects.get(operation="refund")
    assert keys("outside") == [f"outside:{line.pk}"]
    panel = Elsewhere(
        means=Means.PANEL,
        reference="78",
        given_back_on=timezone.localdate() - timedelta(days=1),
        evidence="Panel de Niubiz",
    )
    lines = [paid.order.lines.order_by("-period")[0]]
    proposals.approve(
        proposals.propose(paid.pk, author=teresa, reason="En el panel", lines=lines, elsewhere=panel).pk, by=ursula
    )
    line.refresh_from_db()
    assert (line.result, keys("outside")) == ("matched", [])


def test_two_refunds_of_one_sum_on_a_day_without_time_are_two(paid: Attempt, teresa: User, ursula: User) -> None:
    for line, reference in zip(paid.order.lines.order_by("-period")[:2], "12", strict=True):
        panel = Elsewhere(
            means=Means.PANEL, reference=reference, given_back_on=timezone.localdate(), evidence="Panel de Niubiz"
        )
        proposal = proposals.propose(paid.pk, author=teresa, reason="En el panel", lines=[line], elsewhere=panel)
        proposals.approve(proposal.pk, by=ursula)
    row = f"{paid.number};devolucion;{timezone.localdate():%d/%m/%Y};;30.00;0"
    page = text(load(teresa, [a_line(paid), row, row]))
    assert [line.result for line in PayoutLine.objects.order_by("line")] == ["matched"] * 3
    assert "3 de 3" in page
    load(teresa, [a_line(paid), row, row, a_line(paid, number="987654321")], name="otro.csv")
    assert PayoutLine.objects.filter(operation="refund").count() == 2
