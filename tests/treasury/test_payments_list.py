"""Teresa finds a payment by whatever the caller can tell her, filters, turns pages and takes a copy."""

import csv
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from members.models import User
from payments.models import Attempt
from receipts.issuing.issue import issue
from staff.treasury import payments_list
from tests.builders import a_council, a_member, a_user, client_of
from tests.payments.browser import text
from tests.treasury.payments_of import a_payment

pytestmark = pytest.mark.django_db

LIST = "/admin/pagos/"


def numbers_on(answer: HttpResponse) -> list[int]:
    return [attempt.purchase_number for attempt in answer.context["rows"]]


@pytest.fixture
def anas(ana: User) -> Attempt:
    """Ana's approved payment among others of strangers."""
    a_payment(card="400000******1111", authorization_code="999999", brand="mastercard")
    return a_payment(
        ana,
        order_state="paid",
        state="approved",
        settles_order=True,
        card="455170******8059",
        brand="visa",
        authorization_code="A170834",
        email="Otra.Ana@example.com",
    )


@pytest.mark.parametrize(
    "typed",
    [
        "{number}",
        "45678",
        "045678",
        "quispe mam",
        "Ana Quispe",
        "41234567",
        "otra.ana@EXAMPLE.com",
        "ana@example.com",
        "8059",
        "A170834",
        "{receipt}",
        "{ref}",
    ],
)
def test_each_key_finds_the_payment_and_no_other(typed: str, anas: Attempt, teresa: User) -> None:
    receipt = issue(anas.order_id)
    query = typed.format(number=anas.purchase_number, receipt=receipt.name.lower(), ref=anas.order.ref)

    answer = client_of(teresa).get(LIST, {"q": query})

    # A bare number may also be that of another's payment page; Ana's is the newest.
    shown = numbers_on(answer)
    assert shown[0] == anas.purchase_number
    assert len(shown) == 1 or typed == "{number}"
    assert receipt.name in text(answer)


def test_what_nobody_paid_is_said_to_be_missing(anas: Attempt, teresa: User) -> None:
    assert "Ningún pago coincide" in text(client_of(teresa).get(LIST, {"q": "Zzyzx"}))


def test_a_common_name_shows_all_its_payments_the_newest_first(anas: Attempt, teresa: User) -> None:
    namesake = a_payment(a_user(a_member("Rosa", "QUISPÉ Ñahui")))
    desk = client_of(teresa)
    assert numbers_on(desk.get(LIST, {"q": "Quispe"})) == [namesake.purchase_number, anas.purchase_number]
    assert numbers_on(desk.get(LIST, {"q": "rósa quispe nahui"})) == [namesake.purchase_number]


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ({"estado": "declined"}, {"declined"}),
        ({"estado": "doble"}, {"double"}),
        ({"estado": "duda"}, {"unknown"}),
        ({"estado": "revision"}, {"unknown"}),
        ({"marca": "visa"}, {"double"}),
        ({"monto_desde": "100"}, {"dear"}),
        ({"monto_hasta": "99.99", "estado": "declined"}, {"declined"}),
        ({"consejo": "9"}, {"double"}),
        ({"tipo": "semefa"}, set()),
        ({"desde": "2020-07-25", "hasta": "2020-07-25"}, {"evening"}),
    ],
)
def test_filters(filters: dict[str, str], kept: set[str], teresa: User) -> None:
    ica = a_user(a_member(regional_council=a_council(9, "IX", "Ica")))
    # 22:07 of the 25th in Lima is the 26th in UTC.
    evening = datetime(2020, 7, 26, 3, 7, 13, tzinfo=UTC)
    made = {
        "declined": a_payment(),
        "double": a_payment(ica, state="approved", brand="visa"),
        "unknown": a_payment(state="in_doubt", staff_reason="La pasarela aprobó otra operación"),
        "dear": a_payment(state="absent", due_amount="250.00"),
        "evening": a_payment(state="absent", created_at=evening),
    }
    shown = set(numbers_on(client_of(teresa).get(LIST, filters)))
    assert {name for name, attempt in made.items() if attempt.purchase_number in shown} == kept


def test_a_range_the_wrong_way_round_is_explained(teresa: User) -> None:
    answer = client_of(teresa).get(LIST, {"desde": "2026-02-02", "hasta": "2026-02-01"})
    assert answer.status_code == 400
    assert "igual o mayor que «Desde»" in text(answer)


