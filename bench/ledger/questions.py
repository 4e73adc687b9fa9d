"""Questions to the ledger as it grows: a member's open dues, the statement page, the standing and the debt of all."""

import itertools
import random
import tempfile
import time
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from bench.measure import heading, percentile, row, run, seconds_of
from dues import ledger, standing
from dues.models import Due
from members.models import Assignment, Member, User

ASKED = 400
PAGES = 60
DUES_OF_A_MEMBER = 72

# All but the last few months of each member, by bank.
SETTLE = """
    INSERT INTO dues_settlement (due_id, amount, channel, reference, paid_at, recorded_at, reversed_by, reversal_reason)
    SELECT id, amount, 'bank', 'OP-' || id, due_date, now(), '', ''
    FROM dues_due WHERE period < date_trunc('month', now()) - (member_id % 7) * interval '1 month'
"""

Answers = dict[str, list[float]]


def ask_while_it_grows(file: Path, members: int) -> dict[int, Answers]:
    """The same questions at a hundredth and at a tenth of the dues."""
    asked = {}
    for share in (100, 10):
        some = max(20, members // share)
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as part, file.open() as whole:
            part.writelines(itertools.islice(whole, 1 + some * DUES_OF_A_MEMBER))
            part.flush()
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE dues_due CASCADE")
            run("import_dues", part.name)
        settle_most()
        asked[some * DUES_OF_A_MEMBER] = ask(some)
    return asked


def settle_most() -> None:
    with connection.cursor() as cursor:
        cursor.execute(SETTLE)
        cursor.execute("VACUUM ANALYZE dues_due, dues_settlement")


def ask(members: int) -> Answers:
    """Milliseconds of each answer, of members drawn by chance."""
    chance = random.Random(members)
    drawn = chance.choices(list(Member.objects.filter(dues__isnull=False).distinct()[:members]), k=ASKED)
    return {
        "open dues of a member": [_milliseconds(lambda m=member: list(ledger.open_dues(m))) for member in drawn],
        "statement page": _pages(drawn[:PAGES]),
    }


def _pages(members: list[Member]) -> list[float]:
    """The whole page through Django, the session's own queries included."""
    settings.ALLOWED_HOSTS = ["*"]
    user, _ = User.objects.get_or_create(email="bench@example.com", defaults={"name": "Prueba"})
    browser = Client()
    browser.force_login(user)
    taken = []
    for member in members:
        Assignment.objects.filter(user=user).delete()
        Assignment.objects.create(user=user, member=member)
        taken.append(_milliseconds(lambda: browser.get("/estado-de-cuenta/")))
    return taken


def tell(asked: dict[int, Answers]) -> None:
    sizes = sorted(asked)
    for question in asked[sizes[0]]:
        heading(f"{question[0].upper()}{question[1:]}, {DUES_OF_A_MEMBER} dues each: median and p95")
        first = percentile(asked[sizes[0]][question], 0.95)
        for size in sizes:
            taken = asked[size][question]
            p95 = percentile(taken, 0.95)
            row(f"{size:,} dues", f"{percentile(taken, 0.5):.1f} / {p95:.1f} ms", ratio=p95 / first, limit=1.5)


def ask_of_all() -> None:
    rule = standing.rule_on(timezone.localdate())
    assert rule
    today = timezone.localdate()
    taken = seconds_of(lambda: standing.standing_of_all(rule, on=today))
    scanned = seconds_of(lambda: Due.objects.filter(due_date__lt=today, exemption=None).count())
    command = run("standing")
    heading("Standing of all members, and overdue debt by council")
    row("counting the dues it looks at", f"{scanned:.2f} s", ratio=1.0)
    row("one statement for both", f"{taken:.2f} s", ratio=taken / scanned)
    row("manage.py standing: memory at most", f"{command.peak_mb:.0f} MB", ratio=command.peak_mb, limit=300)


def _milliseconds(do: object) -> float:
    began = time.perf_counter()
    do()  # type: ignore[operator]
    return (time.perf_counter() - began) * 1000
