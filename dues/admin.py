"""Dues as staff look at them. They change by import, by payment and by reversal, never by hand."""

from datetime import date
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Sum
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from base.admin import PicksFromTables, ReadOnly, ShowsSums, money_column
from base.files import attachments
from base.peru import months
from dues import acts, conflicts, exemptions, revocations
from dues.exceptions import CreditGivenBack, LedgerRule
from dues.imports import default_layouts, pages, unidentified_pages
from dues.models import (
    ActProposal,
    BankLayout,
    CollectionAccount,
    CoveredPerson,
    DataLoad,
    Due,
    Exemption,
    Repricing,
    Settlement,
    StandingRule,
    Surplus,
    Tariff,
    TariffBand,
)
from dues.standing import standing_of
from members import actors
from members.admin import FreshProof, MemberAdmin, actor_column
from members.models import Member, MemberStatus, User

# Members know no dues: what staff see of a member's standing is added here, to the same page.
admin.site.unregister(Member)


@admin.register(Member)
class MemberWithStandingAdmin(MemberAdmin):
    readonly_fields = ["standing"]

    @admin.display(description="habilidad hoy")
    def standing(self, member: Member) -> str:
        found = standing_of(member, on=timezone.localdate())
        if found is None:
            return "Falleció" if member.status == MemberStatus.DECEASED else "Sin regla vigente"
        sample = " (regla de muestra)" if found.rule.is_sample else ""
        verdict = "HÁBIL" if found.habil else "INHÁBIL"
        return f"{verdict}. Cuotas de colegiado vencidas: {found.overdue_months}. {found.rule}{sample}"


@admin.register(StandingRule)
class StandingRuleAdmin(admin.ModelAdmin):
    """A new rule is added with its date; the old ones stay, because they explain the past."""

    list_display = ["valid_from", "months_tolerated", "basis", "is_sample"]
    ordering = ["-valid_from"]

    def has_change_permission(self, request: HttpRequest, obj: StandingRule | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: StandingRule | None = None) -> bool:
        return False


WHO_REVERSED = actor_column("reversed_by", "revertida por")
WHO_REVOKED = actor_column("revoked_by", "revocada por")
WHO_CORRECTED = actor_column("author", "autor")


class SettlementInline(ReadOnly, admin.TabularInline):
    model = Settlement
    fields = ["money", "channel", "reference", "paid_at", "reversed_at", WHO_REVERSED, "reversal_reason"]
    readonly_fields = ["money", WHO_REVERSED]

    @admin.display(description="monto")
    def money(self, settlement: Settlement) -> str:
        return f"S/ {settlement.amount:,.2f}"


@admin.register(Due)
class DueAdmin(ShowsSums, admin.ModelAdmin):
    list_display = ["member", "kind", "month", money_column("amount", "monto"), "due_date", "exemption"]
    list_filter = ["kind", ("exemption", admin.EmptyFieldListFilter), "member__regional_council"]
    list_select_related = ["member", "exemption"]
    search_fields = ["=member__cmp_number", "member__surnames"]
    search_help_text = "Número CMP o apellidos"
    date_hierarchy = "period"

    ordering = ["-period", "member"]
    # Counting millions of rows for "1 de 7 200 000" would be the slowest part of the page.
    show_full_result_count = False
    inlines = [SettlementInline]

    @admin.display(description="mes", ordering="period")
    def month(self, due: Due) -> str:
        return months.name(due.period)


@admin.register(Settlement)
class SettlementAdmin(ShowsSums, admin.ModelAdmin):
    list_display = ["due", "cmp", money_column("amount", "monto"), "channel", "reference", "paid_at", "reversed_at"]
    list_filter = ["channel", ("reversed_at", admin.EmptyFieldListFilter)]
    list_select_related = ["due__member"]
    search_fields = ["=reference", "=due__member__cmp_number"]
    search_help_text = "Referencia o número CMP"
    exclude = ["reversed_by"]
    readonly_fields = [WHO_REVERSED]
    date_hierarchy = "paid_at"
    ordering = ["-paid_at"]
    show_full_result_count = False

    @admin.display(description="CMP")
    def cmp(self, settlement: Settlement) -> int:
        return settlement.due.member.cmp_number


class RevokeForm(forms.ModelForm):
    revocation_reason = forms.CharField(
        label="Motivo de la revocación",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Nada cambia hasta que otra persona lo apruebe: entonces sus meses vuelven a deberse.",
    )

    class Meta:
        model = Exemption
        fields = ["revocation_reason"]

    def clean(self) -> dict[str, Any] | None:
        if exemptions.given_back(self.instance).exists():
            raise forms.ValidationError(CreditGivenBack.sentence)
        return super().clean()


ACT_FIELDS = ["member", "act", "kind", "first_period", "last_period", "reason", "document", "granted_date"]


