"""Loads the college's files: the roll, dues, payments made elsewhere, exemptions. layouts.py lists their columns.

Each file is checked whole and loaded whole or not at all, unless a person decides to leave its bad rows out; loading
one again, or one that overlaps another, adds only what is not there yet. What was loaded stands in DataLoad.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from base.files.staging import Counts, Progress, Seen, unseen
from base.files.tables import Problem, TableFile, examine, required_names
from base.postgres import advisory
from base.postgres.constraints import broken_constraint
from dues import conflicts
from dues.exceptions import OwnNumber
from dues.imports import unidentified
from dues.imports.layouts import COLUMNS, LOADERS
from dues.imports.preview import Looker, Preview
from dues.models import DataLoad, UnidentifiedPayment
from members.models import User

# Whether a kind of file usually overlaps the one before is judged by so many of its last loads.
LOADS_LOOKED_AT = 5
# What these files bring may say whose a waiting payment is, or what it pays; a file of payments tries them itself.
IDENTIFYING = (DataLoad.Content.ROLL, DataLoad.Content.DUES)
# Rules of the database that a member's payment can break for a file that read before it.
RACES = ("a_due_is_settled_once", "a_due_being_paid_keeps_its_amount", "a_member_owes_a_month_once")


class ChangedMeanwhile(Exception):
    """A due of the file was paid, or made to be paid ahead, in the portal while the file was being loaded."""

    sentence = "Una de las cuotas cambió mientras se cargaba el archivo. No se guardó nada; cárguelo otra vez."


class LoadedBefore(Exception):
    """The very same file was loaded already."""

    def __init__(self, earlier: DataLoad) -> None:
        super().__init__(str(earlier))
        self.earlier = earlier


class Doubtful(Exception):
    """The file is well formed, and there is reason to look at it twice. `warnings` are sentences for a person."""

    def __init__(self, warnings: Sequence[str]) -> None:
        super().__init__(*warnings)
        self.warnings = warnings


@dataclass(frozen=True, kw_only=True)
class Request:
    """One file to load. `control_total` (soles) is what the sender says its amounts add up to."""

    content: DataLoad.Content
    path: Path
    name: str = ""
    author: User | None = None
    # The second person, who confirmed what the author uploaded; without an author it comes from the command line.
    approver: User | None = None
    control_total: Decimal | None = None
    # Decisions of a person: load the same file again, load in spite of warnings, load without the bad rows.
    again: bool = False
    despite_warnings: bool = False
    leave_out_bad_rows: bool = False


@dataclass(frozen=True)
class Loaded:
    """`rejected` were left out; `notes` tell of rows that were loaded in another way than the rest."""

    rows: int
    added: int
    changed: int
    total: Decimal | None
    notes: Sequence[Problem]
    rejected: Sequence[Problem]
    warnings: Sequence[str]
    waiting: int
    preview: Preview  # empty unless it was a dry run
    record: DataLoad | None  # None after a dry run

    @property
    def kept(self) -> bool:
        return self.record is not None


def load(request: Request, *, dry_run: bool = False, progress: Progress = lambda _: None) -> Loaded:
    """Load one file; a dry run does everything, keeps nothing, and takes warnings as a part of its answer.

    Raises tables.BadTable with every bad row, LoadedBefore, Doubtful, ChangedMeanwhile, OSError, and OwnNumber when the
    file settles or frees dues of its author or approver. Then nothing changed.
    """
    file = examine(request.path, name=request.name)
    rejected: list[Problem] | None = [] if request.leave_out_bad_rows else None
    started = timezone.now()
    with transaction.atomic():
        if not dry_run:
            _one_at_a_time(request.content)
        _refuse_second_time(request, file)
        looker = Looker(request.content, file, required_names(COLUMNS[request.content])) if dry_run else None
        counts = _merge(request.content, file, progress, rejected, looker or unseen)
        _refuse_own(request)
        warnings = list(_warnings(request, counts))
        if warnings and not (dry_run or request.despite_warnings):
            raise Doubtful(warnings)
        record = None
        if dry_run:
            transaction.set_rollback(True)
        else:
            record = _record(request, file, counts, rejected=_lines_of(rejected))
            UnidentifiedPayment.objects.filter(load=None, recorded_at__gte=started).update(load=record)
    return Loaded(
        rows=counts.rows,
        added=counts.added,
        changed=counts.changed,
        total=counts.total,
        notes=sorted(counts.notes, key=lambda note: note.line),
        rejected=sorted(rejected or (), key=lambda problem: problem.line),
        warnings=warnings,
        waiting=counts.waiting,
        preview=looker.preview if looker else Preview(),
        record=record,
    )


def _lines_of(rejected: Sequence[Problem] | None) -> int:
    """How many lines have a problem; one line may have several."""
    return len({problem.line for problem in rejected or ()})


def _one_at_a_time(content: DataLoad.Content) -> None:
    """Wait until no other transaction loads such a file: two people may have confirmed the same one."""
    advisory.wait_for(advisory.Turn.LOAD_FILE, key=content)


def _refuse_second_time(request: Request, file: TableFile) -> None:
    earlier = DataLoad.objects.filter(content=request.content, sha256=file.sha256).order_by("-loaded_at").first()
    if earlier and not request.again:
        raise LoadedBefore(earlier)


def _merge(
    content: DataLoad.Content, file: TableFile, progress: Progress, rejected: list[Problem] | None, seen: Seen
) -> Counts:
    try:
        # A savepoint of its own, so that the caller's transaction survives a file that is refused.
        with transaction.atomic():
            counts = LOADERS[content](file, progress=progress, rejected=rejected, seen=seen)
            if content in IDENTIFYING:
                unidentified.retry()
            return counts
    except IntegrityError as error:
        if broken_constraint(error) in RACES:
            raise ChangedMeanwhile from error
        raise


def _warnings(request: Request, counts: Counts) -> list[str]:
    found = []
    if request.control_total is not None and counts.total != request.control_total:
        total = counts.total or Decimal("0.00")
        found.append(
            f"Las filas suman S/ {total:,.2f} y el total de control es S/ {request.control_total:,.2f}: "
            f"hay S/ {abs(total - request.control_total):,.2f} de diferencia."
        )
    if counts.rows and counts.added == counts.rows and _usually_overlaps(request.content):
        found.append(
            "Ninguna fila estaba ya cargada, y estos archivos suelen repetir filas del anterior: "
            "compruebe que no falta un archivo intermedio."
        )
    return found


# Where a loaded file still stands when it has been merged, for the kinds that settle or free dues.
STAGED = {DataLoad.Content.PAYMENTS: "staged_payments", DataLoad.Content.EXEMPTIONS: "staged_exemptions"}


def _refuse_own(request: Request) -> None:
    """Neither who uploads nor who confirms a file that settles or frees dues is in it."""
    if (staged := STAGED.get(request.content)) is None:
        return
    people = [person for person in (request.author, request.approver) if person is not None]
    own = {number for person in people for number in conflicts.own_members(person).values_list("cmp_number", flat=True)}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT FROM {staged} WHERE cmp = ANY(%s) LIMIT 1", [list(own)])
        if own and cursor.fetchone() is not None:
            raise OwnNumber


def _usually_overlaps(content: DataLoad.Content) -> bool:
    """Whether most of the last loads of this kind held rows that were known already."""
    last = DataLoad.objects.filter(content=content).order_by("-loaded_at")[:LOADS_LOOKED_AT]
    overlapping = [load.added < load.rows for load in last]
    return len(overlapping) >= 3 and sum(overlapping) * 2 > len(overlapping)


def _record(request: Request, file: TableFile, counts: Counts, *, rejected: int) -> DataLoad:
    return DataLoad.objects.create(
        content=request.content,
        file_name=file.name[:200],
        sha256=file.sha256,
        rows=counts.rows,
        added=counts.added,
        changed=counts.changed,
        total=counts.total,
        control_total=request.control_total,
        rejected=rejected,
        waiting=counts.waiting,
        newest_payment=counts.newest_payment,
        author=request.author,
        approver=request.approver,
    )
