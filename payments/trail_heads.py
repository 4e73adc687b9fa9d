"""A signed line for each day of the trail, mailed to the auditor, so that a rewritten trail shows.

Each signature covers the one of the day before, and is keyed with TRAIL_KEY. Whoever has the database alone cannot make
it; whoever has the portal's settings too cannot change the lines in the auditor's mailbox.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Min
from django.db.models.functions import TruncDate
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from payments.models import Event, TrailHead

LIMA = ZoneInfo("America/Lima")
LINE = re.compile(r"bitácora (\d{4}-\d\d-\d\d) eventos (\d+) firma ([0-9a-f]{64})")


class RewrittenTrail(Exception):
    """The events of a day are not those that its line was written for; the message names the first such day."""


def write(today: date) -> list[TrailHead]:
    """Write the heads that are missing up to the day before `today`, and have each mailed to the auditor.

    A day is over for the trail once no transaction begun in it is open; the worker calls this at four in the morning.
    """
    last = TrailHead.objects.order_by("-day").first()
    since = last.day + timedelta(days=1) if last else _first_day()
    if since is None:
        return []
    with transaction.atomic():
        made = list(_heads(since, today - timedelta(days=1), last.signature if last else ""))
        TrailHead.objects.bulk_create(made)
        for head in made:
            jobs.configure_task("payments.mail_trail_head").defer(day=head.day.isoformat())
    return made


def mail(day: date) -> None:
    """Send the line of `day` to AUDITOR_EMAIL; nobody is written to while that is empty."""
    head = TrailHead.objects.get(day=day)
    if settings.AUDITOR_EMAIL:
        body = (
            "Guarde este mensaje fuera del portal. Con él se comprueba que nadie reescribió la bitácora de pagos:\n"
            "portal verify_audit --lines ARCHIVO, donde ARCHIVO contiene los mensajes guardados.\n\n"
            f"{head}\n"
        )
        EmailMessage(f"Bitácora de pagos del {day:%d/%m/%Y}", body, to=[settings.AUDITOR_EMAIL]).send()


def verify(lines: str = "") -> int:
    """Compare every head with the events as they are now, and with the mailed `lines`; return how many days agree.

    Raises RewrittenTrail naming the first day that differs, or that a mailed line names and no head does.
    """
    heads = list(TrailHead.objects.order_by("day"))
    if heads:
        for written, actual in zip(heads, _heads(heads[0].day, heads[-1].day, ""), strict=True):
            if str(written) != str(actual):
                raise RewrittenTrail(f"Los eventos del {written.day:%d/%m/%Y} no son los que se firmaron ese día.")
    known = {str(head) for head in heads}
    for mailed in LINE.finditer(lines):
        if mailed[0] not in known:
            raise RewrittenTrail(f"La línea del {mailed[1]} que guardó el auditor no es la que da la bitácora.")
    return len(heads)


def _first_day() -> date | None:
    first = Event.objects.aggregate(first=Min("at"))["first"]
    return timezone.localdate(first, LIMA) if first else None


def _heads(since: date, until: date, previous: str) -> Iterator[TrailHead]:
    """The heads of these days, those without events too, as the events stand now."""
    of_day = {
        day: [fingerprint for _, fingerprint in rows]
        for day, rows in groupby(_hashes(since, until), key=lambda row: row[0])
    }
    for offset in range((until - since).days + 1):
        day = since + timedelta(days=offset)
        hashes = of_day.get(day, [])
        previous = _signature(day, hashes, previous)
        yield TrailHead(day=day, events=len(hashes), signature=previous)


def _hashes(since: date, until: date) -> Iterable[tuple[date, str]]:
    begin, end = datetime.combine(since, time(), LIMA), datetime.combine(until + timedelta(days=1), time(), LIMA)
    return (
        Event.objects.filter(at__gte=begin, at__lt=end)
        .annotate(day=TruncDate("at", tzinfo=LIMA))
        .order_by("day", "order_id", "sequence")
        .values_list("day", "hash")
        .iterator(chunk_size=10_000)
    )


def _signature(day: date, hashes: list[str], previous: str) -> str:
    stated = "\n".join([day.isoformat(), str(len(hashes)), previous, *hashes])
    return hmac.new(settings.TRAIL_KEY.encode(), stated.encode(), hashlib.sha256).hexdigest()
