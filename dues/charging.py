"""Makes the ledger say what `dues/schedule.py` says should exist: adds the missing dues, reverses the wrong ones.

For everybody at once in SQL, one month and one transaction at a time: an interruption leaves whole months, and a second
run finds nothing to do. It changes only what it charged itself and nobody has paid or is paying: a due that should not
exist is annulled by an act (`Exemption`), one of another amount gets a `Correction` and new lines. Dues that came from
the college's own system, settled, held and exempt ones stay as they are, and amounts of past months always do.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from dues import charge_statements as statements
from dues import months, schedule, selection
from dues.models import CoveredPerson, Due, DueLine, Kind, Tariff
from dues.schedule import Cover, DatedTariff, ExpectedDue, Physician, Rules
from members.compiled import compiled, given
from members.models import Member, MemberStatus
from members.remembered import remembered

AUTHOR = "charge_dues"
# Runs wait for each other; the number is any that nothing else locks.
ONE_RUN_AT_A_TIME = 4_031


@dataclass(frozen=True)
class Count:
    """How many dues, and their soles."""

    dues: int
    amount: Decimal


@dataclass(frozen=True)
class Charged:
    """What one run did to one month. `kept` are dues that differ from the schedule and are not changed: settled, held,
    or of a past month."""

    period: date
    added: dict[str, Count]
    annulled: Count
    corrected: Count  # its amount is the difference, negative when the dues became smaller
    kept: Count
    without_tariff: list[str]

    @property
    def changes_nothing(self) -> bool:
        return not self.added and not self.annulled.dues and not self.corrected.dues


def rules() -> Rules:
    return Rules(
        months_after_registration=settings.FIRST_DUE_MONTHS_AFTER_REGISTRATION,
        due_day=settings.DUE_DAY,
    )


def tariff_of(kind: str, period: date) -> Tariff | None:
    """The tariff that prices this month."""
    return Tariff.objects.filter(kind=kind, first_period__lte=period).order_by("-first_period").first()


def charge(
    period: date, *, today: date, dry_run: bool = False, progress: Callable[[float], None] = lambda _: None
) -> Charged:
    """Make the dues of one month what they should be; a dry run does everything and keeps nothing. Safe to repeat.

    `progress` is told, after each step, the share of the month that is done.
    """
    tariffs = {kind.value: tariff_of(kind, period) for kind in Kind}
    with transaction.atomic(), connection.cursor() as cursor:
        run = _Run(cursor, _parameters(period, today, tariffs), progress)
        one_run_at_a_time()
        for statement in (*statements.WANTED, *statements.SUSPECTS):
            run.execute(statement)
        charged = Charged(
            period=period,
            annulled=run.count(statements.ANNUL),
            corrected=run.count(statements.CORRECT),
            kept=run.count(statements.KEPT),
            added=run.counts(statements.ADD),
            without_tariff=[kind for kind, tariff in tariffs.items() if tariff is None],
        )
        for table in statements.TABLES:
            run.execute(f"DROP TABLE {table}")
        if dry_run:
            transaction.set_rollback(True)
    return charged


def one_run_at_a_time() -> None:
    """Wait until no other transaction charges or loads dues, and make others wait until this one ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_RUN_AT_A_TIME])


class _Run:
    """The statements of one month, all with the same parameters."""

    def __init__(self, cursor: Any, parameters: dict[str, Any], progress: Callable[[float], None]) -> None:
        self.cursor = cursor
        self.parameters = parameters
        self.progress = progress
        self.done = 0

    def execute(self, statement: str) -> None:
        self.cursor.execute(statement, self.parameters)
        self.done += 1
        self.progress(min(1.0, self.done / statements.COUNT))

    def count(self, statement: str) -> Count:
        self.execute(statement)
        dues, amount = self.cursor.fetchone()
        return Count(dues, amount or Decimal("0.00"))

    def counts(self, statement: str) -> dict[str, Count]:
        self.execute(statement)
        return {kind: Count(dues, amount) for kind, dues, amount in self.cursor.fetchall()}


