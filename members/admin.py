"""What staff see of accounts, members and reports. Nothing here can be deleted, and the roll changes by import only."""

from typing import Any, cast

from allauth.account.decorators import secure_admin_login
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db.models import Case, F, Model, QuerySet, When
from django.http import HttpRequest
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from base import admin_lookups, masked
from base.admin import PicksFromTables, ReadOnly, SearchedWithoutAccents
from members import actors
from members.exceptions import StaffNeedsTwo
from members.login import role_changes, second_factor
from members.models import Assignment, AssignmentReport, Claim, ClaimState, Member, RegionalCouncil, User
from members.numbers import assignments as assignment
from members.numbers import registrations

admin_lookups.install()
# One login for everybody: the portal's, with its rate limits and second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


def actor_column(field: str, label: str) -> Any:  # the stubs know no function in `readonly_fields`
    """A column of a table in the admin: who did it, as people read it (members/actors.py); a dash when nobody did."""

    @admin.display(description=label, ordering=field)
    def column(row: Model) -> str:
        return actors.name(getattr(row, field)) if getattr(row, field) else "—"

    column.__name__ = f"{field}_name"
    return column


class FreshProof:
    """A page that writes something off or changes a role: its second factor was proved within a quarter of an hour."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.method == "POST" and (proof := second_factor.missing_fresh_proof(request, cast(User, request.user))):
            return redirect(proof)
        return super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Actions on the rows that are ticked are posts to the list."""
        if request.method == "POST" and (proof := second_factor.missing_fresh_proof(request, cast(User, request.user))):
            return redirect(proof)
        return super().changelist_view(request, *args, **kwargs)  # type: ignore[misc]


@admin.register(User)
class UserAdmin(FreshProof, SearchedWithoutAccents, admin.ModelAdmin):
    """An account is opened with its e-mail and name; its person chooses the password by "¿Olvidó su contraseña?"."""

    list_display = ["email", "name", "cmp", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["email", "folded_name", "=assignments__member__cmp_number"]
    folded_names = {"folded_name": "name"}
    ordering = ["email"]
    readonly_fields = ["cmp", "assignments", "last_login", "date_joined"]
    filter_horizontal = ["groups"]
    fieldsets = [
        (None, {"fields": ["email", "name", "cmp", "assignments", "is_active"]}),
        ("Personal del colegio", {"fields": ["is_staff", "is_superuser", "groups"]}),
        ("Fechas", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "name"]})]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    @admin.display(description="CMP")
    def cmp(self, user: User) -> str:
        member = assignment.current_member(user)
        return str(member.cmp_number) if member else "—"

    @admin.display(description="asignaciones")
    def assignments(self, user: User) -> SafeString:
        page = reverse("webmaster_account", args=[user.pk])
        return format_html('<a href="{}">Historial, corregir el CMP o intercambiarlo</a>', page)

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        before = self.model.objects.filter(pk=obj.pk).first()
        form.rights_before = role_changes.rights_of(before) if before else role_changes.Rights()  # type: ignore[attr-defined]
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: forms.ModelForm, formsets: Any, change: bool) -> None:
        """Every superuser learns by mail what an account may do from now on, and who decided it."""
        super().save_related(request, form, formsets, change)
        role_changes.tell(form.instance, form.rights_before, author=cast(User, request.user))  # type: ignore[attr-defined]

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(FreshProof, GroupAdmin):
    """A role's permissions. What a role of ours may do comes back with each update (staff/roles.py)."""

    def save_related(self, request: HttpRequest, form: forms.ModelForm, formsets: Any, change: bool) -> None:
        before = set(form.instance.permissions.values_list("codename", flat=True))
        super().save_related(request, form, formsets, change)
        after = set(form.instance.permissions.values_list("codename", flat=True))
        lines = [*(f"Se agregó: {name}" for name in sorted(after - before))]
        lines += [f"Se quitó: {name}" for name in sorted(before - after)]
        role_changes.tell_superusers(
            f"Cambió el rol {form.instance.name}",
            lines,
            author=cast(User, request.user),
            page=reverse("admin:auth_group_change", args=[form.instance.pk]),
        )


