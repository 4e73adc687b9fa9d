"""What must not stay as it is: each trouble with its own key, its words and the page where it is cured.

The home page counts them, the alerts tell each once, the metrics expose how many there are. All from the rows
themselves, so nothing has to remember to report.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Count, Exists, Max, OuterRef, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateWorker

from base.peru import working_days
from base.templatetags.portal import lima, soles
from complaints import book
from dues.models import UnidentifiedPayment
from payments.books import duplicates
from payments.models import Attempt, Order, PayoutLine, PayoutReport, Refund, UnmatchedCharge
from payments.states import UNKNOWN_ATTEMPT_STATES, AttemptState, RefundState
from receipts.models import UNDELIVERED, Delivery, DeliveryState, Filing, FilingStop, Receipt
from receipts.tax_office import waits
from receipts.tax_office.states import OPEN_STATES
from staff import readiness
from staff.outside import automatic
from staff.outside import troubles as outside
from staff.troubles import MOST, RECENT, UNSENT_AFTER, Trouble, page_of

__all__ = ["Trouble", "troubles"]

LONG_DOUBT = timedelta(hours=1)
#: The clock expires an order within a minute of its end; later than this nobody is looking.
STUCK_AFTER = timedelta(minutes=10)
UNISSUED_AFTER = timedelta(minutes=10)
#: A worker beats every ten seconds.
SILENCE = timedelta(minutes=2)
#: Working days before the end of a complaint's legal term.
COMPLAINT_WARNING = 3


def troubles() -> list[Trouble]:
    """All there are now, the gravest kind first."""
    now = timezone.now()
    return [trouble for kind in KINDS for trouble in kind(now)]


def worker_seen_at() -> datetime | None:
    """The last heartbeat of any worker; None when none is registered."""
    return ProcrastinateWorker.objects.aggregate(last=Max("last_heartbeat"))["last"]  # type: ignore[no-any-return]


def _silent_worker(now: datetime) -> Iterator[Trouble]:
    last = worker_seen_at()
    if last is None or now - last > SILENCE:
        since = f"desde el {lima(last)}" if last else "y no se sabe desde cuándo"
        yield Trouble("worker", f"El proceso que envía y concilia (worker) no responde {since}.", "/admin/")


def _machine(now: datetime) -> Iterator[Trouble]:  # noqa: ARG001
    """What the worker's own machine will soon lack."""
    for words in readiness.warnings():
        yield Trouble(f"machine:{words[:60]}", words, "/admin/")


def _long_doubts(now: datetime) -> Iterator[Trouble]:
    doubts = Attempt.objects.unknown().filter(authorising_since__lt=now - LONG_DOUBT)
    for attempt in doubts.order_by("pk")[:MOST]:
        words = (
            f"Hace más de una hora que no se sabe si se cobró el intento {attempt.number} ({soles(attempt.amount)})."
        )
        yield Trouble(f"doubt:{attempt.pk}", words, page_of(attempt.order_id))


def _unmatched(now: datetime) -> Iterator[Trouble]:  # noqa: ARG001 - every kind is asked alike
    """Approvals that are not of what was asked: money that belongs to no order of ours yet."""
    for attempt in Attempt.objects.unknown().exclude(staff_reason="")[:MOST]:
        yield Trouble(
            f"unmatched:{attempt.pk}", f"Intento {attempt.number}: {attempt.staff_reason}.", page_of(attempt.order_id)
        )


def _unclaimed(now: datetime) -> Iterator[Trouble]:  # noqa: ARG001
    """Charges that the gateway knew after a restore, and no order explains."""
    for charge in UnmatchedCharge.objects.open().order_by("pk")[:MOST]:
        amount = soles(charge.amount) if charge.amount is not None else "monto desconocido"
        words = f"Cobro {charge.purchase_number} sin pedido ({amount}): averigüe de quién es y anote qué se hizo."
        place = reverse("admin:payments_unmatchedcharge_change", args=[charge.pk])
        yield Trouble(f"unclaimed:{charge.pk}", words, place)


def _double_payments(now: datetime) -> Iterator[Trouble]:  # noqa: ARG001
    """Those that nobody has begun to give back; the clock voids today's by itself."""
    double = Attempt.objects.filter(state=AttemptState.APPROVED, settles_order=False, given_back=0)
    for attempt in double.order_by("created_at")[:MOST]:
        words = f"Pago doble por devolver: {soles(attempt.amount)} del intento {attempt.number}."
        yield Trouble(f"double:{attempt.pk}", words, page_of(attempt.order_id))


