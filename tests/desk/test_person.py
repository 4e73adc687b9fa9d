"""A physician telephones: the page of her CMP answers, and shows each role what that role may see."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dues import ageing
from dues.models import Due, Kind
from members.models import User
from payments.models import Attempt
from staff.desk import person
from tests.builders import a_due, a_member, a_settlement, a_user, client_of, month, some_dues
from tests.payments.browser import text

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15


def address(user: User) -> str:
    return f"/admin/colegiados/{user.assignments.get().member.cmp_number}/"


def test_how_much_does_ana_owe(ana: User, teresa: User) -> None:
    page = text(client_of(teresa).get(address(ana)))

    open_dues = Due.objects.open().filter(member__assignments__user=ana)
    for kind in Kind:
        amount = sum(due.amount for due in open_dues if due.kind == kind)
        assert f"S/ {amount:,.2f} de {kind.label} ({open_dues.filter(kind=kind).count()})" in page
    assert "INHÁBIL" in page
    assert "Ver como el colegiado" in page


def test_what_did_she_pay_and_where_is_the_receipt(paid: Attempt, ana: User, teresa: User) -> None:
    page = text(client_of(teresa).get(address(ana)))

    assert f"Pago en el portal, {paid.number}" in page
    assert paid.paid_with in page
    assert "Pagado" in page
    assert f"/admin/pagos/{paid.order_id}/" in client_of(teresa).get(address(ana)).content.decode()


def test_the_page_asks_little_however_long_the_story(paid: Attempt, ana: User, teresa: User) -> None:
    member = ana.assignments.get().member
    for due in some_dues(a_member(), 3):
        a_settlement(due)
    for back in range(50, 90):
        a_settlement(a_due(member, period=month(back)), reference=f"OP-{back}")
    desk, page = client_of(teresa), address(ana)
    desk.get(page)
    with CaptureQueriesContext(connection) as asked:
        assert desk.get(page).status_code == 200

    assert len(asked) <= MOST_QUERIES, "\n".join(query["sql"][:200] for query in asked)


def test_the_webmaster_sees_the_account_and_no_money(paid: Attempt, ana: User, walter: User) -> None:
    page = text(client_of(walter).get(address(ana)))

    assert ana.email in page
    assert "Corregir el CMP de la cuenta" in page
    assert "Cuánto debe" not in page
    assert paid.card not in page
    assert "S/" not in page


def test_members_and_strangers_do_not_get_in(ana: User, carla: User) -> None:
    assert client_of(carla).get(address(ana)).status_code in (302, 403)
    assert client_of(ana).get(address(ana)).status_code in (302, 403)


def test_nobody_has_that_number(teresa: User) -> None:
    assert client_of(teresa).get("/admin/colegiados/999999/").status_code == 404


def test_the_page_as_ana_sees_it_offers_nothing_to_press(ana: User, teresa: User) -> None:
    answer = client_of(teresa).get(f"{address(ana)}como-colegiado/")

    assert "Solo se mira" in text(answer)
    main = answer.content.decode().split('class="desk"')[1]
    assert "<form" not in main
    assert "<input" not in main
    offered = person.as_member(ana.assignments.get().member.cmp_number).payable
    assert all(f"{due.amount:,.2f}" in main for dues in offered.values() for due in dues)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-1, "Por vencer"),
        (0, "Por vencer"),
        (1, "Hasta 30 días"),
        (30, "Hasta 30 días"),
        (31, "31 a 90 días"),
        (90, "31 a 90 días"),
        (91, "91 días a un año"),
        (365, "91 días a un año"),
        (366, "1 a 3 años"),
        (1095, "1 a 3 años"),
        (1096, "Más de 3 años"),
    ],
)
def test_a_debt_is_as_old_as_its_due_date(days: int, words: str) -> None:
    today = date(2026, 11, 30)

    assert ageing.band_of(today - timedelta(days=days), today).words == words


def test_debts_are_summed_by_kind_and_age() -> None:
    member = a_member()
    today = timezone.localdate()
    for back in (1, 2, 20):
        a_due(member, period=month(back), due_date=today - timedelta(days=30 * back), amount=Decimal("30.00"))

    summed = ageing.by_band(member.dues.all(), today)

    assert [(part.kind, part.band.words, part.count, part.amount) for part in summed] == [
        (Kind.COLEGIADO, "Hasta 30 días", 1, Decimal("30.00")),
        (Kind.COLEGIADO, "31 a 90 días", 1, Decimal("30.00")),
        (Kind.COLEGIADO, "1 a 3 años", 1, Decimal("30.00")),
    ]


def test_a_physician_without_account_or_payment_has_an_honest_page(teresa: User) -> None:
    member = a_member()

    page = text(client_of(teresa).get(f"/admin/colegiados/{member.cmp_number}/"))

    assert "No debe nada." in page
    assert "No ha pagado en el portal." in page
    assert "Nadie abrió una cuenta con este CMP." in page
    assert a_user(member).email not in page