class ActForm(forms.ModelForm):
    """Months are typed as any day of them; the document is shown, not only named."""

    scan = forms.FileField(
        label="Documento escaneado",
        help_text="PDF o JPG de hasta 5 MB. Lo compara la persona que aprueba.",
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg"}),
    )

    class Meta:
        model = ActProposal
        fields = ACT_FIELDS

    def clean_first_period(self) -> date:
        return months.month_of(self.cleaned_data["first_period"])

    def clean_last_period(self) -> date:
        return months.month_of(self.cleaned_data["last_period"])

    def clean_scan(self) -> tuple[bytes, str]:
        return attachments.take(self.cleaned_data["scan"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_period"), cleaned.get("last_period")
        if first and last and last < first:
            self.add_error("last_period", "Es anterior al primer mes.")
        return cleaned


@admin.register(ActProposal)
class ActProposalAdmin(PicksFromTables, admin.ModelAdmin):
    """An act is proposed with its document; it frees nothing until a second person approves it at the desk."""

    form = ActForm
    list_display = ["member", "act", "kind", "first_period", "last_period", "author", "decided_by", "decided_at"]
    list_filter = [("decided_at", admin.EmptyFieldListFilter), "act", "kind"]
    list_select_related = ["member", "author", "decided_by"]
    search_fields = ["=member__cmp_number", "member__surnames", "document"]
    autocomplete_fields = ["member"]
    ordering = ["-proposed_at"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("evidence")

    def get_fields(self, request: HttpRequest, obj: ActProposal | None = None) -> Any:
        return (
            [*ACT_FIELDS, "author", "worth", "decided_by", "decided_at", "rejection", "decide"]
            if obj
            else [
                *ACT_FIELDS,
                "scan",
            ]
        )

    def get_readonly_fields(self, request: HttpRequest, obj: ActProposal | None = None) -> Any:
        return self.get_fields(request, obj) if obj else []

    @admin.display(description="documento y decisión")
    def decide(self, proposal: ActProposal) -> SafeString:
        return format_html(
            '<a href="{}">Ver el documento y decidir</a>', reverse("staff_decide_act", args=[proposal.pk])
        )

    def save_model(self, request: HttpRequest, obj: ActProposal, form: forms.ModelForm, change: bool) -> None:
        typed = dict(form.cleaned_data)
        member, (evidence, evidence_type) = typed.pop("member"), typed.pop("scan")
        resolution = acts.Resolution(evidence=evidence, evidence_type=evidence_type, **typed)
        proposed = acts.propose(member=member, resolution=resolution, author=cast(User, request.user))
        obj.pk = proposed.pk
        then = "Quedó aprobado" if proposed.decided_at else "No libera nada hasta que otra persona lo apruebe"
        messages.info(request, f"Acto propuesto. {then}.")

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except LedgerRule as rule:
            messages.error(request, rule.sentence)
            return redirect("admin:dues_actproposal_changelist")

    def has_change_permission(self, request: HttpRequest, obj: ActProposal | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ActProposal | None = None) -> bool:
        return False


@admin.register(Exemption)
class ExemptionAdmin(FreshProof, admin.ModelAdmin):
    """An act stands until two people revoke it and say why. It is added as a proposal (ActProposalAdmin)."""

    form = RevokeForm
    list_display = ["member", "act", "kind", "first_period", "last_period", "document", "granted_date", "revoked_at"]
    list_filter = ["act", "kind", ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["member"]
    search_fields = ["=member__cmp_number", "member__surnames", "document"]
    ordering = ["-granted_date"]
    show_full_result_count = False

    def get_fields(self, request: HttpRequest, obj: Exemption | None = None) -> Any:
        ended = ["revoked_at", WHO_REVOKED] if obj and obj.revoked_at else ["what_it_frees"]
        return [*ACT_FIELDS, "author", *ended, "revocation_reason"]

    def get_readonly_fields(self, request: HttpRequest, obj: Exemption | None = None) -> Any:
        return [name for name in self.get_fields(request, obj) if name != "revocation_reason"]

    @admin.display(description="Libera")
    def what_it_frees(self, exemption: Exemption) -> str:
        freed = exemption.dues.aggregate(months=Count("pk"), owed=Sum("amount"))
        credited = exemption.surpluses.open().count()
        return (
            f"Cuotas que volverían a deberse: {freed['months']}, por S/ {freed['owed'] or 0:,.2f}. "
            f"Saldos a favor que quedarían sin efecto: {credited}."
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Exemption | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.revoked_at is None)

    def has_delete_permission(self, request: HttpRequest, obj: Exemption | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Exemption, form: forms.ModelForm, change: bool) -> None:
        """Proposes: a second person revokes it at the desk."""
        try:
            revocations.propose(obj, author=cast(User, request.user), reason=form.cleaned_data["revocation_reason"])
        except LedgerRule as rule:
            messages.error(request, rule.sentence)
        else:
            messages.info(request, "Revocación propuesta. Nada cambia hasta que otra persona la apruebe.")


@admin.register(DataLoad)
class DataLoadAdmin(ShowsSums, admin.ModelAdmin):
    list_display = [
        "content",
        "file_name",
        "rows",
        "added",
        "changed",
        "rejected",
        "waiting",
        money_column("total", "suma"),
        "loaded_at",
        "author",
    ]
    list_filter = ["content"]
    list_select_related = ["author"]
    search_fields = ["file_name", "=sha256"]
    ordering = ["-loaded_at"]

    def get_urls(self) -> list[URLPattern]:
        return [*pages.urls(), *super().get_urls()]


__all__ = ["unidentified_pages"]  # it registers its own page


@admin.register(CollectionAccount)
class CollectionAccountAdmin(admin.ModelAdmin):
    """The treasury's page of debts files offers the accounts that are in use."""

    list_display = ["name", "bank", "company", "account", "active"]
    ordering = ["name"]

    def has_delete_permission(self, request: HttpRequest, obj: CollectionAccount | None = None) -> bool:
        return False


@admin.register(BankLayout)
class BankLayoutAdmin(admin.ModelAdmin):
    """Tried on a file by uploading it: the preview shows its first rows and sums before anything is loaded."""

    list_display = ["name", "bank", "shape", "active"]
    list_filter = ["bank", "active"]
    ordering = ["name"]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        default_layouts.ensure()
        return super().changelist_view(request, extra_context)

    def has_delete_permission(self, request: HttpRequest, obj: BankLayout | None = None) -> bool:
        return False


class BandInline(admin.TabularInline):
    model = TariffBand
    extra = 1
    min_num = 1

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Tariff)
class TariffAdmin(admin.ModelAdmin):
    """A new resolution is a new tariff; one that has not begun can be taken back."""

    list_display = ["kind", "first_period", "resolution", "resolution_date", "sample"]
    list_filter = ["kind"]
    ordering = ["-first_period", "kind"]
    inlines = [BandInline]

    def has_change_permission(self, request: HttpRequest, obj: Tariff | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Tariff | None = None) -> bool:
        begun = obj is not None and obj.first_period <= timezone.localdate()
        return not begun and super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Taken back one by one: among several chosen, one may be in force."""
        return {}


@admin.register(CoveredPerson)
class CoveredPersonAdmin(PicksFromTables, admin.ModelAdmin):
    """Whom SEMEFA covers. A cover is ended, never edited."""

    list_display = ["name", "relationship", "member", "birth_date", "first_period", "last_period"]
    list_filter = ["relationship", ("last_period", admin.EmptyFieldListFilter)]
    list_select_related = ["member"]
    search_fields = ["=member__cmp_number", "name"]
    search_help_text = "CMP del titular o nombre"
    autocomplete_fields = ["member"]
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: CoveredPerson | None = None) -> list[str]:
        return ["member", "relationship", "name", "birth_date", "first_period"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: CoveredPerson | None = None) -> bool:
        return False


@admin.register(Repricing)
class RepricingAdmin(ShowsSums, admin.ModelAdmin):
    list_display = [
        "due",
        "cmp",
        money_column("amount_before", "monto anterior"),
        money_column("amount_after", "monto nuevo"),
        "reason",
        WHO_CORRECTED,
        "corrected_at",
    ]
    exclude = ["author"]
    readonly_fields = [WHO_CORRECTED]
    list_select_related = ["due__member"]
    search_fields = ["=due__member__cmp_number"]
    ordering = ["-corrected_at"]
    show_full_result_count = False

    @admin.display(description="CMP")
    def cmp(self, correction: Repricing) -> int:
        return correction.due.member.cmp_number


class ResolveForm(forms.ModelForm):
    resolution = forms.CharField(
        label="Cómo se resolvió",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Por ejemplo: devuelto por transferencia 0012345, o abonado a la cuota de marzo con recibo 88.",
    )

    class Meta:
        model = Surplus
        fields = ["resolution"]


@admin.register(Surplus)
class SurplusAdmin(FreshProof, admin.ModelAdmin):
    """Money of members that waits for the treasury. Saying how it was given back closes it, once."""

    form = ResolveForm
    list_display = [
        "member",
        "due",
        money_column("amount", "monto"),
        "channel",
        "reference",
        "paid_at",
        "reason",
        "resolved_at",
    ]
    list_filter = [("resolved_at", admin.EmptyFieldListFilter), "channel"]
    list_select_related = ["member", "due"]
    search_fields = ["=member__cmp_number", "=reference"]
    search_help_text = "Número CMP o referencia"
    ordering = ["-recorded_at"]
    show_full_result_count = False
    readonly_fields = ["member", "due", "money", "channel", "reference", "paid_at", "reason", "recorded_at"]
    fields = [*readonly_fields, "resolution"]

    @admin.display(description="monto")
    def money(self, surplus: Surplus) -> str:
        return f"S/ {surplus.amount:,.2f}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Surplus | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Surplus | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.resolved_at is None)

    def save_model(self, request: HttpRequest, obj: Surplus, form: forms.ModelForm, change: bool) -> None:
        """Two people at once: the second is told, and the first one's word stands."""
        how = form.cleaned_data["resolution"]
        try:
            conflicts.refuse_own(cast(User, request.user), [obj.member_id])
            Surplus.objects.get(pk=obj.pk).resolve(author=actors.actor(cast(User, request.user)), how=how)
        except LedgerRule as rule:
            messages.error(request, rule.sentence)
