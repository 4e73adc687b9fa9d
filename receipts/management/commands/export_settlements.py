import argparse
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from base.files.spreadsheets import MOST_ROWS, TooManyRows, csv_lines, write_workbook
from receipts.accounts import ledger_export
from receipts.accounts.ledger_export import EACH_HEADER, SUMS_HEADER, Span


def day(text: str) -> date:
    """`25/07/2026` or `2026-07-25`."""
    for layout in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, layout).date()  # noqa: DTZ007 - a day, of no zone
        except ValueError:
            continue
    raise argparse.ArgumentTypeError(f"«{text}» no es una fecha como 25/07/2026")


class Command(BaseCommand):
    help = (
        "Escribe para la contabilidad cada cuota pagada y cada reversión de unos días, con su consejo regional y su "
        "comprobante. Las reversiones van con signo menos."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="archivo .csv o .xlsx que se escribe")
        parser.add_argument("--from", dest="first", type=day, required=True, metavar="DIA", help="primer día")
        parser.add_argument("--to", dest="last", type=day, metavar="DIA", help="último día, incluido; sin esto, hoy")
        parser.add_argument("--summary", action="store_true", help="solo las sumas por día, tipo, consejo y canal")

    def handle(self, *args: Any, file: Path, first: date, last: date | None, summary: bool, **options: Any) -> None:
        span = Span(first, last or timezone.localdate())
        if span.last < span.first:
            raise CommandError("--to es anterior a --from.")
        header, rows = (
            (SUMS_HEADER, ledger_export.sums(span)) if summary else (EACH_HEADER, ledger_export.movements(span))
        )
        try:
            self.write(file, header, self.counted(rows))
        except OSError as error:
            raise CommandError(f"No se puede escribir {file}: {error.strerror}") from error
        total = ledger_export.total(span)
        self.stdout.write(self.style.SUCCESS(f"{file}: {self.count:,} filas, S/ {total:,.2f}"))

    def write(self, file: Path, header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
        if file.suffix.lower() == ".xlsx":
            try:
                write_workbook(file, header, rows)
            except TooManyRows as error:
                raise CommandError(f"Son más de {MOST_ROWS:,} filas: use .csv, o menos días.") from error
        else:
            with file.open("w", encoding="utf-8", newline="") as out:
                out.writelines(csv_lines(header, rows))

    def counted(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        self.count = 0
        for row in rows:
            self.count += 1
            if self.count % 10_000 == 0 and sys.stderr.isatty():
                self.stderr.write(f"\r{self.count:,} filas…", ending="")
            yield row