def _parameters(period: date, today: date, tariffs: dict[str, Tariff | None]) -> dict[str, Any]:
    colegiado, semefa = tariffs[Kind.COLEGIADO], tariffs[Kind.SEMEFA]
    return {
        "period": period,
        "today": today,
        "past": period < months.month_of(today),
        "due_date": schedule.due_date(period, rules()),
        "registered_before": months.shift(period, 1 - rules().months_after_registration),
        "colegiado_tariff": colegiado and colegiado.pk,
        "colegiado_basis": colegiado.basis if colegiado else "",
        "semefa_tariff": semefa and semefa.pk,
        "semefa_basis": semefa.basis if semefa else "",
        "oldest_child": schedule.OLDEST[schedule.Relationship.CHILD],
        "oldest_grandchild": schedule.OLDEST[schedule.Relationship.GRANDCHILD],
        "author": AUTHOR,
        "annulled": "Anulada: ya no corresponde (retiro, fallecimiento o fin de la cobertura)",
        "document": f"Cargo de cuotas de {months.name(period)}",
        "corrected": "Tarifa o cobertura del mes",
    }


# --- One member, months ahead


def kinds_ahead(member: Member, today: date) -> set[str]:
    """The kinds of which this member can pay coming months: with a tariff, and for SEMEFA somebody covered."""
    if not settings.PAY_AHEAD_MONTHS:
        return set()
    kinds = _charged_kinds(months.month_of(today))
    if Kind.SEMEFA in kinds and not _covered_now.first(member=member.pk):
        kinds.remove(Kind.SEMEFA)
    return kinds


@remembered
def _charged_kinds(month: date) -> set[str]:
    return set(Tariff.objects.filter(first_period__lte=month).values_list("kind", flat=True))


@compiled
def _covered_now() -> "QuerySet[CoveredPerson, tuple[int]]":
    return CoveredPerson.objects.filter(member=given("member"), last_period=None).values_list("pk")[:1]


def months_ahead(member: Member, kind: str, today: date) -> list[Due]:
    """The dues of the coming PAY_AHEAD_MONTHS, made now at the tariff in force today where they are missing.

    Once paid, no later tariff touches them; unpaid, they are corrected or annulled by the charge of their month.
    Calling again makes nothing twice. Oldest first, whatever their state.
    """
    first = months.shift(months.month_of(today), 1)
    last = selection.window_end(today, months_ahead=settings.PAY_AHEAD_MONTHS)
    tariff = tariff_of(kind, months.month_of(today))
    with transaction.atomic():
        # Two tabs of one member come one after the other.
        locked = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        dues = Due.objects.filter(member=member, kind=kind, period__range=(first, last))
        known = set(dues.values_list("period", flat=True))
        if tariff and len(known) < settings.PAY_AHEAD_MONTHS:
            expected = expected_of(locked, kind, first, last, tariffs=[dated(tariff)])
            _add(locked, kind, [due for due in expected if due.period not in known], tariff)
    return list(dues.order_by("period"))


def expected_of(
    member: Member, kind: str, first: date, last: date, *, tariffs: Sequence[DatedTariff]
) -> list[ExpectedDue]:
    """What the schedule says of this member's months."""
    which = schedule.colegiado if kind == Kind.COLEGIADO else schedule.semefa
    return list(which(physician(member), first, last, tariffs=tariffs, rules=rules()))


def physician(member: Member) -> Physician:
    people = member.covered_people.order_by("pk")
    return Physician(
        registered_date=member.registered_date,
        active=member.status == MemberStatus.ACTIVE,
        left_date=member.left_date,
        family=[Cover(p.pk, p.name, p.relationship, p.birth_date, p.first_period, p.last_period) for p in people],
        successions=[
            schedule.Succession(first, ended and months.month_of(timezone.localdate(ended)))
            for first, ended in member.successions.values_list("first_period", "ended_at")
        ],
    )


def dated(tariff: Tariff) -> DatedTariff:
    bands = [schedule.Band(band.from_age, band.amount) for band in tariff.bands.all()]
    return DatedTariff(tariff.first_period, bands, tariff.basis)


def _add(member: Member, kind: str, expected: Sequence[ExpectedDue], tariff: Tariff) -> None:
    acts = list(member.exemptions.filter(kind=kind, revoked_at=None).order_by("pk"))
    dues = Due.objects.bulk_create(
        Due(
            member=member,
            kind=kind,
            period=due.period,
            amount=due.amount,
            due_date=due.due_date,
            basis=due.basis,
            tariff=tariff,
            exemption=next((act for act in acts if act.first_period <= due.period <= act.last_period), None),
        )
        for due in expected
    )
    DueLine.objects.bulk_create(
        DueLine(due=added, **asdict(line)) for added, due in zip(dues, expected, strict=True) for line in due.lines
    )