@admin.register(Member)
class MemberAdmin(SearchedWithoutAccents, ReadOnly, admin.ModelAdmin):
    # Surnames without accents, which only the search reads; addresses that prove who a person is are shown in part.
    exclude = ["folded_surnames", "email", "mobile"]
    readonly_fields = ["masked_email", "masked_mobile"]
    list_display = ["cmp_number", "surnames", "given_names", "masked_document", "regional_council", "status"]
    list_filter = ["status", "regional_council"]
    list_select_related = ["regional_council"]
    search_fields = ["=cmp_number", "folded_surnames", "folded_given_names", "=document_number"]
    folded_names = {"folded_given_names": "given_names"}
    ordering = ["cmp_number"]

    @admin.display(description="documento")
    def masked_document(self, member: Member) -> str:
        return member.masked_document

    @admin.display(description="correo del padrón")
    def masked_email(self, member: Member) -> str:
        return masked.email(member.email) if member.email else "—"

    @admin.display(description="celular del padrón")
    def masked_mobile(self, member: Member) -> str:
        return masked.mobile(member.mobile) if member.mobile else "—"


@admin.register(RegionalCouncil)
class RegionalCouncilAdmin(admin.ModelAdmin):
    """The import makes a council; the webmaster types where to find it."""

    list_display = ["number", "roman", "name", "telephone", "address"]
    readonly_fields = ["number", "roman", "name"]
    ordering = ["number"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RegionalCouncil | None = None) -> bool:
        return False


class FirstAssignmentForm(forms.ModelForm):
    """Only for an account and a CMP that are both free; correcting an assignment is more than adding a row."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        live = Assignment.objects.current()
        if live.filter(user=cleaned.get("user")).exists():
            self.add_error("user", "Esta cuenta ya tiene un CMP asignado.")
        if live.filter(member=cleaned.get("member")).exists():
            self.add_error("member", "Este CMP ya tiene una cuenta.")
        if (account := cleaned.get("user")) and second_factor.may_act(account):
            self.add_error("user", StaffNeedsTwo.sentence)
        return cleaned


@admin.register(Assignment)
class AssignmentAdmin(SearchedWithoutAccents, PicksFromTables, admin.ModelAdmin):
    list_display = ["user", "member", "started_at", "ended_at", "author", "reason"]
    list_select_related = ["user", "member", "author"]
    search_fields = ["user__email", "=member__cmp_number", "member__folded_surnames"]
    ordering = ["-started_at"]
    form = FirstAssignmentForm
    fields = ["user", "member", "reason"]
    autocomplete_fields = ["user", "member"]

    def save_model(self, request: HttpRequest, obj: Assignment, form: forms.ModelForm, change: bool) -> None:
        begun = assignment.begin(
            obj.user, obj.member, author=cast(User, request.user), reason=form.cleaned_data["reason"]
        )
        obj.pk = begun.pk

    def has_change_permission(self, request: HttpRequest, obj: Assignment | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Assignment | None = None) -> bool:
        return False


class OpenFilter(admin.SimpleListFilter):
    title = "estado"
    parameter_name = "estado"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("abiertos", "Abiertos"), ("cerrados", "Cerrados")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        return queryset.filter(closed_at__isnull=self.value() == "abiertos")


class AnswerForm(forms.ModelForm):
    answer = forms.CharField(
        label="Respuesta para el colegiado",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80}),
        help_text="Se le envía por correo y su cuenta puede volver a pagar.",
    )


@admin.register(AssignmentReport)
class AssignmentReportAdmin(admin.ModelAdmin):
    """The webmaster's queue: the open ones first; answering one closes it."""

    list_display = ["state", "opened_at", "user", "member", "note", "closed_by", "closed_at"]
    list_filter = [OpenFilter]
    list_select_related = ["user", "member", "closed_by"]
    search_fields = ["user__email", "=member__cmp_number", "note"]
    ordering = [F("closed_at").desc(nulls_first=True), "opened_at"]
    readonly_fields = ["state", "user", "account", "member", "note", "opened_at", "closed_by", "closed_at"]
    fields = [*readonly_fields, "answer"]
    form = AnswerForm

    def get_queryset(self, request: HttpRequest) -> QuerySet[AssignmentReport]:
        return super().get_queryset(request).defer("attachment")

    @admin.display(description="corregir")
    def account(self, report: AssignmentReport) -> SafeString:
        page = reverse("webmaster_account", args=[report.user_id])
        return format_html('<a href="{}">Adjunto, historial, corregir el CMP o intercambiarlo</a>', page)

    @admin.display(description="estado", ordering=F("closed_at").desc(nulls_first=True))
    def state(self, report: AssignmentReport) -> str:
        return "Cerrado" if report.closed_at else "ABIERTO"

    def save_model(self, request: HttpRequest, obj: AssignmentReport, form: forms.ModelForm, change: bool) -> None:
        try:
            assignment.close_report(obj, author=cast(User, request.user), answer=form.cleaned_data["answer"])
        except assignment.AlreadyClosed as rule:
            self.message_user(request, rule.sentence, messages.WARNING)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AssignmentReport | None = None) -> bool:
        still_open = obj is None or obj.closed_at is None
        return still_open and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: AssignmentReport | None = None) -> bool:
        return False


