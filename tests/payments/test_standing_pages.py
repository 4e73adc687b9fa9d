"""¿Quedaré hábil?, before choosing, before paying and after; and how fresh the data are on which that is said."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from base.peru import months
from dues.models import DataLoad, Due, Kind, StandingRule
from members.models import Member, RegionalCouncil
from simulators.niubiz.server import RunningSimulator
from tests.builders import a_due, a_member, a_standing_rule, a_user, client_of, month
from tests.payments.browser import Browser, text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rosa(db: None) -> Member:
    a_standing_rule()
    return a_member()


def overdue(member: Member, count: int, kind: str = Kind.COLEGIADO, newest: int = 1) -> list[Due]:
    return [
        a_due(member, kind, month(back), due_date=month(back)) for back in range(count + newest - 1, newest - 1, -1)
    ]


def choose_page(client: Client) -> str:
    return text(client.get(reverse("choose")))


def test_who_owes_four_months_is_told_up_to_which_to_pay(rosa: Member) -> None:
    _, second, *_ = overdue(rosa, 4)

    page = choose_page(client_of(a_user(rosa)))

    assert "Hoy figura INHÁBIL , con 4 cuotas de colegiado vencidas." in page
    assert f"Para quedar hábil pague al menos hasta {months.name(second.period)}" in page
    assert "Resolución 7-1999. No figura hábil quien tiene 3 o más cuotas de colegiado vencidas" in page
    assert "vigente desde el 01/01/2000" in page


def test_who_cannot_become_habil_online_is_told_so(rosa: Member) -> None:
    overdue(rosa, 4, newest=40)
    overdue(rosa, 1)

    page = choose_page(client_of(a_user(rosa)))

    assert "Aunque pague todo lo de esta página seguirá inhábil." in page
    assert "pague al menos" not in page


@pytest.mark.parametrize(("paid", "verdict"), [(1, "INHÁBIL , con 3 cuotas"), (2, "HÁBIL , con 2 cuotas")])
def test_the_summary_foretells_the_standing(rosa: Member, paid: int, verdict: str) -> None:
    dues = overdue(rosa, 4)
    browser = Browser(a_user(rosa))
    order = browser.order_of(*dues[:paid])

    page = text(browser.client.get(reverse("summary", args=[order.ref])))

    assert "Hoy figura INHÁBIL , con 4 cuotas de colegiado vencidas." in page
    assert f"Con este pago figurará {verdict} de colegiado vencidas." in page


def test_a_payment_of_semefa_changes_nothing_and_says_so(rosa: Member) -> None:
    overdue(rosa, 3)
    browser = Browser(a_user(rosa))
    order = browser.order_of(*overdue(rosa, 3, Kind.SEMEFA))

    assert "Este pago es de SEMEFA y no lo cambia." in text(browser.client.get(reverse("summary", args=[order.ref])))


def test_the_confirmation_says_what_the_member_came_for(rosa: Member, simulator: RunningSimulator) -> None:
    dues = overdue(rosa, 4)
    browser = Browser(a_user(rosa), simulator)

    page = text(browser.pay(browser.order_of(*dues[:2])))

    assert "Ahora figura HÁBIL , con 2 cuotas de colegiado vencidas. Saque ahora su constancia de habilidad" in page


def test_one_month_less_leaves_one_inhabil_and_the_confirmation_says_so(
    rosa: Member, simulator: RunningSimulator
) -> None:
    dues = overdue(rosa, 4)
    browser = Browser(a_user(rosa), simulator)

    answer = browser.pay(browser.order_of(dues[0]))
    page = text(answer)
    assert "Todavía figura INHÁBIL , con 3 cuotas" in page
    assert "Para quedar hábil le falta 1 cuota. Debe 3 que se pagan aquí, en Pago Online" in page
    assert f'href="{reverse("choose")}">Regresar</a>' in answer.content.decode()


def test_what_the_council_collects_is_named_with_its_telephone(rosa: Member, simulator: RunningSimulator) -> None:
    overdue(rosa, 4, newest=40)
    [due] = overdue(rosa, 1)
    RegionalCouncil.objects.update(telephone="(01) 213-1400")
    browser = Browser(a_user(rosa), simulator)

    answer = browser.pay(browser.order_of(due))

    assert "4 de hace más de tres años se pagan en su Consejo Regional III Lima, teléfono (01) 213-1400" in text(answer)
    assert f'href="{reverse("home")}">Regresar</a>' in answer.content.decode()


def test_without_a_rule_the_pages_say_nothing_of_it(rosa: Member) -> None:
    overdue(rosa, 3)
    StandingRule.objects.all().delete()

    page = choose_page(client_of(a_user(rosa)))
    assert "Quedaré hábil" not in page
    assert "Hoy figura" not in page


@pytest.mark.parametrize(("days", "warned"), [(10, False), (36, True)])
def test_old_data_warn_before_one_pays(rosa: Member, settings: Settings, days: int, warned: bool) -> None:
    overdue(rosa, 1)
    settings.DUES_STALE_AFTER_DAYS = 35
    for content, age in ((DataLoad.Content.PAYMENTS, days), (DataLoad.Content.DUES, 0)):
        at = timezone.now() - timedelta(days=age)
        DataLoad.objects.create(content=content, file_name="x.csv", rows=1, added=1, changed=0, loaded_at=at)
    client = client_of(a_user(rosa))

    for address in (reverse("choose"), "/estado-de-cuenta/"):
        page = text(client.get(address))
        assert ("No hemos recibido pagos de bancos ni planillas desde el" in page) is warned
        assert ("actualizados al" in page) is not warned


def test_older_debt_is_told_by_kind_and_is_never_payable(rosa: Member) -> None:
    user = a_user(rosa)
    old = [*overdue(rosa, 2, newest=40), *overdue(rosa, 1, Kind.SEMEFA, newest=40)]
    client = client_of(user)

    for address in (reverse("choose"), "/estado-de-cuenta/"):
        page = text(client.get(address))
        assert "Cuota Colegiado: 2 cuotas por S/ 60.00" in page
        assert "Cuota SEMEFA: 1 cuota por S/ 30.00" in page
        assert "consulte en su Consejo Regional III Lima" in page
    for due in old:
        assert "ya no está pendiente" in text(Browser(user).choose(due))
