"""Dues as staff look at them. They change by import, by payment and by reversal, never by hand."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from dues.models import DataLoad, Due, Exemption, Settlement, StandingRule
from dues.standing import standing_of
from members.admin import MemberAdmin, ReadOnly
from members.models import Member

# Members know no dues: what staff see of a member's standing is added here, to the same page.
admin.site.unregister(Member)


@admin.register(Member)
class MemberWithStandingAdmin(MemberAdmin):
    readonly_fields = ["standing"]

    @admin.display(description="habilidad hoy")
    def standing(self, member: Member) -> str:
        found = standing_of(member, on=timezone.localdate())
        if found is None:
            return "Sin regla vigente"
        sample = " (regla de muestra)" if found.rule.is_sample else ""
        verdict = "HÁBIL" if found.habil else "INHÁBIL"
        return f"{verdict}: {found.overdue_months} cuotas de colegiado vencidas. {found.rule}{sample}"


@admin.register(StandingRule)
class StandingRuleAdmin(admin.ModelAdmin):
    """A new rule is added with its date; the old ones stay, because they explain the past."""

    list_display = ["valid_from", "months_tolerated", "basis", "is_sample"]
    ordering = ["-valid_from"]

    def has_change_permission(self, request: HttpRequest, obj: StandingRule | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: StandingRule | None = None) -> bool:
        return False


class SettlementInline(ReadOnly, admin.TabularInline):
    model = Settlement
    fields = ["amount", "channel", "reference", "paid_at", "reversed_at", "reversed_by", "reversal_reason"]


@admin.register(Due)
class DueAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["member", "kind", "period", "amount", "due_date", "exemption"]
    list_filter = ["kind", ("exemption", admin.EmptyFieldListFilter), "member__regional_council"]
    list_select_related = ["member", "exemption"]
    search_fields = ["=member__cmp_number", "member__surnames"]
    search_help_text = "Número CMP o apellidos"
    date_hierarchy = "period"
    ordering = ["-period", "member"]
    # Counting millions of rows for "1 de 7 200 000" would be the slowest part of the page.
    show_full_result_count = False
    inlines = [SettlementInline]


@admin.register(Settlement)
class SettlementAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["due", "cmp", "amount", "channel", "reference", "paid_at", "reversed_at"]
    list_filter = ["channel", ("reversed_at", admin.EmptyFieldListFilter)]
    list_select_related = ["due__member"]
    search_fields = ["=reference", "=due__member__cmp_number"]
    search_help_text = "Referencia o número CMP"
    date_hierarchy = "paid_at"
    ordering = ["-paid_at"]
    show_full_result_count = False

    @admin.display(description="CMP")
    def cmp(self, settlement: Settlement) -> int:
        return settlement.due.member.cmp_number


@admin.register(Exemption)
class ExemptionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["member", "kind", "first_period", "last_period", "reason", "document", "granted_date"]
    list_filter = ["kind"]
    list_select_related = ["member"]
    search_fields = ["=member__cmp_number", "member__surnames", "document"]
    ordering = ["-granted_date"]


@admin.register(DataLoad)
class DataLoadAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["content", "file_name", "rows", "added", "changed", "loaded_at", "author"]
    list_filter = ["content"]
    list_select_related = ["author"]
    search_fields = ["file_name", "=sha256"]
    ordering = ["-loaded_at"]