def test_pages_go_forth_and_back_without_a_count(teresa: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payments_list, "PAGE", 2)
    same_moment = datetime(2026, 1, 5, tzinfo=UTC)
    made = [a_payment(created_at=same_moment).purchase_number for _ in range(5)][::-1]
    desk = client_of(teresa)

    first = desk.get(LIST)
    second = desk.get(f"{LIST}?{first.context['older']}")
    third = desk.get(f"{LIST}?{second.context['older']}")
    again = desk.get(f"{LIST}?{third.context['newer']}")

    assert [numbers_on(page) for page in (first, second, third)] == [made[:2], made[2:4], made[4:]]
    assert numbers_on(again) == made[2:4]
    assert first.context["newer"] == third.context["older"] == ""
    assert desk.get(f"{LIST}?{again.context['newer']}").context["newer"] == ""
    assert numbers_on(desk.get(LIST, {"antes": "nada"})) == made[:2]


def test_a_page_costs_few_queries_and_counts_nothing(anas: Attempt, teresa: User) -> None:
    for _ in range(10):
        a_payment()
    desk = client_of(teresa)
    for query in ({}, {"q": "Quispe"}, {"q": "8059", "estado": "approved"}):
        with CaptureQueriesContext(connection) as asked:
            assert desk.get(LIST, query).status_code == 200
        assert len(asked) <= 15, [entry["sql"][:120] for entry in asked]
        counted = [entry["sql"] for entry in asked if "COUNT(" in entry["sql"].upper()]
        assert all("LIMIT 20" in sql for sql in counted), counted  # the sum of the newest, never of millions


def test_the_csv_opens_in_excel_and_runs_no_formula(anas: Attempt, teresa: User) -> None:
    a_payment(a_user(a_member("Ñusta", "=1+1")))
    answer = client_of(teresa).get(reverse("staff_export", args=["csv"]), {"estado": "declined"})
    assert isinstance(answer, StreamingHttpResponse)
    content = answer.getvalue()

    assert content.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(StringIO(content.decode("utf-8-sig")), delimiter=";")
    assert len(rows) == 2
    by_name = [dict(zip(header, row, strict=True)) for row in rows]
    assert by_name[0]["Apellidos"] == '="=1+1"'
    assert by_name[0]["Monto (S/)"] == "30.00"


def test_the_workbook_has_numbers_and_dates(anas: Attempt, teresa: User) -> None:
    answer = client_of(teresa).get(reverse("staff_export", args=["xlsx"]), {"q": "45678"})
    sheet: Any = load_workbook(BytesIO(b"".join(answer))).active
    header, row = sheet.iter_rows(values_only=True)
    told = dict(zip(header, row, strict=True))
    assert isinstance(told["Fecha y hora (Lima)"], datetime)
    assert (told["Número de pedido"], told["Monto (S/)"]) == (anas.purchase_number, 30)


@pytest.mark.parametrize("address", [LIST, "/admin/pagos/exportar.csv", "/admin/pagos/a-mano/registrar/"])
def test_only_the_treasury_comes_in(address: str, ana: User, walter: User) -> None:
    assert client_of(walter).get(address).status_code == 403
    assert client_of(ana).get(address).status_code == 302


def test_the_admins_own_address_leads_to_the_list(anas: Attempt, teresa: User) -> None:
    desk = client_of(teresa)
    assert desk.get("/admin/payments/attempt/").url == LIST
    followed = desk.get(f"/admin/payments/attempt/{anas.pk}/change/", follow=True)
    assert followed.redirect_chain[-1][0] == f"{LIST}{anas.order_id}/"
    assert desk.get(f"{LIST}intento/999999/").status_code == 404


def test_the_filtered_list_says_what_it_adds_up_to(paid: Attempt, teresa: User) -> None:
    today = timezone.localdate()
    desk = client_of(teresa)

    page = text(desk.get("/admin/pagos/", {"desde": today.isoformat(), "hasta": today.isoformat()}))
    assert "1 intento. Cobrado: S/ 90.00 . Devuelto: S/ 0.00" in page

    yesterday = today - timedelta(days=1)
    page = text(desk.get("/admin/pagos/", {"desde": yesterday.isoformat(), "hasta": yesterday.isoformat()}))
    assert "0 intentos. Cobrado: S/ 0.00" in page


def test_hoy_ayer_and_este_mes_keep_the_other_filters() -> None:
    links = payments_list.shortcuts({"tipo": "semefa", "desde": "2026-03-01", "hasta": "2026-03-01"}, date(2026, 3, 1))

    assert [(link.words, link.query, link.chosen) for link in links] == [
        ("Hoy", "tipo=semefa&desde=2026-03-01&hasta=2026-03-01", True),
        ("Ayer", "tipo=semefa&desde=2026-02-28&hasta=2026-02-28", False),
        ("Este mes", "tipo=semefa&desde=2026-03-01&hasta=2026-03-01", True),
    ]


def test_a_sum_says_when_it_leaves_some_out(paid: Attempt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payments_list, "MOST_SUMMED", 0)
    assert payments_list.totals(Attempt.objects.order_by("-created_at")).cut
