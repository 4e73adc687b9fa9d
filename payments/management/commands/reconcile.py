from argparse import ArgumentTypeError
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from base.files import tables
from base.files.tables import BadTable
from payments.books import payouts, recovery
from payments.books.recovery import GatewaySilent, Recovery


class Command(BaseCommand):
    help = (
        "Después de restaurar: pregunta a la pasarela por cada pago que pudo haber desde la copia, y pone los números "
        "de pedido más allá de los que ella vio. Antes de iniciar la web y los workers. Se puede repetir; termina con "
        "1 mientras quede una pregunta sin respuesta."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since",
            type=_moment,
            required=True,
            metavar="MOMENT",
            help="el momento hasta el que se restauró la base de datos, 2026-11-23T03:00 (de Lima, si no dice su zona)",
        )
        parser.add_argument(
            "--report",
            action="append",
            default=[],
            metavar="FILE",
            help="un reporte de liquidación de la pasarela (CSV o Excel) por cuyos números de pedido también se "
            "pregunta; se puede repetir. Los que se cargaron en el portal se leen siempre.",
        )
        parser.add_argument(
            "--beyond",
            type=_positive,
            default=recovery.BEYOND,
            metavar="N",
            help=f"por cuántos números después del último que la pasarela conoce se pregunta ({recovery.BEYOND})",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["since"] > timezone.now():
            raise CommandError("--since está en el futuro.")
        stated = set[int]().union(*(_numbers_in(Path(name)) for name in options["report"]))
        try:
            found = recovery.bring_back(
                since=options["since"], stated=stated, beyond=options["beyond"], progress=self.show_progress
            )
        except GatewaySilent as silent:
            raise CommandError("La pasarela no responde. Lo que ya dijo quedó anotado; repita la orden.") from silent
        self.tell(found)
        if found.unanswered:
            numbers = ", ".join(map(str, found.unanswered))
            raise CommandError(f"Sin respuesta sobre {numbers}: repita la orden.")

    def tell(self, found: Recovery) -> None:
        self.stdout.write(f"{found.asked} números consultados; el próximo pedido llevará el {found.next_number}.")
        for words, numbers in (
            ("Intentos que tienen ahora su resultado", found.concluded),
            ("Cobros sin pedido, anotados para Tesorería", found.held),
            ("Intentos de los que la pasarela dice otra cosa, avisados a Tesorería", found.differing),
        ):
            self.stdout.write(f"{words}: {', '.join(map(str, numbers)) or 'ninguno'}.")

    def show_progress(self, asked: int, number: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{asked:,} consultas, número {number}", ending="")
            self.stderr.flush()


def _moment(text: str) -> datetime:
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise ArgumentTypeError(f"{text!r} is no moment such as 2026-11-23T03:00")
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1_000_000:
        raise ArgumentTypeError(f"{text!r} is not between 1 and 1,000,000")
    return int(text)


def _numbers_in(path: Path) -> set[int]:
    try:
        return payouts.numbers_in(tables.examine(path, name=path.name))
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}.") from error
    except BadTable as bad:
        raise CommandError(f"{path}: {bad.problems[0]}.") from bad
