"""The admin pages of payments, which only show rows. Refunds and questions to the gateway are actions in staff/."""

from typing import Any

from django.contrib import admin, messages
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from base.admin import CappedPaginator, ReadOnly, money_column
from base.forms import StatedField
from members.models import User
from payments.books import recovery
from payments.models import Attempt, Letter, Order, Pause, PayoutLayout, ReminderStep, UnmatchedCharge
from payments.models.pauses import PauseQuerySet


@admin.register(Order)
class OrderAdmin(ReadOnly, admin.ModelAdmin):
    """Lists the orders, also those never tried to pay. The page of one order is in staff/treasury."""

    list_display = [
        "id",
        "member",
        "kind",
        "document",
        money_column("total", "total"),
        "state",
        "created_at",
        "paid_at",
    ]
    list_filter = ["state", "kind", "document"]
    search_fields = ["=member__cmp_number", "=attempts__purchase_number"]
    search_help_text = "CMP o número de pedido"
    list_select_related = ["member"]
    ordering = ["-pk"]
    show_full_result_count = False
    paginator = CappedPaginator

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "GET":
            return super().change_view(request, object_id, *args, **kwargs)
        return redirect("staff_payment", object_id)


@admin.register(Attempt)
class AttemptAdmin(ReadOnly, admin.ModelAdmin):
    """Redirects the admin's URLs of attempts to the treasury's list and page."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("staff_payments")

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "GET":
            return super().change_view(request, object_id, *args, **kwargs)
        return redirect("staff_attempt", object_id)


class PauseForm(ModelForm):
    notice = StatedField(
        label="Aviso para los colegiados",
        max_length=300,
        help_text="Por qué no se puede pagar y hasta cuándo. Desde que lo guarda nadie más empieza a pagar; "
        "el aviso se ve en las páginas a los diez segundos, a más tardar.",
    )


@admin.register(Pause)
class PauseAdmin(admin.ModelAdmin):
    """Adding a pause stops payments at once; the action ends it."""

    form = PauseForm
    fields = ["notice"]
    list_display = ["notice", "started_at", "ended_at", "author"]
    actions = ["resume_payments"]

    def has_change_permission(self, request: HttpRequest, obj: Pause | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Pause | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Pause, form: ModelForm, change: bool) -> None:
        if isinstance(request.user, User):
            obj.author = request.user
        super().save_model(request, obj, form, change)

    @admin.action(description="Reanudar los pagos", permissions=["add"])
    def resume_payments(self, request: HttpRequest, pauses: PauseQuerySet) -> None:
        pauses.current().update(ended_at=timezone.now())
        messages.success(request, "Los pagos en línea están activos.")


@admin.register(Letter)
class LetterAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["subject", "to", "written_at", "state", "sent_at", "last_error"]
    list_filter = ["state"]
    search_fields = ["=to", "subject"]
    show_full_result_count = False
    paginator = CappedPaginator


@admin.register(PayoutLayout)
class PayoutLayoutAdmin(admin.ModelAdmin):
    """The column names of the gateway's report; there is one layout."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: PayoutLayout | None = None) -> bool:
        return False


@admin.register(ReminderStep)
class ReminderStepAdmin(admin.ModelAdmin):
    list_display = ["__str__", "days"]


@admin.register(UnmatchedCharge)
class UnmatchedChargeAdmin(admin.ModelAdmin):
    """Charges without an order: staff find out whose money it is and record once what they did."""

    list_display = [
        "purchase_number",
        money_column("amount", "monto"),
        "decided_at",
        "card",
        "authorization_code",
        "found_at",
        "resolved_at",
    ]
    list_filter = [("resolved_at", admin.EmptyFieldListFilter)]
    search_fields = ["=purchase_number", "=authorization_code"]
    exclude = ["exchange", "resolved_at", "resolved_by", "amount"]
    readonly_fields = [
        *("purchase_number", "money", "currency", "decided_at", "card", "brand", "authorization_code", "trace_number"),
        *("transaction_id", "signature", "merchant_id", "environment", "attempt", "found_at"),
    ]
    show_full_result_count = False
    paginator = CappedPaginator

    @admin.display(description="monto")
    def money(self, charge: UnmatchedCharge) -> str:
        return "—" if charge.amount is None else f"{charge.amount:,.2f}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: UnmatchedCharge | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: UnmatchedCharge | None = None) -> bool:
        return (obj is None or obj.resolved_at is None) and super().has_change_permission(request, obj)

    def get_form(self, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(*args, **kwargs)
        if "resolution" in form.base_fields:
            form.base_fields["resolution"].required = True
        return form

    def save_model(self, request: HttpRequest, obj: UnmatchedCharge, form: ModelForm, change: bool) -> None:
        if isinstance(request.user, User):
            recovery.resolve(obj.pk, by=request.user, resolution=form.cleaned_data["resolution"])
