"""The page of one physician, and the search that leads there."""

from django.contrib import admin
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from dues import ageing, ledger, oldest_first
from dues.imports.freshness import freshness
from dues.models import Kind
from dues.standing import standing_from
from members.models import Assignment, Member
from members.requests import AccountRequest
from payments import due_list
from payments.checkout import offer
from staff.access import page, staff_page
from staff.desk import person
from staff.desk.search import answers


@staff_page("members.view_member")
@require_safe
def show(request: AccountRequest, cmp_number: int) -> HttpResponse:
    loaded = person.load(cmp_number, reader=request.user)
    title = f"CMP {cmp_number} · {loaded.member.full_name}"
    return page(request, "person", title, {"page": loaded, "bands": ageing.BANDS})


@staff_page("dues.view_due")
@require_safe
def as_member(request: AccountRequest, cmp_number: int) -> HttpResponse:
    """What the member sees on the page of choosing, of the same functions; nothing can be chosen here."""
    member = get_object_or_404(Member.objects.select_related("regional_council"), cmp_number=cmp_number)
    today = timezone.localdate()
    open_dues = ledger.every_open_due(member)
    account = Assignment.objects.current().filter(member=member).select_related("user").first()
    payable = offer.choosable(account.user if account else request.user, open_dues, today=today)
    standing = standing_from(member, open_dues, on=today)
    enough = standing.enough([due.period for due in payable if due.kind == Kind.COLEGIADO]) if standing else None
    lists = [
        due_list.listed(kind, payable, ticked=(), skipped={}, enough=enough, today=today)
        for kind in Kind
        if any(due.kind == kind for due in payable)
    ]
    window_start = oldest_first.window_start(today)
    context = {
        "member": member,
        "lists": lists,
        "standing": standing,
        "enough": enough,
        "held": [due for due in open_dues if due.held_by and due not in payable],
        "freshness": freshness(),
        "window_start": window_start,
        "too_old": ledger.totals_before(open_dues, window_start),
    }
    return page(request, "person_choose", f"Así lo ve el CMP {cmp_number}", context)


@admin.site.admin_view
@require_safe
def search(request: AccountRequest) -> HttpResponse:
    """Open to all staff: each finds only what their role may see."""
    found = answers(request.GET.get("q", ""), request.user)
    if found.only:
        return redirect(found.only.url)
    return page(request, "search", "Buscar", {"answers": found})


@admin.site.admin_view
@require_safe
def tables(request: AccountRequest) -> HttpResponse:
    """Django's lists of all tables that this person may see."""
    return page(request, "tables", "Tablas", {"available_apps": admin.site.get_app_list(request)})
