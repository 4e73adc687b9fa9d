"""The layouts of accounting programs, for the accountant to edit; what else is of reports has pages of its own."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from staff.models import JournalLayout
from staff.reports.journal import layouts


@admin.register(JournalLayout)
class JournalLayoutAdmin(admin.ModelAdmin):
    list_display = ["name", "sub_journal", "active"]
    ordering = ["name"]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        layouts.ensure()
        return super().changelist_view(request, extra_context)

    def has_delete_permission(self, request: HttpRequest, obj: JournalLayout | None = None) -> bool:
        return False
