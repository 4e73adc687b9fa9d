"""A backup was restored: what the gateway charged since then is found again, and nothing of it is guessed."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from dues.models import Due
from members.models import User
from payments.books import recovery
from payments.checkout import give_up
from payments.gateway import Payer, from_settings
from payments.models import Attempt, Letter, Order, Refund, UnmatchedCharge
from payments.states import AttemptState, OrderState, RefundState
from simulators.niubiz.server import RunningSimulator
from staff import watch
from tests.builders import client_of
from tests.payments.browser import APPROVED, NO_FUNDS, Browser, attempt_of
from tests.payments.test_refunds import open_dues
from tests.payments.test_refusals import refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("not_at_midnight")]

SINCE = timezone.now() - timedelta(minutes=5)
PAYER = Payer(
    email="ana@example.com",
    client_ip="192.0.2.1",
    document_type="DNI",
    document_number="12345678",
    customer_id="1",
    days_registered=1,
)


@pytest.fixture
def browser(ana: User, simulator: RunningSimulator) -> Browser:
    return Browser(ana, simulator)


@pytest.fixture
def dues(ana: User) -> list[Due]:
    return open_dues(ana)


def charge(simulator: RunningSimulator, number: int, *, amount: str = "30.00", card: str = APPROVED) -> None:
    """What the portal did between the backup and the crash, as far as the gateway saw it."""
    gateway = from_settings()
    session = gateway.open_session(amount=Decimal(amount), payer=PAYER)
    token = simulator.control.token(card, session.key)
    gateway.authorise(purchase_number=str(number), amount=Decimal(amount), currency="PEN", transaction_token=token)


def reconcile(*arguments: str, beyond: int = 12) -> str:
    said = StringIO()
    since = SINCE.isoformat()
    call_command("reconcile", f"--since={since}", f"--beyond={beyond}", *arguments, stdout=said, stderr=said)
    return said.getvalue()


def last_number() -> int:
    return recovery._next_number() - 1


def test_a_charge_of_an_order_that_the_backup_shows_unpaid_pays_it(
    browser: Browser, dues: list[Due], simulator: RunningSimulator
) -> None:
    order = browser.order_of(dues[0])
    browser.press_pay(order)
    charge(simulator, attempt_of(order).purchase_number)
    Order.objects.filter(pk=order.pk).update(expires_at=timezone.now() - timedelta(hours=2))

    said = reconcile()

    order.refresh_from_db()
    assert order.state == OrderState.PAID
    assert f"su resultado: {attempt_of(order).number}." in said
    assert not UnmatchedCharge.objects.exists()
    call_command("verify_audit", stdout=StringIO())


def test_what_nobody_paid_stays_unpaid_and_may_be_paid(browser: Browser, dues: list[Due]) -> None:
    order = browser.order_of(dues[0])
    page = browser.press_pay(order)
    reconcile()
    assert attempt_of(order).state == AttemptState.FORM_OPEN
    assert "Su pago fue aprobado" in browser.finish(page, browser.type_card(page)).content.decode()


def test_a_charge_that_no_order_explains_is_held_for_staff_and_its_number_is_not_used_again(
    simulator: RunningSimulator, browser: Browser, dues: list[Due]
) -> None:
    last = last_number()
    charge(simulator, last + 3, amount="61.50")
    charge(simulator, last + 9, card=NO_FUNDS)
    charge(simulator, last + 14)

    said = reconcile()
    again = reconcile()

    held = UnmatchedCharge.objects.order_by("purchase_number")
    assert [(row.purchase_number - last, row.amount) for row in held] == [(3, Decimal("61.50")), (14, Decimal(30))]
    assert held[0].authorization_code
    assert f"anotados para Tesorería: {last + 3}, {last + 14}." in said
    assert "anotados para Tesorería: ninguno." in again
    words = [trouble.words for trouble in watch.troubles() if trouble.key.startswith("unclaimed")]
    assert words[0].startswith(f"Cobro {last + 3} sin pedido (S/ 61.50)")
    order = browser.order_of(dues[0])
    browser.press_pay(order)
    assert attempt_of(order).purchase_number > last + 14 + 12


def test_a_number_far_away_is_asked_about_when_a_report_names_it(simulator: RunningSimulator, tmp_path: Path) -> None:
    far = last_number() + 5_000
    charge(simulator, far)
    report = tmp_path / "liquidacion.csv"
    report.write_text(
        "numero_pedido,operacion,fecha,autorizacion,monto,comision\n"
        f"{far},venta,23/11/2026 10:00:00,123456,30.00,1.00\n"
        "999999999,venta,23/11/2026 10:00:00,123456,30.00,1.00\n"
    )
    assert "999999999" not in reconcile(f"--report={report}")
    assert UnmatchedCharge.objects.get().purchase_number == far
    assert far <= last_number() < 900_000_000, "a number that only the report knows moves no sequence"


def test_money_of_an_attempt_that_was_given_up_is_held_with_its_attempt(
    browser: Browser, dues: list[Due], simulator: RunningSimulator
) -> None:
    order = browser.order_of(dues[0])
    browser.press_pay(order)
    attempt = attempt_of(order)
    charge(simulator, attempt.purchase_number)
    give_up.cancel(order.pk, actor="prueba")

    reconcile()

    assert UnmatchedCharge.objects.get().attempt == attempt
    assert "Cobrado" in Letter.objects.get(key__startswith="review:").body
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.ABANDONED


def test_a_void_that_the_backup_forgot_is_told_to_the_treasury(
    browser: Browser, dues: list[Due], simulator: RunningSimulator
) -> None:
    order = browser.order_of(dues[0])
    browser.pay(order)
    from_settings().void(signature=attempt_of(order).signature, reason="antes de la caída")

    said = reconcile()

    assert f"otra cosa, avisados a Tesorería: {attempt_of(order).number}." in said
    assert "Cobrado y luego anulado" in Letter.objects.get(key__startswith="review:").body
    assert not UnmatchedCharge.objects.exists()


def test_a_refund_that_may_have_been_sent_is_not_sent_again(browser: Browser, dues: list[Due]) -> None:
    order = browser.order_of(dues[0])
    browser.pay(order)
    attempt = attempt_of(order)
    refund = Refund.objects.create(attempt=attempt, method="refund", amount=30, reason="r", author="personal:1")
    reconcile()
    refund.refresh_from_db()
    assert refund.state == RefundState.IN_DOUBT


def test_a_silent_gateway_is_an_error_and_no_number_is_given_out_meanwhile(simulator: RunningSimulator) -> None:
    last = last_number()
    simulator.control.fault("retrieve", "http_500_before", times=50)
    with pytest.raises(CommandError, match="repita la orden"):
        reconcile()
    assert last_number() >= last + 12
    simulator.control.clear_faults()
    simulator.control.fault("retrieve", "garbage", times=1)
    with pytest.raises(CommandError, match="Sin respuesta sobre"):
        reconcile()


@pytest.mark.parametrize(
    ("arguments", "named"), [(["--since=ayer"], "2026-11-23T03:00"), (["--since=2999-01-01T00:00"], "futuro")]
)
def test_a_bad_moment_is_refused(arguments: list[str], named: str) -> None:
    with pytest.raises(CommandError, match=named):
        call_command("reconcile", *arguments)


def held(**fields: Any) -> UnmatchedCharge:
    defaults = {"purchase_number": 77, "merchant_id": "100000001", "environment": "simulator", "amount": 30}
    return UnmatchedCharge.objects.create(**(defaults | fields))


def test_teresa_writes_down_once_what_became_of_it(teresa: User) -> None:
    charge = held()
    page = reverse("admin:payments_unmatchedcharge_change", args=[charge.pk])
    browser = client_of(teresa)
    assert "Este campo es obligatorio" in browser.post(page, {"resolution": ""}).content.decode()
    browser.post(page, {"resolution": "Es de la Dra. Quispe: registrado a mano"})
    charge.refresh_from_db()
    assert (charge.resolved_by, charge.resolved_at is None) == (teresa, False)
    assert browser.post(page, {"resolution": "otra cosa del todo"}).status_code == 403
    assert not [trouble for trouble in watch.troubles() if trouble.key.startswith("unclaimed")]


def test_the_database_keeps_what_the_gateway_told(teresa: User) -> None:
    charge = held()
    rows = UnmatchedCharge.objects.filter(pk=charge.pk)
    refused("a_charge_is_held_for_staff_once", held)
    refused("an_unclaimed_charge_is_never_deleted", charge.delete)
    refused("an_unclaimed_charge_keeps_what_was_told", lambda: rows.update(amount=1))
    refused("an_unclaimed_charge_is_resolved_by_someone_in_words", lambda: rows.update(resolved_at=timezone.now()))
    recovery.resolve(charge.pk, by=teresa, resolution="Devuelto por el banco")
    refused("a_resolved_charge_stays_resolved", lambda: rows.update(resolution="Otra cosa"))


def test_numbers_never_turn_back() -> None:
    last = last_number()
    recovery.skip_numbers_until(last + 40)
    recovery.skip_numbers_until(last + 10)
    assert last_number() == last + 40
    assert Attempt.objects.count() == 0
