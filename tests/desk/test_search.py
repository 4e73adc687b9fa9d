"""Whatever a physician reads out on the telephone leads to her page; nobody finds more than they may see."""

import pytest

from members.models import Member, User
from payments.models import Attempt
from receipts.issuing.issue import issue
from staff import roles
from staff.desk.search import everywhere
from tests.builders import a_member, a_user, client_of
from tests.payments.browser import text

pytestmark = pytest.mark.django_db


def of(user: User, typed: str) -> dict[str, list[str]]:
    return {group.words: [hit.title for hit in group.hits] for group in everywhere(typed, user)}


@pytest.fixture
def lopez() -> Member:
    return a_member(given_names="María del Carmen", surnames="López Ñahui", document_number="40112233")


@pytest.mark.parametrize(
    "typed",
    [
        *("López Ñahui", "lopez nahui", "carmen lopez", "LOPEZ, María", "ñahui maria", "lop mar", "maria del carmen"),
        *("40112233", "cmp {cmp}", "{cmp}"),
    ],
)
def test_a_physician_by_names_in_any_order_by_number_or_document(teresa: User, lopez: Member, typed: str) -> None:
    a_member(given_names="Luis", surnames="Pérez Soto")

    assert of(teresa, typed.format(cmp=lopez.cmp_number)) == {"Colegiados": ["López Ñahui, María del Carmen"]}


def test_the_only_hit_opens(teresa: User, lopez: Member) -> None:
    answer = client_of(teresa).get("/admin/buscar/?q=carmen+lopez")

    assert answer["Location"] == f"/admin/colegiados/{lopez.cmp_number}/"


def test_a_payment_by_everything_that_names_it(teresa: User, paid: Attempt) -> None:
    receipt = issue(paid.order_id)
    for typed in (paid.number, str(paid.order.ref), paid.authorization_code, paid.transaction_id, "S/ 90", "90.00"):
        assert f"Pedido {paid.number}, S/ 90.00" in of(teresa, typed).get("Pagos", []), typed
    assert f"Pedido {paid.number}, S/ 90.00" in of(teresa, paid.card[-4:])["Pagos"]
    assert of(teresa, receipt.name.lower()) == {
        "Comprobantes": [receipt.title],
        "Pagos": [f"Pedido {paid.number}, S/ 90.00"],
    }


def test_an_address_finds_the_physician_her_payments_and_for_the_webmaster_her_account(
    ana: User, paid: Attempt, teresa: User, walter: User
) -> None:
    for typed in (ana.email, ana.email.upper()):
        assert set(of(teresa, typed)) == {"Colegiados", "Pagos"}
        assert set(of(walter, typed)) == {"Colegiados", "Cuentas"}


def test_the_webmaster_finds_no_money(paid: Attempt, walter: User) -> None:
    for typed in (paid.number, paid.card[-4:], "S/ 90"):
        assert "Pagos" not in of(walter, typed)


def test_somebody_without_a_role_finds_nothing(ana: User, paid: Attempt) -> None:
    nobody = a_user(email="nueva@example.com")
    nobody.is_staff = True

    assert of(nobody, "quispe") == {}


@pytest.mark.parametrize("typed", ["", "  ", "%", "'; --", "&", "<script>", "*:*", "9" * 60, "(", "¿?"])
def test_what_names_nothing_finds_nothing_and_breaks_nothing(teresa: User, lopez: Member, typed: str) -> None:
    assert of(teresa, typed) == {}
    answer = client_of(teresa).get("/admin/buscar/", {"q": typed})
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode().split('class="desk"')[1]


def test_nothing_found_says_what_to_try(teresa: User) -> None:
    assert "Pruebe con el número CMP" in text(client_of(teresa).get("/admin/buscar/?q=zzzz"))


def test_every_role_searches_from_every_page() -> None:
    for role in roles.PERMISSIONS:
        page = client_of(a_user(staff_role=role)).get("/admin/").content.decode()
        assert 'action="/admin/buscar/"' in page, role
