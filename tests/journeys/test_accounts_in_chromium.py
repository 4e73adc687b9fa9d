"""Opening an account, a forgotten password, and the second factor of staff: by eye, mouse and keyboard."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from playwright.sync_api import Page, expect

from demo.mailbox import Mailbox
from members.models import User
from tests.builders import PASSWORD, a_code, a_due, a_member, month
from tests.journeys.steps import come_as, log_in
from tests.page_problems import problems

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def follow_letter(page: Page, mailbox: Mailbox, subject: str) -> None:
    letter = mailbox.wait_for(subject)
    link = re.search(r"http\S+/cuenta/\S+/", letter.text)
    assert link
    page.goto(link[0])


def register(page: Page, *, document: str = "44445555") -> None:
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Ingresar").click()
    page.get_by_role("link", name="Crear cuenta").click()
    assert problems(page) == []
    page.get_by_label("Número CMP").fill("64321")
    page.get_by_label("Número de documento").fill(document)
    page.get_by_label("Nombres").fill("Rosa")
    page.get_by_label("Apellidos").fill("Núñez Peña")
    page.get_by_label("Correo electrónico").fill("rosa@example.com")
    page.get_by_label("Contraseña", exact=True).fill(PASSWORD)
    page.get_by_label("Repita la contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Crear cuenta").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirme su correo")
    assert problems(page) == []


def test_rosa_opens_her_account_and_can_pay_at_once(
    page: Page, work_off_the_jobs: Callable[[], None], mailbox: Mailbox
) -> None:
    roll = {"cmp_number": 64_321, "document_number": "44445555", "email": "rosa.nunez@correo.pe"}
    rosa = a_member("Rosa", "Núñez Peña", **roll)
    a_due(rosa, period=month(1))
    register(page)
    follow_letter(page, mailbox, "Confirme su correo")
    assert problems(page) == []
    page.get_by_role("button", name="Sí, confirmar").click()
    log_in(page, "rosa@example.com")
    page.goto(reverse("greeting"))
    page.get_by_role("link", name="Comprobar que es mío").click()
    assert problems(page) == []
    page.get_by_role("button", name="Enviar código a r***z@c***.pe").click()
    work_off_the_jobs()
    digits = re.search(r"^\d{8}\s*$", mailbox.wait_for("Su código para CMP Digital").text, re.MULTILINE)
    assert digits
    page.get_by_label("Código de 8 dígitos").fill("00000000")
    page.get_by_role("button", name="Comprobar").click()
    expect(page.get_by_text("Ese no es el código que enviamos").first).to_be_visible()
    assert problems(page) == []
    page.get_by_label("Código de 8 dígitos").fill(digits[0].strip())
    page.get_by_role("button", name="Comprobar").click()
    expect(page.get_by_text("Listo: su cuenta ya paga las cuotas del CMP 64321.")).to_be_visible()
    page.goto(reverse("choose"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Elija las cuotas que va a pagar")


def test_rosas_document_differs_the_webmaster_links_her_and_she_can_pay(
    open_page: Callable[..., Page],
    work_off_the_jobs: Callable[[], None],
    mailbox: Mailbox,
    walter: User,
    tmp_path: Path,
) -> None:
    photo = tmp_path / "carne.jpg"
    photo.write_bytes(b"\xff\xd8\xff photo")
    roll = a_member("Rosa", "Núñez Peña", cmp_number=64_321, document_number="44445555")
    a_due(roll, period=month(1))
    rosa, desk = open_page(), open_page()
    register(rosa, document="44445556")
    follow_letter(rosa, mailbox, "Confirme su correo")
    rosa.get_by_role("button", name="Sí, confirmar").click()
    log_in(rosa, "rosa@example.com")
    rosa.goto(reverse("prove"))
    rosa.get_by_role("link", name="Enviar mi foto con el carné").click()
    assert problems(rosa) == []
    rosa.get_by_label("Su foto con el carné").set_input_files(photo)
    rosa.get_by_role("button", name="Enviar la foto").click()
    expect(rosa.get_by_text("Estamos verificando su número CMP")).to_be_visible()
    assert problems(rosa) == []

    come_as(desk, walter)
    desk.goto(reverse("admin:members_claim_changelist"))
    desk.get_by_role("link", name="Por revisar").first.click()
    expect(desk.get_by_text("No está en el padrón").first).to_be_visible()
    answer = desk.locator("section", has=desk.get_by_role("heading", name="Asignar", exact=True))
    answer.get_by_label("Frase para la persona").fill("Su DNI termina en 5555; lo comprobamos con su carné.")
    desk.get_by_role("button", name="Asignar el CMP 64321").click()
    expect(desk.get_by_text("Asignada").first).to_be_visible()

    work_off_the_jobs()
    told = {letter.subject: letter.recipients for letter in mailbox}
    assert told["Registro por revisar: CMP 64321"] == ("webmaster@cmp.org.pe",)
    assert told["Su cuenta ya puede pagar"] == ("rosa@example.com",)
    rosa.goto(reverse("choose"))
    expect(rosa.get_by_role("heading", level=1)).to_have_text("Elija las cuotas que va a pagar")


def test_ana_forgot_her_password(page: Page, ana: User, mailbox: Mailbox) -> None:
    page.goto(reverse("account_login"))
    page.get_by_role("link", name="¿Olvidó su contraseña?").click()
    page.get_by_label("Correo electrónico").fill("ana@example.com")
    page.get_by_role("button", name="Enviarme el enlace").click()
    assert problems(page) == []
    follow_letter(page, mailbox, "Cree una contraseña nueva")
    page.get_by_label(re.compile("^(Nueva contraseña|Contraseña nueva)$")).fill("otra-clave-muy-larga")
    page.locator("#id_password2").fill("otra-clave-muy-larga")
    assert problems(page) == []
    page.get_by_role("button", name="Guardar contraseña").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ingrese con su contraseña nueva")
    page.get_by_role("link", name="Ingresar", exact=True).last.click()
    page.get_by_label("Correo electrónico o número CMP").fill("45678")
    page.get_by_label("Contraseña", exact=True).fill("otra-clave-muy-larga")
    page.get_by_role("button", name="Ingresar", exact=True).click()
    expect(page.get_by_role("button", name="Cerrar sesión")).to_be_visible()


def test_walter_sets_up_a_second_factor_before_anything_else(page: Page, walter: User, mailbox: Mailbox) -> None:
    Authenticator.objects.all().delete()
    log_in(page, "walter@example.com")
    page.goto("/admin/")
    expect(page.get_by_text("Antes de continuar, active la verificación en dos pasos.")).to_be_visible()
    assert problems(page) == []
    page.get_by_role("link", name="Activar").click()
    page.get_by_label("Su contraseña").fill(PASSWORD)
    assert problems(page) == []
    page.get_by_role("button", name="Confirmar").click()
    secret = page.locator("#authenticator_secret").inner_text()
    assert problems(page) == []
    page.locator("#id_code").fill(a_code(secret))
    page.get_by_role("button", name="Activar").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Códigos de respaldo")
    assert problems(page) == []
    page.get_by_role("link", name="Ya los guardé: ir a la administración").click()
    page.locator("#id_code").fill(a_code(secret))
    assert problems(page) == []
    page.get_by_role("button", name="Confirmar").click()
    expect(page).to_have_url(re.compile("/admin/$"))


def test_ana_adds_a_key_and_comes_in_with_it(page: Page, ana: User, mailbox: Mailbox) -> None:
    """Chromium plays the key: it answers at once, as a finger on the sensor would."""
    driver = page.context.new_cdp_session(page)
    driver.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    finger = {"isUserVerified": True, "automaticPresenceSimulation": True}
    driver.send("WebAuthn.addVirtualAuthenticator", {"options": key | finger})
    log_in(page, "ana@example.com")
    page.goto(reverse("mfa_add_webauthn"))
    page.get_by_label("Su contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Confirmar").click()
    page.get_by_label("Nombre de la llave").fill("Huella del consultorio")
    page.get_by_label("Usarla para ingresar sin contraseña").check()
    assert problems(page) == []
    page.get_by_role("button", name="Agregar").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Códigos de respaldo")
    page.goto(reverse("mfa_list_webauthn"))
    expect(page.get_by_text("Huella del consultorio").first).to_be_visible()
    assert problems(page) == []
    page.get_by_role("button", name="Cerrar sesión").click()
    page.goto(reverse("account_login"))
    page.get_by_label("Correo electrónico o número CMP").fill("45678")
    page.get_by_label("Contraseña", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Ingresar", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Un paso más")
    assert problems(page) == []
    page.get_by_role("button", name="Usar mi llave de seguridad").click()
    page.get_by_role("button", name="Cerrar sesión").click()
    page.goto(reverse("account_login"))
    assert problems(page) == []
    page.get_by_role("button", name="Ingresar con mi llave").click()
    expect(page.get_by_role("button", name="Cerrar sesión")).to_be_visible()


def test_axe_finds_nothing_on_the_pages_of_ones_account(open_page: Callable[..., Page], ana: User) -> None:
    page = open_page()
    come_as(page, ana)
    for name in ("account_email", "account_change_password", "mfa_index", "open_sessions", "my_data", "privacy"):
        page.goto(reverse(name))
        assert problems(page) == [], name
    with page.expect_download() as saved:
        page.goto(reverse("my_data"))
        page.get_by_role("button", name="Descargar mis datos").click()
    assert saved.value.suggested_filename.startswith("mis-datos-")
