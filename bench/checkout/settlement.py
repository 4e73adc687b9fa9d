"""Settlements a second: what the portal does when an approval arrives, and the same SQL from pgbench.

The SQL is what one settlement of the portal sent, its transaction included, with the ids of each order put in.
"""

import multiprocessing
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection, connections, transaction
from django.utils import timezone

from demo.database import Server
from dues import ledger
from dues.models import Due, Hold, Kind
from members.models import Assignment
from payments import trail
from payments.checkout.charge import conclude
from payments.gateway import Approved, Exchange
from payments.models import Attempt, Order, OrderLine
from payments.states import AttemptState, OrderState

#: An attempt and what the gateway says of it.
Charge = tuple[int, Approved]

COPY = "bench_settling"
PROCESSES = 4
READY_SECONDS = 60
ROUNDS = 3
DUES = 3
# Large ids, so that none of them is taken for another number in the text of a statement.
SEQUENCES = {"payments_order_id_seq": 500_000_000, "payments_attempt_id_seq": 600_000_000}
FIRST_PURCHASE_NUMBER = 700_000_000
BOUND = """
    CREATE TABLE bench_settling AS
    SELECT row_number() OVER (ORDER BY attempt.id) AS n, attempt.order_id, attempt.id AS attempt_id,
           attempt.purchase_number, placed.ref, dues[1] AS due_1, dues[2] AS due_2, dues[3] AS due_3
    FROM payments_attempt AS attempt JOIN payments_order AS placed ON placed.id = attempt.order_id
    JOIN (SELECT order_id, array_agg(due_id ORDER BY due_id) AS dues FROM payments_orderline GROUP BY 1) AS line
      ON line.order_id = attempt.order_id
    WHERE attempt.id = ANY(%s)
"""
NEXT = (
    "SELECT order_id, attempt_id, purchase_number, ref, due_1, due_2, due_3 "
    "FROM bench_settling WHERE n = (SELECT nextval('bench_turn')) \\gset\n"
)


@contextmanager
def copied_database(server: Server) -> Iterator[None]:
    """This process works on a copy meanwhile: orders that nobody gives a receipt would be the next run's work."""
    original = connection.settings_dict["NAME"]
    connections.close_all()
    with psycopg.connect(server.url("postgres"), autocommit=True) as maintenance:
        maintenance.execute(f"DROP DATABASE IF EXISTS {COPY}")
        maintenance.execute(f"CREATE DATABASE {COPY} TEMPLATE {original} STRATEGY file_copy")
        connection.settings_dict["NAME"] = COPY
        try:
            yield
        finally:
            connections.close_all()
            connection.settings_dict["NAME"] = original
            maintenance.execute(f"DROP DATABASE {COPY} WITH (FORCE)")


def prepare(emails: Sequence[str]) -> list[Charge]:
    """The card of each account's order is being charged: the attempts, with what the gateway will say of each."""
    with connection.cursor() as cursor:
        for sequence, first in SEQUENCES.items():
            cursor.execute("SELECT setval(%s, greatest(%s, nextval(%s)))", [sequence, first, sequence])
        cursor.execute(
            "SELECT setval('payments_purchase_number', greatest(%s, nextval('payments_purchase_number')))",
            [FIRST_PURCHASE_NUMBER],
        )
    claims = list(Assignment.objects.select_related("member", "user").filter(user__email__in=emails))
    dues = {claim.member_id: list(ledger.open_dues(claim.member, kind=Kind.COLEGIADO)[:DUES]) for claim in claims}
    with transaction.atomic():
        orders = Order.objects.bulk_create(_order(claim, dues[claim.member_id]) for claim in claims)
        lines = [(order, due) for order in orders for due in dues[order.member_id]]
        OrderLine.objects.bulk_create(OrderLine(order=o, due=d, period=d.period, amount=d.amount) for o, d in lines)
        Hold.objects.bulk_create(Hold(due=due, holder=order.ref) for order, due in lines)
        attempts = Attempt.objects.bulk_create(map(_attempt, orders))
        for attempt in attempts:
            trail.record(attempt.order, attempt=attempt, actor=trail.CLOCK, cause="enviado a autorizar")
    numbers = dict(Attempt.objects.filter(order__in=orders).values_list("pk", "purchase_number"))
    return [(attempt.pk, _approval(numbers[attempt.pk], attempt.amount)) for attempt in attempts]


def _order(claim: Assignment, dues: Sequence[Due]) -> Order:
    now = timezone.now()
    return Order(
        user=claim.user,
        member=claim.member,
        kind=Kind.COLEGIADO,
        document="03",
        email=claim.user.email,
        buyer_document_type=claim.member.document_type,
        buyer_document_number=claim.member.document_number,
        buyer_name=claim.member.full_name,
        total=sum((due.amount for due in dues), Decimal("0.00")),
        terms_version=settings.TERMS_VERSION,
        terms_accepted_at=now,
        state=OrderState.AWAITING_PAYMENT,
        expires_at=now + timedelta(minutes=30),
    )


