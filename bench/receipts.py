"""How many receipts one core issues, signs and prints a second, and whether the worker's memory stays flat.

One process does what the jobs do: it issues paid orders in batches, signs each document and prints its PDF. Beside it
stand the bounds, measured in the same run: WeasyPrint's own time for a page of one line, and signxml's for a document
that is already built. Times are of the processor, not of the clock, so other work on the machine counts less.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.measure import ROOT, database, heading, machine, row
from bench.numbering import pay_orders

if TYPE_CHECKING:
    from lxml.etree import _Element

#: Repetitions of a bound; enough for a median.
TIMES = 60
#: Documents until fonts, templates and styles are loaded: "warm" begins after them.
WARM = 50
BATCH = 200
#: Printed sizes: one due, a quarter, a year, three years.
DUES = (1, 3, 12, 36)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="script/bench receipts", description=__doc__)
    parser.add_argument("--documents", type=int, default=2_000, help="documents to make (default 2000)")
    parser.add_argument("--dir", type=Path, default=ROOT / "var" / "bench" / "receipts", help="its database (emptied)")
    chosen = parser.parse_args(arguments)
    with database(chosen.dir.resolve()):
        _measure(chosen.documents)
    return 0


def _measure(documents: int) -> None:
    print(f"Making {documents:,} receipts of one due in one process\n{machine()}")
    pay_orders(documents)
    steps = {"issue": 0.0, "sign": 0.0, "print": 0.0}
    printed: list[float] = []
    memory = [_memory_mb()]
    for _ in range(0, documents, BATCH):
        _make_batch(steps, printed)
        memory.append(_memory_mb())
    _tell_rates(documents, steps)
    _tell_bounds(median(printed[WARM:]))
    heading("Memory of the process")
    row(f"after {BATCH} documents", f"{memory[1]:.0f} MB")
    row(f"after {documents:,} documents", f"{memory[-1]:.0f} MB", ratio=memory[-1] / memory[1], limit=1.1)


def _make_batch(steps: dict[str, float], printed: list[float]) -> None:
    from receipts.issuing.issue import issue_pending
    from receipts.models import Receipt
    from receipts.printing import pdf
    from receipts.tax_office import filing

    steps["issue"] += _cpu(lambda: issue_pending(limit=BATCH))
    for receipt in list(Receipt.objects.filter(representation=None).order_by("pk")):
        steps["sign"] += _cpu(lambda receipt=receipt: filing.prepare(receipt))  # type: ignore[misc]
        printed.append(_cpu(lambda receipt=receipt: pdf.pdf_of(receipt)))  # type: ignore[misc]
        steps["print"] += printed[-1]


def _tell_rates(documents: int, steps: dict[str, float]) -> None:
    heading("Documents a second of one core")
    for step, seconds in steps.items():
        row(f"to {step}", f"{documents / seconds:,.1f}/s")
    row("issued, signed and printed", f"{documents / sum(steps.values()):,.1f}/s")


def _tell_bounds(receipt_page: float) -> None:
    heading("Beside their bounds: medians, once warm")
    bare, signature = _bare_page(), _bare_signature()
    row("WeasyPrint: a page of one line", f"{bare * 1000:.1f} ms", ratio=1.0)
    row(
        "the PDF of a receipt, kept in the database",
        f"{receipt_page * 1000:.1f} ms",
        ratio=receipt_page / bare,
        limit=1.5,
    )
    for dues in DUES:
        seconds = _page_of(dues)
        row(f"  printing alone, {dues} due(s)", f"{seconds * 1000:.1f} ms", ratio=seconds / bare)
    row("signxml: a document already built", f"{signature * 1000:.1f} ms", ratio=1.0)
    own = _own_signature()
    row("the XML written and signed", f"{own * 1000:.1f} ms", ratio=own / signature)


def _bare_page() -> float:
    from weasyprint import HTML

    return _median(lambda: HTML(string="<!doctype html><title>Una línea</title><p>Una línea").write_pdf())


def _page_of(dues: int) -> float:
    from receipts.models import Receipt
    from receipts.printing import pdf
    from tests.receipts.papers import a_line, a_statement

    receipt = Receipt.objects.latest("pk")
    receipt.statement = a_statement(*(a_line(month) for month in range(1, dues + 1))).as_json()
    return _median(lambda: pdf.render(receipt, digest="x" * 44))


def _bare_signature() -> float:
    from copy import deepcopy

    from receipts.tax_office.signature import certificate_from_settings, sign

    root, certificate = _document(), certificate_from_settings()
    return _median(lambda: sign(deepcopy(root), certificate))


def _own_signature() -> float:
    from receipts.tax_office.signature import certificate_from_settings, digest_of, sign

    certificate = certificate_from_settings()
    return _median(lambda: digest_of(sign(_document(), certificate)))


def _document() -> "_Element":
    from receipts.models import Receipt
    from receipts.tax_office.filing import document_of
    from receipts.tax_office.ubl.documents import document_xml

    return document_xml(document_of(Receipt.objects.latest("pk")))


def _median(do: Callable[[], object]) -> float:
    do()
    return median(_cpu(do) for _ in range(TIMES))


def _cpu(do: Callable[[], object]) -> float:
    began = time.process_time()
    do()
    return time.process_time() - began


def _memory_mb() -> float:
    """What the process holds now, not at most."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    sys.exit(main())
