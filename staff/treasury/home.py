"""The first page of the treasury's day: what came in, what waits, and what is wrong, each number with its list."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Max, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone

from base.peru.lima import LIMA, midnight
from base.templatetags.portal import lima, soles
from dues.models import DataLoad, Kind
from members.models import AssignmentReport, Claim, ClaimState, User
from payments.books import daily_close, duplicates
from payments.models import Alert, Attempt, Order, Pause, PayoutReport, Refund, RefundProposal, Transfer
from payments.states import AttemptState, RefundState
from receipts.models import UNDELIVERED, Delivery, DeliveryState, Filing
from receipts.tax_office import waits
from receipts.tax_office.states import OPEN_STATES
from staff import watch
from staff.treasury import payments_list
from staff.treasury.chart import Chart, chart

DAYS = 30
#: Whoever holds one of these decides or audits; a cashier answers questions, and finds the box of the search.
DECIDING = (
    "payments.add_refundproposal",
    "payments.approve_refund",
    "payments.add_dailyclose",
    "payments.add_pause",
    "members.view_user",
)
#: So many tasks of each kind stand on the first page; the list behind them has all.
TASKS = 10
Row = tuple[date, Sequence[Decimal]]


@dataclass(frozen=True)
class Number:
    """`look` is "bad" for what should be zero and is not; `url` is empty for who may not open the list."""

    words: str
    value: str
    url: str = ""
    look: str = ""


@dataclass(frozen=True)
class Drawn:
    """A chart and the table with the same numbers."""

    title: str
    names: Sequence[str]
    chart: Chart
    rows: Sequence[Row]
    money: bool


def today() -> date:
    return timezone.localdate()


def _since(day: date) -> datetime:
    return midnight(day)


def numbers(user: User) -> dict[str, list[Number]]:
    """Under each heading its numbers, in the order of the page: of money for who may see it, of accounts likewise."""
    groups: dict[str, list[Number]] = {}
    sees_money = user.has_perm("payments.view_attempt")
    if sees_money:
        groups["Hoy"] = list(_today())
    if sees_money and any(user.has_perm(permission) for permission in DECIDING):
        groups |= {"Espera una decisión": list(_waiting()), "Comprobantes": list(_receipts())}
        groups["Portal"] = list(_portal())
    if user.has_perm("members.view_assignmentreport"):
        groups["Cuentas"] = list(_tickets())
    return groups


def _list(**filters: str) -> str:
    return f"{reverse('staff_payments')}?{payments_list.address(filters)}"


def _today() -> Iterator[Number]:
    day = today()
    paid = Order.objects.filter(paid_at__gte=_since(day)).aggregate(total=Sum("total"), count=Count("pk"))
    count = paid["count"]
    taken = f"{soles(paid['total'] or 0)} en {count} pago{'' if count == 1 else 's'}"
    yield Number("Cobrado", taken, _list(estado="approved", desde=day.isoformat()))
    by_state = Attempt.objects.filter(created_at__gte=_since(day)).values_list("state").annotate(count=Count("pk"))
    for state, count in sorted(by_state.order_by()):
        label = AttemptState(state).label
        yield Number(f"Intentos: {label.lower()}", str(count), _list(estado=state, desde=day.isoformat()))


def _waiting() -> Iterator[Number]:
    unknown = Attempt.objects.unknown().count()
    yield _should_be_none("Sin resultado de la pasarela", unknown, _list(estado=payments_list.UNKNOWN))
    double = Attempt.objects.filter(state=AttemptState.APPROVED, settles_order=False).count()
    yield _should_be_none("Pagos dobles por devolver", double, _list(estado=payments_list.DOUBLE))
    alike = len(duplicates.pairs(duplicates.FRESH))
    yield _should_be_none("Posibles duplicados (7 días)", alike, reverse("staff_duplicates"))
    proposals = reverse("staff_proposals")
    yield _should_be_none("Devoluciones por aprobar", RefundProposal.objects.pending().count(), proposals)
    moves = Transfer.objects.pending().count()
    yield _should_be_none("Traslados a otro colegiado por aprobar", moves, proposals)
    doubts = Refund.objects.filter(state=RefundState.IN_DOUBT, method=Refund.Method.REFUND).count()
    yield _should_be_none("Devoluciones en duda", doubts, proposals)


def _receipts() -> Iterator[Number]:
    recent = timezone.now() - timedelta(days=DAYS)
    unissued = watch.unissued(recent).count()
    yield _should_be_none("Pagados sin comprobante", unissued, _list(estado="approved", desde=f"{recent:%Y-%m-%d}"))
    filings = reverse("admin:receipts_filing_changelist")
    refused = waits.refused_documents().count()
    yield _should_be_none("Rechazados o devueltos por SUNAT", refused, reverse("staff_sunat"))
    waiting = waits.late_documents().count() + waits.late_files().count()
    yield _should_be_none("Esperan a SUNAT más de lo debido", waiting, reverse("staff_sunat"))
    near = Filing.objects.filter(state__in=OPEN_STATES, due_on__lte=watch.near_deadline())
    yield _should_be_none("Cerca del plazo de SUNAT, o vencidos", near.count(), filings)
    deliveries = reverse("admin:receipts_delivery_changelist")
    waiting = Delivery.objects.filter(state=DeliveryState.QUEUED).count()
    yield Number("Por enviar por correo", str(waiting), f"{deliveries}?state__exact=queued")
    failed = Delivery.objects.filter(state__in=UNDELIVERED, queued_at__gte=recent).count()
    undelivered = f"{deliveries}?state__in={','.join(UNDELIVERED)}"
    yield _should_be_none("No se pudieron entregar (30 días)", failed, undelivered)


def _tickets() -> Iterator[Number]:
    reports = reverse("admin:members_assignmentreport_changelist") + "?estado=abiertos"
    yield _should_be_none("Avisos de CMP equivocado abiertos", AssignmentReport.objects.open().count(), reports)
    claims = f"{reverse('admin:members_claim_changelist')}?estado={ClaimState.WAITING}"
    yield _should_be_none("Registros por comprobar", Claim.objects.filter(state=ClaimState.WAITING).count(), claims)


def _portal() -> Iterator[Number]:
    loads = DataLoad.objects.aggregate(last=Max("loaded_at"))["last"]
    yield Number("Última carga del colegio", lima(loads) or "ninguna", reverse("admin:dues_dataload_changelist"))
    beat = watch.worker_seen_at()
    silent = beat is None or timezone.now() - beat > watch.SILENCE
    yield Number("Última señal del proceso de envíos", lima(beat) or "ninguna", "", "bad" if silent else "")
    paused = Pause.objects.current().first()
    yield Number("Pagos en línea", "en pausa" if paused else "activos", reverse("admin:payments_pause_changelist"))


def _should_be_none(words: str, count: int, url: str) -> Number:
    return Number(words, str(count), url, "bad" if count else "")


@dataclass(frozen=True)
class Task:
    """Something that waits for this person: words, since when, and the page where it is done."""

    words: str
    since: datetime | None
    url: str


def tasks(user: User) -> list[Task]:
    """What the role of this person is there for, oldest first: the webmaster's queue, the accountant's books."""
    waiting: list[Task] = []
    if user.has_perm("members.change_claim"):
        waiting += [*_claims(), *_reports()]
    if user.has_perm("payments.add_dailyclose"):
        waiting += _books()
    return waiting


def _claims() -> Iterator[Task]:
    for claim in Claim.objects.filter(state=ClaimState.WAITING).order_by("made_at").defer("photo")[:TASKS]:
        words = f"Solicitud de {claim.given_names} {claim.surnames}: dice ser el CMP {claim.cmp_number}"
        yield Task(words, claim.made_at, reverse("admin:members_claim_change", args=[claim.pk]))


def _reports() -> Iterator[Task]:
    reports = AssignmentReport.objects.open().select_related("user", "member").defer("attachment")
    for report in reports.order_by("opened_at")[:TASKS]:
        words = f"{report.user.email} avisa: «este CMP no es el mío» ({report.member.cmp_number})"
        yield Task(words, report.opened_at, reverse("admin:members_assignmentreport_change", args=[report.pk]))


def _books() -> Iterator[Task]:
    if day := daily_close.next_day():
        yield Task(f"Cerrar el {day:%d/%m/%Y}", None, reverse("staff_closes"))
    for report in PayoutReport.objects.filter(signed_at=None, withdrawn_at=None).order_by("first_day")[:TASKS]:
        step = "Dar conformidad a" if report.confirmed_at else "Registrar o deshacer"
        words = f"{step} la liquidación {report.file_name}"
        yield Task(words, report.loaded_at, reverse("staff_settlement", args=[report.pk]))


def open_alerts() -> QuerySet[Alert]:
    return Alert.objects.filter(cured_at=None).order_by("opened_at")[:50]


def charts() -> list[Drawn]:
    """The last 30 days in Lima: attempts approved and declined, and soles taken by kind. Two queries."""
    days = [today() - timedelta(days=back) for back in reversed(range(DAYS))]
    outcomes = Attempt.objects.filter(created_at__gte=_since(days[0])).values_list(
        TruncDate("created_at", tzinfo=LIMA), "state"
    )
    taken = Order.objects.filter(paid_at__gte=_since(days[0])).values_list(TruncDate("paid_at", tzinfo=LIMA), "kind")
    attempts = _by_day(days, outcomes.order_by().annotate(Count("pk")), [_APPROVED, {AttemptState.DECLINED}])
    takings = _by_day(days, taken.order_by().annotate(Sum("total")), [{kind} for kind in Kind.values])
    return [
        _drawn("Intentos por día", ["aprobados", "denegados"], attempts, money=False),
        _drawn("Cobrado por día, en soles", Kind.labels, takings, money=True),
    ]


_APPROVED = {AttemptState.APPROVED, AttemptState.VOIDED, AttemptState.REFUNDED}


def _by_day(
    days: Sequence[date], found: Iterable[tuple[date, str, Decimal | int]], groups: Sequence[Collection[str]]
) -> list[Row]:
    sums: dict[tuple[date, int], Decimal] = defaultdict(Decimal)
    for day, name, amount in found:
        for place, group in enumerate(groups):
            if name in group:
                sums[day, place] += amount
    return [(day, [sums[day, place] for place in range(len(groups))]) for day in days]


def _drawn(title: str, names: Sequence[str], rows: list[Row], *, money: bool) -> Drawn:
    return Drawn(title, names, chart(names, rows), list(reversed(rows)), money)
