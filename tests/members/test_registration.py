"""Opening an account: a code to the roll's address proves who one is, everything else waits for Walter and a photo."""

import re
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from demo.mailbox import Mail, Mailbox
from members import tasks
from members.models import Assignment, Claim, ClaimState, Member, MemberStatus, Proof, ProofCode, User
from members.numbers import assignments, proof, registrations
from tests.builders import PASSWORD, a_member, a_user, client_of

SIGNUP = "/cuenta/signup/"
ROSA = {
    "cmp_number": "CMP 064321",
    "document_type": "1",
    "document_number": "4444 5555",
    "given_names": "Rosa",
    "surnames": "Núñez Peña",
    "email": "rosa@example.com",
    "password1": PASSWORD,
    "password2": PASSWORD,
}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_counters(db: None, settings: Settings) -> None:
    cache.clear()


@pytest.fixture
def rosa() -> Member:
    """Rosa is on the roll and has no account yet."""
    return a_member("Rosa", "Núñez Peña", cmp_number=64_321, document_number="44445555", email="rosa.nunez@correo.pe")


def register(**typed: str) -> tuple[Client, str]:
    """The browser afterwards and the page it was led to."""
    client = Client()
    return client, client.post(SIGNUP, ROSA | typed, follow=True).content.decode()


def prove(user: User, mailbox: Mailbox) -> HttpResponse:
    """Ask for the code and type what came to the roll's address."""
    browser = client_of(user)
    browser.post(reverse("prove_send"), {"channel": "email"})
    tasks.send_code(ProofCode.objects.latest("pk").pk)
    digits = re.search(r"^\d{8}\s*$", newest(mailbox).text, re.MULTILINE)
    assert digits
    return browser.post(reverse("prove_check"), {"code": digits[0].strip()})


def send_photo(user: User) -> None:
    photo = SimpleUploadedFile("yo.jpg", b"\xff\xd8\xff photo", "image/jpeg")
    assert client_of(user).post(reverse("prove_photo"), {"photo": photo}).status_code == 302


def newest(mailbox: Mailbox) -> Mail:
    return next(iter(mailbox))


def confirm(client: Client, mailbox: Mailbox) -> None:
    """Press the link of the newest letter, and the button behind it."""
    link = re.search(r"http\S+/cuenta/confirm-email/\S+/", newest(mailbox).text)
    assert link
    client.post("/" + link[0].split("/", 3)[3])


def account(email: str = "rosa@example.com") -> User:
    return User.objects.get(email=email)


def register_and_confirm(mailbox: Mailbox, **typed: str) -> User:
    client, _ = register(**typed)
    confirm(client, mailbox)
    return account(typed.get("email", "rosa@example.com"))


def test_rosa_is_linked_by_a_code_that_goes_to_the_rolls_address(rosa: Member, mailbox: Mailbox) -> None:
    client, page = register()
    assert "Le enviamos un correo" in page
    confirm(client, mailbox)
    assert assignments.current_member(account()) is None

    asked = client_of(account()).get(reverse("prove")).content.decode()
    assert "Enviar código a r***z@c***.pe" in asked
    assert "rosa.nunez@correo.pe" not in asked
    assert prove(account(), mailbox).status_code == 302
    assert newest(mailbox).recipients == ("rosa.nunez@correo.pe",)

    assert assignments.current_member(account()) == rosa
    assert account().name == "Rosa Núñez Peña"
    claim = Claim.objects.get()
    assert (claim.state, claim.proof, claim.decided_by) == (ClaimState.LINKED, Proof.EMAIL, None)
    login = Client().post("/cuenta/login/", {"login": "64321", "password": PASSWORD})
    assert login.status_code == 302


