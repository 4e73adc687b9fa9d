import argparse
from typing import Any

from django.core.management.base import BaseCommand

from cmp_portal.privacy import retention


class Command(BaseCommand):
    help = (
        "Borra los datos personales cuyo plazo venció (docs/privacy.md). Nunca toca pedidos, pagos ni comprobantes. "
        "Se puede repetir; el worker lo hace cada noche, salvo con FORGET_PERSONAL_DATA=false."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="solo cuenta lo que se borraría")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        for rule, count in retention.apply(dry_run=dry_run):
            kept = f"se guardan {rule.days} días" if rule.days else "no se guardan"
            self.stdout.write(f"{count:>8,}  {rule.name} ({kept}: {rule.why})")
        self.stdout.write("Prueba: no se borró nada." if dry_run else "Listo.")
