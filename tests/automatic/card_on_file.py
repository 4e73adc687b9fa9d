"""Steps of the stories of automatic payment: a card is put on file, days pass, letters leave, the worker charges."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time
from decimal import Decimal
from typing import Any

import time_machine
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from base.peru.lima import LIMA
from dues.models import Due
from members.models import User
from payments.checkout import reconcile
from payments.gateway import Payer, for_stored_cards
from payments.models import Attempt, AutomaticCharge, AutomaticPlan, Letter
from payments.ways.automatic import consent, plan, run
from payments.ways.automatic.terms import Terms
from simulators.niubiz.server import RunningSimulator
from tests.builders import client_of, this_month

VISA = "4551708161768059"
NO_FUNDS = "4041650444437904"
STOLEN = "4557883870910971"
INVALID = "4111111111111111"
LOST_AFTER_CHARGE = "4000000000001034"
LOST_BEFORE_CHARGE = "4000000000001042"

#: The plan's day of the month, the day on which its letter is written, and the last on which it may be.
DAY, LETTER_DAY, LAST_LETTER_DAY = 10, 5, 7


@contextmanager
def on(day: int, hour: int = 10, minute: int = 0) -> Iterator[None]:
    """Lives on that day of this month, in Lima."""
    moment = datetime.combine(this_month().replace(day=day), time(hour, minute), tzinfo=LIMA)
    with time_machine.travel(moment):
        yield


def terms(**changed: Any) -> Terms:
    """Both oldest months of colegiado (S/ 30.00 each) fit into the ceiling."""
    return Terms(**({"kinds": ("colegiado",), "ceiling": Decimal("60.00"), "day": DAY} | changed))


def payer(user: User) -> Payer:
    return Payer(
        email=user.email,
        client_ip="190.117.10.20",
        document_type="DNI",
        document_number="41234567",
        customer_id="CMP45678",
        days_registered=69,
    )


def type_card(simulator: RunningSimulator, agreed: AutomaticPlan, card: str = VISA, expiry: str = "") -> str:
    """The member types a card into the gateway's form; the token that the form posts."""
    form = consent.open_form(agreed, payer=payer(agreed.user), gateway=for_stored_cards())
    return simulator.control.token(card, form.session.key, email=agreed.user.email, expiry=expiry)


def a_plan(
    user: User, simulator: RunningSimulator, card: str = VISA, *, expiry: str = "", **changed: Any
) -> AutomaticPlan:
    """An active plan of this account, agreed on the third of the month."""
    with on(3):
        agreed = consent.begin(user, terms(**changed))
        token = type_card(simulator, agreed, card, expiry)
        return consent.keep_card(agreed.pk, transaction_token=token, gateway=for_stored_cards())


def announce(day: int = LETTER_DAY) -> list[AutomaticCharge]:
    """The worker writes the day's letters and sends them."""
    with on(day):
        plan.prepare(timezone.localdate())
        reconcile.post_letters()
    return list(AutomaticCharge.objects.order_by("pk"))


def charge(day: int = DAY, *, hour: int = 11) -> None:
    """The worker hands out the day's charges and makes each; its letters leave in that hour."""
    with on(day, hour=hour):
        run.dispatch(timezone.now())
        for charge_id in list(run.due(timezone.now()).values_list("pk", flat=True)):
            run.make(charge_id)
        reconcile.post_letters()


def announced_and_charged(user: User, simulator: RunningSimulator, card: str = VISA, **changed: Any) -> AutomaticCharge:
    """A plan whose first charge was announced and tried."""
    a_plan(user, simulator, card, **changed)
    announce()
    charge()
    return AutomaticCharge.objects.latest("pk")


def attempt_of(made: AutomaticCharge) -> Attempt:
    return Attempt.objects.filter(order__automatic_try__charge=made).latest("pk")


def charged(simulator: RunningSimulator) -> list[str]:
    """The sums that the gateway took."""
    books: list[dict[str, Any]] = simulator.control.books()["authorisations"]
    return [booked["amount"] for booked in books if booked["state"] == "authorised"]


def asked(simulator: RunningSimulator) -> int:
    """How many charges the gateway decided about."""
    return len(simulator.control.books()["authorisations"])


def open_months(user: User) -> int:
    return Due.objects.open().filter(member__assignments__user=user, kind="colegiado").count()


def letters_to(user: User, subject: str) -> list[Letter]:
    return list(Letter.objects.filter(to=user.email, subject__startswith=subject).order_by("pk"))


def page_of(user: User) -> HttpResponse:
    return client_of(user).get(reverse("automatic_payment"))
