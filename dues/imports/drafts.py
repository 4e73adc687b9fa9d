"""Files uploaded in the admin: tried out, shown, and loaded when a second person confirms what their author uploaded.

Large files go to the worker.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.db import connection, connections, transaction
from django.db.models import QuerySet
from django.utils import timezone

from base.files.rejected_rows import rejects
from base.files.tables import BadTable, Problem, examine, required_names
from dues.exceptions import LedgerRule, OwnNumber, OwnUpload
from dues.imports import loading, preview
from dues.imports.layouts import COLUMNS
from dues.models import DataLoad, DraftPiece, ImportDraft
from members.models import User

# So long that the second person need not sit beside the first.
DRAFT_LIFE = timedelta(days=1)
LARGEST_UPLOAD = 100 << 20
#: More takes longer than a person waits before a page, and goes to the worker.
LARGEST_AT_ONCE = 2 << 20
PIECE = 1 << 20
NOTES_SHOWN = PROBLEMS_SHOWN = 200
#: Seconds between two words of the worker about how far it is.
EVERY = 2.0
State = ImportDraft.State
REFUSALS = (BadTable, loading.LoadedBefore, loading.Doubtful, loading.ChangedMeanwhile, LedgerRule)
#: The worker's jobs (dues/tasks.py), handed in by their module: it stands on this one.
Later = Callable[[int], None]


def living() -> "QuerySet[ImportDraft]":
    """Returns the drafts that can still be confirmed: none older than DRAFT_LIFE."""
    return ImportDraft.objects.filter(made_at__gt=timezone.now() - DRAFT_LIFE)


@transaction.atomic
def make(
    *, author: User, content: str, upload: "File[bytes]", control_total: Decimal | None, later: Later | None = None
) -> ImportDraft:
    """Keep an uploaded file and try it out; `outcome` says what loading it would do. Nothing else changes.

    With `later` the worker tries a large file, once this transaction is over. Raises OwnNumber for a small file that
    settles or frees dues of its author; then nothing is kept.
    """
    large = later is not None and upload.size > LARGEST_AT_ONCE
    draft = ImportDraft.objects.create(
        author=author,
        content=content,
        file_name=str(upload.name)[-200:],
        size=upload.size,
        control_total=control_total,
        state=State.TRYING,
    )
    _keep(draft, upload.chunks(PIECE))
    if large and later:
        later(draft.pk)
    else:
        try_out(draft)
    return draft


def _keep(draft: ImportDraft, chunks: Iterable[bytes]) -> None:
    for place, data in enumerate(chunks):
        DraftPiece.objects.create(draft=draft, place=place, data=data)


def try_out(draft: ImportDraft) -> None:
    """Write into the draft what loading it would do."""
    draft.outcome = _tried(draft)
    draft.state = State.TRIED
    draft.save(update_fields=["outcome", "state"])


def try_out_later(draft: ImportDraft) -> None:
    """The worker's part of `make`: try the file out, or write into the draft that it settles dues of its author."""
    try:
        try_out(draft)
    except OwnNumber as rule:
        draft.refusal, draft.state = rule.sentence, State.REFUSED
        draft.save(update_fields=["refusal", "state"])


def try_again(draft: ImportDraft, later: Later) -> None:
    """As `try_out`, by the worker for a large file. One that a worker has in hand is left alone.

    The job of a worker that died is given to another one (portal.bring_back_jobs).
    """
    waiting = ImportDraft.objects.filter(pk=draft.pk, state__in=(State.TRIED, State.REFUSED))
    if not waiting.update(state=State.TRYING, progress=0, refusal=""):
        return
    if draft.size > LARGEST_AT_ONCE:
        later(draft.pk)
    else:
        try_out(draft)


def confirm(
    draft: ImportDraft,
    *,
    by: User,
    again: bool = False,
    despite_warnings: bool = False,
    leave_out_bad_rows: bool = False,
) -> DataLoad:
    """Load the draft's file with these decisions of a second person, and forget the draft.

    Raises OwnUpload for the author, and what imports.load raises.
    """
    _refuse_author(draft, by)
    record = _load(
        draft, approver=by, again=again, despite_warnings=despite_warnings, leave_out_bad_rows=leave_out_bad_rows
    )
    draft.delete()
    return record


def _refuse_author(draft: ImportDraft, by: User) -> None:
    if draft.author_id == by.pk:
        raise OwnUpload


def hand_over(
    draft: ImportDraft, decisions: dict[str, bool], later: Callable[[int, int, dict[str, bool]], None], *, by: User
) -> None:
    """Let the worker load a large file with these decisions of a second person. A second press changes nothing.

    Raises OwnUpload for the author.
    """
    _refuse_author(draft, by)
    waiting = ImportDraft.objects.filter(pk=draft.pk, state__in=(State.TRIED, State.REFUSED))
    if waiting.update(state=State.LOADING, progress=0, refusal=""):
        later(draft.pk, by.pk, decisions)


def load_handed_over(draft: ImportDraft, approver: User, decisions: dict[str, bool]) -> None:
    """The worker's part: load the file, or write into the draft why not."""
    try:
        draft.load = _load(draft, approver=approver, **decisions)
    except REFUSALS as refused:
        draft.refusal, draft.state = refusal(refused), State.REFUSED
    else:
        draft.state = State.LOADED
        draft.pieces.all().delete()
    draft.save(update_fields=["load", "refusal", "state"])


