"""Writes the bad rows of a file into a file that can be corrected and loaded."""

import csv
from collections.abc import Iterator, Sequence

from base.files.formulas import harmless
from base.files.tables import REJECTION, Problem, TableFile, lines


def rejects(file: TableFile, problems: Sequence[Problem]) -> Iterator[list[str]]:
    """Yields the header and every line with a problem, as written, with the reasons in a last column."""
    reasons: dict[int, list[str]] = {}
    for problem in problems:
        reasons.setdefault(problem.line, []).append(
            f"{problem.column}: {problem.reason}" if problem.column else problem.reason
        )
    numbered_lines = lines(file)
    _, header = next(numbered_lines, (1, []))
    columns = [place for place, name in enumerate(header) if name.strip().lower() != REJECTION]
    yield [*(header[place] for place in columns), REJECTION]
    for line, cells in numbered_lines:
        if line in reasons:
            row = [cells[place] if place < len(cells) else "" for place in columns]
            yield [*row, "; ".join(reasons[line])]


class _Echo:
    def write(self, text: str) -> str:
        return text


def as_csv(rows: Iterator[list[str]]) -> Iterator[str]:
    """Yields the rows as CSV with a UTF-8 mark and `;`, as Excel writes it in Peru. Formulas are made harmless."""
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff"
    for row in rows:
        yield writer.writerow(map(harmless, row))
