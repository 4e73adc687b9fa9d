import argparse
import sys
import time
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from dues import imports
from dues.models import DataLoad
from members.tables import BadTable

LAYOUTS = "Columnas y formatos: docs/imports.md. Nada se guarda si alguna fila está mal."


class ImportCommand(BaseCommand):
    """What the import_… commands share: the file, the dry run, progress, the summary and the list of bad rows."""

    content: ClassVar[DataLoad.Content]

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, epilog=LAYOUTS, **kwargs)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="archivo CSV o XLSX")
        parser.add_argument("--dry-run", action="store_true", help="revisa todo y dice qué cambiaría, sin guardar nada")
        parser.add_argument("--again", action="store_true", help="carga aunque el mismo archivo ya se haya cargado")

    def handle(self, *args: Any, file: Path, dry_run: bool, again: bool, **options: Any) -> None:
        started = time.monotonic()
        try:
            loaded = imports.load(self.content, file, dry_run=dry_run, again=again, progress=self.show_progress)
        except BadTable as bad:
            raise CommandError(self.list_of(file, bad)) from bad
        except imports.LoadedBefore as before:
            when = timezone.localtime(before.earlier.loaded_at).strftime("%d/%m/%Y %H:%M:%S")
            self.stdout.write(f"{file.name} ya se cargó el {when}; no se hizo nada. Con --again se carga otra vez.")
        except imports.ChangedMeanwhile as conflict:
            raise CommandError(conflict.sentence) from conflict
        except OSError as error:
            raise CommandError(f"No se puede leer {file}: {error.strerror}") from error
        else:
            self.stdout.write(self.style.SUCCESS(summary(file, loaded, time.monotonic() - started)))

    def show_progress(self, rows: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{rows:,} filas…", ending="")

    @staticmethod
    def list_of(file: Path, bad: BadTable) -> str:
        count = f"{len(bad.problems):,} errores" if len(bad.problems) > 1 else "1 error"
        return "\n".join([f"{file.name}: {count}; no se guardó nada.", *(f"  {problem}" for problem in bad.problems)])


def summary(file: Path, loaded: imports.Loaded, seconds: float) -> str:
    verdict = "" if loaded.kept else " (prueba: no se guardó nada)"
    return (
        f"{file.name}: {loaded.rows:,} filas, {loaded.added:,} nuevas, {loaded.changed:,} modificadas, "
        f"{seconds:.1f} s{verdict}"
    )
