"""Makes the ledger agree with `dues/charging/schedule.py`: adds the missing dues, reverses the wrong ones.

For everybody at once in SQL, one month and one transaction at a time: an interruption leaves whole months, and a second
run finds nothing to do. It changes only what it charged itself and nobody has paid or is paying: a due that should not
exist is annulled by an act (`Exemption`), one of another amount gets a `Correction` and new lines. Dues that came from
the college's own system, settled, held and exempt ones stay as they are, and amounts of past months always do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from base import periodic
from base.peru import months
from base.postgres import advisory
from dues.charging import schedule
from dues.charging import sql as statements
from dues.charging.schedule import Cover, DatedTariff, ExpectedDue, Physician, Rules
from dues.models import Kind, Tariff
from members import actors
from members.models import Member, MemberStatus

#: The periodic work (base/periodic.py): which months were charged.
CHARGE = "dues.charge_month"


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
        held = run.count(statements.HELD)
        for table in statements.TABLES:
            run.execute(f"DROP TABLE {table}")
        # A held due keeps its old price only until it is freed: the next run asks again.
        if any(tariffs.values()) and not held.dues:
            periodic.mark_done(CHARGE, period)
        if dry_run:
            transaction.set_rollback(True)
    return charged


def uncharged(today: date) -> list[date]:
    """Returns the months that have begun and that no run has charged, oldest first: those after the last charged one.

    Before the first run it is this month alone. A month without a tariff is none of them.
    """
    this_month = months.month_of(today)
    last = periodic.last_done(CHARGE)
    count = months.between(last, this_month) if last else 1
    begun = (months.shift(this_month, -back) for back in reversed(range(max(0, count))))
    return [period for period in begun if any(tariff_of(kind, period) for kind in Kind)]


def one_run_at_a_time() -> None:
    """Wait until no other transaction charges or loads dues, and make others wait until this one ends."""
    advisory.wait_for(advisory.Turn.CHARGE_DUES)


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
        "author": actors.CHARGING,
        "annulled": "Anulada: ya no corresponde (retiro, fallecimiento o fin de la cobertura)",
        "document": f"Cargo de cuotas de {months.name(period)}",
        "corrected": "Tarifa o cobertura del mes",
    }


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
        absences=[schedule.Absence(*days) for days in member.absences.values_list("left_on", "returned_on")],
    )


def dated(tariff: Tariff) -> DatedTariff:
    bands = [schedule.Band(band.from_age, band.amount) for band in tariff.bands.all()]
    return DatedTariff(tariff.first_period, bands, tariff.basis)
