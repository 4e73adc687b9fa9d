"""`manage.py sunat`: send, check or list documents at SUNAT, one or a day's."""

import argparse
from collections import Counter
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from members.actors import COMMAND_LINE
from receipts.models import Filing, Receipt
from receipts.tax_office import brakes, filing, findings
from receipts.tax_office.certificate import NoCertificate
from receipts.tax_office.states import FilingState
from receipts.tax_office.sunat import from_settings

DESCRIPTION = """Comprobantes ante SUNAT.

  portal sunat status                    cuántos hay en cada estado
  portal sunat send B001-12 F001-3       los envía ahora, salvo que ya tengan respuesta
  portal sunat send --day 2026-11-23     todos los de un día que no la tengan
  portal sunat check F001-3              pide a SUNAT su constancia y la muestra; no cambia nada
"""


class Command(BaseCommand):
    help = DESCRIPTION

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(
            prog_name, subcommand, formatter_class=argparse.RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("action", choices=["status", "send", "check"])
        parser.add_argument("names", nargs="*", metavar="B001-12", help="comprobantes, por serie y número")
        parser.add_argument("--day", type=date.fromisoformat, help="todos los emitidos ese día (2026-11-23)")

    def handle(self, *args: Any, action: str, names: list[str], day: date | None, **options: Any) -> None:
        if action == "status":
            self.show_states()
            return
        chosen = chosen_receipts(names, day)
        if from_settings() is None:
            raise CommandError("SUNAT_ENVIRONMENT=off: no se envía ni se pregunta nada.")
        for number, receipt in enumerate(chosen, start=1):
            told = send(receipt) if action == "send" else check(receipt)
            self.stdout.write(f"[{number}/{len(chosen)}] {receipt.name}: {told}")

    def show_states(self) -> None:
        counted = Counter(Filing.objects.values_list("state", flat=True))
        for state in FilingState:
            self.stdout.write(f"{state.label:<30} {counted[state.value]:>8,}")
        unsigned = Receipt.objects.filter(filing__isnull=True).count()
        self.stdout.write(f"{'Sin firmar':<30} {unsigned:>8,}")
        if brakes.stopped():
            self.stdout.write(
                "Los envíos están detenidos: SUNAT no aceptó al usuario o el certificado. Corríjalo y reanúdelos en el "
                "admin."
            )


def chosen_receipts(names: list[str], day: date | None) -> list[Receipt]:
    """Raises CommandError when nothing is named, or a name is not of a receipt."""
    if bool(names) == bool(day):
        raise CommandError("Nombre comprobantes (B001-12) o un día (--day 2026-11-23), no ambos.")
    found: QuerySet[Receipt] = Receipt.objects.order_by("pk")
    receipts = list(found.filter(issue_date=day) if day else found.filter(name__in=names))
    unknown = set(names) - {receipt.name for receipt in receipts}
    if unknown:
        raise CommandError(f"No existe {', '.join(sorted(unknown))}.")
    if not receipts:
        raise CommandError(f"Ningún comprobante se emitió el {day}.")
    return receipts


def send(receipt: Receipt) -> str:
    try:
        prepared = filing.prepare(receipt)
    except NoCertificate as trouble:
        raise CommandError(str(trouble)) from trouble
    told = findings.ask_again(prepared.pk, actor=COMMAND_LINE)
    return f"{told.get_state_display()} {told.code} {told.message}".rstrip()


def check(receipt: Receipt) -> str:
    office = from_settings()
    if office is None:
        raise CommandError("SUNAT_ENVIRONMENT=off: no se pregunta nada.")
    answer = office.get_constancy(type=receipt.document, name=receipt.name)
    return f"{answer.family} {answer.code} {answer.message}".rstrip()
