"""Staff reach nothing without a second factor; what the database keeps of it is of no use alone."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from demo.mailbox import Mailbox
from members import tasks
from members.models import User
from tests.builders import PASSWORD, SECRET, a_code, a_user, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_counters(db: None) -> None:
    cache.clear()


@pytest.fixture
def newcomer(walter: User) -> User:
    """Walter on his first day: of the staff, without a second factor."""
    Authenticator.objects.filter(user=walter).delete()
    return walter


def log_in(user: User, client: Client | None = None) -> Client:
    client = client or Client()
    client.post("/cuenta/login/", {"login": user.email, "password": PASSWORD})
    return client


@pytest.mark.parametrize("page", ["/admin/", "/admin/members/claim/", "/admin/pagos/", "/", "/pago/", "/cuenta/email/"])
def test_staff_without_a_factor_are_led_to_set_one_up(newcomer: User, page: str) -> None:
    client = log_in(newcomer)
    answer = client.get(page)

    assert answer.status_code == 302
    assert answer["Location"] == reverse("mfa_index")
    assert "Antes de continuar, active la verificación en dos pasos." in client.get("/cuenta/2fa/").content.decode()


def test_nothing_is_done_by_a_form_sent_past_it(newcomer: User) -> None:
    client = log_in(newcomer)
    client.post(reverse("admin:members_user_add"), {"email": "nuevo@example.com", "name": "N"})

    assert not User.objects.filter(email="nuevo@example.com").exists()


def test_the_way_out_and_the_legal_texts_stay_open(newcomer: User) -> None:
    client = log_in(newcomer)

    assert client.get(reverse("privacy")).status_code == 200
    assert client.post(reverse("account_logout")).status_code == 302
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db(transaction=True)  # the letter goes out on commit
def test_walter_sets_up_his_application_proves_it_and_comes_in(newcomer: User, mailbox: Mailbox) -> None:
    client = log_in(newcomer)
    activate = reverse("mfa_activate_totp")
    asked = client.get(activate)["Location"]
    assert asked.startswith(reverse("account_reauthenticate"))
    client.post(asked, {"password": PASSWORD})
    secret = client.get(activate).context["form"].secret
    saved = client.post(activate, {"code": a_code(secret)})
    assert saved["Location"] == reverse("mfa_view_recovery_codes")
    assert "Códigos de respaldo" in client.get(saved["Location"]).content.decode()
    proof = client.get("/admin/")
    assert proof["Location"] == "/cuenta/2fa/reauthenticate/?next=%2Fadmin%2F"
    assert client.post(proof["Location"], {"code": a_code(secret)})["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    assert next(iter(mailbox)).subject == "[CMP Digital] Verificación en dos pasos activada"


def test_a_session_from_before_the_enrolment_proves_the_factor_first(newcomer: User) -> None:
    elsewhere = log_in(newcomer)
    Authenticator.objects.create(user=newcomer, type="webauthn", data={})

    assert elsewhere.get("/admin/")["Location"].startswith("/cuenta/2fa/webauthn/reauthenticate/")


def test_recovery_codes_alone_are_no_second_factor(newcomer: User) -> None:
    Authenticator.objects.create(user=newcomer, type=Authenticator.Type.RECOVERY_CODES, data={})

    assert client_of(newcomer).get("/admin/")["Location"] == reverse("mfa_index")


def test_teresa_gives_her_code_at_each_login(teresa: User) -> None:
    client = log_in(teresa)
    assert client.get("/admin/").status_code == 302
    step = reverse("mfa_authenticate")
    client.post(step, {"code": "000000"})
    assert "_auth_user_id" not in client.session
    assert client.post(step, {"code": a_code()}).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_a_code_works_once(teresa: User) -> None:
    code = a_code()
    log_in(teresa).post(reverse("mfa_authenticate"), {"code": code})
    second = log_in(teresa)
    second.post(reverse("mfa_authenticate"), {"code": code})

    assert "_auth_user_id" not in second.session


def test_codes_are_guessed_only_a_few_times(teresa: User) -> None:
    client = log_in(teresa)
    for guess in range(12):
        client.post(reverse("mfa_authenticate"), {"code": f"{guess:06}"})
    client.post(reverse("mfa_authenticate"), {"code": a_code()})

    assert "_auth_user_id" not in client.session


def test_members_choose_for_themselves(ana: User) -> None:
    assert log_in(ana).get("/").status_code == 200
    assert log_in(ana).get(reverse("mfa_index")).status_code == 200


def test_the_secret_is_not_readable_in_the_database(teresa: User) -> None:
    assert SECRET not in str(Authenticator.objects.get(user=teresa).data)


def test_a_changed_key_of_the_portal_opens_nothing(teresa: User, settings: Settings) -> None:
    settings.SECRET_KEY = "another-key-of-another-portal" * 3
    client = log_in(teresa)
    client.post(reverse("mfa_authenticate"), {"code": a_code()})

    assert "_auth_user_id" not in client.session


def test_a_key_that_was_replaced_may_still_be_read(teresa: User, settings: Settings) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-of-another-portal" * 3
    client = log_in(teresa)
    client.post(reverse("mfa_authenticate"), {"code": a_code()})

    assert client.session["_auth_user_id"] == str(teresa.pk)


def test_somebody_made_staff_meanwhile_is_asked_too(ana: User) -> None:
    client = log_in(ana)
    User.objects.filter(pk=ana.pk).update(is_staff=True)

    assert client.get("/")["Location"] == reverse("mfa_index")


def test_nobody_is_locked_out_of_a_page_that_is_not_there(teresa: User) -> None:
    assert client_of(a_user()).get("/no-existe/").status_code == 404
    assert client_of(teresa).get("/no-existe/").status_code == 404


# --- What an account may do, not how it is marked


@pytest.mark.parametrize("right", ["group", "permission", "superuser"])
def test_whoever_may_act_is_asked_though_not_marked_as_staff(ana: User, teresa: User, right: str) -> None:
    if right == "group":
        ana.groups.set(teresa.groups.all())
    elif right == "permission":
        ana.user_permissions.add(Permission.objects.get(codename="view_receipt"))
    else:
        User.objects.filter(pk=ana.pk).update(is_superuser=True)
    client = log_in(ana)

    assert client.get("/")["Location"] == reverse("mfa_index")


def test_the_admins_own_page_of_passwords_is_the_portals(teresa: User) -> None:
    for page in ("/admin/password_change/", "/admin/password_change/done/"):
        answer = client_of(teresa).get(page)
        assert (answer.status_code, answer["Location"]) == (302, reverse("account_change_password"))


def later(minutes: int) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("page", "typed"),
    [
        ("/admin/pagos/devoluciones/1/decidir/", {"decision": "approve"}),
        ("/admin/pagos/pases/1/decidir/", {"decision": "approve"}),
        ("/admin/pagos/a-mano/1/decidir/", {"decision": "approve"}),
        ("/admin/pagos/actos/1/decidir/", {"decision": "approve"}),
    ],
)
def test_what_gives_money_away_asks_for_the_factor_again(teresa: User, page: str, typed: dict[str, str]) -> None:
    desk = client_of(teresa)
    assert desk.post(page, typed).status_code == 404  # there is no such row; but the page was reached
    with later(16):
        answer = desk.post(page, typed)
        assert answer["Location"].startswith("/cuenta/2fa/reauthenticate/?next=")
        desk.post(answer["Location"], {"code": a_code()})
        assert desk.post(page, typed).status_code == 404


def test_a_change_of_roles_asks_again_and_is_told_to_all_superusers(ana: User, mailbox: Mailbox) -> None:
    root, other = (a_user(email=f"{name}@example.com", is_superuser=True, staff_role="Webmaster") for name in "ab")
    page = reverse("admin:members_user_change", args=[ana.pk])
    typed = {"email": ana.email, "name": ana.name, "is_active": "on", "is_staff": "on", "groups": []}
    desk = client_of(root)
    with later(16):
        assert desk.post(page, typed)["Location"].startswith("/cuenta/2fa/reauthenticate/")
    ana.refresh_from_db()
    assert not ana.is_staff
    desk.post(page, typed)
    ana.refresh_from_db()
    assert ana.is_staff
    [job] = ProcrastinateJob.objects.filter(task_name="members.tell_superusers")
    tasks.tell_superusers(**job.args)
    [letter] = mailbox
    assert sorted(letter.recipients) == [root.email, other.email]
    assert "Personal del colegio: no → sí" in letter.text
    assert root.email in letter.text


def test_a_change_of_a_roles_permissions_is_told_too(teresa: User) -> None:
    root = a_user(email="root@example.com", is_superuser=True, staff_role="Webmaster")
    group = teresa.groups.get()
    page = reverse("admin:auth_group_change", args=[group.pk])
    client_of(root).post(page, {"name": group.name, "permissions": []})
    job = ProcrastinateJob.objects.get(task_name="members.tell_superusers")
    assert "Se quitó: approve_refund" in job.args["lines"]


def test_what_changes_no_right_is_told_to_nobody(ana: User) -> None:
    root = a_user(email="root@example.com", is_superuser=True, staff_role="Webmaster")
    page = reverse("admin:members_user_change", args=[ana.pk])
    client_of(root).post(page, {"email": ana.email, "name": "Ana María", "is_active": "on", "groups": []})
    ana.refresh_from_db()
    assert ana.name == "Ana María"
    assert not ProcrastinateJob.objects.filter(task_name="members.tell_superusers").exists()
