"""The bad rows of a file, in a file of their own: to be corrected and loaded as it is."""

import csv
from collections.abc import Iterator, Sequence

from base.files.formulas import harmless
from base.files.tables import REJECTION, Problem, TableFile, lines


def rejects(file: TableFile, problems: Sequence[Problem]) -> Iterator[list[str]]:
    """The header and every line that a problem names, as they were written, with the reasons in a last column."""
    reasons: dict[int, list[str]] = {}
    for problem in problems:
        reasons.setdefault(problem.line, []).append(
            f"{problem.column}: {problem.reason}" if problem.column else problem.reason
        )
    found = lines(file)
    _, header = next(found, (1, []))
    known = [place for place, name in enumerate(header) if name.strip().lower() != REJECTION]
    yield [*(header[place] for place in known), REJECTION]
    for line, cells in found:
        if line in reasons:
            kept = [cells[place] if place < len(cells) else "" for place in known]
            yield [*kept, "; ".join(reasons[line])]


class _Echo:
    def write(self, text: str) -> str:
        return text


def as_csv(rows: Iterator[list[str]]) -> Iterator[str]:
    """With the mark by which Excel knows UTF-8, and `;` as Excel writes it in Peru; nothing in it is a formula."""
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff"
    for row in rows:
        yield writer.writerow(map(harmless, row))