def refusal(reason: Exception) -> str:
    """Why a confirmed file was not loaded, as a sentence; always that nothing was stored."""
    if isinstance(reason, BadTable):
        return "No se guardó nada: hay filas con errores. Corríjalas, o marque dejarlas fuera."
    if isinstance(reason, loading.LoadedBefore):
        return "No se guardó nada: este archivo ya se había cargado. Para repetirlo, márquelo abajo."
    if isinstance(reason, loading.Doubtful):
        return "No se guardó nada: hay avisos. Si todo está bien, márquelo abajo."
    if isinstance(reason, LedgerRule):
        return reason.sentence
    return loading.ChangedMeanwhile.sentence


def _load(draft: ImportDraft, *, approver: User, **decisions: bool) -> DataLoad:
    with _on_disk(draft) as path, _telling(draft) as progress:
        record = loading.load(_request(draft, path, approver=approver, **decisions), progress=progress).record
    assert record  # noqa: S101 - not a dry run
    return record


def rejected_rows(draft: ImportDraft) -> Iterator[list[str]]:
    """The header and every bad row, with their reasons; the file is tried again for those that are not shown."""
    with _on_disk(draft) as path:
        names = required_names(COLUMNS[DataLoad.Content(draft.content)])
        loaded = loading.load(_request(draft, path, again=True, leave_out_bad_rows=True), dry_run=True)
        yield from rejects(examine(path, name=draft.file_name), loaded.rejected, names)


def problems_of(draft: ImportDraft) -> list[Problem]:
    return [Problem(*problem) for problem in draft.outcome.get("problems", [])]


def forget_old() -> int:
    """Delete drafts that nobody can confirm any more; how many."""
    old = ImportDraft.objects.filter(made_at__lte=timezone.now() - DRAFT_LIFE)
    old = old.exclude(state=State.LOADING, made_at__gt=timezone.now() - 2 * DRAFT_LIFE)
    _, by_model = old.delete()
    return by_model.get("dues.ImportDraft", 0)


def _tried(draft: ImportDraft) -> dict[str, Any]:
    with _on_disk(draft) as path, _telling(draft) as progress:
        try:
            with transaction.atomic():
                loaded = loading.load(
                    _request(draft, path, again=True, leave_out_bad_rows=True), dry_run=True, progress=progress
                )
        except BadTable as bad:
            return {
                "unreadable": True,
                "problems": _listed(bad.problems[:PROBLEMS_SHOWN]),
                "bad_rows": len({problem.line for problem in bad.problems}),
            }
        return {
            "rows": loaded.rows,
            "added": loaded.added,
            "changed": loaded.changed,
            "waiting": loaded.waiting,
            "total": None if loaded.total is None else str(loaded.total),
            "notes": _listed(loaded.notes[:NOTES_SHOWN]),
            "note_count": len(loaded.notes),
            "problems": _listed(loaded.rejected[:PROBLEMS_SHOWN]),
            "problem_count": len(loaded.rejected),
            "bad_rows": len({problem.line for problem in loaded.rejected}),
            "warnings": list(loaded.warnings),
            "loaded_before": _loaded_before(draft, path),
            "preview": preview.as_json(loaded.preview),
        }


def _loaded_before(draft: ImportDraft, path: Path) -> str:
    sha256 = examine(path).sha256
    earlier = DataLoad.objects.filter(content=draft.content, sha256=sha256).order_by("-loaded_at").first()
    return timezone.localtime(earlier.loaded_at).strftime("%d/%m/%Y %H:%M:%S") if earlier else ""


def _request(draft: ImportDraft, path: Path, *, approver: User | None = None, **decisions: bool) -> loading.Request:
    return loading.Request(
        content=DataLoad.Content(draft.content),
        path=path,
        name=draft.file_name,
        author=draft.author,
        approver=approver,
        control_total=draft.control_total,
        **decisions,
    )


def _listed(problems: Sequence[Problem]) -> list[list[Any]]:
    return [[problem.line, problem.column, problem.reason] for problem in problems]


@contextmanager
def _on_disk(draft: ImportDraft) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile(prefix="carga-") as file:
        for data in draft.pieces.order_by("place").values_list("data", flat=True).iterator(chunk_size=1):
            file.write(data)
        file.flush()
        yield Path(file.name)


@contextmanager
def _telling(draft: ImportDraft) -> Iterator[Callable[[int], None]]:
    """Tells the draft how many rows were read, through a connection of its own: the load is one transaction.

    Nobody waits for a file that is tried at once, so for that one nothing is told.
    """
    if draft.size <= LARGEST_AT_ONCE:
        yield lambda _: None
        return
    beside = connections[connection.alias].copy()
    last = 0.0

    def tell(rows: int) -> None:
        nonlocal last
        if time.monotonic() - last > EVERY:
            last = time.monotonic()
            with beside.cursor() as cursor:
                cursor.execute("UPDATE dues_importdraft SET progress = %s WHERE id = %s", [rows, draft.pk])

    try:
        yield tell
    finally:
        beside.close()
