"""Payments as staff see them: everything to read, nothing to edit. What asks or gives back is an action of its own."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from members.admin import ReadOnly
from members.models import User
from payments import audit, reconcile
from payments.models import Attempt, Event, Letter, Order, OrderLine, Pause, Refund
from payments.states import AttemptState


class LineInline(ReadOnly, admin.TabularInline):
    model = OrderLine
    fields = ["period", "amount"]


class AttemptInline(ReadOnly, admin.TabularInline):
    model = Attempt
    fields = ["purchase_number", "state", "amount", "card", "action_code", "authorization_code", "staff_reason"]
    show_change_link = True


class EventInline(ReadOnly, admin.TabularInline):
    model = Event
    fields = ["sequence", "at", "actor", "cause", "from_state", "to_state"]


class RefundInline(ReadOnly, admin.TabularInline):
    model = Refund
    fields = ["method", "amount", "state", "reason", "author", "requested_at", "concluded_at", "code"]


@admin.register(Order)
class OrderAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["id", "member", "kind", "document", "total", "state", "created_at", "paid_at"]
    list_filter = ["state", "kind", "document", "created_at"]
    search_fields = ["=member__cmp_number", "member__surnames", "email", "=attempts__purchase_number"]
    search_help_text = "CMP, apellidos, correo o número de pedido"
    list_select_related = ["member"]
    date_hierarchy = "created_at"
    show_full_result_count = False
    inlines = [LineInline, AttemptInline, EventInline]


@admin.register(Attempt)
class AttemptAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["purchase_number", "member", "amount", "state", "card", "action_code", "created_at", "staff_reason"]
    list_filter = ["state", "brand", ("staff_reason", admin.EmptyFieldListFilter), "created_at"]
    search_fields = ["=purchase_number", "=authorization_code", "card", "=order__member__cmp_number"]
    search_help_text = "Número de pedido, código de autorización, tarjeta o CMP"
    list_select_related = ["order__member"]
    date_hierarchy = "created_at"
    show_full_result_count = False
    inlines = [RefundInline]
    actions = ["ask_the_gateway"]

    @admin.display(description="colegiado")
    def member(self, attempt: Attempt) -> Any:
        return attempt.order.member

    @admin.action(description="Consultar a la pasarela", permissions=["view"])
    def ask_the_gateway(self, request: HttpRequest, chosen: QuerySet[Attempt]) -> None:
        """Safe for any attempt: the answer concludes what is in doubt and changes nothing else."""
        if not isinstance(request.user, User):
            return
        for attempt in chosen.filter(state__in=[AttemptState.IN_DOUBT, AttemptState.AUTHORISING, AttemptState.ABSENT]):
            told = reconcile.ask(attempt.pk, actor=audit.account(request.user))
            messages.info(request, f"Intento {told.number}: {told.get_state_display()}.")


@admin.register(Pause)
class PauseAdmin(admin.ModelAdmin):
    """Adding one pauses payments at once; the action ends it."""

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
    def resume_payments(self, request: HttpRequest, chosen: QuerySet[Pause]) -> None:
        chosen.filter(ended_at=None).update(ended_at=timezone.now())
        messages.success(request, "Los pagos en línea están activos.")


@admin.register(Letter)
class LetterAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["subject", "to", "written_at", "sent_at"]
    list_filter = [("sent_at", admin.EmptyFieldListFilter)]
    search_fields = ["to", "subject"]