def _likely_duplicates(now: datetime) -> Iterator[Trouble]:  # noqa: ARG001
    """Those of the week that nobody has cleared or given back; a double payment is told as one."""
    for pair in duplicates.pairs(duplicates.FRESH)[:MOST]:
        if not (pair.first.double_payment or pair.second.double_payment):
            words = (
                f"Posible pago repetido: {soles(pair.second.amount)} dos veces, intentos {pair.first.number} y "
                f"{pair.second.number} ({', '.join(pair.reasons)})."
            )
            yield Trouble(f"twice:{pair.first.pk}:{pair.second.pk}", words, reverse("staff_duplicates"))


def _refunds_in_doubt(now: datetime) -> Iterator[Trouble]:  # noqa: ARG001
    doubts = Refund.objects.filter(state=RefundState.IN_DOUBT, method=Refund.Method.REFUND).select_related("attempt")
    for refund in doubts.order_by("pk")[:MOST]:
        words = f"Devolución {refund.number} en duda: {soles(refund.amount)}. Véala en el panel de la pasarela."
        yield Trouble(f"refund:{refund.pk}", words, page_of(refund.attempt.order_id))


def _stuck(now: datetime) -> Iterator[Trouble]:
    lapsed = Order.objects.unfinished().filter(expires_at__lt=now - STUCK_AFTER)
    for order in lapsed.exclude(attempts__state__in=UNKNOWN_ATTEMPT_STATES).order_by("pk")[:MOST]:
        yield Trouble(
            f"stuck:{order.pk}", f"El pedido {order.pk} venció y sus cuotas siguen reservadas.", page_of(order.pk)
        )


def unissued(since: datetime) -> QuerySet[Order]:
    """Orders paid since then without a receipt. Only receipts since then are read: none is older than its payment."""
    issued = Receipt.objects.filter(order=OuterRef("pk"), issue_date__gte=since.date() - timedelta(days=1))
    return Order.objects.filter(~Exists(issued), paid_at__gte=since)


def _unissued(now: datetime) -> Iterator[Trouble]:
    paid = unissued(now - timedelta(days=30)).filter(paid_at__lte=now - UNISSUED_AFTER)
    for order in paid.order_by("paid_at")[:MOST]:
        yield Trouble(
            f"unissued:{order.pk}", f"El pedido {order.pk} está pagado y no tiene comprobante.", page_of(order.pk)
        )


def _undelivered(now: datetime) -> Iterator[Trouble]:
    failed = Delivery.objects.filter(state__in=UNDELIVERED, queued_at__gt=now - 7 * RECENT)
    waiting = Delivery.objects.filter(state=DeliveryState.QUEUED, queued_at__lt=now - UNSENT_AFTER)
    for delivery in [*failed.select_related("receipt")[:MOST], *waiting.select_related("receipt")[:MOST]]:
        why = delivery.last_error or "sigue en cola"
        words = f"El comprobante {delivery.receipt.name} no llegó a {delivery.email}: {why}."
        yield Trouble(f"delivery:{delivery.pk}", words, page_of(delivery.receipt.order_id))


def _failed_jobs(now: datetime) -> Iterator[Trouble]:
    """Periodic jobs come again by themselves and are left out."""
    failed = ProcrastinateEvent.objects.filter(
        type="failed", at__gt=now - RECENT, job__status="failed", job__queueing_lock=None
    )
    for event in failed.select_related("job").order_by("pk")[:MOST]:
        words = f"El trabajo {event.job_id} ({event.job.task_name}) falló el {lima(event.at)}."
        yield Trouble(f"job:{event.job_id}", words, "/admin/procrastinate/procrastinatejob/")


def near_deadline() -> date:
    """Until which last day a document that SUNAT has not taken is a trouble (setting SUNAT_WARN_DAYS)."""
    return timezone.localdate() + timedelta(days=settings.SUNAT_WARN_DAYS)


def _unfiled(now: datetime) -> Iterator[Trouble]:  # noqa: ARG001
    """Documents that SUNAT refused, or has not taken though their last day is near.

    A refusal was told with SUNAT's own words when it came (receipts/tax_office/alerts.py).
    """
    open_late = Filing.objects.filter(state__in=OPEN_STATES, due_on__lte=near_deadline())
    near = open_late.select_related("receipt").defer("xml", "cdr", "receipt__statement").order_by("due_on")
    filings = [*near[:MOST], *waits.refused_documents()[:MOST]]
    for filing in sorted(filings, key=lambda filing: filing.due_on):
        term = "VENCIDO el" if filing.due_on < timezone.localdate() else "plazo"
        words = (
            f"{filing.receipt.name} ante SUNAT: {filing.get_state_display().lower()}; {term} {filing.due_on:%d/%m/%Y}."
        )
        late = filing.state in OPEN_STATES
        yield Trouble(f"sunat:{filing.pk}:{filing.state}", words, page_of(filing.receipt.order_id), mailed=late)


