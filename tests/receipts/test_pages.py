"""The history, the download and the resend, as their owner, a stranger and staff meet them."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from demo.mailbox import Mailbox
from dues.models import Due
from members.models import User
from payments.models import Order
from payments.states import AttemptState, OrderState
from receipts.history import outcome, paid_by_year
from receipts.issuing.issue import issue
from receipts.models import Delivery, DeliveryState, Receipt
from receipts.printing import pdf
from tests.builders import an_order, client_of
from tests.receipts.conftest import a_paid_order, an_attempt

pytestmark = pytest.mark.django_db
RunJobs = Callable[[str], int]


@pytest.fixture
def receipt(ana: User) -> Receipt:
    return issue(a_paid_order(ana, email="ana@example.com").pk)


def page(user: User) -> str:
    return client_of(user).get(reverse("history")).content.decode()


def pdf_url(receipt: Receipt) -> str:
    return reverse("receipt_pdf", args=[receipt.code])


def resend(user: User, receipt: Receipt, email: str = "nuevo@example.com", intent: str = "") -> str:
    form = {"email": email, "intent": intent or str(uuid.uuid4())}
    answer = client_of(user).post(reverse("receipt_resend", args=[receipt.code]), form, follow=True)
    return answer.content.decode() if answer.status_code == 200 else str(answer.status_code)


def test_the_history_is_by_year_with_what_was_paid_less_what_went_back(ana: User) -> None:
    order = a_paid_order(ana, months=2)
    order.attempts.update(given_back=Decimal("30.00"))
    year = timezone.localtime(order.created_at).year
    assert paid_by_year(ana) == {year: Decimal("30.00")}
    assert f"<strong>{year}</strong> · pagado en línea: " in page(ana)


# --- The PDF


def test_ana_downloads_her_pdf_and_no_cache_keeps_it(ana: User, receipt: Receipt) -> None:
    answer = client_of(ana).get(pdf_url(receipt))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'inline; filename="B001-1.pdf"'
    assert "no-store" in answer["Cache-Control"]
    assert answer.content.startswith(b"%PDF-")


def test_ana_prints_it_on_a_ticket(ana: User, receipt: Receipt) -> None:
    address = reverse("receipt_ticket", args=[receipt.code])
    assert address in page(ana)
    answer = client_of(ana).get(address)
    assert answer["Content-Disposition"] == 'inline; filename="B001-1-ticket.pdf"'
    assert answer.content.startswith(b"%PDF-")


def test_a_ticket_asked_for_again_and_again_is_printed_once_until_sunat_says_something_new(
    receipt: Receipt, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed: list[str] = []
    render = pdf.render_ticket
    monkeypatch.setattr(
        pdf, "render_ticket", lambda *args, **how: printed.append(how["tax_state"]) or render(*args, **how)
    )
    assert pdf.ticket_of(receipt) == pdf.ticket_of(receipt)
    assert len(printed) == 1
    monkeypatch.setattr(pdf, "tax_state", lambda _: "Aceptado por SUNAT")
    pdf.ticket_of(receipt)
    assert printed[1:] == ["Aceptado por SUNAT"]


def test_carla_finds_nothing_at_anas_addresses(carla: User, receipt: Receipt) -> None:
    assert client_of(carla).get(pdf_url(receipt)).status_code == 404
    assert resend(carla, receipt) == "404"
    assert "B001-1" not in page(carla)
    assert Delivery.objects.count() == 1  # Ana's own


def test_the_treasurer_may_look_and_the_webmaster_may_not(teresa: User, walter: User, receipt: Receipt) -> None:
    assert client_of(teresa).get(pdf_url(receipt)).status_code == 200
    assert client_of(walter).get(pdf_url(receipt)).status_code == 404


def test_nobody_gets_it_without_logging_in(receipt: Receipt) -> None:
    for url in (pdf_url(receipt), reverse("history")):
        assert Client().get(url).status_code == 302


def test_a_guessed_code_finds_nothing(ana: User) -> None:
    assert client_of(ana).get(reverse("receipt_pdf", args=["B001-1"])).status_code == 404


# --- The history


def test_a_paid_order_shows_its_receipt_and_where_it_went(
    ana: User, mailbox: Mailbox, receipt: Receipt, send_letters: Callable[[], int]
) -> None:
    assert "Sale en un momento a ana@example.com" in page(ana)
    send_letters()
    text = page(ana)
    assert "Cuota Colegiado, enero 2024 a febrero 2024" in text
    assert "Se cobró a su tarjeta y sus cuotas están pagadas." in text
    assert "Boleta electrónica B001-1" in text
    assert "Salió a ana@example.com el" in text
    assert pdf_url(receipt) in text


def test_a_receipt_that_is_not_there_yet_is_announced(ana: User) -> None:
    a_paid_order(ana, email="ana@example.com")
    assert "Lo estamos preparando; le llegará a ana@example.com" in page(ana)


def test_an_empty_history_says_so(bruno: User) -> None:
    assert "Todavía no hizo pagos en línea." in page(bruno)


def dues_of(user: User) -> list[Due]:
    return list(Due.objects.filter(member__assignments__user=user, kind="colegiado").order_by("period"))


IN_DOUBT = {"state": AttemptState.IN_DOUBT, "next_question_at": timezone.now()}
STORIES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "in doubt": (
        {"state": OrderState.AWAITING_PAYMENT},
        IN_DOUBT,
        "Estamos verificando si se cobró. No vuelva a pagar",
    ),
    "form open": (
        {"state": OrderState.AWAITING_PAYMENT},
        {"state": AttemptState.FORM_OPEN},
        "No se cobró nada todavía. Puede continuar el pago.",
    ),
    "time over": (
        {"state": OrderState.AWAITING_PAYMENT, "expires_at": timezone.now() - timedelta(days=1)},
        {"state": AttemptState.FORM_OPEN},
        "No se cobró nada: el tiempo para pagar se terminó.",
    ),
    "expired": ({"state": OrderState.EXPIRED}, {"state": AttemptState.ABANDONED}, "No se cobró nada: el tiempo"),
    "declined": (
        {"state": OrderState.EXPIRED},
        {"state": AttemptState.DECLINED},
        "No se cobró nada a su tarjeta: el pago no fue aprobado.",
    ),
    "cancelled": ({"state": OrderState.CANCELLED}, {"state": AttemptState.ABANDONED}, "el pedido se canceló"),
    "double": ({"state": OrderState.CANCELLED}, {"state": AttemptState.APPROVED}, "Le devolveremos ese cobro"),
    "voided": ({"state": OrderState.CANCELLED}, {"state": AttemptState.VOIDED}, "El cobro se anuló"),
    "refunded": (
        {"state": OrderState.REFUNDED, "paid_at": timezone.now()},
        {"state": AttemptState.REFUNDED, "settles_order": True},
        "Se cobró y se le devolvió todo.",
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_each_outcome_first_says_whether_money_was_taken(ana: User, story: str) -> None:
    order_fields, attempt_fields, sentence = STORIES[story]
    order = an_order(ana, *dues_of(ana)[:2], **order_fields)
    an_attempt(order, **attempt_fields)
    assert sentence in outcome(Order.objects.get(pk=order.pk)).sentence
    assert sentence in page(ana)


def test_a_choice_that_was_dropped_before_paying_is_no_payment(ana: User) -> None:
    an_order(ana, *dues_of(ana)[:2], state=OrderState.CANCELLED)
    assert "Todavía no hizo pagos en línea." in page(ana)


def test_a_long_history_comes_in_pages_with_few_queries(
    ana: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        issue(a_paid_order(ana, months=3).pk)
    client = client_of(ana)
    with django_assert_max_num_queries(12):
        first = client.get(reverse("history")).content.decode()
    assert first.count("Descargar PDF") == 10
    second = client.get(reverse("history"), {"page": 2}).content.decode()
    assert second.count("Descargar PDF") == 2


# --- Sending again


def test_ana_corrects_the_address(ana: User, mailbox: Mailbox, receipt: Receipt, run_jobs: RunJobs) -> None:
    assert "Enviaremos el comprobante B001-1 a nuevo@example.com" in resend(ana, receipt)
    run_jobs("receipts.deliver")
    assert ("nuevo@example.com",) in [mail.recipients for mail in mailbox]
    assert Receipt.objects.count() == 1


def test_the_sixth_wish_of_a_day_is_refused_with_the_way_out(ana: User, receipt: Receipt) -> None:
    for _ in range(5):
        resend(ana, receipt)
    assert "Puede descargar su comprobante ahora" in resend(ana, receipt)
    assert Delivery.objects.filter(author=ana).count() == 5


def test_a_form_posted_twice_is_one_letter(ana: User, receipt: Receipt) -> None:
    intent = str(uuid.uuid4())
    resend(ana, receipt, intent=intent)
    resend(ana, receipt, intent=intent)
    assert Delivery.objects.filter(author=ana).count() == 1


@pytest.mark.parametrize("email", ["", "ana", "ana@", "a@b.pe\nBcc: otro@example.com"])
def test_an_address_that_is_none_sends_nothing(ana: User, receipt: Receipt, email: str) -> None:
    assert "revise el correo" in resend(ana, receipt, email=email)
    assert Delivery.objects.filter(author=ana).count() == 0


def test_a_link_cannot_send(ana: User, receipt: Receipt) -> None:
    assert client_of(ana).get(reverse("receipt_resend", args=[receipt.code])).status_code == 405


# --- What the confirmation shows


def panel(order: Order) -> str:
    text = Template("{% load receipts %}{% receipt_panel order %}").render(Context({"order": order}))
    return " ".join(text.split())


def test_the_confirmation_follows_the_receipt(ana: User, mailbox: Mailbox, send_letters: Callable[[], int]) -> None:
    order = a_paid_order(ana, email="ana@example.com")
    assert "Estamos preparando su boleta; le llegará a <strong>ana@example.com</strong>" in panel(order)
    receipt = issue(order.pk)
    assert "está lista y sale en un momento" in panel(order)
    send_letters()
    sent = timezone.localtime(receipt.deliveries.get().sent_at)
    said = f"<strong>B001-1</strong> salió a <strong>ana@example.com</strong> el {sent:%d/%m/%Y %H:%M:%S}"
    assert said in panel(order)
    assert pdf_url(receipt) in panel(order)


def test_the_confirmation_admits_a_letter_that_failed(ana: User, receipt: Receipt) -> None:
    Delivery.objects.update(state=DeliveryState.FAILED, last_error="550 no such mailbox")
    assert "no se pudo entregar a <strong>ana@example.com</strong>" in panel(receipt.order)


# --- Staff


def test_the_treasurer_reads_searches_and_edits_nothing(teresa: User, receipt: Receipt) -> None:
    client = client_of(teresa)
    found = client.get(reverse("admin:receipts_receipt_changelist"), {"q": "B001-1"}).content.decode()
    assert "Ana Quispe Mamani" in found
    opened = client.get(reverse("admin:receipts_receipt_change", args=[receipt.pk]))
    assert opened.status_code == 200
    assert b'name="_save"' not in opened.content
    assert client.get(reverse("admin:receipts_receipt_add")).status_code == 403
    for model in ("delivery", "series"):
        assert client.get(reverse(f"admin:receipts_{model}_changelist")).status_code == 200


def test_the_treasurer_sends_it_again_once_however_often_she_clicks(teresa: User, receipt: Receipt) -> None:
    action = {"action": "send_again", "_selected_action": [receipt.pk]}
    for _ in range(2):
        client_of(teresa).post(reverse("admin:receipts_receipt_changelist"), action)
    assert Delivery.objects.filter(author=teresa, email="ana@example.com").count() == 1


def test_the_webmaster_sees_no_receipts(walter: User, receipt: Receipt) -> None:
    assert client_of(walter).get(reverse("admin:receipts_receipt_changelist")).status_code == 403
