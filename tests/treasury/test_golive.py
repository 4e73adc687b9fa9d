"""Before the portal opens, Walter and Teresa read what is missing, and each step says what to do."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from dues.models import DataLoad, StandingRule
from members.models import User
from payments.models import Confirmation
from staff import golive, roles
from tests.builders import a_standing_rule, a_user, client_of
from tests.treasury.payments_of import a_payment

pytestmark = pytest.mark.django_db


def step(title: str) -> golive.Step:
    [found] = [step for step in golive.steps() if step.title == title]
    return found


def test_a_fresh_portal_says_what_is_missing() -> None:
    output = StringIO()
    with pytest.raises(CommandError, match=r"Faltan \d+ de \d+ pasos"):
        call_command("golive", stdout=output)
    assert "falta  Regla de habilidad: Registre la regla del colegio" in output.getvalue()
    assert "falta  Un correo de prueba llegó" in output.getvalue()


def test_what_the_portal_sees_itself_becomes_green(settings: Settings) -> None:
    assert not step("Correo TREASURY_EMAIL").done
    settings.TREASURY_EMAIL = "caja@colegio.example"
    assert step("Correo TREASURY_EMAIL").seen == "caja@colegio.example"

    StandingRule.objects.all().delete()
    a_standing_rule(basis="Estatuto, artículo 20", is_sample=False)
    assert step("Regla de habilidad").done

    assert not step("Primera carga: Padrón").done
    DataLoad.objects.create(content="roll", file_name="padron.csv", sha256="0", rows=1, added=1, changed=0)
    assert step("Primera carga: Padrón").done


def test_trial_payments_would_count_as_paid_for_ever(ana: User) -> None:
    assert step("Sin pagos de prueba").done
    a_payment(ana)
    assert "base de datos nueva" in step("Sin pagos de prueba").todo


def test_one_person_is_not_two(settings: Settings) -> None:
    a_user(email="sola@cmp.example", staff_role=roles.TREASURY)
    assert "dos personas distintas" in step("Segunda persona: devoluciones").todo
    a_user(email="segunda@cmp.example", staff_role=roles.APPROVER)
    assert step("Segunda persona: devoluciones").done


def test_each_pair_of_the_list_is_one_that_two_of_a_role_fill() -> None:
    """Every name in it is a permission, and the roles that the portal ships hand it out."""
    assert not any(step(f"Segunda persona: {what}").done for *_, what in golive.TWO_PERSONS)
    for name, role in {"teresa": roles.TREASURY, "aurelia": roles.APPROVER, "walter": roles.WEBMASTER}.items():
        a_user(email=f"{name}@cmp.example", staff_role=role)
    assert not step("Segunda persona: CMP de cuentas del personal").done
    assert "dos personas distintas" in step("Segunda persona: actos que liberan meses").todo
    a_user(email="dos@cmp.example", staff_role=roles.TREASURY)
    a_user(email="tres@cmp.example", staff_role=roles.WEBMASTER)
    assert [what for *_, what in golive.TWO_PERSONS if not step(f"Segunda persona: {what}").done] == []


def test_a_web_server_that_owns_the_tables_is_told() -> None:
    """The tests' own role does."""
    assert "DATABASE_APPLICATION_ROLE" in step("La web no puede alterar las tablas").todo


def test_the_treasurer_confirms_what_only_a_person_sees() -> None:
    teresa = a_user(email="teresa@cmp.example", staff_role=roles.TREASURY)
    client = client_of(teresa)
    page = client.get("/admin/configuracion/puesta-en-marcha/").content.decode()
    assert "pasos</strong> para que los colegiados paguen" in page
    place = "/admin/configuracion/puesta-en-marcha/correo/confirmar/"
    assert client.post(place, {"reason": ""}).status_code == 400
    assert client.post(place, {"reason": "Llegó a Gmail y a Outlook en un minuto."}).status_code == 302
    assert "teresa@cmp.example" in step("Un correo de prueba llegó").seen
    assert client.post("/admin/configuracion/puesta-en-marcha/otro/confirmar/", {"reason": "x"}).status_code == 404
    assert Confirmation.objects.count() == 1


def test_the_cashier_reads_and_does_not_confirm() -> None:
    cashier = a_user(email="caja@cmp.example", staff_role=roles.CASHIER)
    client = client_of(cashier)
    page = client.get("/admin/configuracion/puesta-en-marcha/").content.decode()
    assert "Confirmar" not in page
    assert client.post("/admin/configuracion/puesta-en-marcha/correo/confirmar/", {"reason": "x"}).status_code == 403


def test_members_of_a_real_college_read_of_no_sample_rule(settings: Settings) -> None:
    rule = StandingRule(valid_from=date(2000, 1, 1), months_tolerated=2, basis="Regla de muestra", is_sample=True)
    assert rule.is_told
    settings.SAMPLE_DATA = False
    assert not rule.is_told
