"""Ana and Walter in a real browser: a wrong number reported, corrected and paid for; two numbers swapped."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from demo.mailbox import Mailbox
from members.models import Assignment, Member, User
from payments.models import Order
from tests.builders import a_member, a_user, month, some_dues
from tests.dues.priced import covers
from tests.journeys.conftest import open_page, page, portal, work_off_the_jobs  # noqa: F401 - fixtures
from tests.journeys.steps import choose_boleta, come_as, finish, go_to_choose, pay
from tests.page_problems import problems

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("webmaster"), pytest.mark.django_db(transaction=True)]


def look(page: Page, name: str) -> None:  # noqa: F811
    """Nothing wrong on this page; with LOOK_AT set to a folder, its pictures go there."""
    assert problems(page) == [], name
    if folder := os.environ.get("LOOK_AT"):
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 850})
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 850})


def test_a_wrong_number_is_reported_corrected_and_then_paid_for(
    open_page: Callable[..., Page],  # noqa: F811
    work_off_the_jobs: Callable[[], None],  # noqa: F811
    mailbox: Mailbox,
    ana: User,
    walter: User,
    tmp_path: Path,
) -> None:
    right = a_member("Ana", "Quispe Mamani", cmp_number=45_687)
    some_dues(right, 2)
    card = tmp_path / "carne.pdf"
    card.write_bytes(b"%PDF-1.4\n%%EOF")
    member, desk = open_page(), open_page()
    come_as(member, ana)
    come_as(desk, walter)

    member.goto(reverse("greeting"))
    member.get_by_role("link", name="Este CMP no es el mío").click()
    look(member, "report")
    member.get_by_label("¿Cuál es su número CMP?").fill("Mi CMP es 45687")
    member.get_by_label("Adjunto").set_input_files(card)
    member.get_by_role("button", name="Enviar el aviso").click()
    expect(member.get_by_role("heading", level=1)).to_have_text("Estamos revisando su número CMP")
    look(member, "progress")

    desk.goto(reverse("admin:members_assignmentreport_changelist"))
    desk.get_by_role("link", name="ABIERTO", exact=True).click()
    desk.get_by_role("link", name="Adjunto, historial, corregir el CMP o intercambiarlo").click()
    expect(desk.get_by_text("Mi CMP es 45687")).to_be_visible()
    look(desk, "account-reported")
    desk.get_by_role("link", name="Corregir el CMP").click()
    look(desk, "correct-choose")
    desk.get_by_label("Número CMP correcto").fill("45687")
    desk.get_by_role("button", name="Comparar").click()
    look(desk, "correct")
    desk.get_by_label("Motivo").fill("Coincide con el carné que adjuntó")
    desk.get_by_role("button", name="Corregir a CMP 45687").click()
    expect(desk.get_by_text("Corregido.")).to_be_visible()
    look(desk, "account-corrected")

    work_off_the_jobs()
    assert [letter.recipients for letter in mailbox if "Cambió el número" in letter.subject] == [("ana@example.com",)]
    go_to_choose(member)
    look(member, "choose")
    choose_boleta(member)
    pay(member)
    finish(member)
    assert Order.objects.get(state="paid").member == right


def test_two_numbers_are_swapped_in_one_step(page: Page, ana: User, bruno: User, walter: User) -> None:  # noqa: F811
    come_as(page, walter)
    page.goto(reverse("admin:members_user_change", args=[ana.pk]))
    page.get_by_role("link", name="Historial, corregir el CMP o intercambiarlo").click()
    page.get_by_role("link", name="Intercambiar con otra cuenta").click()
    page.get_by_label("Correo de la otra cuenta").fill("ana@example.com")
    page.get_by_role("button", name="Comparar").click()
    expect(page.get_by_role("alert")).to_contain_text("Es la misma cuenta")
    look(page, "swap-choose")
    page.get_by_label("Correo de la otra cuenta").fill("bruno@example.com")
    page.get_by_role("button", name="Comparar").click()
    look(page, "swap")
    page.get_by_label("Motivo").fill("Se registraron con el número del otro")
    page.get_by_role("button", name="Intercambiar").click()

    expect(page.get_by_text("Corregido.")).to_be_visible()
    look(page, "swapped")
    numbers = {row.user.email: row.member.cmp_number for row in Assignment.objects.filter(ended_at=None)}
    assert numbers == {"ana@example.com": 101_234, "bruno@example.com": 45_678}


def test_a_daughter_takes_over_the_semefa_and_is_offered_nothing_else(
    open_page: Callable[..., Page],  # noqa: F811
    ana: User,
    walter: User,
    tmp_path: Path,
) -> None:
    member, lucia = Member.objects.get(), a_user(email="lucia@example.com", name="Lucía Quispe Ramos")
    covers(member)
    covers(member, "child", date(2000, 6, 6), name="Lucía Quispe Ramos")
    proof = tmp_path / "partida.pdf"
    proof.write_bytes(b"%PDF-1.4\n%%EOF")
    desk, daughter = open_page(), open_page()
    come_as(desk, walter)
    come_as(daughter, lucia)

    desk.goto(reverse("webmaster_account", args=[lucia.pk]))
    desk.get_by_role("link", name="Sucesión de SEMEFA").click()
    look(desk, "succeed-choose")
    desk.get_by_label("Número CMP del titular fallecido").fill("45678")
    desk.get_by_role("button", name="Comparar").click()
    desk.get_by_label("Persona cubierta que toma la titularidad").select_option(
        label="Lucía Quispe Ramos (hijo o hija)"
    )
    desk.get_by_label("Número de documento del sucesor").fill("7000112")
    desk.get_by_label("Nombre completo del sucesor").fill("Lucía Quispe Ramos")
    desk.get_by_label("Fecha de fallecimiento").fill(month(2).isoformat())
    desk.get_by_label("Toma la titularidad desde").fill(month(1).isoformat())
    desk.get_by_label("Documento que lo prueba").set_input_files(proof)
    desk.get_by_label("Motivo").fill("Partida de defunción y DNI comprobados")
    desk.get_by_role("button", name="Registrar la sucesión").click()
    expect(desk.get_by_role("alert")).to_contain_text("El DNI tiene 8 dígitos.")
    look(desk, "succeed")
    desk.get_by_label("Documento que lo prueba").set_input_files(proof)
    desk.get_by_label("Número de documento del sucesor").fill("70001122")
    desk.get_by_role("button", name="Registrar la sucesión").click()
    expect(desk.get_by_text("Registrado. No se movió ningún pago")).to_be_visible()
    look(desk, "succeeded")

    daughter.goto(reverse("greeting"))
    expect(daughter.get_by_text("Usted tomó la titularidad del SEMEFA de Ana Quispe Mamani")).to_be_visible()
    look(daughter, "heir-greeting")
    go_to_choose(daughter)
    expect(daughter.get_by_role("radio", name="Cuota Colegiado")).to_have_count(0)
    look(daughter, "heir-choose")
    choose_boleta(daughter, "lucia@example.com")
    expect(daughter.get_by_text("Lucía Quispe Ramos, DNI 70001122")).to_be_visible()
