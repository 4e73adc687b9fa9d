"""docs/ways-to-pay.md is what the portal does: each way to pay × each outcome, played and written down.

Run it with WRITE_DOCS=1 to write the table anew, and read the difference before committing it.
"""

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from members.models import User
from payments.models import Letter
from simulators.niubiz.server import RunningSimulator
from tests.builders import client_of
from tests.payments.ways_to_pay import OUTCOMES, WAYS, WayToPay, World

pytestmark = pytest.mark.django_db(transaction=True)

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "ways-to-pay.md"
HEADING = """# Each way to pay, each outcome

`tests/payments/test_ways_to_pay.py` plays every row against the gateway's stand-in and writes what it sees. A new way
is one entry of `WAYS` in `tests/payments/ways_to_pay.py`. Letters are named by their key; a job of the charge issues
the receipt. "Treasury may" lists what the payment's page offers to that role, without what every payment offers.

"""
COLUMNS = ("Outcome", "Order", "Attempt", "Letters", "Receipt", "Member may", "Treasury may")


def letters(world: World) -> str:
    addresses = {world.user.email: "member", "tesoreria@cmp.org.pe": "treasury"}
    sent = Letter.objects.filter(attempt__order__user=world.user) | Letter.objects.filter(to=world.user.email)
    return ", ".join(
        f"{letter.key.partition(':')[0]} → {addresses.get(letter.to, 'payer')}" for letter in sent.order_by("pk")
    )


def receipt(world: World) -> str:
    jobs = ProcrastinateJob.objects.filter(task_name__in=("receipts.issue", "receipts.credit")).order_by("id")
    of_order = [
        job.task_name
        for job in jobs
        if job.args.get("order_id") == world.last_order.pk
        or job.args.get("refund_id") in set(world.attempt.refunds.values_list("pk", flat=True))
    ]
    return {0: "no", 1: "yes", 2: "yes, then a credit note"}[len(of_order)]


def member_may(world: World) -> str:
    page = client_of(world.user).get(reverse("order", args=[world.last_order.ref])).content.decode()
    buttons = re.findall(r'<(?:a|button) class="button[^"]*"[^>]*>([^<]+)<', page.partition("<main")[2])
    everywhere = {"Imprimir", "Regresar", "Ir al inicio", "Actualizar ahora", "Estado de cuenta"}
    return ", ".join(text for text in buttons if text not in everywhere)


def treasury_may(world: World, desk: Client) -> str:
    page = desk.get(reverse("staff_payment", args=[world.last_order.pk])).content.decode()
    acts = re.findall(r'<a (?:class="button default" )?href="(/[^"?]+)">([^<]+)</a>', page)
    names = [text for address, text in acts if "/pagos/" in address and re.search(r"\d+/", address)]
    everywhere = {"Consultar ahora", "Copia de la confirmación"}
    return ", ".join(dict.fromkeys(name for name in names if name not in everywhere and not name.startswith("CMP")))


def row(outcome: str, world: World, desk: Client) -> tuple[str, ...]:
    order, attempt = world.last_order, world.attempt
    paid_with = f" ({attempt.paid_with})" if attempt.paid_with else ""
    return (
        outcome,
        order.get_state_display(),
        f"{attempt.get_state_display()}{paid_with}",
        letters(world) or "none",
        receipt(world),
        member_may(world) or "nothing to do",
        treasury_may(world, desk) or "look",
    )


def play(way: WayToPay, outcome: str, simulator: RunningSimulator) -> World:
    world = World(simulator)
    late = timezone.localtime().hour == 23  # too late to void: the story is told two hours earlier
    with time_machine.travel(timezone.now() - timedelta(hours=2 if late else 0)):
        OUTCOMES[outcome](way, world)
    return world


def table(way: WayToPay, simulator: RunningSimulator, desk: Client) -> str:
    lines = [COLUMNS, ("---",) * len(COLUMNS)]
    lines += [row(outcome, play(way, outcome, simulator), desk) for outcome in OUTCOMES]
    return f"## {way.name}\n\n" + "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def test_the_document_says_what_happens(simulator: RunningSimulator, settings: Settings, teresa: User) -> None:
    settings.YAPE = settings.PAYMENT_LINKS = True
    settings.NIUBIZ_READ_TIMEOUT = 1
    settings.TREASURY_EMAIL = "tesoreria@cmp.org.pe"
    desk = client_of(teresa)
    written = HEADING + "\n".join(table(way, simulator, desk) for way in WAYS)
    if os.environ.get("WRITE_DOCS"):
        DOCUMENT.write_text(written)
    assert written == DOCUMENT.read_text(), "run it with WRITE_DOCS=1 and read the difference"
