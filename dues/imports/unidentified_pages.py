"""The pages of the admin for payments "por identificar": the list, and what staff say of each."""

from datetime import date
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from base.admin import ReadOnly
from base.files import tables
from dues.exceptions import LedgerRule
from dues.imports import unidentified
from dues.models import Kind, UnidentifiedPayment
from members.models import Member, User

MOST_CANDIDATES = 20


class IdentifyForm(forms.Form):
    """Whose payment it is. An empty month pays the oldest dues that the sum covers."""

    cmp = forms.CharField(label="Número CMP", max_length=12)
    kind = forms.ChoiceField(label="Tipo de cuota", choices=Kind)
    period = forms.CharField(
        label="Mes", required=False, max_length=20, help_text="mm/aaaa. Vacío: paga las cuotas más antiguas."
    )

    def clean_cmp(self) -> Member:
        try:
            member = Member.objects.filter(cmp_number=tables.cmp_number(self.cleaned_data["cmp"].strip())).first()
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        if member is None:
            raise forms.ValidationError("Ese número CMP no está en el padrón.")
        return member

    def clean_period(self) -> date | None:
        typed = self.cleaned_data["period"].strip()
        try:
            return tables.month(typed) if typed else None
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class CloseForm(forms.Form):
    how = forms.CharField(
        label="Qué se hizo con ese dinero",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Por ejemplo: devuelto por transferencia 0012345; no es una cuota, es el alquiler del auditorio.",
    )


@admin.register(UnidentifiedPayment)
class UnidentifiedPaymentAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("paid_at", "soles", "code", "payer", "reference", "reason", "member", "resolved_at")
    list_filter = (("resolved_at", admin.EmptyFieldListFilter), "channel")
    list_select_related = ("member",)
    search_fields = ("reference",)
    search_help_text = "Nombre, CMP, DNI, operación o monto"
    ordering = ("-recorded_at",)
    show_full_result_count = False
    change_form_template = "admin/dues/unidentified.html"

    @admin.display(description="monto (S/)", ordering="amount")
    def soles(self, payment: UnidentifiedPayment) -> str:
        return "ilegible" if payment.amount is None else f"{payment.amount:,.2f}"

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django hands it over
        queryset: QuerySet[UnidentifiedPayment],
        search_term: str,
    ) -> tuple[QuerySet[UnidentifiedPayment], bool]:
        return unidentified.search(queryset, search_term), False

    def get_urls(self) -> list[URLPattern]:
        return [
            path("<int:pk>/identificar/", admin.site.admin_view(identify), name="dues_unidentifiedpayment_identify"),
            path("<int:pk>/cerrar/", admin.site.admin_view(close), name="dues_unidentifiedpayment_close"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        payment = get_object_or_404(UnidentifiedPayment, pk=object_id)
        search = request.GET.get("buscar", "")
        context = {
            "payment": payment,
            "search": search,
            "candidates": _candidates(search or payment.payer),
            "identify_form": IdentifyForm(initial=_initial(payment, request.GET.get("cmp", ""))),
            "close_form": CloseForm(),
            "may_identify": request.user.has_perm("dues.identify_payment") and payment.resolved_at is None,
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})


def _initial(payment: UnidentifiedPayment, cmp: str) -> dict[str, str]:
    known = str(payment.member.cmp_number) if payment.member else ""
    period = f"{payment.period:%m/%Y}" if payment.period else ""
    return {"cmp": cmp or known, "kind": payment.kind or Kind.COLEGIADO, "period": period}


def _candidates(search: str) -> list[Member]:
    """Members by CMP, document or each word of a name."""
    words = search.split()
    if not words:
        return []
    members = Member.objects.all()
    for word in words:
        names = Q(surnames__icontains=word) | Q(given_names__icontains=word)
        number = Q(document_number=word) | Q(cmp_number=int(word) if word.isdigit() and len(word) < 9 else 0)
        members = members.filter(names | number)
    return list(members.order_by("surnames", "given_names")[:MOST_CANDIDATES])


def _clerk(request: HttpRequest) -> User:
    user = cast(User, request.user)
    if not user.has_perm("dues.identify_payment"):
        raise PermissionDenied
    return user


@require_POST
def identify(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    author, form = _clerk(request), IdentifyForm(request.POST)
    get_object_or_404(UnidentifiedPayment, pk=pk)
    if not form.is_valid():
        messages.error(
            request, "No se guardó nada. " + " ".join(str(error) for errors in form.errors.values() for error in errors)
        )
        return redirect("admin:dues_unidentifiedpayment_change", pk)
    chosen = form.cleaned_data
    try:
        done = unidentified.identify(
            pk, member=chosen["cmp"], kind=chosen["kind"], period=chosen["period"], author=author
        )
    except LedgerRule as rule:
        messages.error(request, rule.sentence)
    else:
        messages.success(request, f"Listo: {done.resolution}.")
    return redirect("admin:dues_unidentifiedpayment_change", pk)


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    author, form = _clerk(request), CloseForm(request.POST)
    get_object_or_404(UnidentifiedPayment, pk=pk)
    if not form.is_valid():
        messages.error(request, "No se guardó nada. Diga qué se hizo con ese dinero.")
        return redirect("admin:dues_unidentifiedpayment_change", pk)
    try:
        unidentified.close(pk, how=form.cleaned_data["how"], author=author)
    except LedgerRule as rule:
        messages.error(request, rule.sentence)
    else:
        messages.success(request, "Cerrado: el pago sale de la lista y no paga ninguna cuota.")
    return redirect("admin:dues_unidentifiedpayment_change", pk)
