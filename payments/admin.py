"""Payments as staff see them: everything to read, nothing to edit. What moves money is an action of its own."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from payments.models import Attempt, Event, Order, OrderLine


class ReadOnly:
    """No one adds, edits or deletes money rows by hand, superusers included."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


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


@admin.register(Order)
class OrderAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["id", "member", "kind", "document", "total", "state", "created_at", "paid_at"]
    list_filter = ["state", "kind", "document", "created_at"]
    search_fields = ["=member__cmp_number", "member__surnames", "email", "=attempts__purchase_number"]
    list_select_related = ["member"]
    date_hierarchy = "created_at"
    inlines = [LineInline, AttemptInline, EventInline]


@admin.register(Attempt)
class AttemptAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["purchase_number", "member", "amount", "state", "card", "action_code", "created_at", "staff_reason"]
    list_filter = ["state", "brand", "settles_order", "created_at"]
    search_fields = ["=purchase_number", "=authorization_code", "card", "=order__member__cmp_number"]
    list_select_related = ["order__member"]
    date_hierarchy = "created_at"

    @admin.display(description="colegiado")
    def member(self, attempt: Attempt) -> Any:
        return attempt.order.member
