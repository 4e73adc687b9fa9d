"""Troubles of money that moves outside the portal, of clocks, of work that was missed, and of letters."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from base import periodic
from base.peru import months
from base.peru.lima import midnight, noon
from base.templatetags.portal import soles
from dues.charging import monthly
from dues.models import Surplus
from members.models import MemberStatus
from payments import reminders
from payments.models import Attempt, Chargeback, Letter, LetterState, PayoutLine
from payments.refunds import remaining
from payments.states import OPEN_CHARGEBACK_STATES, AttemptState, ChargebackState
from payments.ways.automatic import plan as automatic
from staff.troubles import MOST, RECENT, UNSENT_AFTER, Trouble, page_of

#: Two clocks of one portal agree within this; the gateway states whole seconds.
CLOCK_MARGIN = timedelta(minutes=2)
#: Periodic work is done within the hour; later than this it was missed.
LATE_AFTER = timedelta(hours=2)
#: By name, the hour in Lima from which it is due, and how staff call it.
DAILY_WORK = {
    reminders.REMIND: (9, "Recordatorios de cuotas"),
    automatic.ANNOUNCE: (8, "Cartas de pago automático"),
    "portal.forget": (4, "Borrado de datos personales vencidos"),
    "receipts.sweep_all": (5, "Revisión nocturna de comprobantes"),
}


def clocks(now: datetime) -> Iterator[Trouble]:
    """This machine's clock against the database's and against the gateway's last answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        database: datetime = cursor.fetchone()[0]
    if abs(now - database) > CLOCK_MARGIN:
        words = (
            f"El reloj del portal y el de la base de datos difieren en {_minutes(now - database)} minutos: corríjalo."
        )
        yield Trouble("clock:database", words, "/admin/")
    recent = Attempt.objects.filter(decided_at__isnull=False, authorising_since__gt=now - timedelta(hours=2))
    last = recent.order_by("-pk").first()
    if last and last.decided_at and (difference := _clock_difference(last)):
        words = f"El reloj del portal y el de la pasarela difieren en {_minutes(difference)} minutos: corríjalo."
        yield Trouble("clock:gateway", words, page_of(last.order_id))


def _clock_difference(attempt: Attempt) -> timedelta | None:
    """How far an answer lies before its question, or after we had it; None when it lies between."""
    if not attempt.decided_at or not attempt.authorising_since:
        return None
    early = attempt.authorising_since - attempt.decided_at
    answered = attempt.concluded_at if attempt.questions_asked == 0 else None
    late = attempt.decided_at - answered if answered else timedelta()
    return max(early, late) if max(early, late) > CLOCK_MARGIN else None


def _minutes(difference: timedelta) -> int:
    return round(abs(difference.total_seconds()) / 60)


def missed_work(now: datetime) -> Iterator[Trouble]:  # noqa: ARG001
    """Periodic work that should be done by now. Of daily work that never ran yet, nothing is said: it is new."""
    here = timezone.localtime()
    today = here.date()
    if here - midnight(today.replace(day=1)) > LATE_AFTER:
        for period in monthly.uncharged(today):
            words = f"Las cuotas de {months.name(period)} no se cargaron; debían cargarse el {period:%d/%m/%Y}."
            yield Trouble(f"late:charge:{period:%Y-%m}", words, reverse("admin:dues_due_changelist"))
    for name, (hour, what) in DAILY_WORK.items():
        last = periodic.last_done(name)
        if last and last < today and here >= noon(today).replace(hour=hour) + LATE_AFTER:
            words = f"{what}: no se hizo hoy; debía hacerse a las {hour}:00. La última vez fue el {last:%d/%m/%Y}."
            yield Trouble(f"late:{name}", words, "/admin/")


