"""One box finds what a person has before the eyes, of what that person may see; the only hit opens."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import Claim, User
from payments.models import Attempt
from receipts.issuing.issue import issue
from staff import roles
from staff.desk import search
from staff.treasury import search as payment_keys
from tests.builders import a_member, a_user, client_of
from tests.payments.browser import text
from tests.treasury.payments_of import a_payment

pytestmark = pytest.mark.django_db
PLACE = "/admin/buscar/"


@pytest.fixture
def wanted(ana: User) -> Attempt:
    """A payment of Ana's with a key of every kind."""
    payment = a_payment(
        ana, order_state="paid", state="approved", settles_order=True, card="455170******8059",
        authorization_code="A1B2C3", transaction_id="994200111222333", due_amount="1250.50",
        email="boletas@example.com",
    )  # fmt: skip
    issue(payment.order_id)
    return payment


@pytest.mark.parametrize(
    "typed",
    ["45678", "CMP 45678", "cmp-45678", "41234567", "DNI 41234567", "Quispe Mamani", "mamani quispe", "ana mamani",
     "MAMÁNI, ana", "Ana Quispe Mamani", "qui ana"],
)  # fmt: skip
def test_a_colegiado_opens_by_number_document_or_any_words_of_the_name(typed: str, ana: User, carla: User) -> None:
    cashier = client_of(a_user(staff_role=roles.CASHIER))
    answer = cashier.get(PLACE, {"q": typed})
    assert answer.status_code == 302, typed
    assert answer.headers["Location"] == "/admin/colegiados/45678/"


def test_the_account_s_address_opens_its_colegiado_at_the_counter(ana: User) -> None:
    answer = client_of(a_user(staff_role=roles.CASHIER)).get(PLACE, {"q": "ANA@example.com"})
    assert answer.headers["Location"] == "/admin/colegiados/45678/"


@pytest.mark.parametrize("typed", ["8059", "455170******8059", "a1b2c3", "994200111222333", "boletas@example.com"])
def test_a_payment_opens_by_each_of_its_keys(typed: str, wanted: Attempt) -> None:
    answer = client_of(a_user(staff_role=roles.CASHIER)).get(PLACE, {"q": typed})
    assert answer.status_code == 302, typed
    assert answer.headers["Location"] == f"/admin/pagos/{wanted.order_id}/"


@pytest.mark.parametrize("typed", ["1,250.50", "1250.50", "S/ 1,250.50", "s/1250.50", "S/. 1250.5"])
def test_an_amount_is_found_however_it_is_written(typed: str, wanted: Attempt, teresa: User) -> None:
    found = search.answers(typed, teresa)
    assert [(group.words, [hit.amount for hit in group.hits]) for group in found.groups] == [
        ("Pagos", [Decimal("1250.50")])
    ]


@pytest.mark.parametrize(
    ("typed", "soles"),
    [("S/ 150", "150"), ("S/ 150.00", "150.00"), ("1,250", "1250"), ("150.5", "150.5"), ("150", None), ("1,25", None),
     ("B001-150", None), ("1250.505", None)],
)  # fmt: skip
def test_only_what_can_be_nothing_else_counts_as_an_amount(typed: str, soles: str | None) -> None:
    assert payment_keys.amount_of(typed) == (Decimal(soles) if soles else None)


def test_bare_digits_are_looked_for_as_everything_they_may_be(ana: User, teresa: User) -> None:
    member = a_member(cmp_number=150)
    payment = a_payment(ana, due_amount="150.00")
    groups = {group.words: group.hits for group in search.answers("150", teresa).groups}
    assert groups["Colegiados"][0].url == f"/admin/colegiados/{member.cmp_number}/"
    assert (groups["Pagos"][0].url, groups["Pagos"][0].why) == (f"/admin/pagos/{payment.order_id}/", "monto")


@pytest.mark.parametrize("typed", ["B001-1", "b001-00000001"])
def test_a_receipt_opens_its_payment(typed: str, wanted: Attempt) -> None:
    answer = client_of(a_user(staff_role=roles.ACCOUNTANT)).get(PLACE, {"q": typed})
    assert answer.headers["Location"] == f"/admin/pagos/{wanted.order_id}/"


def test_the_number_and_reference_of_an_order_are_found(wanted: Attempt, teresa: User) -> None:
    for typed in (str(wanted.purchase_number), str(wanted.order.ref)):
        pages = [hit.url for group in search.answers(typed, teresa).groups for hit in group.hits]
        assert f"/admin/pagos/{wanted.order_id}/" in pages


def test_the_webmaster_finds_persons_and_accounts_and_no_money(wanted: Attempt, ana: User, walter: User) -> None:
    for typed in ("8059", "1250.50", "B001-1", "994200111222333", "boletas@example.com", "A1B2C3"):
        assert search.answers(typed, walter).groups == [], typed
    assert [group.words for group in search.answers("ana@example.com", walter).groups] == ["Colegiados", "Cuentas"]


def test_a_role_of_no_permissions_finds_nothing(wanted: Attempt) -> None:
    nobody = a_user()
    for typed in ("45678", "quispe", "8059", "B001-1", "ana@example.com"):
        assert search.answers(typed, nobody).groups == [], typed


def test_a_claim_that_waits_is_found_by_its_number(walter: User) -> None:
    claim = Claim.objects.create(
        user=a_user(),
        cmp_number=14_180,
        document_type="1",
        document_number="40000001",
        given_names="Rosa",
        surnames="Luna",
    )
    found = search.answers("14180", walter)
    assert found.only is not None
    assert found.only.url == f"/admin/members/claim/{claim.pk}/change/"


def test_surnames_that_begin_so_stand_first_and_a_long_list_says_that_there_is_more(teresa: User) -> None:
    for number in range(25):
        a_member("Flores", f"Zegarra {number}")
    first = a_member("Rosa", "Flores Abad")
    found = search.answers("flores", teresa).groups[0]
    assert found.hits[0].url == f"/admin/colegiados/{first.cmp_number}/"
    assert len(found.hits) == search.MOST
    assert found.more


@pytest.mark.parametrize(
    "typed", ["", "   ", "'", "&", "()", ":*", "S/ ,", "S/ ,,.00", "\\", "%", "zz & | !", "1" * 100, "²", "--"]
)
def test_signs_and_nothing_break_nothing(typed: str, ana: User, teresa: User) -> None:
    assert client_of(teresa).get(PLACE, {"q": typed}).status_code == 200


def test_a_search_asks_a_bounded_number_of_times(wanted: Attempt, teresa: User) -> None:
    desk = client_of(teresa)
    for typed in ("8059", "quispe mamani ana zzz", "1250.50", "ana@example.com"):
        with CaptureQueriesContext(connection) as queries:
            desk.get(PLACE, {"q": typed})
        assert len(queries) <= 16, (typed, len(queries))


def test_members_do_not_search(ana: User, carla: User) -> None:
    assert client_of(carla).get(PLACE, {"q": "45678"}).status_code == 302
    assert "login" in client_of(carla).get(PLACE, {"q": "45678"}).headers["Location"]


def test_nothing_found_says_what_to_try(teresa: User) -> None:
    assert "Pruebe con el número CMP" in text(client_of(teresa).get("/admin/buscar/?q=zzzz"))


def test_every_role_searches_from_every_page() -> None:
    for role in roles.PERMISSIONS:
        page = client_of(a_user(staff_role=role)).get("/admin/").content.decode()
        assert 'action="/admin/buscar/"' in page, role
