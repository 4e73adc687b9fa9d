"""The college's queue: what is to be answered first stands first. Nothing here is added, changed or deleted."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest

from complaints import book
from complaints.models import Complaint
from members.models import User

SHEET = [
    *("sheet", "kind", "made_at", "answer_by", "name", "document_type", "document_number", "address", "telephone"),
    *("email", "guardian", "item", "item_description", "amount", "detail", "request", "answered_by", "answered_at"),
]


class AnswerForm(forms.ModelForm):
    answer = forms.CharField(
        label="Respuesta al consumidor",
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 8, "cols": 80}),
        help_text="Se le envía por correo y ya no se puede cambiar.",
    )


class UnansweredFilter(admin.SimpleListFilter):
    title = "estado"
    parameter_name = "estado"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("abiertas", "Por responder"), ("respondidas", "Respondidas")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Complaint]) -> QuerySet[Complaint]:
        if self.value() is None:
            return queryset
        return queryset.filter(answered_at__isnull=self.value() == "abiertas")


@admin.register(Complaint)
class ComplaintAdmin(admin.ModelAdmin):
    list_display = ["sheet", "state", "kind", "name", "made_at", "answer_by", "answered_by"]
    list_filter = [UnansweredFilter, "kind"]
    list_select_related = ["answered_by"]
    search_fields = ["name", "email", "=document_number", "=number"]
    ordering = [F("answered_at").desc(nulls_first=True), "answer_by"]
    readonly_fields = SHEET
    fields = [*SHEET, "answer"]
    form = AnswerForm

    @admin.display(description="hoja", ordering="pk")
    def sheet(self, complaint: Complaint) -> str:
        return complaint.sheet

    @admin.display(description="estado")
    def state(self, complaint: Complaint) -> str:
        if complaint.answered_at:
            return "Respondida"
        return "PLAZO VENCIDO" if complaint.overdue else "POR RESPONDER"

    def save_model(self, request: HttpRequest, obj: Complaint, form: forms.ModelForm, change: bool) -> None:
        try:
            book.answer(obj, author=cast(User, request.user), words=form.cleaned_data["answer"])
        except book.AlreadyAnswered as rule:
            self.message_user(request, rule.sentence, messages.WARNING)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Complaint | None = None) -> bool:
        unanswered = obj is None or obj.answered_at is None
        return unanswered and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Complaint | None = None) -> bool:
        return False
