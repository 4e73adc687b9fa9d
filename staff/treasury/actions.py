"""What the desk does: one view an action. GET says what would happen and asks; POST does it, once.

Each ends in one domain function that is safe to repeat; a broken rule is told in its own sentence and nothing is done.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from dues.exceptions import LedgerRule
from members.models import Member
from members.requests import AccountRequest
from payments import offline, trail
from payments.books import gateway_says
from payments.checkout import give_up
from payments.exceptions import CheckoutRule
from payments.models import Attempt, OfflinePayment, Order, Refund, RefundProposal
from payments.refunds import doubts, proposals, remaining
from receipts.delivery import letters
from receipts.exceptions import TakenBack
from receipts.models import Receipt
from staff.access import page, staff_page
from staff.decisions import rehearsals
from staff.treasury import forms

ELSEWHERE = (RefundProposal.Means.PANEL, RefundProposal.Means.TRANSFER, RefundProposal.Means.CHEQUE)
APPROVED = dict.fromkeys(ELSEWHERE, "Devolución de S/ {:,.2f} aprobada: las cuotas vuelven a deberse.") | {
    RefundProposal.Means.CARD: "Devolución de S/ {:,.2f} aprobada: se envía a la pasarela.",
    RefundProposal.Means.NONE: "Aprobado: ya no se devuelven los S/ {:,.2f}.",
}
ask_or_do = require_http_methods(["GET", "HEAD", "POST"])


def _confirm(request: AccountRequest, template: str, title: str, **context: Any) -> HttpResponse:
    broken = context.get("form") is not None and context["form"].is_bound
    return page(request, f"actions/{template}", title, context, status=400 if broken else 200)


def _back(order_id: int) -> HttpResponse:
    return redirect("staff_payment", order_id)


@staff_page("payments.ask_gateway")
@ask_or_do
def ask(request: AccountRequest, attempt_id: int) -> HttpResponse:
    """Ask the gateway what became of an attempt; it concludes a doubt and changes nothing else."""
    attempt = get_object_or_404(Attempt.objects.select_related("order"), pk=attempt_id)
    if request.method != "POST":
        return _confirm(request, "ask", "Consultar a la pasarela", attempt=attempt)
    answered = gateway_says.ask(attempt_id, actor=trail.actor(request.user))
    messages.info(request, f"La pasarela respondió. El intento {answered.number} está: {answered.get_state_display()}.")
    return _back(attempt.order_id)


@staff_page("receipts.add_delivery")
@ask_or_do
def resend(request: AccountRequest, receipt_id: int) -> HttpResponse:
    """Send the receipt again, to the address used last or to a corrected one."""
    receipt = get_object_or_404(Receipt.objects.select_related("order").defer("statement"), pk=receipt_id)
    form = forms.AddressForm(request.POST or None, initial={"email": letters.last_address(receipt)})
    if request.method == "POST" and form.is_valid():
        try:
            sent = letters.resend_by_staff(receipt, request.user, email=form.cleaned_data["email"])
            messages.success(request, f"El comprobante {receipt.name} va en camino a {sent.email}.")
        except TakenBack as rule:
            messages.error(request, rule.sentence)
        return _back(receipt.order_id)
    return _confirm(request, "resend", "Reenviar el comprobante", receipt=receipt, form=form)


@staff_page("payments.add_refundproposal")
@ask_or_do
def propose(request: AccountRequest, attempt_id: int) -> HttpResponse:
    """Propose to give back a charge or some of its dues; a second person decides."""
    attempt = get_object_or_404(Attempt.objects.select_related("order__member"), pk=attempt_id)
    initial = {"reason": "Pago doble: las cuotas ya estaban pagadas"} if attempt.double_payment else {}
    form = forms.ProposalForm(request.POST or None, attempt=attempt, initial=initial)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data.get("lines")
        lines = None if chosen is None else list(chosen)
        try:
            proposals.propose(attempt_id, author=request.user, reason=form.cleaned_data["reason"], lines=lines)
        except (CheckoutRule, LedgerRule) as rule:
            messages.error(request, rule.sentence)
        else:
            messages.success(request, "Devolución propuesta. No se devuelve nada hasta que otra persona la apruebe.")
        return _back(attempt.order_id)
    cap = remaining.amount(attempt)
    barred = remaining.why_not(attempt)
    return _confirm(request, "propose", "Proponer una devolución", attempt=attempt, form=form, cap=cap, obstacle=barred)


@staff_page("payments.approve_refund", fresh=True)
@ask_or_do
def decide(request: AccountRequest, proposal_id: int) -> HttpResponse:
    """The second person's word."""
    proposal = get_object_or_404(
        RefundProposal.objects.select_related("attempt__order__member", "author"), pk=proposal_id
    )
    own = proposal.author == request.user
    form = forms.DecisionForm(
        request.POST or None, own=own, approve=APPROVING[RefundProposal.Means(proposal.means)].format(proposal.amount)
    )
    if request.method == "POST" and form.is_valid():
        try:
            _decide(request, proposal, form.cleaned_data)
        except (CheckoutRule, LedgerRule) as rule:
            messages.error(request, rule.sentence)
        return _back(proposal.attempt.order_id)
    effect = forms.offered(form, None if own else rehearsals.refund(proposal, by=request.user))
    return _confirm(
        request, "decide", "Decidir una devolución", proposal=proposal, form=form, own=own, consequences=effect
    )