@pytest.mark.parametrize(
    "typed",
    [{"document_number": "44445556"}, {"cmp_number": "64322"}, {"document_type": "4"}, {"surnames": "Pérez"}],
    ids=["document", "number", "type of document", "name"],
)
def test_what_differs_from_the_roll_waits_and_rosa_is_told(
    rosa: Member, mailbox: Mailbox, typed: dict[str, str]
) -> None:
    user = register_and_confirm(mailbox, **typed)

    assert client_of(user).post(reverse("prove_send"), {"channel": "email"}, follow=True).status_code == 200
    assert not ProofCode.objects.exists()
    assert "Enviar mi foto con el carné" in client_of(user).get(reverse("prove")).content.decode()
    assert "Falta comprobar que el CMP es suyo" in client_of(user).get(reverse("greeting")).content.decode()
    send_photo(user)

    assert assignments.current_member(user) is None
    assert Claim.objects.get().state == ClaimState.WAITING
    page = client_of(user).get(reverse("greeting")).content.decode()
    assert "Estamos verificando su número CMP" in page
    assert client_of(user).get(reverse("choose")).status_code == 302


def test_nobody_registers_as_a_physician_who_has_died(rosa: Member, mailbox: Mailbox) -> None:
    Member.objects.filter(pk=rosa.pk).update(status=MemberStatus.DECEASED)
    user = register_and_confirm(mailbox)

    assert "Enviar código" not in client_of(user).get(reverse("prove")).content.decode()
    assert assignments.current_member(user) is None


def test_a_second_claim_shows_walter_both_accounts(rosa: Member, mailbox: Mailbox, walter: User) -> None:
    first = a_user(rosa, email="primera@example.com")
    second = register_and_confirm(mailbox)
    send_photo(second)
    claim = Claim.objects.get()

    assert assignments.current_member(first) == rosa
    assert claim.state == ClaimState.WAITING
    page = client_of(walter).get(reverse("webmaster_claim", args=[claim.pk])).content.decode()
    assert "primera@example.com" in page
    assert second.email in page
    assert "Ahora no se puede asignar el CMP 64321" in page
    decide = {"member": "64321", "answer": "Sí"}
    client_of(walter).post(reverse("webmaster_assign", args=[claim.pk]), decide)
    claim.refresh_from_db()
    assert (claim.state, assignments.current_member(second)) == (ClaimState.WAITING, None)


def test_walter_links_the_right_number_and_rosa_is_written_to(rosa: Member, mailbox: Mailbox, walter: User) -> None:
    user = register_and_confirm(mailbox, cmp_number="64322")
    send_photo(user)
    claim = Claim.objects.get()
    assert client_of(walter).get(reverse("webmaster_photo", args=[claim.pk])).content == b"\xff\xd8\xff photo"
    tasks.tell_webmaster_of_claim(claim.pk)
    assert "/admin/members/claim/" in newest(mailbox).text
    assert "44445555" not in newest(mailbox).text, "a document in a mail"
    decide = {"member": "64321", "answer": "Comprobamos su carné."}
    client_of(walter).post(reverse("webmaster_assign", args=[claim.pk]), decide)
    tasks.tell_claimant(claim.pk)

    assert assignments.current_member(user) == rosa
    assert Assignment.objects.get(user=user).author == walter
    letter = newest(mailbox)
    assert letter.recipients == ("rosa@example.com",)
    assert "CMP 64321" in letter.text
    assert "Comprobamos su carné." in letter.text


def test_walter_refuses_with_a_reason_that_rosa_reads(rosa: Member, mailbox: Mailbox, walter: User) -> None:
    user = register_and_confirm(mailbox, document_number="44445556")
    send_photo(user)
    claim = Claim.objects.get()
    page = reverse("webmaster_refuse", args=[claim.pk])
    client_of(walter).post(page, {"why": "other", "answer": "El documento no es de ese colegiado."})
    tasks.tell_claimant(claim.pk)

    assert assignments.current_member(user) is None
    assert "No pudimos asignarle" in newest(mailbox).subject
    greeting = client_of(user).get(reverse("greeting")).content.decode()
    assert "El documento no es de ese colegiado." in greeting
    again = client_of(walter).post(page, {"why": "", "answer": "Mejor sí"}, follow=True)
    assert "Esta solicitud ya fue decidida." in again.content.decode()
    later = reverse("webmaster_assign", args=[claim.pk])
    again = client_of(walter).post(later, {"member": "64321", "answer": "Mejor sí"}, follow=True)
    assert "Esta solicitud ya fue decidida." in again.content.decode()
    assert assignments.current_member(user) is None


