"""The bad rows of a file, in a file of their own: to be corrected and loaded as it is."""

import csv
from collections.abc import Collection, Iterator, Sequence

from base.files.cells import plain
from base.files.formulas import harmless
from base.files.tables import REJECTION, Problem, TableFile, below, header_of


def rejects(file: TableFile, problems: Sequence[Problem], names: Collection[str]) -> Iterator[list[str]]:
    """The header with these names and every line that a problem names, as they were written, with the reasons in a
    last column. Raises BadTable."""
    reasons: dict[int, list[str]] = {}
    for problem in problems:
        reasons.setdefault(problem.line, []).append(
            f"{problem.column}: {problem.reason}" if problem.column else problem.reason
        )
    header = header_of(file, names)
    places = [place for place, name in enumerate(header.cells) if plain(name) and plain(name) != REJECTION]
    yield [*(header.cells[place] for place in places), REJECTION]
    for line in below(file, header):
        if line.number in reasons:
            cells = [line.cells[place] if place < len(line.cells) else "" for place in places]
            yield [*cells, "; ".join(reasons[line.number])]


class _Echo:
    def write(self, text: str) -> str:
        return text


def as_csv(rows: Iterator[list[str]]) -> Iterator[str]:
    """With the mark by which Excel knows UTF-8, and `;` as Excel writes it in Peru; nothing in it is a formula."""
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff"
    for row in rows:
        yield writer.writerow(map(harmless, row))