#: The words on the button that approves.
APPROVING = dict.fromkeys(ELSEWHERE, "Confirmar que ya se devolvieron S/ {:,.2f}") | {
    RefundProposal.Means.CARD: "Devolver S/ {:,.2f} a la tarjeta",
    RefundProposal.Means.NONE: "No devolver los S/ {:,.2f}",
}


def _decide(request: AccountRequest, proposal: RefundProposal, cleaned: dict[str, Any]) -> None:
    if cleaned["decision"] == "reject":
        proposals.reject(proposal.pk, by=request.user, reason=cleaned["reason"])
        messages.success(request, "Devolución rechazada. No se devolvió nada.")
    else:
        proposals.approve(proposal.pk, by=request.user)
        messages.success(request, APPROVED[RefundProposal.Means(proposal.means)].format(proposal.amount))


@staff_page("payments.settle_refund", fresh=True)
@ask_or_do
def settle_doubt(request: AccountRequest, refund_id: int) -> HttpResponse:
    """Say what the gateway's own screen shows of a refund whose answer was lost."""
    refund = get_object_or_404(Refund.objects.select_related("attempt__order__member"), pk=refund_id)
    form = forms.DoubtForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        came_through = form.cleaned_data["came_through"] == "yes"
        done = doubts.settle_doubt(
            refund_id, came_through=came_through, evidence=form.cleaned_data["evidence"], by=request.user
        )
        messages.success(request, f"Devolución {done.number}: {done.get_state_display()}.")
        return _back(refund.attempt.order_id)
    return _confirm(request, "settle_doubt", "Cerrar una devolución en duda", refund=refund, form=form)


@staff_page("payments.release_hold")
@ask_or_do
def release(request: AccountRequest, order_id: int) -> HttpResponse:
    """Expire an order whose time is over, as the clock would within the minute."""
    order = get_object_or_404(Order.objects.select_related("member"), pk=order_id)
    if request.method != "POST":
        return _confirm(request, "release", "Liberar la reserva vencida", order=order)
    if give_up.expire(order_id, actor=trail.actor(request.user)):
        messages.success(request, "Reserva liberada: sus cuotas pueden volver a elegirse. No se cobró nada.")
    else:
        messages.error(request, "No se liberó nada: la reserva no ha vencido, ya terminó o hay un cobro en duda.")
    return _back(order_id)


@staff_page("payments.add_offlinepayment")
@ask_or_do
def record_elsewhere(request: AccountRequest) -> HttpResponse:
    """Record an offline payment: first choose the member, then the dues and the evidence."""
    member_form = forms.MemberForm(request.GET if "cmp_number" in request.GET else None)
    if not member_form.is_valid():
        return _confirm(request, "elsewhere_member", "Registrar un pago hecho en otro lugar", form=member_form)
    member: Member = member_form.cleaned_data["cmp_number"]
    form = forms.OfflineForm(request.POST or None, request.FILES or None, member=member)
    if request.method == "POST" and form.is_valid() and _recorded(request, member, form):
        return redirect("staff_elsewhere")
    return _confirm(request, "elsewhere", "Registrar un pago hecho en otro lugar", member=member, form=form)


def _recorded(request: AccountRequest, member: Member, form: forms.OfflineForm) -> bool:
    cleaned = form.cleaned_data
    content, media_type = cleaned["voucher"]
    paper = offline.Paper(
        channel=cleaned["channel"],
        reference=cleaned["reference"],
        paid_on=cleaned["paid_on"],
        evidence=cleaned["evidence"],
        voucher=content,
        voucher_type=media_type,
    )
    try:
        payment = offline.record(
            member=member, due_ids=[due.pk for due in cleaned["dues"]], paper=paper, author=request.user
        )
    except (CheckoutRule, LedgerRule) as rule:
        form.add_error(None, rule.sentence)
        return False
    then = (
        "Sus cuotas están pagadas."
        if payment.stands
        else "Sus cuotas siguen pendientes hasta que otra persona lo apruebe."
    )
    messages.success(request, f"Pago registrado a mano: S/ {payment.amount:,.2f} de {member}. {then}")
    return True


@staff_page("payments.reverse_offlinepayment", fresh=True)
@ask_or_do
def reverse_elsewhere(request: AccountRequest, payment_id: int) -> HttpResponse:
    """Take back a payment that another person wrote down by mistake."""
    payment = get_object_or_404(OfflinePayment.objects.select_related("member").defer("voucher"), pk=payment_id)
    form = forms.ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            offline.reverse(payment_id, author=request.user, reason=form.cleaned_data["reason"])
        except (LedgerRule, CheckoutRule) as rule:
            messages.error(request, rule.sentence)
        else:
            messages.success(request, "Pago revertido: sus cuotas vuelven a estar pendientes.")
        return redirect("staff_elsewhere")
    own, paid = payment.author_id == request.user.pk, offline.settlements(payment)
    possible = not own and payment.reversed_at is None
    effect = rehearsals.offline_reversal(payment, by=request.user) if possible else None
    title = "Revertir un pago registrado a mano"
    return _confirm(request, "reverse", title, payment=payment, form=form, own=own, paid=paid, consequences=effect)
