"""The table a run ends with."""

import os
import platform
from typing import Any

WIDTH = 62


def show(conductor: Any, crowd: Any, counts: list[Any], crowd_seconds: float, quiet_seconds: float) -> None:
    chosen = conductor.chosen
    plant = f", planted: {chosen.plant}" if chosen.plant else ""
    print(f"\nChaos: {chosen.payments} payments, {chosen.faults} faults asked for, seed {chosen.seed}{plant}")
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{chosen.members} members, {chosen.workers} at once; {machine}")
    print(f"{crowd_seconds:.0f} s of paying, {quiet_seconds:.0f} s until all was quiet")
    _section("Visits, by how they ended")
    for ending, times in crowd.endings.most_common():
        _row(ending, times)
    _row("pages asked for", conductor.witness.pages)
    _section("Faults injected")
    for fault, times in sorted(conductor.injected.counts.items()):
        if times:
            _row(fault, times)
    _row("in all", conductor.injected.total)
    _section("In the end")
    for name, value in in_the_end(conductor).items():
        _row(name, value)
    _section("Must be 0")
    for count in counts:
        _row(count.name, count.value)
        for case in count.cases[:3]:
            print(f"    - {case}")
    broken = [count.name for count in counts if count.value]
    print(f"\n{'BROKEN: ' + '; '.join(broken) if broken else 'All 0.'}", flush=True)


def in_the_end(conductor: Any) -> dict[str, int]:
    """What the run put to the test: large figures here say that the zeros below were not had for nothing."""
    from dues.models import Channel, Settlement
    from payments.models import Attempt, Event, Refund
    from payments.states import AttemptState
    from receipts.models import Receipt

    verdict = conductor.judged
    doubts = Event.objects.filter(to_state=AttemptState.IN_DOUBT).exclude(details__has_key="refund")
    return {
        "charges in the gateway's books": len(verdict.charges),
        "  of them undone again": sum(not charge.net for charge in verdict.charges.values()),
        "attempts that were in doubt": doubts.count(),
        "attempts found absent": Attempt.objects.filter(state=AttemptState.ABSENT).count(),
        "double payments given back": Refund.objects.filter(attempt__settles_order=False, state="done").count(),
        "dues settled by card": Settlement.objects.standing().filter(channel=Channel.CARD).count(),
        "dues settled by the bank": Settlement.objects.standing().filter(channel=Channel.BANK).count(),
        "receipts issued": Receipt.objects.count(),
        "e-mails received": sum(verdict.mails.values()),
        "  copies under one Message-ID": verdict.repeated_copies,
        "events in the audit chains": Event.objects.count(),
        "requests that a kill cut off": conductor.witness.cut_off,
        "failed pages (5xx), PostgreSQL's outages included": len(conductor.witness.failures),
    }


def _section(name: str) -> None:
    print(f"\n{name}\n{'-' * (WIDTH + 8)}")


def _row(name: str, value: int) -> None:
    print(f"{name:<{WIDTH}}{value:>8,}")