def chargebacks_open(now: datetime) -> Iterator[Trouble]:  # noqa: ARG001
    """Cases to answer; near the last day the trouble is another one, so that it is told again."""
    near = timezone.localdate() + timedelta(days=settings.CHARGEBACK_WARN_DAYS)
    received = Chargeback.objects.filter(state__in=OPEN_CHARGEBACK_STATES).select_related("attempt")
    for case in received.order_by("answer_by", "pk")[:MOST]:
        late = case.state == ChargebackState.RECEIVED and case.answer_by <= near
        contested = case.state == ChargebackState.CONTESTED
        to_do = "espera la decisión" if contested else f"responda hasta el {case.answer_by:%d/%m/%Y}"
        words = f"{case} del intento {case.attempt.number}: {to_do}."
        place = reverse("staff_chargeback", args=[case.pk])
        yield Trouble(f"chargeback{'-due' if late else ''}:{case.pk}", words, place, mailed=late)


def promises(now: datetime) -> Iterator[Trouble]:  # noqa: ARG001
    """Dues whose refund the gateway refused: the money is still the member's."""
    owed: dict[int, Decimal] = defaultdict(Decimal)
    for line in remaining.promised()[: MOST * 10]:
        owed[line.order_id] += line.amount
    for order_id, amount in list(owed.items())[:MOST]:
        words = f"Falta devolver {soles(amount)} del pago {order_id}: la devolución a la tarjeta no se hizo."
        yield Trouble(f"promise:{order_id}", words, page_of(order_id), mailed=False)


def undone_elsewhere(now: datetime) -> Iterator[Trouble]:  # noqa: ARG001
    """Money that the gateway says went back and our books still hold."""
    for attempt in Attempt.objects.filter(state=AttemptState.APPROVED, undone_at__isnull=False).order_by("pk")[:MOST]:
        words = (
            f"La pasarela dice que el intento {attempt.number} ({soles(attempt.amount)}) se anuló y aquí figura "
            "cobrado: registre la devolución."
        )
        yield Trouble(f"undone:{attempt.pk}", words, page_of(attempt.order_id))
    stated = PayoutLine.objects.counting().filter(operation="refund", result="unexpected", report__signed_at=None)
    facts = stated.exclude(attempt=None).order_by("pk").values_list("pk", "amount", "purchase_number", "attempt__order")
    for line_id, amount, number, order_id in facts[:MOST]:
        words = (
            f"La liquidación dice que se devolvieron {soles(amount)} del intento {number} y aquí no "
            "figura: registre la devolución."
        )
        yield Trouble(f"outside:{line_id}", words, page_of(order_id))


def credits_of_leavers(now: datetime) -> Iterator[Trouble]:  # noqa: ARG001
    """Money of who died or left, for months after it: nobody of them will ask."""
    waiting = Surplus.objects.filter(resolved_at=None).exclude(member__status=MemberStatus.ACTIVE)
    owed = waiting.order_by("member").values_list("member", "member__cmp_number").annotate(total=Sum("amount"))
    for member_id, cmp_number, total in owed[:MOST]:
        words = f"Saldo a favor de {soles(total)} del CMP {cmp_number}, que falleció o se retiró: devuélvalo o abónelo."
        place = f"{reverse('admin:dues_surplus_changelist')}?q={cmp_number}"
        yield Trouble(f"leaver:{member_id}", words, place)


def unposted(now: datetime) -> Iterator[Trouble]:
    """Letters that were given up this week, and that news waits for longer than an hour: the mail server is down."""
    for letter in Letter.objects.filter(state=LetterState.FAILED, written_at__gt=now - 7 * RECENT)[:MOST]:
        words = f"La carta «{letter.subject}» no llegó a {letter.to}: {letter.last_error}."
        yield Trouble(f"letter:{letter.pk}", words[:400], reverse("admin:payments_letter_changelist"))
    stuck = Letter.objects.filter(state=LetterState.QUEUED, attempts__gt=0, written_at__lt=now - UNSENT_AFTER)
    if count := stuck.count():
        words = f"El servidor de correo no acepta cartas: {count} en cola desde hace más de una hora."
        yield Trouble("letters", words, reverse("admin:payments_letter_changelist"))
