"""The first page answers: what one owes, how one stands, what blocks, and how to choose it all in few presses."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dues.models import Kind
from members.models import RegionalCouncil, User
from members.numbers import assignments
from payments.checkout import limits
from payments.models import Order
from receipts.issuing.issue import issue
from tests.builders import a_due, a_member, a_standing_rule, a_user, client_of, month
from tests.journeys.test_every_page import an_outcome
from tests.payments.browser import text

pytestmark = pytest.mark.django_db


def home(user: User) -> str:
    return text(client_of(user).get("/"))


def test_ana_sees_what_she_owes_of_each_kind_and_how_she_stands(ana: User) -> None:
    a_standing_rule()
    page = home(ana)
    assert "CMP 45678" in page
    assert "INHÁBIL" in page
    assert "S/ 150.00 de Cuota Colegiado (5)" in page
    assert "S/ 256.50 de Cuota SEMEFA (3)" in page
    assert "Pago Online" in page


def test_what_is_too_old_names_the_councils_telephone(ana: User) -> None:
    member = assignments.current_member(ana)
    assert member
    a_due(member, period=month(40))
    RegionalCouncil.objects.update(telephone="(01) 213-1400", address="Malecón 100")
    for page in (home(ana), text(client_of(ana).get(reverse("choose")))):
        assert "Consejo Regional III Lima, teléfono (01) 213-1400, Malecón 100" in page


def test_bruno_owes_nothing_and_may_take_his_constancia(bruno: User) -> None:
    page = home(bruno)
    assert "No debe nada de los últimos tres años" in page
    assert "HÁBIL" in page


def test_the_last_receipt_is_at_hand(ana: User) -> None:
    issue(an_outcome(ana, "paid", "approved", settles_order=True).pk)
    page = home(ana)
    assert "Su último comprobante" in page
    assert "B001-1 , S/ 60.00" in page


def test_a_payment_in_doubt_blocks_and_says_so(ana: User) -> None:
    an_outcome(ana, "awaiting_payment", "in_doubt")
    assert "Estamos verificando su último pago. No vuelva a pagar." in home(ana)


def test_a_reported_cmp_blocks_and_says_so(ana: User) -> None:
    assignments.report(ana, "Mi CMP es otro.")
    page = home(ana)
    assert "Usted nos avisó que este CMP no es el suyo." in page
    assert "S/ 150.00" not in page


def test_too_many_declined_cards_say_until_when(ana: User) -> None:
    for _ in range(limits.OF_AN_ACCOUNT):
        an_outcome(ana, "awaiting_payment", "declined", months=1, action_code="116")
        Order.objects.update(state="cancelled")
    page = home(ana)
    until = timezone.localtime(timezone.now() + limits.SPAN)
    assert "varios pagos fueron denegados" in page
    assert any(f"a las {until - timedelta(minutes=back):%H:%M}" in page for back in (0, 1))


def test_an_account_without_cmp_is_told_what_comes_next(db: None) -> None:
    assert "todavía no tiene un número CMP" in home(a_user(email="nuevo@example.com"))


def test_a_visitor_finds_the_way_in_and_the_questions(client: Client) -> None:
    page = text(client.get("/"))
    for words in ("Crear cuenta", "Ingresar", "¿Es auténtico este comprobante?", "¿Cuánto debo?", "Yape", "RUC"):
        assert words in page
    assert "Libro de Reclamaciones" in page


# --- Choosing in one press


def test_quick_picks_have_their_sums(ana: User) -> None:
    a_standing_rule(tolerated=3)
    page = text(client_of(ana).get(reverse("choose")))
    assert "La más antigua S/ 30.00" in page
    assert "Todo (5) S/ 150.00" in page


def test_a_quick_pick_ticks_the_oldest_without_javascript(ana: User) -> None:
    answer = client_of(ana).get(reverse("choose"), {"cuotas": "semefa-2"})
    form = answer.context["form"]
    assert form["kind"].value() == Kind.SEMEFA
    ticked = [due for due in form.payable.values() if str(due.pk) in form.ticked]
    assert [(due.kind, due.amount) for due in ticked] == [(Kind.SEMEFA, Decimal("85.50"))] * 2


@pytest.mark.parametrize("typed", ["semefa-x", "otra-3", "-", "colegiado"])
def test_a_made_up_pick_changes_nothing(ana: User, typed: str) -> None:
    answer = client_of(ana).get(reverse("choose"), {"cuotas": typed})
    assert len(answer.context["form"].ticked) == 1


def test_semefa_is_offered_only_to_who_has_it(carla: User, ana: User) -> None:
    kinds = [client_of(user).get(reverse("choose")).context["form"].kinds for user in (carla, ana)]
    assert kinds == [[Kind.COLEGIADO], [Kind.COLEGIADO, Kind.SEMEFA]]


def test_the_accounts_address_is_there_already(ana: User) -> None:
    answer = client_of(ana).get(reverse("choose"))
    assert answer.context["form"]["email"].value() == "ana@example.com"


def test_until_habil_is_a_pick(db: None) -> None:
    a_standing_rule(tolerated=1)
    member = a_member()
    for back in (4, 3, 2):
        a_due(member, period=month(back))
    assert "Hasta quedar hábil (2) S/ 60.00" in text(client_of(a_user(member)).get(reverse("choose")))
