"""One bar on all pages of the staff, Django's lists too; what a role cannot use is not there."""

import re

import pytest

from members.models import User
from staff import roles
from staff.desk import shell
from tests.builders import a_user, client_of

pytestmark = pytest.mark.django_db
ALL = [section.words for section in shell.SECTIONS]


def sections(page: str) -> list[str]:
    bar = page[page.index('aria-label="Secciones"') :]
    return re.findall(r"<li><a[^>]*>([^<]+)</a>", bar[: bar.index("</nav>")])


def places(page: str) -> list[str]:
    bar = page[page.index('aria-label="En esta sección"') :]
    return re.findall(r"<li><a[^>]*>([^<]+)</a>", bar[: bar.index("</nav>")])


def here(page: str) -> list[str]:
    return re.findall(r'aria-current="(?:true|page)">([^<]+)<', page)


@pytest.mark.parametrize(
    ("address", "section", "place"),
    [
        ("/admin/", "Inicio", ""),
        ("/admin/pagos/", "Pagos", "Pagos"),
        ("/admin/pagos/devoluciones/", "Pagos", "Por aprobar"),
        ("/admin/pagos/sunat/", "Comprobantes y SUNAT", "Ante SUNAT"),
        ("/admin/dues/due/", "Cuotas", "Cuotas"),
        ("/admin/dues/dataload/", "Archivos", "Cargas"),
        ("/admin/buscar/", "Colegiados", "Buscar"),
        ("/admin/dues/tariff/", "Configuración", ""),
        ("/admin/configuracion/", "Configuración", "Tablas"),
    ],
)
def test_the_bar_says_where_teresa_is(teresa: User, address: str, section: str, place: str) -> None:
    page = client_of(teresa).get(address).content.decode()

    assert sections(page) == ALL
    assert here(page) == [words for words in (section, place) if words]


def test_each_role_sees_its_own_sections() -> None:
    seen = {
        role: sections(client_of(a_user(staff_role=role)).get("/admin/").content.decode()) for role in roles.PERMISSIONS
    }

    assert seen[roles.TREASURY] == ALL
    assert seen[roles.WEBMASTER] == ["Inicio", "Colegiados", "Archivos", "Configuración"]
    assert all(names[0] == "Inicio" and names[-1] == "Configuración" for names in seen.values())


def test_every_link_of_the_bar_opens_for_who_sees_it() -> None:
    for role in roles.PERMISSIONS:
        user = a_user(staff_role=role)
        desk = client_of(user)
        for section in shell.SECTIONS:
            for place in section.places:
                if place.url and (not place.permission or user.has_perm(place.permission)):
                    assert desk.get(place.url).status_code == 200, (role, place.words)


def test_no_english_in_anybodys_menu(teresa: User) -> None:
    admin = a_user(email="super@example.com", staff_role=roles.TREASURY)
    User.objects.filter(pk=admin.pk).update(is_superuser=True)
    for user in (teresa, admin):
        page = client_of(user).get("/admin/configuracion/").content.decode()
        for words in (">Authenticators", ">Procrastinate", ">MFA", ">Accounts", ">Email addresses"):
            assert words not in page, words


def test_staff_land_at_the_desk_and_members_on_their_page(ana: User, teresa: User) -> None:
    from django.test import RequestFactory

    from members.login.adapter import AccountAdapter

    for user, landing in ((teresa, "/admin/"), (ana, "/")):
        request = RequestFactory().get("/cuenta/login/")
        request.user = user
        assert AccountAdapter(request).get_login_redirect_url(request) == landing
