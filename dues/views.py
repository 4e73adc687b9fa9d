from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dues import member_statement as statements
from dues import oldest_first, standing, successions
from dues.imports.freshness import freshness
from members.models import User
from members.numbers import assignments
from members.numbers import successions as succession


@login_required
@require_safe
def statement(request: HttpRequest) -> HttpResponse:
    """One's own dues, month by month."""
    user = cast(User, request.user)  # login_required
    member = assignments.current_member(user)
    # Whoever said that this CMP is not theirs is not shown another physician's payments.
    if member is None or assignments.open_report(user):
        return redirect("report_cmp")
    today = timezone.localdate()
    context = {
        "member": member,
        "statement": statements.of(member, today, successions.kinds_of(succession.current(user))),
        "standing": standing.standing_of(member, on=today),
        "freshness": freshness(),
        "window_start": oldest_first.window_start(today),
        "webmaster_email": settings.WEBMASTER_EMAIL,
    }
    return render(request, "dues/statement.html", context)
