import argparse
import csv as tables
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dues.standing import CouncilStanding, rule_on, standing_of_all

HEADINGS = ("Consejo Regional", "Hábiles", "Inhábiles", "Deuda colegiado S/", "Deuda SEMEFA S/")


class Command(BaseCommand):
    help = "Cuenta hábiles e inhábiles y suma la deuda vencida por consejo regional, según la regla vigente hoy."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--council", metavar="NUMBER", type=int, help="solo el consejo regional de este número")
        parser.add_argument("--csv", action="store_true", help="escribe CSV en vez de una tabla")

    def handle(self, *args: Any, council: int | None, csv: bool, **options: Any) -> None:
        today = timezone.localdate()
        rule = rule_on(today)
        if rule is None:
            raise CommandError("No hay regla de habilidad vigente. Agréguela en la administración.")
        counted = standing_of_all(rule, on=today, council=council)
        if csv:
            self.write_csv(counted)
            return
        sample = " — REGLA DE MUESTRA" if rule.is_sample else ""
        self.stdout.write(f"{rule}: {rule.basis}{sample}. Al {today:%d/%m/%Y}, solo colegiados activos.")
        self.write_table(counted)

    def write_csv(self, counted: Sequence[CouncilStanding]) -> None:
        writer = tables.writer(self.stdout)
        writer.writerow(HEADINGS)
        writer.writerows((row.council, row.habil, row.inhabil, row.colegiado, row.semefa) for row in counted)

    def write_table(self, counted: Sequence[CouncilStanding]) -> None:
        self.stdout.write("{:<36} {:>10} {:>10} {:>20} {:>20}".format(*HEADINGS))
        for row in [*counted, total(counted)]:
            self.stdout.write(
                f"{row.council:<36} {row.habil:>10,} {row.inhabil:>10,} {row.colegiado:>20,.2f} {row.semefa:>20,.2f}"
            )


def total(counted: Sequence[CouncilStanding]) -> CouncilStanding:
    return CouncilStanding(
        council="Total",
        habil=sum(row.habil for row in counted),
        inhabil=sum(row.inhabil for row in counted),
        colegiado=sum((row.colegiado for row in counted), start=Decimal("0.00")),
        semefa=sum((row.semefa for row in counted), start=Decimal("0.00")),
    )
