"""Numbers under attack, and how many documents a second are numbered when each commit waits for a slow disk.

First eight processes issue the documents while some of their transactions roll back by chance and processes are killed
with -9 and replaced: no number may be missing or used twice. Then one flush of the disk is made to take 5 ms
(PostgreSQL's commit_delay, with which every commit sleeps that long before its flush), and three ways are timed side by
side: a counter row locked in a transaction of each document, the portal's way, and commits that number nothing.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from bench.measure import ROOT, database, heading, machine, row

FLUSH_MS = 5
PROCESSES = 8


def main(arguments: list[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    if chosen.worker:
        _work(chosen.worker, chosen.seed)
        return 0
    with database(chosen.dir.resolve()):
        return _measure(chosen.documents, chosen.kills, chosen.seed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="script/bench numbering", description=__doc__)
    parser.add_argument("--documents", type=int, default=5_000, help="documents to issue (default 5000)")
    parser.add_argument("--kills", type=int, default=20, help="processes to kill -9 meanwhile (default 20)")
    parser.add_argument("--seed", type=int, default=1, help="who dies when (default 1)")
    parser.add_argument("--dir", type=Path, default=ROOT / "var" / "bench" / "numbering", help="its database (emptied)")
    parser.add_argument("--worker", choices=["attack", "portal", "one", "none"], help=argparse.SUPPRESS)
    return parser


def _measure(documents: int, kills: int, seed: int) -> int:
    print(f"Numbering {documents:,} documents by {PROCESSES} processes\n{machine()}")
    pay_orders(documents)
    taken, killed = _attack(documents, kills, seed)
    gaps, repeats, missing = _faults_in_series()
    heading(f"Under attack: {taken:.1f} s, {killed} processes killed with -9, every tenth transaction rolled back")
    row("numbers missing in a series", str(gaps), ratio=gaps, limit=0)
    row("numbers used twice", str(repeats), ratio=repeats, limit=0)
    row("paid orders without a document", str(missing), ratio=missing, limit=0)

    _slow_down()
    heading(f"Documents a second, a flush taking {FLUSH_MS} ms, {PROCESSES} processes")
    one, none, portal = _rate("one", documents // 10), _rate("none", 200), _rate("portal", documents)
    row("one document a transaction, counter locked", f"{one:,.0f}/s", ratio=1.0)
    row("commits that number nothing", f"{none:,.0f}/s", ratio=none / one)
    row("the portal: all that wait share one", f"{portal:,.0f}/s", ratio=portal / one)
    print(f"{'at least 1,000/s':46}{'ok' if portal >= 1000 else 'MISSED':>18}")
    return 1 if gaps or repeats or missing else 0


# --- The orders


def pay_orders(count: int, *, facturas: int = 0) -> None:
    """Paid orders of one due each, as the settlement leaves them; everything goes in by bulk.

    The first `facturas` of them ask for a factura.
    """
    from datetime import date
    from decimal import Decimal

    from django.utils import timezone

    from dues.models import Due, Kind
    from members.models import Member, RegionalCouncil, User
    from payments.models import Attempt, Order, OrderLine

    now = timezone.now()
    council, _ = RegionalCouncil.objects.get_or_create(number=3, defaults={"roman": "III", "name": "Lima"})
    first = Member.objects.count()
    members = Member.objects.bulk_create(
        Member(
            cmp_number=500_000 + n, surnames="Prueba", given_names=f"Médico {n}", document_type="1",
            document_number=f"{30_000_000 + n}", regional_council=council, registered_date=date(2010, 3, 15),
        )
        for n in range(first, first + count)
    )  # fmt: skip
    user, _ = User.objects.get_or_create(email="bench@example.com", defaults={"name": "Prueba"})
    dues = Due.objects.bulk_create(
        Due(member=m, kind=Kind.COLEGIADO, period=date(2026, 1, 1), amount=Decimal("30.00"),
            due_date=date(2026, 1, 31), basis="Acuerdo de muestra")
        for m in members
    )  # fmt: skip
    orders = Order.objects.bulk_create(
        Order(
            user=user, member=m, kind="colegiado", email="bench@example.com", total=Decimal("30.00"), currency="PEN",
            terms_version="1", terms_accepted_at=now, created_at=now, expires_at=now, state="paid", paid_at=now,
            **_buyer(m.document_number, m.full_name, factura=place < facturas),
        )
        for place, m in enumerate(members)
    )  # fmt: skip
    OrderLine.objects.bulk_create(
        OrderLine(order=o, due=d, period=d.period, amount=d.amount) for o, d in zip(orders, dues, strict=True)
    )
    Attempt.objects.bulk_create(
        Attempt(order=o, environment="simulator", merchant_id="1", amount=o.total, currency="PEN", state="approved",
                settles_order=True, card="455170******8059", brand="visa", authorization_code="123456")
        for o in orders
    )  # fmt: skip


def _buyer(number: str, name: str, *, factura: bool) -> dict[str, str]:
    if not factura:
        return {"document": "03", "buyer_document_type": "1", "buyer_document_number": number, "buyer_name": name}
    return {
        "document": "01",
        "buyer_document_type": "6",
        "buyer_document_number": "20100066603",
        "buyer_name": "Clínica de Prueba S.A.C.",
        "buyer_address": "Av. Larco 100",
    }


# --- Many processes


def _start(way: str, seed: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(_command(way, seed), cwd=ROOT)


def _command(way: str, seed: int) -> list[str]:
    return [sys.executable, "-m", "bench.numbering", "--worker", way, "--seed", str(seed)]


def _attack(documents: int, kills: int, seed: int) -> tuple[float, int]:
    from django.db import connection

    chance = random.Random(seed)
    began, killed = time.monotonic(), 0
    workers = [_start("attack", number) for number in range(PROCESSES)]
    while _issued(connection) < documents:
        time.sleep(0.2)
        if killed < kills and chance.random() < 0.5:
            victim = chance.randrange(PROCESSES)
            workers[victim].send_signal(signal.SIGKILL)
            workers[victim].wait()
            killed += 1
        for place, worker in enumerate(workers):
            if worker.poll() is not None:
                workers[place] = _start("attack", chance.randrange(10**6))
    taken = time.monotonic() - began
    _end(workers)
    return taken, killed


def _rate(way: str, documents: int) -> float:
    """Documents, or commits, a second; starting the processes is not counted."""
    if way == "none":
        return _commits_a_second(documents)
    from receipts.models import Receipt

    pay_orders(documents)
    last = Receipt.objects.count()
    workers = [_start(way, number) for number in range(PROCESSES)]
    while Receipt.objects.count() < last + documents:
        time.sleep(0.1)
    _end(workers)
    issued = Receipt.objects.order_by("number")[last:].values_list("issued_at", flat=True)
    return documents / (max(issued) - min(issued)).total_seconds()


def _commits_a_second(commits: int) -> float:
    """Of all processes at once, from the moment at which the last of them is up to the last commit of all."""
    os.environ["BENCH_COMMITS"] = str(commits)
    workers = [
        subprocess.Popen(_command("none", number), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for number in range(PROCESSES)
    ]
    _each_says(workers, b"ready\n")
    began = time.monotonic()
    for worker in workers:
        assert worker.stdin
        worker.stdin.write(b"go\n")
        worker.stdin.flush()
    _each_says(workers, b"done\n")
    taken = time.monotonic() - began
    for worker in workers:
        worker.communicate()
    return commits * PROCESSES / taken


def _each_says(workers: list[subprocess.Popen[bytes]], word: bytes) -> None:
    for worker in workers:
        assert worker.stdout
        if (told := worker.stdout.readline()) != word:
            raise RuntimeError(f"a process said {told!r} instead of {word!r}")


def _issued(connection: object) -> int:
    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("SELECT coalesce(sum(next_number - 1), 0) FROM receipts_series")
        return int(cursor.fetchone()[0])


def _end(workers: list[subprocess.Popen[bytes]]) -> None:
    for worker in workers:
        with suppress(ProcessLookupError):
            worker.kill()
        worker.wait()


def _slow_down() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SYSTEM SET commit_delay = {FLUSH_MS * 1000}")
        cursor.execute("ALTER SYSTEM SET commit_siblings = 0")
        cursor.execute("SELECT pg_reload_conf()")


def _faults_in_series() -> tuple[int, int, int]:
    """Gaps, repeats, and paid orders left without a document."""
    from payments.models import Order
    from receipts.models import Receipt

    numbers = sorted(Receipt.objects.values_list("number", flat=True))
    gaps = len(set(range(1, (numbers[-1] if numbers else 0) + 1)) - set(numbers))
    return gaps, len(numbers) - len(set(numbers)), Order.objects.filter(receipt=None).count()


# --- What each process does


def _work(way: str, seed: int) -> None:
    import django

    django.setup()
    {"attack": _issue_and_roll_back, "portal": _issue_in_batches, "one": _issue_one_by_one, "none": _commit}[way](seed)


class ChangedMindError(Exception):
    """A transaction that ends in a rollback."""


def _issue_and_roll_back(seed: int) -> None:
    from django.db import transaction

    from receipts.issuing.issue import issue_pending

    chance = random.Random(seed)
    while True:
        with suppress(ChangedMindError), transaction.atomic():
            issued = issue_pending(limit=chance.randint(1, 40))
            if chance.random() < 0.1:
                raise ChangedMindError
        if not issued:
            time.sleep(0.1)


def _issue_in_batches(seed: int) -> None:
    """As the jobs do: each asks for one order's receipt."""
    from receipts.issuing.issue import _unissued, issue

    chance = random.Random(seed)
    while True:
        waiting = list(_unissued().values_list("pk", flat=True)[:2000])
        if not waiting:
            time.sleep(0.05)
            continue
        issue(chance.choice(waiting))


def _issue_one_by_one(seed: int) -> None:
    """The counter row locked in a transaction of every document."""
    from receipts.issuing import issue as issuing

    issuing.BATCH = 1
    _issue_in_batches(seed)


def _commit(seed: int) -> None:
    """Commits that write something and wait for nobody's row."""
    from django.db import connection, transaction

    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(int(os.environ["BENCH_COMMITS"])):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_logical_emit_message(true, 'bench', %s)", [str(seed)])
    print("done", flush=True)


if __name__ == "__main__":
    sys.exit(main())
