from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payments import trail, trail_heads


class Command(BaseCommand):
    help = (
        "Comprueba la cadena de eventos de cada pedido y la firma de cada día; nombra la primera fila alterada y "
        "termina con 1 si hay alguna."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--lines", metavar="ARCHIVO", type=Path, help="los mensajes diarios que guardó el auditor, para compararlos"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            checked = trail.verify(progress=self.show_progress)
            days = trail_heads.verify(options["lines"].read_text() if options["lines"] else "")
        except (trail.BrokenChain, trail_heads.RewrittenTrail) as broken:
            raise CommandError(str(broken)) from broken
        except OSError as refusal:
            raise CommandError(f"No se puede leer {options['lines']}: {refusal.strerror}.") from refusal
        self.stdout.write(
            self.style.SUCCESS(f"{checked} eventos; ninguna cadena está rota. {days} días con la firma que les toca.")
        )

    def show_progress(self, events: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{events:,} eventos", ending="")
            self.stderr.flush()
