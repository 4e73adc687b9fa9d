"""Strangers at the door: who has an account is not told, passwords are not guessed, nobody is led elsewhere."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import get_hasher
from django.contrib.sessions.backends.base import UpdateError
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from demo.mailbox import Mailbox
from members import forms, tasks
from members.login.sessions import SessionStore
from members.models import Claim, Tries, User
from tests.builders import PASSWORD, a_member, client_of

pytestmark = pytest.mark.django_db

SIGNUP = "/cuenta/signup/"
TYPED = {
    "cmp_number": "64321",
    "document_type": "1",
    "document_number": "44445555",
    "given_names": "Rosa",
    "surnames": "Núñez Peña",
    "password1": PASSWORD,
    "password2": PASSWORD,
}
ELSEWHERE = ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"]


@pytest.fixture(autouse=True)
def fresh_counters(db: None) -> None:
    cache.clear()


def register(email: str, **typed: str) -> str:
    """What the page says in the end, without what differs by chance or was typed."""
    cache.clear()
    page = Client().post(SIGNUP, TYPED | {"email": email} | typed, follow=True)
    assert page.status_code == 200
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.content.decode())
    return f"{page.redirect_chain} {text.replace(email.lower(), '…').replace(email, '…')}"


# --- Who has an account


def test_a_known_and_an_unknown_address_register_alike(ana: User, mailbox: Mailbox) -> None:
    answers = [register(email) for email in ("ana@example.com", "ANA@example.com", "nadie@example.com")]

    assert answers[0] == answers[1] == answers[2]
    assert "Le enviamos un correo" in answers[0]
    assert len(mailbox) == 3
    told = {letter.recipients[0]: letter.subject for letter in mailbox}
    assert told == {
        "ana@example.com": "[CMP Digital] Usted ya tiene una cuenta",
        "nadie@example.com": "[CMP Digital] Confirme su correo",
    }
    assert User.objects.filter(email__iexact="ana@example.com").count() == 1
    assert ana.check_password(PASSWORD)


def test_both_cost_one_hash_of_a_password(ana: User, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(User, "set_password", lambda _, raw: hashed.append(raw))
    monkeypatch.setattr(forms, "make_password", hashed.append)
    register("ana@example.com")
    assert hashed == [PASSWORD]
    register("nadie@example.com")
    assert hashed == [PASSWORD] * 2


def test_registering_tells_nothing_of_the_roll_because_it_does_not_ask_it(ana: User, mailbox: Mailbox) -> None:
    a_member(cmp_number=64_321, document_number="44445555")
    claims = [
        {},  # on the roll, free
        {"cmp_number": "45678", "document_number": "41234567"},  # Ana's, who has an account
        {"cmp_number": "64321", "document_number": "00000000"},  # another's document
        {"cmp_number": "7999999"},  # nobody's
    ]
    answers = []
    for number, typed in enumerate(claims):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answers.append(register(f"nueva-{number}@example.com", **typed))
        assert not [query for query in asked.captured_queries if 'FROM "members_member"' in query["sql"]]
    assert len(set(answers)) == 1
    assert Claim.objects.count() == len(claims)


def test_two_registrations_of_one_address_at_once_read_like_one(
    ana: User, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = register("nadie@example.com")
    cache.clear()
    monkeypatch.setattr(
        forms.SignupForm, "validate_unique_email", lambda _, email: email
    )  # asked before the other was saved

    assert register("ana@example.com") == usual


def test_a_wrong_login_costs_the_same_whoever_it_is(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """One hash, which takes the time; a statement more or less drowns in it."""
    hashed: list[str] = []
    hasher = type(get_hasher())
    encode = hasher.encode
    monkeypatch.setattr(hasher, "encode", lambda self, *told: hashed.append(told[0]) or encode(self, *told))
    asked = [
        statements_of("/cuenta/login/", {"login": address, "password": "wrong"})
        for address in ("ana@example.com", "nadie@example.com", "45678", "7999999")
    ]
    assert hashed == ["wrong"] * 4
    assert abs(asked[0] - asked[1]) <= 1
    assert abs(asked[2] - asked[3]) <= 1


def test_a_forgotten_password_costs_the_same_whoever_it_is(ana: User, mailbox: Mailbox) -> None:
    known, unknown = (
        statements_of("/cuenta/password/reset/", {"email": address})
        for address in ("ana@example.com", "nadie@example.com")
    )
    assert abs(known - unknown) <= 1
    assert len(mailbox) == 2


def statements_of(address: str, form: dict[str, str]) -> int:
    cache.clear()
    with CaptureQueriesContext(connection) as asked:
        assert Client().post(address, form, follow=True).status_code == 200
    return len(asked)


def test_a_letter_is_not_sent_again_and_again_to_one_address(ana: User, mailbox: Mailbox) -> None:
    for _ in range(6):
        Client().post(SIGNUP, TYPED | {"email": "ana@example.com"})

    assert len(mailbox) == 1


# --- Guessing


def guess(login: str, *, times: int = 1, address: str = "192.0.2.1", browser: Client | None = None) -> str:
    """Wrong tries, twenty seconds apart; the error that the last one reads."""
    began, page = timezone.now(), ""
    for number in range(times):
        with time_machine.travel(began + timedelta(seconds=20 * number)):
            asked = {"login": login, "password": f"guess-{number}"}
            answer = (browser or Client()).post("/cuenta/login/", asked, REMOTE_ADDR=address)
            page = answer.content.decode()
    return " ".join(re.findall(r"<li>([^<]*(?:coinciden|intentos)[^<]*)</li>", page))


def opens(login: str, browser: Client, *, address: str) -> bool:
    answer = browser.post("/cuenta/login/", {"login": login, "password": PASSWORD}, REMOTE_ADDR=address)
    return answer.status_code == 302


def test_a_stranger_locks_the_owner_of_a_public_number_out_nowhere(ana: User) -> None:
    guess("45678", times=8)
    assert opens("45678", Client(), address="198.51.100.7")


def test_a_known_device_opens_its_account_beside_the_stranger(ana: User) -> None:
    own = Client()
    assert opens("45678", own, address="192.0.2.1")
    own.post("/cuenta/logout/")
    guess("45678", times=8)
    assert not opens("45678", Client(), address="192.0.2.1")
    assert opens("45678", own, address="192.0.2.1")


def test_a_forged_device_is_an_unknown_one(ana: User) -> None:
    guess("45678", times=8)
    forged = Client()
    forged.cookies["device"] = "eyJ.forged:1tXyZ:abc"
    assert not opens("45678", forged, address="192.0.2.1")


def test_the_owner_gets_one_letter_whose_link_lets_a_browser_through(ana: User, mailbox: Mailbox) -> None:
    guess("45678", times=12)
    [job] = ProcrastinateJob.objects.filter(task_name="members.tell_of_tries")
    tasks.tell_of_tries(**job.args)
    [letter] = mailbox
    assert letter.recipients == ("ana@example.com",)
    link = re.search(r"/cuenta/este-equipo/\S+/", letter.text)
    assert link
    own = Client()
    assert not opens("45678", own, address="192.0.2.1")
    own.post(link[0])
    assert "_auth_user_id" not in own.session
    assert opens("45678", own, address="192.0.2.1")


def test_an_unknown_number_is_slowed_down_and_refused_like_a_known_one(ana: User) -> None:
    known = [guess("45678") for _ in range(5)] + [guess("45678", times=8, address="192.0.2.2")]
    cache.clear()
    Tries.objects.all().delete()
    unknown = [guess("7999999") for _ in range(5)] + [guess("7999999", times=8, address="192.0.2.2")]
    assert known == unknown
    assert len(set(known)) == 3
    jobs = ProcrastinateJob.objects.filter(task_name="members.tell_of_tries")
    assert sorted(job.args["identifier"] for job in jobs) == ["cmp-45678", "cmp-7999999"]
    tasks.tell_of_tries("cmp-7999999")


def test_the_lock_of_a_number_tells_nothing_of_the_address_behind_it(ana: User) -> None:
    guess("45678", times=8)
    assert guess("ana@example.com") == guess("nadie@example.com") != guess("45678")


def test_an_ipv6_network_is_one_stranger(ana: User) -> None:
    guess("45678", times=5, address="2001:db8:1:2::1")
    assert "Demasiados" in guess("45678", address="2001:db8:1:2:ffff::9")
    assert "coinciden" in guess("45678", address="2001:db8:1:3::1")


def test_one_address_cannot_try_many_accounts(ana: User) -> None:
    statuses = [
        Client().post("/cuenta/login/", {"login": f"{n}@example.com", "password": "x"}).status_code for n in range(40)
    ]

    assert statuses[-1] == 429


# --- Sessions


def test_a_new_password_closes_the_other_sessions(ana: User, mailbox: Mailbox) -> None:
    stolen, own = Client(), Client()
    for browser in (stolen, own):
        browser.post("/cuenta/login/", {"login": ana.email, "password": PASSWORD})
    new = {"oldpassword": PASSWORD, "password1": "una-clave-muy-nueva", "password2": "una-clave-muy-nueva"}
    own.post(reverse("account_change_password"), new)

    assert own.get("/pago/").status_code == 200
    assert stolen.get("/pago/").status_code == 302


def test_the_other_sessions_can_be_closed_from_the_list(ana: User) -> None:
    other, own = Client(), Client()
    for browser in (other, own):
        browser.post("/cuenta/login/", {"login": ana.email, "password": PASSWORD})
        browser.get("/pago/")
    assert "Cerrar las otras sesiones" in own.get(reverse("open_sessions")).content.decode()
    own.post(reverse("close_other_sessions"))

    assert own.get("/pago/").status_code == 200
    assert other.get("/pago/").status_code == 302


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36", "Chrome en Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge en Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1", "Safari en iPhone"),
        ("curl/8.5.0", "curl/8.5.0"),
    ],
)
def test_a_session_is_told_by_the_device_as_its_person_calls_it(program: str, said: str, ana: User) -> None:
    browser = Client(headers={"User-Agent": program})
    browser.post("/cuenta/login/", {"login": ana.email, "password": PASSWORD})
    assert f"<td>{said}</td>" in browser.get(reverse("open_sessions")).content.decode()


def test_a_closed_session_is_not_opened_again_by_a_request_that_was_under_way(ana: User) -> None:
    """Whoever holds it asks without pause, so that one request has read it before it is closed."""
    other, own = Client(), Client()
    for browser in (other, own):
        browser.post("/cuenta/login/", {"login": ana.email, "password": PASSWORD})
    under_way = SessionStore(other.session.session_key)
    under_way["anything"] = "changed"
    own.post(reverse("close_other_sessions"))

    with pytest.raises(UpdateError):  # what PostgreSQL refuses is a_closed_session_stays_closed
        under_way.save()
    assert other.get("/pago/").status_code == 302
    assert own.get("/pago/").status_code == 200


def test_whoever_finds_the_browser_open_adds_no_address_by_which_to_take_the_account(
    ana: User, mailbox: Mailbox
) -> None:
    browser = Client()
    browser.post("/cuenta/login/", {"login": ana.email, "password": PASSWORD})
    added = {"action_add": "", "email": "malo@example.org"}
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        answer = browser.post(reverse("account_email"), added)
        assert answer["Location"].startswith(reverse("account_reauthenticate"))
        assert EmailAddress.objects.filter(user=ana).count() == 1
        assert not list(mailbox)

        browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        browser.post(reverse("account_email"), added)
        assert EmailAddress.objects.filter(user=ana).count() == 2


def confirmation(mailbox: Mailbox, number: int = 0) -> str:
    """The link of the newest letter, or of an earlier one."""
    link = re.search(r"/cuenta/confirm-email/\S+/", list(mailbox)[number].text)
    assert link
    return link[0]


def test_confirming_an_address_logs_nobody_in(mailbox: Mailbox) -> None:
    register("rosa@example.com")
    link = confirmation(mailbox)
    stranger = Client()
    assert "Sí, confirmar" in stranger.get(link).content.decode()
    assert not User.objects.get().emailaddress_set.get().verified  # type: ignore[attr-defined]  # allauth has no types
    stranger.post(link, {"password": PASSWORD})
    assert User.objects.get().emailaddress_set.get().verified  # type: ignore[attr-defined]
    assert "_auth_user_id" not in stranger.session


# --- Whose data an address confirms


def test_what_a_stranger_typed_dies_when_the_owner_of_the_address_registers(mailbox: Mailbox) -> None:
    register("rosa@example.com", cmp_number="99999", password1="clave-del-extrano", password2="clave-del-extrano")
    strangers_link = confirmation(mailbox)
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        register("rosa@example.com")
        own_link = confirmation(mailbox)
        assert "El enlace venció" in Client().get(strangers_link).content.decode()
        assert Client().post(strangers_link, {"password": "clave-del-extrano"}).status_code == 404
        Client().post(own_link, {"password": PASSWORD})

    account = User.objects.get()
    assert (account.check_password(PASSWORD), account.check_password("clave-del-extrano")) == (True, False)
    assert Claim.objects.get().cmp_number == 64_321


def test_the_owner_who_opens_a_strangers_link_sees_the_data_and_cannot_bind_them(mailbox: Mailbox) -> None:
    register("rosa@example.com", cmp_number="99999", password1="clave-del-extrano", password2="clave-del-extrano")
    link = confirmation(mailbox)
    owner = Client()
    page = owner.get(link).content.decode()
    assert "99999" in page
    assert "Borrar estos datos" in page
    for typed in ({}, {"password": PASSWORD}):
        refused = owner.post(link, typed)
        assert refused.status_code == 400
        assert "Esa no es la contraseña" in refused.content.decode()
    owner.post(f"{link}descartar/")

    assert not User.objects.exists()
    assert not Claim.objects.exists()


def test_the_browser_that_registered_confirms_at_once(mailbox: Mailbox) -> None:
    own = Client()
    own.post(SIGNUP, TYPED | {"email": "rosa@example.com"})
    link = confirmation(mailbox)
    assert "Contraseña que eligió" not in own.get(link).content.decode()
    own.post(link)
    assert User.objects.get().emailaddress_set.get().verified  # type: ignore[attr-defined]


def test_a_new_password_by_letter_binds_no_data_of_a_stranger(mailbox: Mailbox) -> None:
    register("rosa@example.com")
    Client().post(reverse("account_reset_password"), {"email": "rosa@example.com"})
    assert not any("/password/reset/key/" in letter.text for letter in mailbox)


def test_the_data_of_a_confirmed_account_are_never_thrown_away(ana: User, mailbox: Mailbox) -> None:
    register("ana@example.com", cmp_number="99999")
    assert ana.check_password(PASSWORD)
    assert User.objects.filter(pk=ana.pk).exists()
    assert not Claim.objects.filter(cmp_number=99_999).exists()


# --- Elsewhere


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_nobody_is_sent_elsewhere_after_any_act_of_an_account(ana: User, mailbox: Mailbox, elsewhere: str) -> None:
    browser = client_of(ana)
    acts = [
        browser.post(f"{reverse('account_reauthenticate')}?next={elsewhere}", {"password": PASSWORD}),
        browser.post(reverse("account_logout"), {"next": elsewhere}),
        Client().post(SIGNUP, TYPED | {"email": "rosa@example.com", "next": elsewhere}),
        Client().get(f"/cuenta/login/?next={elsewhere}"),
    ]
    for answer in acts:
        assert "evil" not in answer.headers.get("Location", "")
        assert "javascript" not in answer.headers.get("Location", "")


def test_the_link_of_a_registration_leads_home_whatever_host_was_asked_for(
    mailbox: Mailbox, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["pagos.example.org"]
    settings.PORTAL_URL = "https://pagos.example.org"
    asked = TYPED | {"email": "rosa@example.com"}
    assert Client(HTTP_HOST="evil.example").post(SIGNUP, asked).status_code == 400
    Client(HTTP_HOST="pagos.example.org:6666", HTTP_X_FORWARDED_HOST="evil.example").post(SIGNUP, asked)

    [letter] = mailbox
    assert "https://pagos.example.org/cuenta/confirm-email/" in letter.text
    assert "evil" not in letter.text
    assert "6666" not in letter.text


def test_the_letter_to_a_known_address_leads_home_too(ana: User, mailbox: Mailbox, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["pagos.example.org"]
    settings.PORTAL_URL = "https://pagos.example.org"
    Client(HTTP_HOST="pagos.example.org:6666").post(SIGNUP, TYPED | {"email": ana.email})
    Client(HTTP_HOST="pagos.example.org:6666").post(reverse("account_reset_password"), {"email": "nadie@example.com"})

    for letter in mailbox:
        assert "6666" not in letter.text
