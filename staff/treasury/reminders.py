"""The treasury's view of the reminders: on which days, whom today, and the letter as it would go out."""

from itertools import islice

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.requests import AccountRequest
from payments import reminders
from payments.models import ReminderOptOut, ReminderStep
from staff.access import page, staff_page

SHOWN = 100


@staff_page("payments.view_reminderstep")
@require_safe
def preview(request: AccountRequest) -> HttpResponse:
    """Show the reminders of today. Sends no mail."""
    due_reminders = list(islice(reminders.due_on(timezone.localdate()), SHOWN + 1))
    context = {
        "steps": ReminderStep.objects.all(),
        "found": due_reminders[:SHOWN],
        "more": len(due_reminders) > SHOWN,
        "sample": reminders.text_of(due_reminders[0]) if due_reminders else "",
        "refused": ReminderOptOut.objects.count(),
    }
    return page(request, "reminders", "Recordatorios", context)
