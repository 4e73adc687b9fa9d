import argparse
import re
import sys
import time
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from base.peru import months
from dues.charging import monthly
from dues.charging.monthly import Charged, Count
from dues.models import Kind

BAR = 30
MONTH = re.compile(r"(\d{4})-(\d{1,2})")


def month(text: str) -> date:
    """`2026-12` as the first day of that month."""
    match = MONTH.fullmatch(text)
    if not match or not 1 <= int(match[2]) <= 12:
        raise argparse.ArgumentTypeError(f"«{text}» no es un mes como 2026-12")
    return date(int(match[1]), int(match[2]), 1)


class Command(BaseCommand):
    help = (
        "Carga las cuotas de un mes según tarifas, padrón y coberturas: agrega las que faltan, anula o corrige las "
        "impagas que no corresponden. No toca las pagadas, en pago, exoneradas ni importadas. Puede repetirse; si se "
        "interrumpe, el mes en curso queda sin cambios."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--month", type=month, metavar="AAAA-MM", help="el mes; sin esto, el actual")
        parser.add_argument("--since", type=month, metavar="AAAA-MM", help="también cada mes desde este")
        parser.add_argument("--dry-run", action="store_true", help="dice qué cambiaría, sin guardar nada")

    def handle(self, *args: Any, month: date | None, since: date | None, dry_run: bool, **options: Any) -> None:
        started, today = time.monotonic(), timezone.localdate()
        last = month or months.month_of(today)
        count = max(0, months.between(since or last, last)) + 1
        for number, period in enumerate(_months(last, count)):
            show = partial(self.show_progress, number, count, period)
            charged = monthly.charge(period, today=today, dry_run=dry_run, progress=show)
            if sys.stderr.isatty():
                self.stderr.write("")
            for line in report(charged):
                self.stdout.write(line)
        verdict = " (prueba: no se guardó nada)" if dry_run else ""
        self.stdout.write(
            self.style.SUCCESS(f"{count} mes{'' if count == 1 else 'es'}, {time.monotonic() - started:.1f} s{verdict}")
        )

    def show_progress(self, months_done: int, count: int, period: date, share: float) -> None:
        """A bar on a terminal, nothing in a log."""
        if sys.stderr.isatty():
            filled = round(BAR * (months_done + share) / count)
            self.stderr.write(f"\r[{'#' * filled}{'.' * (BAR - filled)}] {months.name(period)}", ending="")
            self.stderr.flush()


def _months(last: date, count: int) -> Iterator[date]:
    return (months.shift(last, -back) for back in reversed(range(count)))


def report(charged: Charged) -> Iterator[str]:
    """What happened to one month, in the treasurer's words."""
    name = months.name(charged.period)
    for kind in charged.without_tariff:
        yield f"{name}: no hay tarifa de {Kind(kind).label} vigente; no se cargó."
    for kind, count in charged.added.items():
        yield f"{name}: {Kind(kind).label}, {_told(count)}, nuevas"
    if charged.annulled.dues:
        yield f"{name}: {_told(charged.annulled)}, anuladas"
    if charged.corrected.dues:
        yield f"{name}: {_told(charged.corrected)} de diferencia en cuotas corregidas"
    if charged.kept.dues:
        yield f"{name}: {_told(charged.kept)} de otro monto, sin tocar (pagadas, en pago o de un mes pasado)"
    if charged.changes_nothing:
        yield f"{name}: nada que cambiar"


def _told(count: Count) -> str:
    return f"{count.dues:,} cuota{'' if count.dues == 1 else 's'} por S/ {count.amount:,.2f}"
