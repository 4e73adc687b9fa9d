"""Each way to pay and each outcome, as test_ways_to_pay.py plays them. A new way is one entry of WAYS."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import time_machine
from django.utils import timezone

from dues import ledger
from dues.models import Channel
from members.models import User
from payments.checkout import reconcile
from payments.models import Attempt, Order
from payments.refunds import refunds
from simulators.niubiz.server import RunningSimulator
from tests.builders import a_member, a_user, some_dues
from tests.payments.browser import APPROVED, NO_FUNDS, Browser
from tests.payments.payer import Payer, make_link


class World:
    """A member of her own for each cell of the table: she chose two months and is about to pay."""

    def __init__(self, simulator: RunningSimulator) -> None:
        member = a_member()
        self.dues = some_dues(member, 2)
        self.user: User = a_user(member)
        self.simulator = simulator
        self.browser = Browser(self.user, simulator)
        self.order = self.browser.order_of(*self.dues, email=self.user.email)

    @property
    def attempt(self) -> Attempt:
        return Attempt.objects.filter(order__user=self.user).latest("pk")

    @property
    def last_order(self) -> Order:
        return Order.objects.filter(user=self.user).latest("pk")


@dataclass(frozen=True)
class WayToPay:
    """`pay` goes all the way, `refuse` does so with a card or account that is refused, `open` stops at the form."""

    name: str
    pay: Callable[[World], object]
    refuse: Callable[[World], object]
    open: Callable[[World], object]


def _by_link(world: World) -> Payer:
    return Payer(make_link(world.browser, world.order), world.simulator)


WAYS = (
    WayToPay(
        "Tarjeta",
        pay=lambda world: world.browser.pay(world.order, APPROVED),
        refuse=lambda world: world.browser.pay(world.order, NO_FUNDS),
        open=lambda world: world.browser.press_pay(world.order),
    ),
    WayToPay(
        "Yape",
        pay=lambda world: world.browser.yapear(world.order),
        refuse=lambda world: world.browser.yapear(world.order, "999999999", "284563"),
        open=lambda world: world.browser.press_pay(world.order),
    ),
    WayToPay(
        "Enlace, con tarjeta de otra persona",
        pay=lambda world: _by_link(world).pay(APPROVED),
        refuse=lambda world: _by_link(world).pay(NO_FUNDS),
        open=lambda world: _by_link(world).type_data(),
    ),
)


def _lose_answer(way: WayToPay, world: World) -> None:
    world.simulator.control.fault("authorise", "cut_after_charge")
    way.pay(world)


def _found(way: WayToPay, world: World) -> None:
    _lose_answer(way, world)
    reconcile.ask(world.attempt.pk)


def _absent(way: WayToPay, world: World) -> None:
    world.simulator.control.fault("authorise", "cut_before")
    way.pay(world)
    with time_machine.travel(timezone.now() + timedelta(minutes=40)):
        reconcile.ask(world.attempt.pk)


def _lapse(way: WayToPay, world: World) -> None:
    way.open(world)
    with time_machine.travel(timezone.now() + timedelta(hours=80)):
        reconcile.expire_lapsed()


def _twice(way: WayToPay, world: World) -> None:
    _lose_answer(way, world)
    due = world.dues[0]
    ledger.settle([(due.pk, due.amount)], channel=Channel.BANK, reference=f"BCO-{due.pk}", paid_at=timezone.now())
    reconcile.ask(world.attempt.pk)


def _void(way: WayToPay, world: World) -> None:
    way.pay(world)
    refunds.send(refunds.request(world.attempt.pk, author="personal:1", reason="Lo pidió").pk)


def _refund(way: WayToPay, world: World) -> None:
    way.pay(world)
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        refunds.send(refunds.request(world.attempt.pk, author="personal:1", reason="Lo pidió").pk)


def _no_undoing(way: WayToPay, world: World) -> None:
    way.pay(world)
    # The gateway knows no such transaction.
    Attempt.objects.filter(pk=world.attempt.pk).update(transaction_id="0", signature="")
    refunds.send(refunds.request(world.attempt.pk, author="personal:1", reason="Lo pidió").pk)


OUTCOMES: dict[str, Callable[[WayToPay, World], None]] = {
    "Aprobado": lambda way, world: way.pay(world) and None,
    "Rechazado": lambda way, world: way.refuse(world) and None,
    "Formulario abierto": lambda way, world: way.open(world) and None,
    "Nadie terminó a tiempo": _lapse,
    "Se perdió la respuesta": _lose_answer,
    "Se perdió, y se cobró": _found,
    "Se perdió, y no se cobró": _absent,
    "Cuotas ya pagadas por otro medio": _twice,
    "Anulado el mismo día": _void,
    "Devuelto días después": _refund,
    "La pasarela no lo devuelve": _no_undoing,
}