def _attempt(order: Order) -> Attempt:
    now = timezone.now()
    return Attempt(
        order=order,
        environment=settings.NIUBIZ_ENVIRONMENT,
        merchant_id="100000001",
        amount=order.total,
        state=AttemptState.AUTHORISING,
        authorising_since=now,
        next_question_at=now + timedelta(minutes=5),
    )


def settle(charge: Charge) -> None:
    """What the page of return does once the gateway has approved."""
    attempt_id, approval = charge
    conclude(attempt_id, approval, actor=trail.GATEWAY)


def _approval(number: int, amount: Decimal) -> Approved:
    said = {"dataMap": {"STATUS": "Authorized", "ACTION_CODE": "000"}, "order": {"purchaseNumber": str(number)}}
    return Approved(
        purchase_number=f"{number}",
        amount=amount,
        currency="PEN",
        action_code="000",
        action_description="Aprobado",
        card="455170******8059",
        brand="visa",
        card_type="C",
        eci="07",
        status="Authorized",
        authorization_code="123456",
        transaction_id="993211234567890",
        signature="f1a2b3c4",
        trace_number="123456",
        transaction_date="261123101500",
        decided_at=timezone.now(),
        exchange=Exchange(operation="authorise", path="/", http_status=200, millis=90, request={}, response=said),
    )


def best_rates(server: Server, charges: Sequence[Charge], folder: Path) -> tuple[float, float]:
    """Settlements a second of the portal and of pgbench, in turns, the best of ROUNDS each: what else the machine does
    meanwhile slows one or the other."""
    share = len(charges) // (2 * ROUNDS)
    parts = [charges[place * share : (place + 1) * share] for place in range(2 * ROUNDS)]
    turns = [
        (portal_rate(ours), pgbench_rate(server, its, folder))
        for ours, its in zip(parts[::2], parts[1::2], strict=True)
    ]
    return max(portal for portal, _ in turns), max(pgbench for _, pgbench in turns)


def portal_rate(charges: Sequence[Charge]) -> float:
    """Settlements a second of PROCESSES processes of the portal's own code."""
    connections.close_all()
    shares = [list(charges)[share::PROCESSES] for share in range(PROCESSES)]
    context = multiprocessing.get_context("fork")
    ready = context.Barrier(PROCESSES + 1, timeout=READY_SECONDS)
    processes = [context.Process(target=_settle_share, args=(share, ready)) for share in shares]
    for process in processes:
        process.start()
    ready.wait()
    began = time.monotonic()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise SystemExit("checkout: a settling process failed; see what it wrote above.")
    return len(charges) / (time.monotonic() - began)


def _settle_share(charges: Sequence[Charge], ready: "multiprocessing.synchronize.Barrier") -> None:
    settle(charges[0])  # warm, and connected
    ready.wait()
    for charge in charges[1:]:
        settle(charge)


def pgbench_rate(server: Server, charges: Sequence[Charge], folder: Path) -> float:
    """The same statements a second from as many clients. Raises SystemExit with what pgbench said."""
    script = folder / "settlement.sql"
    script.write_text(NEXT + _script(charges[-1]), encoding="utf-8")
    rest = [attempt_id for attempt_id, _ in charges[:-1]]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_settling")
        cursor.execute("DROP SEQUENCE IF EXISTS bench_turn")
        cursor.execute(BOUND, [rest])
        cursor.execute("CREATE UNIQUE INDEX ON bench_settling (n)")
        cursor.execute("CREATE SEQUENCE bench_turn")
    each = len(rest) // PROCESSES
    place = ("-h", str(server.socket_folder), "-U", "portal", COPY)
    many = ("-n", "-f", str(script), "-c", str(PROCESSES), "-j", str(PROCESSES), "-t", str(each))
    command = [str(server.programs / "pgbench"), *many, *place]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode or not found or "failed transactions: 0" not in done.stdout:
        raise SystemExit(f"checkout: pgbench failed: {done.stderr[-2000:] or done.stdout}")
    return float(found[1])


def _script(charge: Charge) -> str:
    """What one settlement sends, with the order's own ids as pgbench's variables."""
    attempt = Attempt.objects.select_related("order").get(pk=charge[0])
    due_ids = sorted(attempt.order.lines.values_list("due_id", flat=True))
    connection.force_debug_cursor = True
    connection.queries_log.clear()
    settle(charge)
    sent = [str(entry["sql"]) for entry in connection.queries]
    connection.force_debug_cursor = False
    named = {"order_id": attempt.order_id, "attempt_id": attempt.pk, "purchase_number": attempt.purchase_number}
    named |= {"ref": attempt.order.ref} | {f"due_{place}": due for place, due in enumerate(due_ids, start=1)}
    text = "\n".join(statement.rstrip("; \n").replace("\n", " ") + ";" for statement in sent)
    # Arrays of ids are sent as the smallest of the integer types that holds the sample's.
    text = re.sub(r"::int[24]\[\]", "::int8[]", text)
    for name, value in named.items():
        text = re.sub(rf"\b{value}\b", f":{name}", text)
    return text + "\n"
