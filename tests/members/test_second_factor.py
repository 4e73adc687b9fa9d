"""Staff reach nothing without a second factor; what the database keeps of it is of no use alone."""

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from demo.mailbox import Mailbox
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
