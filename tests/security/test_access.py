"""Every address with somebody else's identifiers, every role at every door of the admin, and ways round the login."""

from collections.abc import Iterator
from hashlib import sha256
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core import signing
from django.core.cache import cache
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from demo.mailbox import Mailbox
from dues import ledger
from dues.models import Due, Settlement
from members.models import Assignment, AssignmentReport, Member, User
from members.numbers import assignments
from payments.models import Attempt, Event, Letter, Order, Pause
from receipts.issuing.issue import issue
from receipts.models import Delivery, Receipt, Series
from simulators.niubiz.server import RunningSimulator
from tests.builders import PASSWORD, a_second_factor, client_of
from tests.payments.browser import Browser, attempt_of

pytestmark = pytest.mark.django_db(transaction=True)

MONEY: tuple[type[Model], ...] = (Order, Attempt, Letter, Settlement, Due, Receipt, Delivery, Series)


@pytest.fixture(autouse=True)
def fresh_counters(db: None) -> Iterator[None]:
    """What is counted in the shared cache starts at zero."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def paid(ana: User, simulator: RunningSimulator) -> Order:
    member = assignments.current_member(ana)
    assert member
    browser = Browser(ana, simulator)
    order = browser.order_of(ledger.open_dues(member, kind="colegiado")[0])
    browser.pay(order)
    issue(order.pk)
    return order


def addresses_of(order: Order) -> list[str]:
    """Every address that names something of this order."""
    order_pages = ("order", "summary", "card", "form_timed_out", "cancel_order", "open_card_form")
    receipt_pages = ("receipt_pdf", "receipt_ticket", "receipt_resend")
    return [
        *(reverse(name, args=[order.ref]) for name in order_pages),
        *(reverse(name, args=[Receipt.objects.get(order=order).code]) for name in receipt_pages),
    ]


# --- Other people's identifiers


def test_nothing_of_ana_is_there_for_carla_however_she_asks(paid: Order, carla: User) -> None:
    browser = client_of(carla)
    before = Event.objects.count(), Delivery.objects.count()
    for address in addresses_of(paid):
        for ask in (browser.get, browser.post, browser.head):
            answer = ask(address, {"email": "carla@example.com", "intent": uuid4()})
            assert answer.status_code in (404, 405), (address, answer.status_code)
            assert b"Quispe" not in answer.content
    assert (Event.objects.count(), Delivery.objects.count()) == before


def test_a_stranger_is_sent_to_the_login_and_learns_nothing(paid: Order) -> None:
    for address in (*addresses_of(paid), "/pago/", "/pago/cuotas/", "/pago/historial/", "/estado-de-cuenta/"):
        answer = Client().get(address)
        assert answer.status_code in (302, 405), address
        if answer.status_code == 302:
            assert answer["Location"].startswith(reverse("account_login"))


def test_a_due_of_another_member_cannot_be_slipped_into_a_choice(ana: User, carla: User) -> None:
    member = assignments.current_member(ana)
    assert member
    answer = Browser(carla).choose(*ledger.open_dues(member, kind="colegiado")[:1])
    assert answer.status_code == 200
    assert not Order.objects.exists()


def test_fields_nobody_asked_for_change_nothing(ana: User, carla: User) -> None:
    member, other = assignments.current_member(ana), assignments.current_member(carla)
    assert member
    assert other
    smuggled = {
        "total": "0.01",
        "amount": "0.01",
        "member": other.pk,
        "user": carla.pk,
        "state": "paid",
        "currency": "X",
    }
    order = Browser(ana).order_of(*ledger.open_dues(member, kind="colegiado")[:2], **smuggled)
    assert (str(order.total), order.member, order.user, order.state) == ("60.00", member, ana, "draft")


# --- The return address


@pytest.mark.parametrize("salt", ["django.core.signing.Signer", "account", "payments.return ", "payments"])
def test_what_was_signed_for_another_purpose_is_no_return_address(paid: Order, salt: str) -> None:
    attempt = attempt_of(paid)
    for signed in (
        signing.Signer(salt=salt).sign(str(attempt.pk)),
        f"{attempt.pk}:",
        f"{attempt.pk}:x",
        str(attempt.pk),
    ):
        assert Client().post(reverse("payment_return", args=[signed]), {"transactionToken": "x"}).status_code == 404


# --- The login


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_after_the_login_nobody_is_sent_elsewhere(ana: User, elsewhere: str) -> None:
    answer = Client().post("/cuenta/login/", {"login": ana.email, "password": PASSWORD, "next": elsewhere})
    assert answer.status_code == 302
    assert answer["Location"] == "/"


def test_a_session_made_before_the_login_is_worth_nothing_after_it(ana: User) -> None:
    browser = Client()
    browser.get("/cuenta/login/")
    session = browser.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    browser.cookies["sessionid"] = planted or ""
    browser.post("/cuenta/login/", {"login": ana.email, "password": PASSWORD})
    assert browser.session.session_key != planted


def test_a_crowd_of_logins_does_not_wash_away_the_count_of_an_attack(ana: User) -> None:
    """The shared cache would keep 300 entries, and each failed login of the crowd makes one."""
    for number in range(10):
        Client().post("/cuenta/login/", {"login": f"{number}@example.com", "password": "no-es-esta-clave"})
    for number in range(700):
        name = sha256(str(number).encode()).hexdigest()
        cache.set(f"allauth:rl:allauth.account:login_failed:5/300.0/key:{name}", [1.0], 300)
    answer = Client().post("/cuenta/login/", {"login": ana.email, "password": PASSWORD})
    assert "Demasiados intentos fallidos" in answer.content.decode(), "the eleventh guess from one address was let in"


def test_one_mailbox_is_not_flooded_with_letters_nobody_asked_for(ana: User, mailbox: Mailbox) -> None:
    for number in range(12):
        browser = Client(REMOTE_ADDR=f"192.0.2.{number}")
        browser.post(reverse("account_reset_password"), {"email": ana.email})
    assert len(mailbox) <= 5


def test_an_unknown_address_is_answered_like_a_known_one(ana: User, mailbox: Mailbox) -> None:
    answers = [
        Client().post(reverse("account_reset_password"), {"email": email}, follow=True).content.decode()
        for email in (ana.email, "nadie@example.com")
    ]
    assert answers[0] == answers[1].replace("nadie@example.com", ana.email)


def test_the_link_of_a_letter_leads_to_the_portal_whatever_host_was_asked_for(
    ana: User, mailbox: Mailbox, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["pagos.example.org"]
    settings.PORTAL_URL = "https://pagos.example.org"
    ask = {"email": ana.email}
    poisoned = Client(HTTP_HOST="evil.example").post(reverse("account_reset_password"), ask)
    assert poisoned.status_code == 400
    Client(HTTP_HOST="pagos.example.org:6666", HTTP_X_FORWARDED_HOST="evil.example").post(
        reverse("account_reset_password"), ask
    )
    [letter] = mailbox
    assert "https://pagos.example.org/cuenta/password/reset/key/" in letter.text


def test_a_dead_link_for_a_password_does_not_deny_what_it_did_before(db: None) -> None:
    page = Client().get("/cuenta/password/reset/key/1-used/").content.decode()

    assert "Al abrirlo ahora no cambió nada." in page
    assert "ingrese con ella" in page
    assert "pida otro enlace" in page


# --- The admin, door by door


def verbs(user: User, model: type[Model]) -> set[str]:
    """What the admin lets this account do with rows of the model."""
    request = _request_of(user)
    desk = admin.site._registry[model]
    asked = {
        "view": desk.has_view_permission,
        "add": desk.has_add_permission,
        "change": desk.has_change_permission,
        "delete": desk.has_delete_permission,
    }
    return {verb for verb, allowed in asked.items() if allowed(request)}


def _request_of(user: User) -> object:
    from django.test import RequestFactory

    request = RequestFactory().get("/admin/")
    request.user = user
    return request


def test_the_webmaster_sees_no_money_and_treasury_touches_no_account(walter: User, teresa: User) -> None:
    for model in MONEY:
        assert verbs(walter, model) == set(), model
        assert verbs(teresa, model) == {"view"}, model
    assert verbs(teresa, User) == set()
    assert verbs(teresa, Assignment) == set()
    assert verbs(teresa, AssignmentReport) == set()
    assert verbs(teresa, Member) == {"view"}
    assert verbs(teresa, Group) == set()
    assert verbs(walter, Group) == set()
    assert verbs(walter, User) == {"view", "add"}


def test_not_even_a_superuser_adds_changes_or_deletes_money(paid: Order) -> None:
    chief = User.objects.create_superuser("jefa@example.com", PASSWORD)
    a_second_factor(chief)
    browser = client_of(chief)
    for model in MONEY:
        assert verbs(chief, model) <= {"view"}, model
        for row in model._default_manager.all()[:1]:
            label = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            for page in (reverse(f"{label}_change", args=[row.pk]), reverse(f"{label}_delete", args=[row.pk])):
                assert browser.post(page, {"post": "yes", "state": "draft"}).status_code == 403, page
            chosen = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
            browser.post(reverse(f"{label}_changelist"), chosen)
            assert model._default_manager.filter(pk=row.pk).exists()


def test_the_webmaster_makes_accounts_and_no_staff(walter: User) -> None:
    browser = client_of(walter)
    smuggled = {"is_staff": "on", "is_superuser": "on", "groups": [group.pk for group in Group.objects.all()]}
    browser.post(reverse("admin:members_user_add"), {"email": "nuevo@example.com", "name": "N", **smuggled})
    made = User.objects.get(email="nuevo@example.com")
    assert (made.is_staff, made.is_superuser, made.groups.count()) == (False, False, 0)
    page = reverse("admin:members_user_change", args=[walter.pk])
    assert browser.post(page, {"email": walter.email, "is_superuser": "on"}).status_code == 403


def test_members_have_no_door_to_the_admin(ana: User) -> None:
    browser = client_of(ana)
    for page in ("/admin/", "/admin/payments/order/", "/admin/jsi18n/", "/admin/members/user/autocomplete/"):
        assert browser.get(page).status_code in (302, 403), page


def test_a_pause_is_ended_only_by_whom_may_begin_one(teresa: User, walter: User) -> None:
    begin, pauses = reverse("admin:payments_pause_add"), reverse("admin:payments_pause_changelist")
    assert client_of(walter).post(begin, {"notice": "Mantenimiento"}).status_code == 403
    turned_round = client_of(teresa).post(begin, {"notice": "Mantenimiento \u202eotneimi"})
    assert "no se pueden mostrar" in turned_round.content.decode()
    assert client_of(teresa).post(begin, {"notice": "Mantenimiento"}).status_code == 302
    pause = Pause.objects.get(author=teresa, ended_at=None)
    chosen = {"action": "resume_payments", "_selected_action": pause.pk}
    assert client_of(walter).post(pauses, chosen).status_code == 403
    pause.refresh_from_db()
    assert pause.ended_at is None
    assert client_of(teresa).post(pauses, chosen).status_code == 302
    pause.refresh_from_db()
    assert pause.ended_at is not None


def test_a_dead_link_for_an_address_says_how_a_stranger_gets_another(db: None) -> None:
    page = Client().get("/cuenta/confirm-email/used:up/").content.decode()

    assert "El enlace venció o ya se usó." in page
    assert "ingrese con su correo y su contraseña</a>: le enviaremos otro enlace" in page
