"""From a trial to production: what was filed for practice is filed in earnest."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from members.actors import FILING
from receipts.models import TRIALS, Filing, Representation
from receipts.tax_office import filing
from receipts.tax_office.states import OPEN_STATES, VALID_STATES, FilingState
from receipts.tax_office.sunat.environments import COUNTING


def file_after_trials(limit: int = 200) -> int:
    """Have filed in earnest what was filed for practice, once SUNAT_ENVIRONMENT names a place that counts; how many.

    What a trial accepted has no value before the law. What was corrected or replaced meanwhile is filed as well: its
    number is on papers that people hold.
    """
    if settings.SUNAT_ENVIRONMENT not in COUNTING:
        return 0
    tried = Filing.objects.filter(environment__in=TRIALS, state__in=(*VALID_STATES, *OPEN_STATES))
    ids = tried.exclude(state=FilingState.SENDING).order_by("due_on", "pk").values_list("pk", flat=True)[:limit]
    return sum(_file_after_trial(pk) for pk in list(ids))


def _file_after_trial(filing_id: int) -> int:
    with transaction.atomic():
        tried = Filing.objects.select_for_update(of=("self",)).filter(environment__in=TRIALS)
        filed = tried.select_related("receipt").filter(pk=filing_id).first()
        if filed is None or filed.state not in (*VALID_STATES, FilingState.PENDING, FilingState.IN_DOUBT):
            return 0
        before = f"Antes se presentó en pruebas ({filed.environment}), donde no tiene valor."
        filed.cdr = filed.lost_at = filed.finding = filed.answered_at = None
        filed.code, filed.attempts, filed.next_try_at = "", 0, timezone.now()
        filing.transition(filed, FilingState.PENDING, actor=FILING, message=before)
        filed.environment = ""
        filed.save(update_fields=["environment"])
        Representation.objects.filter(receipt_id=filed.pk).delete()
    return 1
