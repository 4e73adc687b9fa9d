"""A copy of one's own data, and data that is let go when its time has come."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app as jobs
from pytest_django import Settings

from cmp_portal import tasks
from dues.models import Due, UnidentifiedPayment
from members.models import AssignmentReport, Claim, Session, User
from members.numbers import assignments, registrations
from payments.models import Order
from tests.builders import PASSWORD, SECRET, a_user, an_order, client_of

pytestmark = pytest.mark.django_db

DECLARED = registrations.Declared(45_678, "1", "41234567", "Ana", "Quispe Mamani")
LONG_AGO = timezone.now() - timedelta(days=1_000)


def copy_of(user: User) -> str:
    answer = client_of(user).post(reverse("download_my_data"))
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="mis-datos-')
    return answer.content.decode()


def test_ana_gets_all_of_hers_and_nothing_of_carla(ana: User, carla: User) -> None:
    order = an_order(ana, Due.objects.filter(member__assignments__user=ana).earliest("pk"))
    an_order(carla, Due.objects.filter(member__assignments__user=carla).earliest("pk"))
    copied = copy_of(ana)
    told = json.loads(copied)

    assert told["cuenta"]["correo"] == "ana@example.com"
    assert told["colegiado"]["documento"] == "41234567"
    assert len(told["colegiado"]["cuotas"]) == 8
    [bought] = told["pedidos"]
    assert (bought["referencia"], bought["total"]) == (str(order.ref), "30.00")
    assert bought["cuotas"][0]["monto"] == "30.00"
    assert "carla" not in copied
    assert "43456789" not in copied


def test_the_copy_has_money_of_a_file_that_waits_and_was_matched_to_her(ana: User, carla: User) -> None:
    for key, user in (("1", ana), ("2", carla)):
        member = user.assignments.get().member
        said = {"reference": f"OP-{key}", "payer": "QUISPE MAMANI ANA", "reason": "No cubre ninguna cuota"}
        UnidentifiedPayment.objects.create(key=key, amount=20, member=member, **said)

    [told] = json.loads(copy_of(ana))["colegiado"]["pagos_por_identificar"]

    assert (told["monto"], told["referencia"], told["resuelto"]) == ("20.00", "OP-1", None)
    assert told["por_que_espera"] == "No cubre ninguna cuota"


def test_whoever_said_that_the_cmp_is_not_theirs_takes_nothing_of_its_physician_along(ana: User) -> None:
    assignments.report(ana, "Mi CMP es otro.")
    copied = copy_of(ana)
    told = json.loads(copied)

    assert told["cuenta"]["reportes_de_cmp"][0]["nota"] == "Mi CMP es otro."
    assert told["colegiado"] is None
    assert "41234567" not in copied


def test_the_copy_holds_no_secret(teresa: User) -> None:
    copied = copy_of(teresa)

    assert SECRET not in copied
    assert teresa.password not in copied
    assert "session_key" not in copied


def test_what_an_account_saw_by_mistake_is_not_its_own(ana: User, walter: User) -> None:
    ana.assignments.update(ended_at=timezone.now(), ended_by=walter, end_reason="Era de otra persona")
    told = json.loads(copy_of(ana))

    assert told["colegiado"] is None
    assert told["cuenta"]["asignaciones"][0]["cmp"] == 45_678
    assert "41234567" not in json.dumps(told)


def test_no_other_page_can_fetch_it(ana: User) -> None:
    assert client_of(ana).get(reverse("download_my_data")).status_code == 405
    assert Client().post(reverse("download_my_data")).status_code == 302
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(ana)
    assert forged.post(reverse("download_my_data")).status_code == 403


def forget(*arguments: str) -> str:
    said = StringIO()
    call_command("forget_personal_data", *arguments, stdout=said)
    return said.getvalue()


@pytest.fixture
def stranger() -> User:
    """Somebody who never pressed the link, long ago."""
    user = User.objects.create_user("nadie@example.com", PASSWORD, date_joined=LONG_AGO)
    EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)
    registrations.declare(user, DECLARED)
    return user


def test_a_dry_run_counts_and_keeps(stranger: User) -> None:
    said = forget("--dry-run")

    assert "       1  cuentas cuyo correo nadie confirmó" in said
    assert "no se borró nada" in said
    assert User.objects.filter(pk=stranger.pk).exists()


def test_an_account_that_nobody_confirmed_is_forgotten(stranger: User) -> None:
    recent = User.objects.create_user("ayer@example.com", PASSWORD)
    registrations.declare(recent, DECLARED)
    forget()

    assert not User.objects.filter(pk=stranger.pk).exists()
    assert User.objects.filter(pk=recent.pk).exists()


def test_an_account_that_paid_or_was_confirmed_is_kept_however_old(ana: User, stranger: User) -> None:
    an_order(ana, Due.objects.filter(member__assignments__user=ana).earliest("pk"))
    User.objects.filter(pk=ana.pk).update(date_joined=LONG_AGO)
    registrations.declare(ana, DECLARED)
    EmailAddress.objects.filter(user=ana).update(verified=False)
    forget()

    assert User.objects.filter(pk=ana.pk).exists()
    assert Order.objects.count() == 1


def test_old_logins_claims_and_notes_go_and_what_is_recent_stays(ana: User, walter: User) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    for key, account, expired in (("old", ana, LONG_AGO), ("new", ana, yesterday), ("nobody's", None, yesterday)):
        Session.objects.create(session_key=key, account=account, expire_date=expired)
    report = assignments.report(ana, "Mi vecina es CMP 999.")
    assignments.close_report(report, author=walter, answer="Corregido.")
    photo = {"attachment": b"a photo of a card", "attachment_type": "image/jpeg"}
    AssignmentReport.objects.update(closed_at=LONG_AGO, opened_at=LONG_AGO, **photo)
    for decided in (LONG_AGO, timezone.now()):
        claim = registrations.declare(a_user(), DECLARED)
        Claim.objects.filter(pk=claim.pk).update(state="refused", decided_at=decided)
    forget()

    assert [session.session_key for session in Session.objects.all()] == ["new"]
    assert Claim.objects.count() == 1
    report.refresh_from_db()
    assert (report.note, report.answer, report.attachment) == ("", "", None)
    assert forget().count("       0  ") == 7


@pytest.mark.parametrize("on", [True, False])
def test_the_worker_lets_go_every_night_unless_told_not_to(settings: Settings, stranger: User, on: bool) -> None:
    settings.FORGET_PERSONAL_DATA = on
    tasks.forget(timestamp=0)

    assert User.objects.filter(pk=stranger.pk).exists() is not on
    assert [row.cron for row in jobs.periodic_registry.periodic_tasks.values() if row.task.name == "portal.forget"]