def test_two_who_prove_one_number_are_not_both_linked(rosa: Member) -> None:
    declared = registrations.Declared(64_321, "1", "44445555", "Rosa", "Núñez Peña")
    codes = []
    for email in ("una@example.com", "dos@example.com"):
        user = a_user(email=email)
        claim = registrations.declare(user, declared)
        registrations.confirmed(user)
        claim.refresh_from_db()
        codes.append(proof.send_code(claim, "email"))
    proof.check_code(codes[0].claim, proof.digits_of(codes[0]))
    with pytest.raises(proof.NotAsked):
        proof.check_code(codes[1].claim, proof.digits_of(codes[1]))

    assert assignments.current_member(codes[0].claim.user) == rosa
    assert assignments.current_member(codes[1].claim.user) is None


def test_an_account_that_the_webmaster_linked_meanwhile_has_nothing_to_wait_for(rosa: Member) -> None:
    user = a_user(email="una@example.com")
    registrations.declare(user, registrations.Declared(1, "1", "00000001", "Rosa", "Núñez"))
    Assignment.objects.create(user=user, member=rosa)
    registrations.confirmed(user)

    assert Claim.objects.get().state == ClaimState.LINKED


def test_a_slip_in_the_address_is_asked_about_and_taken_when_it_is_right(mailbox: Mailbox) -> None:
    _, page = register(email="rosa@gmail.con")
    assert "¿Quiso escribir rosa@gmail.com?" in page
    assert not User.objects.exists()
    register(email="rosa@gmail.con", keep_email="rosa@gmail.con")
    assert account("rosa@gmail.con")


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("cmp_number", "abc", "Escriba su número CMP solo con dígitos"),
        ("cmp_number", "0", "Escriba su número CMP solo con dígitos"),
        ("cmp_number", "", "Escriba su número CMP."),
        ("document_number", "4444555", "El DNI tiene 8 dígitos."),
        ("document_number", "<b>", "El DNI tiene 8 dígitos."),
        ("document_type", "6", "no es una de las opciones"),
        ("given_names", "", "Escriba sus nombres."),
        ("surnames", "Nú\u202eñez", "caracteres que no se pueden mostrar"),
        ("email", "rosa@", "correo"),
        ("password1", "corta", "demasiado corta"),
        ("password2", "otra-clave-distinta", "la misma contraseña"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(field: str, typed: str, sentence: str) -> None:
    _, page = register(**{field: typed})

    assert sentence in page
    assert not User.objects.exists()


def test_registering_makes_no_staff_and_links_nobody_by_fields_nobody_asked_for(rosa: Member, mailbox: Mailbox) -> None:
    smuggled = {"is_staff": "on", "is_superuser": "on", "state": "linked", "member": str(rosa.pk), "verified": "on"}
    register(**smuggled, groups="1")
    user = account()

    assert (user.is_staff, user.is_superuser, user.groups.count()) == (False, False, 0)
    assert assignments.current_member(user) is None
    assert not user.emailaddress_set.get().verified  # type: ignore[attr-defined]  # allauth has no types


def test_a_half_made_registration_leaves_no_account(rosa: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the database went away")

    monkeypatch.setattr(registrations, "declare", fail)
    with pytest.raises(RuntimeError):
        register()

    assert not User.objects.exists()


def test_the_claim_page_tells_a_stranger_nothing(ana: User, walter: User, teresa: User) -> None:
    registrations.declare(ana, registrations.Declared(1, "1", "00000001", "Ana", "Quispe"))
    page = reverse("admin:members_claim_change", args=[Claim.objects.get().pk])
    statuses: dict[str, Callable[[], int]] = {
        "ana": lambda: client_of(ana).get(page).status_code,
        "teresa": lambda: client_of(teresa).get(page).status_code,
        "walter": lambda: client_of(walter).get(page).status_code,
    }
    assert {name: ask() for name, ask in statuses.items()} == {"ana": 302, "teresa": 403, "walter": 302}
