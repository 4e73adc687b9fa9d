"""The pages that belong to no app: what the certification wants read, what is said when something fails."""

import re

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.templatetags.static import static
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings
from pytest_django.asserts import assertContains, assertNotContains, assertTemplateUsed

from cmp_portal import pages
from members.models import User

TEXTS = ["refund_policy", "terms", "privacy", "contact", "accessibility"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", TEXTS)
def test_anyone_reads_the_texts_and_who_runs_the_shop(name: str, client: Client) -> None:
    answer = client.get(reverse(name))
    for name_of_part in ("name", "shop_name", "ruc", "address", "telephone", "email", "domain"):
        assertContains(answer, settings.COLLEGE[name_of_part])
    for link in TEXTS:
        assertContains(answer, f'href="{reverse(link)}"')


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_cannot_be_posted_to(name: str, client: Client) -> None:
    assert client.post(reverse(name)).status_code == 405


@pytest.mark.parametrize(
    ("spanish", "english"),
    [
        ("Qué se paga", "What is paid"),
        ("Entrega", "Delivery"),
        ("Cambios, devoluciones, reembolsos y cancelación", "Changes, returns, refunds and cancellation"),
        ("Reclamos", "Complaints"),
        ("Datos personales", "Privacy"),
        ("Restricciones", "Restrictions"),
        ("Contacto", "Contact"),
    ],
)
def test_the_terms_cover_the_gateways_list_in_both_languages(spanish: str, english: str, client: Client) -> None:
    answer = client.get(reverse("terms"))
    assertContains(answer, f"{spanish}</h2>")
    assertContains(answer, f"<strong>{english}.</strong>")


def test_the_terms_carry_the_version_that_an_order_stores(client: Client, settings: Settings) -> None:
    settings.TERMS_VERSION = "2031-02"
    assertContains(client.get(reverse("terms")), "Versión 2031-02")


@pytest.mark.django_db
def test_sample_data_are_called_so_until_they_are_replaced(client: Client, settings: Settings) -> None:
    assertContains(client.get(reverse("contact")), "DATOS DE MUESTRA")
    settings.SAMPLE_DATA = False
    assertNotContains(client.get(reverse("contact")), "DATOS DE MUESTRA")


def test_an_old_form_says_that_nothing_was_charged() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post(reverse("account_login"), {"login": "ana@example.com"})
    assertContains(answer, "no se le cobró", status_code=403)
    assertTemplateUsed(answer, "403_csrf.html")


def test_the_way_out_of_an_old_form_is_on_it() -> None:
    answer = pages.csrf_failure(RequestFactory().post("/"))
    assertContains(answer, 'href="/"', status_code=403)


def test_a_wrong_address_says_that_nothing_was_charged(client: Client) -> None:
    assertContains(client.get("/no-existe/"), "No se hizo ningún cobro", status_code=404)


@pytest.mark.parametrize("template", ["500.html", "400.html"])
def test_a_failure_sends_one_to_the_history_and_needs_no_context(template: str) -> None:
    page = get_template(template).render()
    assert "no vuelva a pagar todavía" in page
    assert f'href="{reverse("history")}"' in page


def test_too_many_tries_are_answered_in_the_portals_look(rf: RequestFactory) -> None:
    assert "no se le cobró" in get_template("429.html").render({}, rf.get("/"))


def test_who_asked_for_too_many_links_is_not_sent_to_ask_for_another(rf: RequestFactory) -> None:
    page = get_template("429.html").render({}, rf.get(reverse("account_reset_password")))
    assert "Podrá pedir otro dentro de una hora." in page
    assert f'href="{reverse("account_reset_password")}"' not in page


def test_ana_logs_out_by_a_button_not_by_a_link(client: Client, ana: User) -> None:
    client.force_login(ana)
    answer = client.get(reverse("contact"))
    assertContains(answer, f'<form method="post" action="{reverse("account_logout")}">')
    assertContains(answer, "Cerrar sesión")


def test_every_link_around_a_page_leads_somewhere(client: Client, teresa: User) -> None:
    client.force_login(teresa)
    page = client.get(reverse("contact")).content.decode()
    around = page[: page.index("<main")] + page[page.index("</main>") :]
    links = set(re.findall(r'(?:href|action)="(/[^"#]*)"', around))
    names = [
        "home",
        "greeting",
        "history",
        "statement",
        "admin:index",
        "account_email",
        "account_logout",
        "complaints",
        *TEXTS,
    ]
    assert links - {
        static("img/emblem.svg"),
        static("img/icon-180.png"),
        static("manifest.webmanifest"),
        static("css/portal.css"),
        static("css/tokens.css"),
    } == {reverse(name) for name in names}
