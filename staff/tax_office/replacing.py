"""A receipt that must give way to another: SUNAT rejected it, or the member needs a factura after all."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from members.models import DocumentType
from members.requests import AccountRequest
from payments import trail
from payments.models import Order
from receipts.exceptions import ReceiptRule
from receipts.models import Paper, Receipt
from receipts.notes import owed, reissue
from receipts.tax_office import voiding
from receipts.tax_office.states import SPENT_STATES
from staff.access import page, staff_page
from staff.treasury.actions import ask_or_do
from staff.treasury.forms import CompanyForm, ExchangeForm, PersonForm, ReasonForm


@staff_page("receipts.replace_receipt")
@ask_or_do
def replace(request: AccountRequest, order_id: int) -> HttpResponse:
    """Issue a rejected document again, or change a boleta for a factura: which, follows from how it stands."""
    order = get_object_or_404(Order.objects.select_related("member"), pk=order_id)
    receipt = _rejected(order) or owed.live(order)
    rejected = receipt is not None and _state(receipt) in SPENT_STATES
    form = _form(request, receipt, rejected=rejected)
    if receipt and form and request.method == "POST" and form.is_valid():
        try:
            messages.success(request, _do(request, receipt, form))
        except ReceiptRule as rule:
            messages.error(request, rule.sentence)
        return redirect("staff_payment", order_id)
    context = {"order": order, "receipt": receipt, "rejected": rejected, "form": form}
    status = 400 if form and form.is_bound else 200
    title = f"Emitir de nuevo {receipt.name}" if receipt and rejected else "Cambiar la boleta por factura"
    return page(request, "actions/replace", title, context, status=status)


@staff_page("receipts.replace_receipt")
@ask_or_do
def void(request: AccountRequest, receipt_id: int) -> HttpResponse:
    """Take back what SUNAT accepted and nobody was given."""
    receipt = get_object_or_404(Receipt.objects.select_related("order__member"), pk=receipt_id)
    obstacle = voiding.obstacle(receipt)
    form = None if obstacle else ReasonForm(request.POST or None)
    if form and request.method == "POST" and form.is_valid():
        try:
            voiding.request(receipt, author=request.user, reason=form.cleaned_data["reason"][:100])
        except ReceiptRule as rule:
            messages.error(request, rule.sentence)
        else:
            messages.success(request, f"La baja de {receipt.name} se envía a SUNAT. No se cobró ni se devolvió nada.")
        return redirect("staff_payment", receipt.order_id)
    context = {"receipt": receipt, "order": receipt.order, "obstacle": obstacle, "form": form}
    return page(
        request, "actions/void", f"Dar de baja {receipt.name}", context, status=400 if form and form.is_bound else 200
    )


def _rejected(order: Order) -> Receipt | None:
    """Also a note that SUNAT rejected, and what was voided."""
    return order.documents.filter(filing__state__in=SPENT_STATES, replacement=None).order_by("pk").first()


def _state(receipt: Receipt) -> str:
    filed = getattr(receipt, "filing", None)
    return filed.state if filed else ""


def _form(request: AccountRequest, receipt: Receipt | None, *, rejected: bool) -> CompanyForm | PersonForm | None:
    """None where nothing can be done."""
    if receipt is None:
        return None
    if rejected:
        buyer = receipt.stated.buyer
        kind = CompanyForm if buyer.document_type == DocumentType.RUC else PersonForm
        return kind(request.POST or None, initial=kind.initial_of(buyer))
    changeable = receipt.document == Paper.BOLETA and receipt.filing.is_valid if _state(receipt) else False
    return ExchangeForm(request.POST or None) if changeable and owed.standing_periods(receipt.order) else None


def _do(request: AccountRequest, receipt: Receipt, form: CompanyForm | PersonForm) -> str:
    """What was done, as a sentence."""
    if not isinstance(form, ExchangeForm):
        again = reissue.reissue(receipt, buyer=form.buyer())
        return f"Se emitió {again.name} en lugar de {receipt.name}, que SUNAT rechazó. No se cobró nada."
    owed.change_to_factura(
        receipt.order,
        buyer=form.buyer(),
        author=trail.actor(request.user),
        description=form.cleaned_data["reason"],
    )
    return "En un momento salen la nota de crédito y la factura, y llegan al colegiado por correo. No se cobró nada."
