import argparse
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dues.debts import debts
from dues.models import CollectionAccount, Kind
from staff.files.debts import sheet


class Command(BaseCommand):
    help = "Escribe el archivo de deudas para un banco: las cuotas pendientes, desde la más antigua."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("account", help="nombre de la cuenta de recaudación")
        parser.add_argument("output", type=Path, help="archivo que se escribe")
        parser.add_argument("--until", type=date.fromisoformat, required=True, help="vencen hasta aaaa-mm-dd")
        parser.add_argument("--kind", choices=Kind.values, default="", help="solo este tipo de cuota")
        parser.add_argument("--council", type=int, help="solo el consejo regional de este número")
        parser.add_argument("--sheet", action="store_true", help="la hoja Excel del BCP en lugar del texto")

    def handle(self, *_: Any, account: str, output: Path, **options: Any) -> None:
        known = CollectionAccount.objects.filter(name=account, active=True).first()
        if known is None:
            names = ", ".join(CollectionAccount.objects.filter(active=True).values_list("name", flat=True)) or "ninguna"
            raise CommandError(f"No hay una cuenta de recaudación «{account}» en uso. Hay: {names}.")
        choice = debts.Choice(until=options["until"], kind=options["kind"], council=options["council"])
        try:
            with sheet(choice) if options["sheet"] else debts.write(known, choice) as file, output.open("wb") as out:
                while block := file.read(1 << 20):
                    out.write(block)
        except debts.NothingOwed as nothing:
            raise CommandError(nothing.sentence) from nothing
        except OSError as error:
            raise CommandError(f"No se puede escribir {output}: {error.strerror}") from error
        sums = debts.totals(choice)
        self.stdout.write(self.style.SUCCESS(f"{output}: {sums.count:,} cuotas, suman S/ {sums.total:,.2f}"))
