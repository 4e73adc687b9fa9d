"""Files uploaded in the admin: tried out at once, loaded when their author confirms."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.utils import timezone

from base.files.rejected_rows import rejects
from base.files.tables import BadTable, Problem, examine, required_names
from dues.imports import loading
from dues.imports.layouts import COLUMNS
from dues.models import DataLoad, ImportDraft
from members.models import User

DRAFT_LIFE = timedelta(hours=1)
# About 300,000 rows of dues: more takes longer than a person waits before a page, and is for the command line.
LARGEST_UPLOAD = 20 << 20
NOTES_SHOWN = 200


def of(author: User) -> Any:
    """The drafts that this person may still confirm: nobody else's, none older than DRAFT_LIFE."""
    return ImportDraft.objects.filter(author=author, made_at__gt=timezone.now() - DRAFT_LIFE)


def make(*, author: User, content: str, upload: "File[bytes]", control_total: Decimal | None) -> ImportDraft:
    """Keep an uploaded file and try it out; `outcome` says what loading it would do. Nothing else changes."""
    draft = ImportDraft(
        author=author,
        content=content,
        file_name=str(upload.name)[-200:],
        data=upload.read(),
        control_total=control_total,
    )
    draft.outcome = _try_out(draft)
    draft.save()
    return draft


def confirm(
    draft: ImportDraft, *, again: bool = False, despite_warnings: bool = False, leave_out_bad_rows: bool = False
) -> DataLoad:
    """Load the draft's file with these decisions, and forget the draft. Raises what imports.load raises."""
    with _on_disk(draft) as path:
        request = _request(draft, path, again=again, despite=despite_warnings, leave_out=leave_out_bad_rows)
        record = loading.load(request).record
    assert record  # noqa: S101 - not a dry run
    draft.delete()
    return record


def rejected_rows(draft: ImportDraft) -> Iterator[list[str]]:
    """The header and the bad rows, with their reasons."""
    with _on_disk(draft) as path:
        names = required_names(COLUMNS[DataLoad.Content(draft.content)])
        yield from rejects(examine(path, name=draft.file_name), problems_of(draft), names)


def problems_of(draft: ImportDraft) -> list[Problem]:
    return [Problem(*problem) for problem in draft.outcome.get("problems", [])]


def forget_old() -> int:
    """Delete drafts that nobody can confirm any more; how many."""
    deleted, _ = ImportDraft.objects.filter(made_at__lte=timezone.now() - DRAFT_LIFE).delete()
    return deleted


def _try_out(draft: ImportDraft) -> dict[str, Any]:
    with _on_disk(draft) as path:
        try:
            loaded = loading.load(_request(draft, path, again=True, leave_out=True), dry_run=True)
        except BadTable as bad:
            return {"unreadable": True, "problems": _listed(bad.problems)}
        return {
            "rows": loaded.rows,
            "added": loaded.added,
            "changed": loaded.changed,
            "total": None if loaded.total is None else str(loaded.total),
            "notes": _listed(loaded.notes[:NOTES_SHOWN]),
            "note_count": len(loaded.notes),
            "problems": _listed(loaded.rejected),
            "warnings": list(loaded.warnings),
            "loaded_before": _loaded_before(draft, path),
        }


def _loaded_before(draft: ImportDraft, path: Path) -> str:
    sha256 = examine(path).sha256
    earlier = DataLoad.objects.filter(content=draft.content, sha256=sha256).order_by("-loaded_at").first()
    return timezone.localtime(earlier.loaded_at).strftime("%d/%m/%Y %H:%M:%S") if earlier else ""


def _request(draft: ImportDraft, path: Path, *, again: bool, leave_out: bool, despite: bool = False) -> loading.Request:
    return loading.Request(
        content=DataLoad.Content(draft.content),
        path=path,
        name=draft.file_name,
        author=draft.author,
        control_total=draft.control_total,
        again=again,
        despite_warnings=despite,
        leave_out_bad_rows=leave_out,
    )


def _listed(problems: Sequence[Problem]) -> list[list[Any]]:
    return [[problem.line, problem.column, problem.reason] for problem in problems]


@contextmanager
def _on_disk(draft: ImportDraft) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile(prefix="carga-") as file:
        file.write(draft.data)
        file.flush()
        yield Path(file.name)
