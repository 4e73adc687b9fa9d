"""A payment credited to the wrong physician: one person proposes where it belongs, a second decides."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from dues.exceptions import LedgerRule
from members.models import User
from members.requests import AccountRequest
from payments import transfers
from payments.exceptions import CheckoutRule
from payments.models import Order, Transfer
from receipts.exceptions import ReceiptRule
from receipts.notes import owed
from staff.access import page, staff_page
from staff.treasury.actions import ask_or_do
from staff.treasury.forms import DecisionForm, TransferForm


@staff_page("payments.add_transfer")
@ask_or_do
def propose(request: AccountRequest, order_id: int) -> HttpResponse:
    """Look first at what would change; the same form, confirmed, proposes it."""
    order = get_object_or_404(Order.objects.select_related("member", "user"), pk=order_id)
    form = TransferForm(request.POST or None)
    preview = None
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            preview = transfers.preview(order, entered["cmp_number"])
            # Only what was looked at: with another number in the field, that one is shown first.
            if request.POST.get("confirmed") == str(entered["cmp_number"].cmp_number):
                transfers.propose(order_id, to=entered["cmp_number"], author=request.user, reason=entered["reason"])
                messages.success(request, "Traslado propuesto. Nada cambia hasta que otra persona lo apruebe.")
                return redirect("staff_payment", order_id)
        except (CheckoutRule, LedgerRule) as rule:
            form.add_error("cmp_number", rule.sentence)
            preview = None
    context = {"order": order, "form": form, "found": preview, "receipt": owed.live(order)}
    status = 400 if form.is_bound and not form.is_valid() else 200
    return page(request, "actions/move", "Traslado a otro colegiado", context, status=status)


@staff_page("payments.approve_transfer", fresh=True)
@ask_or_do
def decide(request: AccountRequest, move_id: int) -> HttpResponse:
    """The second person's word."""
    listed = Transfer.objects.select_related("order__member", "order__user", "member", "author")
    move = get_object_or_404(listed, pk=move_id)
    own = move.author == request.user
    form = DecisionForm(request.POST or None, own=own)
    form.fields["decision"].choices = CHOICES[own:]  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, _decide(move, request.user, **form.cleaned_data))
        except (CheckoutRule, LedgerRule, ReceiptRule) as rule:
            messages.error(request, rule.sentence)
        return redirect("staff_payment", move.order_id)
    preview, obstacle = _preview(move)
    if obstacle:
        form.bar_approval()
    context = {"move": move, "form": form, "own": own, "found": preview, "obstacle": obstacle}
    context |= {"order": move.order, "receipt": owed.live(move.order)}
    return page(request, "actions/decide_move", "Decidir un traslado", context, status=400 if form.is_bound else 200)


CHOICES = [("approve", "Trasladar el pago"), ("reject", "Rechazar el traslado")]


def _preview(move: Transfer) -> tuple[transfers.Preview | None, str]:
    """What approving would do now, or what stands in its way."""
    try:
        return transfers.preview(move.order, move.member), ""
    except CheckoutRule as rule:
        return None, rule.sentence


def _decide(move: Transfer, by: User, *, decision: str, reason: str) -> str:
    """What was done, as a sentence. Dues and documents change together or not at all."""
    if decision == "reject":
        transfers.reject(move.pk, by=by, reason=reason)
        return "Traslado rechazado. Nada cambió."
    with transaction.atomic():
        moved = transfers.approve(move.pk, by=by)
        owed.after_transfer(moved)
    return (
        f"El pago pasó al CMP {moved.member.cmp_number}. No se cobró ni se devolvió nada; la nota de crédito y el "
        "comprobante nuevo salen cuando SUNAT haya aceptado el anterior, y a los dos médicos se les escribe."
    )
