import argparse
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from base.files import tables
from base.files.rejected_rows import as_csv, rejects
from base.files.tables import BadTable, Problem
from dues.imports import loading
from dues.imports.layouts import COLUMNS
from dues.models import DataLoad

LAYOUTS = "Columnas y formatos: docs/imports.md. Nada se guarda si alguna fila está mal."
# More would only fill the screen; --rejects writes them all.
MOST_LISTED = 100


def soles(text: str) -> Decimal:
    try:
        return tables.amount(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


class ImportCommand(BaseCommand):
    """What the import_… commands share: the file, the decisions, progress, the summary and the list of bad rows."""

    content: ClassVar[DataLoad.Content]

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, epilog=LAYOUTS, **kwargs)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add = parser.add_argument
        add("file", type=Path, metavar="FILE", help="archivo CSV o XLSX")
        add("--dry-run", action="store_true", help="revisa todo y dice qué cambiaría, sin guardar nada")
        add("--again", action="store_true", help="carga aunque el mismo archivo ya se haya cargado")
        add(
            "--control-total", type=soles, metavar="SOLES", help="lo que debe sumar el archivo; si difiere, no se carga"
        )
        add("--despite-warnings", action="store_true", help="carga aunque haya avisos")
        add("--rejects", type=Path, metavar="CSV", help="escribe aquí las filas malas, para corregirlas y cargarlas")
        add("--leave-out", action="store_true", help="carga las filas buenas y deja fuera las malas (con --rejects)")

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        if options["leave_out"] and not options["rejects"]:
            raise CommandError("--leave-out pide también --rejects: las filas que no se cargan se escriben ahí.")
        started = time.monotonic()
        request = self.request(file, options)
        try:
            loaded = loading.load(request, dry_run=dry_run, progress=self.show_progress)
        except BadTable as bad:
            self.write_rejects(file, options["rejects"], bad.problems)
            raise CommandError(listed(file, "no se guardó nada", bad.problems)) from bad
        except loading.LoadedBefore as before:
            when = timezone.localtime(before.earlier.loaded_at).strftime("%d/%m/%Y %H:%M:%S")
            self.stdout.write(f"{file.name} ya se cargó el {when}; no se hizo nada. Con --again se carga otra vez.")
        except loading.Doubtful as doubt:
            sentences = "\n".join(f"  Aviso: {warning}" for warning in doubt.warnings)
            raise CommandError(
                f"{file.name}: no se guardó nada.\n{sentences}\nCon --despite-warnings se carga."
            ) from doubt
        except loading.ChangedMeanwhile as conflict:
            raise CommandError(conflict.sentence) from conflict
        except OSError as error:
            raise CommandError(f"No se puede leer {file}: {error.strerror}") from error
        else:
            self.write_rejects(file, options["rejects"], loaded.rejected)
            self.report(file, loaded, time.monotonic() - started)

    def request(self, file: Path, options: dict[str, Any]) -> loading.Request:
        return loading.Request(
            content=self.content,
            path=file,
            control_total=options["control_total"],
            again=options["again"],
            despite_warnings=options["despite_warnings"],
            leave_out_bad_rows=options["leave_out"],
        )

    def show_progress(self, rows: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{rows:,} filas…", ending="")

    def write_rejects(self, file: Path, path: Path | None, problems: Any) -> None:
        if path and problems:
            with path.open("w", encoding="utf-8", newline="") as out:
                names = tables.required_names(COLUMNS[self.content])
                out.writelines(as_csv(rejects(tables.examine(file), problems, names)))
            self.stderr.write(f"Filas rechazadas en {path}")

    def report(self, file: Path, loaded: loading.Loaded, seconds: float) -> None:
        for warning in loaded.warnings:
            self.stdout.write(self.style.WARNING(f"Aviso: {warning}"))
        if loaded.notes:
            self.stdout.write(listed(file, "se cargó así", loaded.notes, noun="nota"))
        if loaded.rejected:
            self.stdout.write(listed(file, "estas filas quedaron fuera", loaded.rejected))
        self.stdout.write(self.style.SUCCESS(summary(file, loaded, seconds)))


def listed(file: Path, verdict: str, problems: Any, *, noun: str = "error") -> str:
    plural = "es" if noun == "error" else "s"
    count = f"{len(problems):,} {noun}{'' if len(problems) == 1 else plural}"
    shown: list[Problem] = list(problems[:MOST_LISTED])
    more = (
        [f"  … y {len(problems) - len(shown):,} más; con --rejects se escriben todos"] if problems[MOST_LISTED:] else []
    )
    return "\n".join([f"{file.name}: {count}; {verdict}.", *(f"  {problem}" for problem in shown), *more])


def summary(file: Path, loaded: loading.Loaded, seconds: float) -> str:
    verdict = "" if loaded.kept else " (prueba: no se guardó nada)"
    total = "" if loaded.total is None else f", suman S/ {loaded.total:,.2f}"
    return (
        f"{file.name}: {loaded.rows:,} filas{total}, {loaded.added:,} nuevas, {loaded.changed:,} modificadas, "
        f"{seconds:.1f} s{verdict}"
    )