def _waits_for_sunat(now: datetime) -> Iterator[Trouble]:  # noqa: ARG001
    """Documents and files that SUNAT has left without an outcome for too long; the page says what can be done."""
    place = reverse("staff_sunat")
    late = [waits.of_document(filed) for filed in waits.late_documents()[:MOST]]
    late += [waits.of_file(summary) for summary in waits.late_files()[:MOST]]
    for wait in late:
        words = f"{wait.name} espera a SUNAT desde el {lima(wait.since)}: {wait.answer[:150]}."
        yield Trouble(f"sunat-wait:{'file' if wait.is_file else 'document'}:{wait.about.pk}", words, place)
    for finding in waits.open_findings()[:MOST]:
        words = f"{finding.about}: una declaración sobre SUNAT espera a una segunda persona."
        yield Trouble(f"finding:{finding.pk}", words, place)


def _filing_stopped(now: datetime) -> Iterator[Trouble]:  # noqa: ARG001
    """Nothing is sent, or nothing is signed; both were written of when they began."""
    place = reverse("staff_sunat")
    for stop in FilingStop.objects.filter(resumed_at=None):
        words = f"Los envíos a SUNAT están detenidos desde el {lima(stop.stopped_at)} ({stop.code})."
        yield Trouble(f"sunat-stop:{stop.pk}", words, place, mailed=False)
    if sentence := waits.why_nothing_is_signed():
        yield Trouble("unsigned", f"No se firma ningún comprobante. {sentence}", place, mailed=False)


def _unsigned_differences(now: datetime) -> Iterator[Trouble]:  # noqa: ARG001
    """Money that the gateway states and no payment of ours explains."""
    differing = PayoutLine.objects.exclude(result=PayoutLine.Result.MATCHED).filter(report=OuterRef("pk"))
    for report in PayoutReport.objects.counting().filter(Exists(differing), signed_at=None)[:MOST]:
        place = reverse("staff_settlement", args=[report.pk])
        yield Trouble(f"settlement:{report.pk}", f"La liquidación {report} tiene diferencias sin conformidad.", place)


def _unidentified(now: datetime) -> Iterator[Trouble]:
    """Money of a file that nobody has given to a physician for UNIDENTIFIED_DAYS: one alert for all of it."""
    since = now - timedelta(days=settings.UNIDENTIFIED_DAYS)
    old = UnidentifiedPayment.objects.filter(resolved_at=None, recorded_at__lt=since)
    facts = old.aggregate(rows=Count("pk"), total=Sum("amount"))
    if facts["rows"]:
        words = (
            f"Pagos por identificar desde hace más de {settings.UNIDENTIFIED_DAYS} días: {facts['rows']}, "
            f"por {soles(facts['total'] or 0)}."
        )
        yield Trouble("unidentified", words, reverse("admin:dues_unidentifiedpayment_changelist"))


def _unanswered_complaints(now: datetime) -> Iterator[Trouble]:
    """Sheets of the Libro de Reclamaciones whose legal term ends within COMPLAINT_WARNING working days, or ended."""
    soon = working_days.after(timezone.localdate(now), COMPLAINT_WARNING)
    for complaint in book.unanswered().filter(answer_by__lte=soon)[:MOST]:
        words = f"La hoja de reclamación {complaint.sheet} se responde hasta el {complaint.answer_by:%d/%m/%Y}."
        place = reverse("admin:complaints_complaint_change", args=[complaint.pk])
        yield Trouble(f"complaint:{complaint.pk}", words, place)


KINDS: tuple[Callable[[datetime], Iterator[Trouble]], ...] = (
    _silent_worker,
    outside.clocks,
    outside.missed_work,
    automatic.charges_not_made,
    automatic.many_declined,
    _unmatched,
    _unclaimed,
    _long_doubts,
    _double_payments,
    _likely_duplicates,
    _refunds_in_doubt,
    outside.chargebacks_open,
    outside.promises,
    outside.undone_elsewhere,
    outside.credits_of_leavers,
    _stuck,
    _unissued,
    _undelivered,
    outside.unposted,
    _unfiled,
    _filing_stopped,
    _waits_for_sunat,
    _failed_jobs,
    _unsigned_differences,
    _unidentified,
    _machine,
    _unanswered_complaints,
)