class ClaimFilter(admin.SimpleListFilter):
    title = "estado"
    parameter_name = "estado"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(ClaimState.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(Claim)
class ClaimAdmin(SearchedWithoutAccents, admin.ModelAdmin):
    """Registrations the roll does not confirm, what was typed beside what the roll says."""

    list_display = ["state", "made_at", "user", "cmp_number", "full_name", "masked_document", "decided_by"]
    list_filter = [ClaimFilter]
    list_select_related = ["user", "decided_by"]
    search_fields = ["user__email", "=cmp_number", "folded_surnames", "=document_number"]
    folded_names = {"folded_surnames": "surnames"}
    ordering = [Case(When(state=ClaimState.WAITING, then=0), default=1), "-made_at"]
    fields = [
        "user",
        "state",
        "made_at",
        "sides",
        "photo_link",
        "proof",
        "decided_by",
        "decided_at",
        "answer",
    ]
    readonly_fields = [
        "user",
        "state",
        "made_at",
        "sides",
        "photo_link",
        "proof",
        "decided_by",
        "decided_at",
        "answer",
    ]

    @admin.display(description="nombre declarado")
    def full_name(self, claim: Claim) -> str:
        return claim.full_name

    @admin.display(description="documento")
    def masked_document(self, claim: Claim) -> str:
        return claim.masked_document

    @admin.display(description="comparación")
    def sides(self, claim: Claim) -> str:
        return render_to_string(
            "admin/members/_claim_sides.html", {"claim": claim, "sides": registrations.compare(claim)}
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Claim]:
        return super().get_queryset(request).defer("photo")

    @admin.display(description="foto con el carné")
    def photo_link(self, claim: Claim) -> SafeString | str:
        if not registrations.has_photo(claim):
            return "No envió ninguna, o ya se borró"
        return format_html('<a href="{}">Descargar la foto</a>', reverse("webmaster_photo", args=[claim.pk]))

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """Whoever may decide does so on the webmaster's page; others read this one."""
        if self.has_change_permission(request) and object_id.isdigit():
            return redirect("webmaster_claim", int(object_id))
        return super().change_view(request, object_id, *args, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Claim | None = None) -> bool:
        waiting = obj is None or obj.state == ClaimState.WAITING
        return waiting and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Claim | None = None) -> bool:
        return False
