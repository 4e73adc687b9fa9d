"""The trail shows who went round the database."""

from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from dues.models import Due
from members.models import User
from payments import trail
from payments.models import Event, Order
from payments.refunds import refunds
from simulators.niubiz.server import RunningSimulator
from tests.builders import an_order
from tests.payments.browser import Browser

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(ana: User, simulator: RunningSimulator) -> Order:
    browser = Browser(ana, simulator)
    order = browser.order_of(*Due.objects.filter(kind="colegiado").order_by("period")[:1])
    browser.pay(order)
    return order


def behind_the_triggers(sql: str) -> None:
    """What a person with the database's own password could do."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE payments_event DISABLE TRIGGER USER; ALTER TABLE payments_attempt DISABLE TRIGGER USER"
        )
        cursor.execute(sql)
        cursor.execute(
            "ALTER TABLE payments_event ENABLE TRIGGER USER; ALTER TABLE payments_attempt ENABLE TRIGGER USER"
        )


def test_a_payment_leaves_a_trail_of_every_move(order: Order) -> None:
    steps = [(e.cause, e.from_state, e.to_state) for e in order.events.all()]
    assert steps == [
        ("selección confirmada", "", "draft"),
        ("PAGA AQUÍ", "draft", "awaiting_payment"),
        ("intento creado", "", "created"),
        ("formulario abierto", "created", "form_open"),
        ("enviado a autorizar", "form_open", "authorising"),
        ("aprobado", "authorising", "approved"),
        ("cuotas pagadas", "awaiting_payment", "paid"),
    ]
    assert trail.verify() == len(steps)


def test_no_card_token_or_key_is_in_the_trail(order: Order) -> None:
    told = " ".join(str(event.details) for event in order.events.all())
    assert "455170******8059" in told
    assert "4551708161768059" not in told
    assert "eyJ" not in told


def test_a_move_that_does_not_start_where_the_last_one_ended_is_named_though_its_hash_fits(order: Order) -> None:
    forged = Event(order=order, sequence=8, at=timezone.now(), actor="personal:1", cause="a mano", to_state="paid")
    forged.from_state, forged.previous_hash = "expired", order.events.get(sequence=7).hash
    forged.hash = trail.fingerprint(forged)
    forged.save()
    with pytest.raises(CommandError, match=r"paso 8.*parte de «expired», y estaba en «paid»"):
        call_command("verify_audit")


def test_a_refund_that_moved_without_an_event_is_named(order: Order) -> None:
    refund = refunds.request(order.attempts.get().pk, author="personal:1", reason="Pidió devolución")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE payments_refund SET state = 'sending'")
    with pytest.raises(CommandError, match=rf"Devolución {refund.number} .*está sending, y su último evento dice requ"):
        call_command("verify_audit")


def test_more_orders_than_are_read_at_once(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "ORDERS_AT_ONCE", 1)
    second = an_order(order.user, *Due.objects.filter(kind="semefa")[:1])
    trail.record(second, actor="cuenta:1", cause="selección confirmada", to_state=second.state)
    told: list[int] = []
    assert trail.verify(progress=told.append) == 8
    assert told == [7, 8]


@pytest.mark.parametrize(
    ("tamper", "complaint"),
    [  # each takes the event of the fourth step
        (lambda e: f"UPDATE payments_event SET cause = 'otra' WHERE id = {e.pk}", "fue modificado"),
        (lambda e: f"UPDATE payments_event SET at = at + interval '1 s' WHERE id = {e.pk}", "fue modificado"),
        (lambda e: f"DELETE FROM payments_event WHERE id = {e.pk}", "falta el paso"),
        (lambda e: f"DELETE FROM payments_event WHERE sequence > {e.sequence}", "su último evento dice"),
        (lambda e: "UPDATE payments_attempt SET state = 'declined', settles_order = false", "su último evento dice"),
    ],
    ids=["cause", "time", "removed", "cut at the end", "row moved by hand"],
)
def test_tampering_shows_and_is_named(order: Order, tamper: Callable[[Event], str], complaint: str) -> None:
    behind_the_triggers(tamper(order.events.get(sequence=4)))
    with pytest.raises(CommandError, match=complaint):
        call_command("verify_audit")
