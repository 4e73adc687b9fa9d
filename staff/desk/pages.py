"""The page of one physician, and the search that leads there."""

from django.contrib import admin
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from members.requests import AccountRequest
from staff.access import page, staff_page
from staff.desk import person
from staff.desk.search import everywhere, only_hit


@staff_page("members.view_member")
@require_safe
def show(request: AccountRequest, cmp_number: int) -> HttpResponse:
    loaded = person.load(
        cmp_number,
        with_money=request.user.has_perm("payments.view_order"),
        with_accounts=request.user.has_perm("members.view_assignmentreport"),
    )
    return page(request, "person", loaded.member.full_name, {"it": loaded})


@staff_page("payments.view_order")
@require_safe
def as_member(request: AccountRequest, cmp_number: int) -> HttpResponse:
    seen = person.as_member(cmp_number)
    return page(request, "person_choose", f"Así ve sus cuotas {seen.member.full_name}", {"seen": seen})


@admin.site.admin_view
@require_safe
def search(request: AccountRequest) -> HttpResponse:
    """Open to all staff: each finds only what their role may see."""
    typed = request.GET.get("q", "")[:100]
    groups = everywhere(typed, request.user)
    if hit := only_hit(groups):
        return redirect(hit.url)
    return page(request, "search", "Buscar", {"typed": typed, "groups": groups})


@admin.site.admin_view
@require_safe
def tables(request: AccountRequest) -> HttpResponse:
    """Django's lists of all tables that this person may see."""
    return page(request, "tables", "Tablas", {"available_apps": admin.site.get_app_list(request)})
