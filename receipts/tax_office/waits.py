"""What waits for SUNAT, since when, and what a person can do about it: nothing waits in silence.

Every state of a document or a file has a way out: the portal asks again by itself, or one of these ways is open.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from receipts.models import Filing, Finding, Receipt, Summary
from receipts.tax_office.brakes import certificate_to_sign_with
from receipts.tax_office.certificate import NoCertificate, UnfitCertificate
from receipts.tax_office.filing import TOO_LATE
from receipts.tax_office.findings import may_be_stated
from receipts.tax_office.states import OPEN_STATES, OPEN_SUMMARY_STATES, SPENT_STATES, FilingState
from receipts.tax_office.sunat import OFF


class Way(models.TextChoices):
    """What can be done; the words of its button."""

    # By the portal itself: at the next try, or in the next summary.
    ALONE = "alone", "El portal vuelve a preguntar solo"
    ASK = "ask", "Consultar a SUNAT ahora"
    SIGN = "sign", "Firmar de nuevo y enviar"
    STATE = "state", "Declarar lo que muestra SUNAT (dos personas)"
    GIVE_UP = "give_up", "Dejar sin efecto el número (dos personas)"
    REISSUE = "reissue", "Emitir de nuevo con otro número"
    RESUME = "resume", "Reanudar los envíos"


@dataclass(frozen=True, kw_only=True)
class Wait:
    """One document or file without its outcome. `since` is when the wait began; `answer` SUNAT's last one, in words."""

    about: Filing | Summary
    name: str
    state: str
    since: datetime
    answer: str
    ways: tuple[Way, ...]
    stated: Finding | None = None

    @property
    def is_file(self) -> bool:
        return isinstance(self.about, Summary)

    @property
    def late(self) -> bool:
        """Whether it has waited longer than SUNAT_WAIT_HOURS."""
        return self.since < patience_ended()


def patience_ended() -> datetime:
    """What waits since before this is named under "Por resolver"."""
    return timezone.now() - timedelta(hours=settings.SUNAT_WAIT_HOURS)


def ways_of_document(filed: Filing, *, stopped: bool = False) -> tuple[Way, ...]:
    """The ways out for a document as it stands; none for one that SUNAT accepted, or another took the place of."""
    if filed.state in OPEN_STATES:
        asking = (Way.RESUME,) if stopped else (Way.ALONE, Way.ASK)
        return (*asking, Way.STATE) if may_be_stated(filed) else asking
    if filed.state == FilingState.IN_SUMMARY:
        return (Way.ALONE,)
    if filed.state == FilingState.RETURNED:
        return (Way.ALONE,) if filed.code == TOO_LATE else (Way.SIGN, Way.GIVE_UP)
    replaced = Receipt.objects.filter(replaces=filed.pk).exists()
    return (Way.REISSUE,) if filed.state in SPENT_STATES and not replaced else ()


def ways_of_file(summary: Summary, *, stopped: bool = False) -> tuple[Way, ...]:
    """The ways out for a summary or a voiding; none once its outcome is known."""
    if summary.state not in OPEN_SUMMARY_STATES:
        return ()
    asking = (Way.RESUME,) if stopped else (Way.ALONE, Way.ASK)
    return (*asking, Way.STATE) if may_be_stated(summary) else asking


def of_document(filed: Filing, *, stopped: bool = False, stated: Finding | None = None) -> Wait:
    """How one document stands, whether it waits or not; reads its receipt."""
    return Wait(
        about=filed,
        name=filed.receipt.name,
        state=filed.get_state_display(),
        since=filed.lost_at or (filed.answered_at if filed.state not in OPEN_STATES else None) or filed.signed_at,
        answer=f"{filed.code} {filed.message}".strip() or "Sin respuesta todavía",
        ways=_not_stated_yet(ways_of_document(filed, stopped=stopped), stated),
        stated=stated,
    )


def of_file(summary: Summary, *, stopped: bool = False, stated: Finding | None = None) -> Wait:
    """How one summary or voiding stands."""
    return Wait(
        about=summary,
        name=summary.name,
        state=summary.get_state_display(),
        since=summary.lost_at or summary.made_at,
        answer=f"{summary.code} {summary.message}".strip() or "Sin respuesta todavía",
        ways=_not_stated_yet(ways_of_file(summary, stopped=stopped), stated),
        stated=stated,
    )


def _not_stated_yet(ways: tuple[Way, ...], stated: Finding | None) -> tuple[Way, ...]:
    """One statement at a time: while one waits for its second person, there is none to make."""
    return tuple(way for way in ways if not (stated and way in (Way.STATE, Way.GIVE_UP)))


def late_documents() -> QuerySet[Filing]:
    """Those without an outcome for longer than SUNAT_WAIT_HOURS, and boletas that no summary has taken so long."""
    since = Coalesce("lost_at", "signed_at")
    unanswered = Q(state__in=OPEN_STATES, since__lt=patience_ended())
    ungathered = Q(state=FilingState.RETURNED, code=TOO_LATE, answered_at__lt=patience_ended())
    return _read(Filing.objects.annotate(since=since).filter(unanswered | ungathered).order_by("since"))


def refused_documents() -> QuerySet[Filing]:
    """Those that a person has to correct, give up or issue again."""
    returned = Q(state=FilingState.RETURNED) & ~Q(code=TOO_LATE)
    spent = Q(state__in=(FilingState.REJECTED, FilingState.WITHDRAWN), receipt__replacement=None)
    return _read(Filing.objects.filter(returned | spent).order_by("due_on"))


def late_files() -> QuerySet[Summary]:
    """Summaries and voidings without an outcome for longer than SUNAT_WAIT_HOURS."""
    dated = Summary.objects.annotate(since=Coalesce("lost_at", "made_at"))
    late = dated.filter(state__in=OPEN_SUMMARY_STATES, since__lt=patience_ended())
    return late.defer("xml", "cdr").order_by("since")


def _read(filings: QuerySet[Filing]) -> QuerySet[Filing]:
    return filings.select_related("receipt").defer("xml", "cdr", "receipt__statement")


def waits(*, stopped: bool, most: int = 200) -> Iterator[Wait]:
    """All that a person should look at, the oldest of each kind first."""
    stated = {(f.filing_id, f.summary_id): f for f in open_findings()}
    for filed in [*late_documents()[:most], *refused_documents()[:most]]:
        yield of_document(filed, stopped=stopped, stated=stated.get((filed.pk, None)))
    for summary in late_files()[:most]:
        yield of_file(summary, stopped=stopped, stated=stated.get((None, summary.pk)))


def open_findings() -> QuerySet[Finding]:
    """Statements that wait for a second person, oldest first."""
    open_ones = Finding.objects.filter(decided_at=None).select_related("author", "filing__receipt", "summary")
    return open_ones.defer("picture", "filing__xml", "filing__cdr", "summary__xml", "summary__cdr").order_by(
        "stated_at"
    )


def why_nothing_is_signed() -> str:
    """The sentence for the treasury when the certificate may not sign; "" when it may, or nothing is filed."""
    if settings.SUNAT_ENVIRONMENT == OFF and not settings.SIGNING_CERTIFICATE:
        return ""
    try:
        certificate_to_sign_with()
    except UnfitCertificate as unfit:
        return unfit.sentence
    except NoCertificate:
        return "No se puede leer el certificado que firma los comprobantes."
    return ""
