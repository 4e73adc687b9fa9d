"""The statement page: why each month is as it is, and only one's own."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from dues import ledger, member_statement
from dues.models import Channel, DataLoad, Kind
from members.models import User
from members.numbers import assignments
from tests.builders import a_due, a_member, a_settlement, a_user, an_exemption, client_of, hold, month, some_dues

PAGE = "/estado-de-cuenta/"


def page_of(user: User) -> str:
    return client_of(user).get(PAGE).content.decode()


def test_ana_sees_what_she_owes_of_each_kind(ana: User) -> None:
    page = page_of(ana)

    assert "5 cuotas por <strong>S/ 150.00</strong>" in page
    assert "3 cuotas por <strong>S/ 256.50</strong>" in page
    assert page.count("Pendiente</span>") == 8


def test_bruno_sees_by_what_each_month_was_paid(bruno: User) -> None:
    page = page_of(bruno)

    assert "Pendiente</span>" not in page
    assert page.count("Pagada</span>") == 6
    assert f"Banco, BCO-{month():%Y%m}" in page


def test_each_month_says_why_it_is_as_it_is(db: None) -> None:
    elena = a_member("Elena", "Gutiérrez Muñoz")
    older, exempt, held, paid, open_ = (a_due(elena, period=month(back)) for back in (37, 4, 3, 2, 1))
    an_exemption(elena, exempt)
    hold(held)
    a_settlement(paid, Channel.CARD, "4711")

    found = member_statement.of(elena, timezone.localdate())
    lines = {line.due.pk: line for year in found.years for line in year.lines}

    assert lines[older.pk].too_old
    assert not lines[older.pk].payable
    assert lines[exempt.pk].exempt
    assert lines[held.pk].held
    assert lines[paid.pk].settlement is not None
    assert lines[open_.pk].payable
    page = page_of(a_user(elena))
    for words in ("Residencia en el extranjero", "Pago en curso", "Pago en el portal, 4711", "no se paga en línea"):
        assert words in page


def test_a_reversed_payment_leaves_the_month_open(db: None) -> None:
    rosa = a_member()
    settlement = a_settlement(a_due(rosa))
    ledger.reverse(settlement, author="teresa@example.com", reason="El banco devolvió el pago")

    assert "Pendiente</span>" in page_of(a_user(rosa))


def test_what_is_older_than_three_years_is_shown_apart_with_whom_to_ask(db: None) -> None:
    rosa = a_member()
    some_dues(rosa, 40)

    page = page_of(a_user(rosa))

    assert "37 cuotas por <strong>S/ 1,110.00</strong>" in page
    assert "3 cuotas por S/ 90.00" in page
    assert "Consejo Regional III Lima" in page


def test_nobody_sees_anothers_months(ana: User, carla: User) -> None:
    a_settlement(a_due(assignments.current_member(ana), Kind.COLEGIADO, month(8)), reference="SOLO-DE-ANA")

    page = page_of(carla)

    assert "SOLO-DE-ANA" not in page
    assert "Quispe" not in page


def test_the_page_says_how_fresh_the_data_are(ana: User) -> None:
    assert "actualizados al" not in page_of(ana)
    loaded = timezone.now() - timedelta(days=1)
    for content in DataLoad.Content:
        at = loaded if content == DataLoad.Content.PAYMENTS else loaded - timedelta(days=3)
        DataLoad.objects.create(content=content, file_name="x.csv", rows=1, added=1, changed=0, loaded_at=at)

    assert f"actualizados al {timezone.localtime(loaded):%d/%m/%Y %H:%M:%S}" in page_of(ana)


def test_a_person_who_said_the_cmp_is_not_theirs_sees_no_ones_months(ana: User) -> None:
    assignments.report(ana)

    assert client_of(ana).get(PAGE)["Location"] == "/este-cmp-no-es-el-mio/"


def test_strangers_log_in_first(db: None) -> None:
    assert Client().get(PAGE)["Location"].startswith("/cuenta/login/")


@pytest.mark.parametrize("months", [1, 60])
def test_the_page_takes_the_same_queries_for_one_month_and_five_years(
    db: None, months: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rosa = a_member()
    for due in [*some_dues(rosa, months), *some_dues(rosa, months, Kind.SEMEFA)][::2]:
        a_settlement(due)
    client = client_of(a_user(rosa))

    with django_assert_max_num_queries(13):
        page = client.get(PAGE)

    assert page.status_code == 200
