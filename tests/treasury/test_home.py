"""Teresa's first page: what came in, what waits, what is wrong; each number leads to its list."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.models import User
from members.numbers import assignments
from payments.refunds import proposals
from payments.states import AttemptState
from staff.treasury.chart import chart
from tests.builders import client_of
from tests.payments.browser import text
from tests.treasury.payments_of import a_payment

pytestmark = pytest.mark.django_db


def numbers_of(desk: Client) -> dict[str, tuple[str, str]]:
    groups = desk.get("/admin/").context["numbers"]
    return {number.words: (number.value, number.url) for group in groups.values() for number in group}


def test_an_empty_portal_has_an_empty_page(teresa: User) -> None:
    page = text(client_of(teresa).get("/admin/"))
    assert "Cobrado S/ 0.00 en 0 pagos" in page
    assert "Ninguna alerta abierta" in page


def test_each_number_counts_and_leads_to_its_list(ana: User, teresa: User) -> None:
    paid = a_payment(order_state="paid", state="approved", settles_order=True)
    declined = a_payment()
    double = a_payment(order_state="cancelled", state="approved")
    doubt = a_payment(order_state="awaiting_payment", state="in_doubt")
    proposals.propose(double.pk, author=teresa, reason="Pago doble")
    assignments.report(ana, "No es mi CMP")
    desk = client_of(teresa)

    told = numbers_of(desk)

    assert told["Cobrado"][0] == "S/ 30.00 en 1 pago"
    assert told["Intentos: denegado"][0] == "1"
    assert told["Pagos dobles por devolver"][0] == "1"
    assert told["Devoluciones por aprobar"][0] == "1"
    assert told["Pagados sin comprobante"][0] == "1"
    assert told["Última señal del proceso de envíos"][0] == "ninguna"
    for words, attempt in (
        ("Intentos: denegado", declined),
        ("Pagos dobles por devolver", double),
        ("Sin resultado de la pasarela", doubt),
    ):
        assert [row.pk for row in desk.get(told[words][1]).context["rows"]] == [attempt.pk]
    assert {paid.pk, double.pk} == {row.pk for row in desk.get(told["Cobrado"][1]).context["rows"]}


def test_every_link_of_the_page_opens(teresa: User) -> None:
    desk = client_of(teresa)
    for words, (_, url) in numbers_of(desk).items():
        if url:
            assert desk.get(url).status_code == 200, words


def test_the_charts_and_their_tables_tell_the_same(teresa: User) -> None:
    a_payment(order_state="paid", state="approved", settles_order=True)
    a_payment(state="declined", created_at=timezone.now() - timedelta(days=2))
    answer = client_of(teresa).get("/admin/")
    attempts, takings = answer.context["charts"]
    assert attempts.rows[0][1] == [1, 0]
    assert attempts.rows[2][1] == [0, 1]
    assert takings.rows[0] == (timezone.localdate(), [Decimal("30.00"), Decimal(0)])
    assert len(attempts.rows) == 30
    assert "<title>" in answer.content.decode()
    assert " style=" not in answer.content.decode()


def test_a_column_stands_on_the_one_below_it() -> None:
    drawn = chart(["a", "b"], [(date(2026, 11, 1), [Decimal(3), Decimal(1)]), (date(2026, 11, 2), [Decimal(0)] * 2)])
    lower, upper = drawn.bars
    assert upper.y + upper.height == pytest.approx(lower.y, abs=0.2)
    assert lower.height == pytest.approx(3 * upper.height, abs=0.3)
    assert drawn.amounts[-1].words == "4"


def test_the_page_costs_a_bounded_number_of_queries(ana: User, teresa: User) -> None:
    for state in (AttemptState.DECLINED, AttemptState.ABSENT, AttemptState.APPROVED):
        a_payment(state=state)
    desk = client_of(teresa)
    with CaptureQueriesContext(connection) as asked:
        desk.get("/admin/")
    assert len(asked) <= 30, [entry["sql"][:90] for entry in asked]


def test_walter_sees_his_queues_and_no_money(ana: User, walter: User) -> None:
    assignments.report(ana, "No es mi CMP")
    page = text(client_of(walter).get("/admin/"))
    for words in ("Avisos de CMP equivocado abiertos 1", "Registros por comprobar 0", "avisa: «este CMP no es el mío»"):
        assert words in page
    assert "Cobrado" not in page
    assert "alerta" not in page
