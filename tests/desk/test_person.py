"""The page of one colegiado: the first question on the telephone, answered as the caller's role allows."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dues import ageing
from dues.models import CoveredPerson, Kind
from members.models import Assignment, User
from members.numbers import assignments
from payments.models import Letter
from receipts.issuing.issue import issue
from staff import roles
from staff.desk import debt
from tests.builders import a_due, a_member, a_settlement, a_user, an_exemption, client_of, month
from tests.payments.browser import text
from tests.treasury.payments_of import a_payment

pytestmark = pytest.mark.django_db
PLACE = "/admin/colegiados/45678/"
# The board reads reports and no physician's page.
ALL_ROLES = [role for role in roles.PERMISSIONS if role != roles.BOARD]


def a_full_life(ana: User) -> None:
    """Ana with something in every section of her page."""
    member = ana.assignments.get().member
    paid = a_payment(ana, order_state="paid", state="approved", settles_order=True, card="455170******8059")
    issue(paid.order_id)
    a_settlement(a_due(member, period=month(30)), reference="BCO-77")
    an_exemption(member, a_due(member, period=month(31)))
    CoveredPerson.objects.create(
        member=member, relationship="holder", name="Ana Quispe", birth_date=month(500), first_period=month(3)
    )
    Letter.objects.create(key="prueba", to=ana.email, subject="Cuotas por pagar", body="Debe.")
    assignments.report(ana, "No es mi CMP")


def test_the_telephone_is_answered_at_once(ana: User, teresa: User) -> None:
    a_full_life(ana)
    page = text(client_of(teresa).get(PLACE))
    # Five months of 30.00, three of SEMEFA of 85.50, and the due of the payment that was made by rows alone.
    assert "debe S/ 436.50 por 9 cuotas" in page
    assert "Inhábil" in page
    assert "Para quedar hábil debe pagar hasta" in page
    for words in ("BCO-77", "Residencia en el extranjero", "Ana Quispe", "Cuotas por pagar", "B001-1"):
        assert words in page, words


def test_what_is_owed_by_kind_and_age_adds_up_to_the_total(ana: User) -> None:
    member = ana.assignments.get().member
    a_due(member, period=month(50), amount="12.34")
    owed = debt.read(member, today=timezone.localdate())
    assert [row.words for row in owed.owed] == ["Cuota Colegiado", "Cuota SEMEFA", "Total"]
    assert owed.owed[-1].total == owed.total == Decimal("418.84")
    assert owed.owed[0].amounts[-1] == Decimal("12.34")


@pytest.mark.parametrize("role", ALL_ROLES)
def test_each_role_sees_its_sections_and_no_other(role: str, ana: User) -> None:
    a_full_life(ana)
    desk = client_of(a_user(staff_role=role))
    page = text(desk.get(PLACE))
    reader = role == roles.WEBMASTER
    for words in ("Estado de cuenta", "Cuotas abiertas", "Pagos en línea", "Comprobantes", "Personas cubiertas"):
        assert (words in page) is not reader, words
    accounts = role in (roles.WEBMASTER, roles.AUDITOR)
    assert ("Solicitudes y avisos" in page) is accounts
    assert (ana.email in page) is (accounts or not reader)  # letters of the treasury name the address


def test_an_act_has_the_day_on_which_it_was_granted(ana: User, teresa: User) -> None:
    act = an_exemption(ana.assignments.get().member)
    [fact] = client_of(teresa).get(PLACE).context["page"].acts
    assert timezone.localtime(fact.at).date() == act.granted_date


def test_a_cashier_is_offered_nothing_that_changes_money(ana: User) -> None:
    cashier = client_of(a_user(staff_role=roles.CASHIER)).get(PLACE).context["page"]
    assert [action.words for action in cashier.actions] == ["Ver como el colegiado"]


def test_nobody_is_offered_the_own_dues(ana: User, teresa: User) -> None:
    member = ana.assignments.get().member
    offered = {action.words for action in client_of(teresa).get(PLACE).context["page"].actions}
    assert "Registrar un pago a mano" in offered
    own = ana.assignments.get()
    Assignment.objects.filter(pk=own.pk).update(ended_at=timezone.now(), ended_by=teresa, end_reason="Es de Teresa")
    Assignment.objects.create(user=teresa, member=member)
    offered = {action.words for action in client_of(teresa).get(PLACE).context["page"].actions}
    assert offered == {"Ver como el colegiado"}


@pytest.mark.parametrize("role", ALL_ROLES)
def test_a_page_asks_at_most_fifteen_times(role: str, ana: User) -> None:
    a_full_life(ana)
    desk = client_of(a_user(staff_role=role))
    desk.get(PLACE)
    with CaptureQueriesContext(connection) as queries:
        assert desk.get(PLACE).status_code == 200
    assert len(queries) <= 15, "\n".join(query["sql"][:150] for query in queries)


def test_a_number_that_is_not_on_the_roll_is_not_there(teresa: User) -> None:
    assert client_of(teresa).get("/admin/colegiados/1/").status_code == 404


def test_members_and_strangers_see_no_page(ana: User, carla: User) -> None:
    assert client_of(carla).get(PLACE).status_code in (302, 403)


def test_staff_see_what_the_member_may_choose(ana: User, carla: User, teresa: User) -> None:
    desk = client_of(teresa)
    page = text(desk.get(reverse("staff_person_choose", args=[45678])))
    assert "La más antigua, S/ 30.00" in page
    assert "Todo (5), S/ 150.00" in page
    mine = client_of(ana).get(reverse("choose")).context["lists"]
    seen = desk.get(reverse("staff_person_choose", args=[45678])).context["lists"]
    assert [[row["value"] for year in each.years for row in year.rows] for each in seen] == [
        [row["value"] for year in each.years for row in year.rows] for each in mine
    ]


def test_looking_as_the_member_changes_nothing(ana: User, teresa: User) -> None:
    assert client_of(teresa).post(reverse("staff_person_choose", args=[45678])).status_code == 405


def test_a_member_with_nothing_has_a_page(teresa: User) -> None:
    member = a_member()
    page = text(client_of(teresa).get(f"/admin/colegiados/{member.cmp_number}/"))
    assert "no debe nada" in page


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


def test_the_page_as_ana_sees_it_offers_nothing_to_press(ana: User, teresa: User) -> None:
    answer = client_of(teresa).get(f"{PLACE}como-colegiado/")

    assert "Aquí solo se mira" in text(answer)
    main = answer.content.decode().split('class="desk"')[1]
    assert "<form" not in main
    assert "<input" not in main
