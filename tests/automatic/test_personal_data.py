"""What the portal keeps of a card on file: the person gets a copy, and it goes when its time has come."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from members.models import User
from payments.models import AutomaticPlan
from payments.ways.automatic import consent
from simulators.niubiz.server import RunningSimulator
from tests.automatic.card_on_file import a_plan, announced_and_charged
from tests.builders import client_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_ana_gets_what_she_agreed_to_and_no_code_of_her_card(ana: User, simulator: RunningSimulator) -> None:
    made = announced_and_charged(ana, simulator)
    copied = client_of(ana).post(reverse("download_my_data")).content.decode()
    automatic = json.loads(copied)["pagos_automaticos"]

    [agreed] = automatic["acuerdos"]
    assert (agreed["tope"], agreed["dia"], agreed["ultimos_cuatro"]) == ("60.00", 10, "8059")
    assert automatic["cobros"][0]["monto"] == "60.00"
    assert automatic["historia"][0]["acuerdo"]["ceiling"] == "60.00"
    assert made.plan.card_token not in copied


def test_the_card_is_forgotten_a_year_after_the_plan_stopped(ana: User, simulator: RunningSimulator) -> None:
    plan = a_plan(ana, simulator)
    consent.stop(plan.pk, actor="cuenta:1")
    call_command("forget_personal_data")
    plan.refresh_from_db()
    assert (plan.card_token, plan.last_four) == ("", "8059")

    AutomaticPlan.objects.update(stopped_at=timezone.now() - timedelta(days=366))
    call_command("forget_personal_data")
    plan.refresh_from_db()
    assert (plan.brand, plan.last_four, plan.card_expires) == ("", "", None)
    assert plan.events.count() > 0
