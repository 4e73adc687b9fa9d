import logging

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cmp_portal.privacy import copy
from members.requests import AccountRequest
from payments import reminders

logger = logging.getLogger(__name__)


@login_required
@require_safe
def my_data(request: AccountRequest) -> HttpResponse:
    return render(request, "account/my_data.html", {"reminders": reminders.page_of(request.user.pk)})


@login_required
@require_POST
def download_my_data(request: AccountRequest) -> HttpResponse:
    """A POST, so that no page elsewhere can make a logged-in person's browser fetch it."""
    logger.info("account %s took a copy of its data", request.user.pk)
    answer = JsonResponse(copy.of(request.user), json_dumps_params={"ensure_ascii": False, "indent": 2})
    answer["Content-Disposition"] = f'attachment; filename="mis-datos-{timezone.localdate():%Y%m%d}.json"'
    return answer
