"""A receipt that must give way to another: SUNAT rejected it, or the member needs a factura after all."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from cmp_portal.treasury.access import page, staff_page
from cmp_portal.treasury.actions import ask_or_do
from cmp_portal.treasury.forms import CompanyForm, ExchangeForm, PersonForm
from members.models import DocumentType
from payments import audit
from payments.models import Order
from payments.views import AccountRequest
from receipts import credit_notes
from receipts.exceptions import ReceiptRule
from receipts.models import Paper, Receipt
from receipts.states import FilingState


@staff_page("receipts.replace_receipt")
@ask_or_do
def replace(request: AccountRequest, order_id: int) -> HttpResponse:
    """Issue a rejected document again, or change a boleta for a factura: which, follows from how it stands."""
    order = get_object_or_404(Order.objects.select_related("member"), pk=order_id)
    receipt = _rejected(order) or credit_notes.live(order)
    rejected = receipt is not None and _state(receipt) == FilingState.REJECTED
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


def _rejected(order: Order) -> Receipt | None:
    """Also a note that SUNAT rejected."""
    return order.documents.filter(filing__state=FilingState.REJECTED, replacement=None).order_by("pk").first()


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
    return ExchangeForm(request.POST or None) if changeable and credit_notes.standing_periods(receipt.order) else None


def _do(request: AccountRequest, receipt: Receipt, form: CompanyForm | PersonForm) -> str:
    """What was done, as a sentence."""
    if not isinstance(form, ExchangeForm):
        again = credit_notes.reissue(receipt, buyer=form.buyer())
        return f"Se emitió {again.name} en lugar de {receipt.name}, que SUNAT rechazó. No se cobró nada."
    credit_notes.change_to_factura(
        receipt.order,
        buyer=form.buyer(),
        author=audit.account(request.user),
        description=form.cleaned_data["reason"],
    )
    return "En un momento salen la nota de crédito y la factura, y llegan al colegiado por correo. No se cobró nada."
