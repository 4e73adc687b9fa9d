"""Each trouble is told once, with its link, until it is cured; when it comes back it is told again."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from demo.mailbox import Mailbox
from dues.models import UnidentifiedPayment
from members.models import User
from payments.models import Alert, Attempt, Letter, Order, Refund
from receipts.issuing.issue import issue
from receipts.models import Delivery, DeliveryState, Filing
from simulators.niubiz.server import RunningSimulator
from staff import alerts, watch
from tests.builders import client_of
from tests.payments.browser import Browser, text
from tests.payments.test_refunds import open_dues
from tests.treasury.payments_of import a_payment

pytestmark = pytest.mark.django_db

LONG_AGO = timezone.now() - timedelta(hours=3)


@pytest.fixture(autouse=True)
def _a_worker_lives(db: None) -> None:
    a_worker()


def a_worker(seen: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [seen or timezone.now()])


def keys() -> set[str]:
    return {trouble.key.partition(":")[0] for trouble in watch.troubles()}


def test_a_healthy_portal_has_none(ana: User) -> None:
    a_payment(order_state="awaiting_payment", state="in_doubt", authorising_since=timezone.now())
    assert watch.troubles() == []


def test_each_kind_is_seen(ana: User) -> None:
    told = a_payment(order_state="paid", state="approved", settles_order=True)
    issue(told.order_id)
    Delivery.objects.update(state=DeliveryState.FAILED, last_error="550")
    a_payment(order_state="awaiting_payment", state="in_doubt", authorising_since=LONG_AGO, staff_reason="otro monto")
    double = a_payment(order_state="cancelled", state="approved")
    settled = a_payment(order_state="paid", state="approved", settles_order=True)
    Refund.objects.create(attempt=settled, method="refund", amount=5, reason="r", author="personal:1", state="in_doubt")
    Order.objects.filter(pk=settled.order_id).update(paid_at=LONG_AGO)
    stuck = Browser(ana).order_of(open_dues(ana)[0])
    Order.objects.filter(pk=stuck.pk).update(expires_at=LONG_AGO)
    a_worker(LONG_AGO)

    assert keys() == {"worker", "doubt", "unmatched", "double", "refund", "stuck", "unissued", "delivery"}
    places = {trouble.key: trouble.place for trouble in watch.troubles()}
    assert places[f"double:{double.pk}"] == f"/admin/pagos/{double.order_id}/"


def test_documents_that_sunat_refused_or_may_miss_are_seen(teresa: User) -> None:
    for state, days in (("rejected", 3), ("pending", 0), ("pending", 3)):
        paid = a_payment(order_state="paid", state="approved", settles_order=True)
        due_on = timezone.localdate() + timedelta(days=days)
        next_try = timezone.now() if state == "pending" else None
        Filing.objects.create(
            receipt=issue(paid.order_id),
            xml=b"<x/>",
            digest="d",
            state=state,
            cdr=b"la de SUNAT" if state == "rejected" else None,
            due_on=due_on,
            next_try_at=next_try,
        )
    told = [trouble.words for trouble in watch.troubles()]
    assert [words.split(";")[0].rpartition("SUNAT: ")[2] for words in told] == [
        "pendiente de envío",
        "rechazado por sunat",
    ]
    letter = alerts.look()
    assert letter
    assert "pendiente de envío" in letter.body
    assert "rechazado" not in letter.body  # told by receipts.alerts when SUNAT said so
    assert Alert.objects.filter(key__startswith="sunat").count() == 2
    page = text(client_of(teresa).get("/admin/"))
    assert "Rechazados o devueltos por SUNAT 1" in page
    assert "Cerca del plazo de SUNAT, o vencidos 1" in page


def test_a_failed_job_is_seen_for_a_day(ana: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status)"
            " VALUES ('mail', 'receipts.deliver', 'failed') RETURNING id"
        )
        (job,) = cursor.fetchone()
        cursor.execute("INSERT INTO procrastinate_events (job_id, type, at) VALUES (%s, 'failed', now())", [job])
    assert [trouble.key for trouble in watch.troubles()] == [f"job:{job}"]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = now() - interval '2 days'")
    assert watch.troubles() == []


def test_each_is_told_once_until_it_is_cured(teresa: User) -> None:
    attempt = a_payment(order_state="cancelled", state="approved")

    letter = alerts.look()
    assert letter
    assert (letter.to, "Pago doble por devolver" in letter.subject) == ("tesoreria@cmp.org.pe", True)
    assert f"/admin/pagos/{attempt.order_id}/" in letter.body
    assert alerts.look() is None
    assert "Pago doble por devolver" in text(client_of(teresa).get("/admin/"))

    Attempt.objects.filter(pk=attempt.pk).update(given_back=attempt.amount)
    assert alerts.look() is None
    assert Alert.objects.get().cured_at
    assert "Ninguna alerta abierta" in text(client_of(teresa).get("/admin/"))

    Attempt.objects.filter(pk=attempt.pk).update(given_back=0)
    assert alerts.look()
    assert (Alert.objects.count(), Letter.objects.filter(key__startswith="alert:").count()) == (2, 2)


def test_several_come_in_one_letter(ana: User) -> None:
    for _ in range(3):
        a_payment(order_state="cancelled", state="approved")
    letter = alerts.look()
    assert letter
    assert letter.subject == "[Alerta] 3 asuntos por revisar"
    assert letter.body.count("Pago doble por devolver") == 3


def test_a_silent_worker_is_told_by_the_systems_clock(mailbox: Mailbox, simulator: RunningSimulator) -> None:
    a_worker(LONG_AGO)
    said = StringIO()
    call_command("look_for_trouble", stdout=said)
    assert "no responde" in said.getvalue()
    [letter] = mailbox
    assert "worker" in letter.subject


def test_money_that_nobody_identified_for_a_week_is_told_once(settings: Settings) -> None:
    for days, key in ((8, "a"), (9, "b"), (6, "c")):
        since = timezone.now() - timedelta(days=days)
        UnidentifiedPayment.objects.create(key=key, amount=30, reason="Nadie tiene ese CMP", recorded_at=since)
    [told] = [trouble for trouble in watch.troubles() if trouble.key == "unidentified"]
    assert told.words == "Pagos por identificar desde hace más de 7 días: 2, por S/ 60.00."
    settings.UNIDENTIFIED_DAYS = 30
    assert "unidentified" not in keys()
