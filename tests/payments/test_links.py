"""Ana gives her brother a link, and he pays her dues without her account: every outcome, and what each may see."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from base.peru.months import month_of
from cmp_portal.privacy import copy
from dues import ledger
from dues.models import Due, Settlement
from members import actors
from members.models import MemberStatus, User
from members.numbers import assignments
from payments.checkout import charge, limits, reconcile
from payments.exceptions import LinkDead, LinkNotForYou, OrderNotPayable, PaymentInDoubt, TooManyLinks
from payments.gateway import GatewayUnavailable, Niubiz, from_settings
from payments.models import Attempt, Event, Letter, Order, PaymentLink
from payments.refunds import refunds
from payments.states import AttemptState, OrderState
from payments.ways import links
from payments.ways.links import PayersData
from receipts.delivery import letters as receipt_letters
from receipts.issuing import issue
from receipts.models import Delivery
from simulators.niubiz.server import RunningSimulator
from tests.builders import a_due, a_member, a_user, an_exemption, an_order, client_of, month, the_succession
from tests.payments.browser import APPROVED, CHARGED_BUT_ANSWER_LOST, NO_FUNDS, Browser, CardPage, text
from tests.payments.payer import Payer, make_link

pytestmark = pytest.mark.django_db(transaction=True)

DATA = PayersData("03", "jorge.quispe@example.net", "1", "09876543", "Jorge Quispe Rojas")
OF_THE_BROTHER = ("Jorge", "09876543", "jorge.quispe")
OF_ANA = ("Ana", "Quispe Mamani", "45678", "41234567", "ana@example.com")


@pytest.fixture(autouse=True)
def offered(settings: Settings) -> None:
    settings.PAYMENT_LINKS = True
    settings.NIUBIZ_READ_TIMEOUT = 1


@pytest.fixture
def browser(ana: User, simulator: RunningSimulator) -> Browser:
    return Browser(ana, simulator)


@pytest.fixture
def dues(ana: User) -> list[Due]:
    member = assignments.current_member(ana)
    assert member
    return list(ledger.open_dues(member, kind="colegiado"))


@pytest.fixture
def order(browser: Browser, dues: list[Due]) -> Order:
    """Ana chose her two oldest months, S/ 60.00."""
    return browser.order_of(*dues[:2])


@pytest.fixture
def payer(browser: Browser, order: Order, simulator: RunningSimulator) -> Payer:
    return Payer(make_link(browser, order), simulator)


def paid_order() -> Order:
    return Order.objects.exclude(paid_at=None).get()


def latest() -> Attempt:
    return Attempt.objects.latest("pk")


def member_page(browser: Browser) -> str:
    return text(browser.client.get(reverse("order", args=[Order.objects.latest("pk").ref])))


# --- The whole story


def test_the_brother_pays_and_each_is_told_what_is_theirs(
    browser: Browser, ana: User, payer: Payer, dues: list[Due], simulator: RunningSimulator
) -> None:
    page = text(payer.pay())
    order = paid_order()
    assert "Su pago fue aprobado. Las cuotas quedaron pagadas." in page
    assert "Comprobante a nombre de Jorge Quispe Rojas, DNI 09876543" in page
    assert (order.user, order.email, order.buyer_name) == (ana, "jorge.quispe@example.net", "Jorge Quispe Rojas")
    assert set(Settlement.objects.values_list("due", flat=True)) == {dues[0].pk, dues[1].pk}
    assert [booked["amount"] for booked in simulator.control.books()["authorisations"]] == ["60.00"]

    news = Letter.objects.get(key__startswith="link-paid:")
    assert news.to == "ana@example.com"
    assert "Pagó: J. Q. R., j•••@example.net" in news.body
    shown = member_page(browser)
    assert "Otra persona pagó sus cuotas con su enlace. Quedaron pagadas." in shown
    assert "Pagó J. Q. R., j•••@example.net" in shown
    for words in OF_THE_BROTHER:
        assert words not in shown + news.body
    assert reverse("link_page", args=["x"]).removesuffix("x/") not in news.body


def test_the_page_shows_initials_masked_cmp_months_and_sum_and_no_more(payer: Payer) -> None:
    answer = payer.look()
    page = text(answer)
    for words in ("A. Q. M.", "••••78", "S/ 30.00", "S/ 60.00", "Cuota Colegiado"):
        assert words in page
    for words in OF_ANA:
        assert words not in page
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in answer["Cache-Control"] or "no-cache" in answer["Cache-Control"]
    outcome = text(payer.pay())
    for words in OF_ANA:
        assert words not in outcome


def test_the_link_is_no_login(payer: Payer, order: Order) -> None:
    payer.look()
    payer.type_data()
    for name in ("order", "summary", "card"):
        answer = payer.client.get(reverse(name, args=[Order.objects.latest("pk").ref]))
        assert answer.status_code == 302
        assert answer["Location"].startswith("/cuenta/login/")
    assert payer.client.get(reverse("history")).status_code == 302


def test_the_receipt_goes_to_the_brother_and_nobody_else_opens_it(browser: Browser, ana: User, payer: Payer) -> None:
    payer.pay()
    receipt = issue.issue(paid_order().pk)
    assert receipt.stated.buyer.name == "Jorge Quispe Rojas"
    [delivery] = Delivery.objects.filter(receipt=receipt)
    assert delivery.email == "jorge.quispe@example.net"
    body = receipt_letters.letter(delivery).body
    assert "Estimado(a) Jorge Quispe Rojas" in body
    assert "ingresando a CMP Digital" not in body
    for name in ("receipt_pdf", "receipt_ticket", "receipt_xml", "receipt_cdr"):
        assert browser.client.get(reverse(name, args=[receipt.code])).status_code == 404
    everything = str(copy.of(ana))
    pages = text(browser.client.get(reverse("history"))) + text(browser.client.get(reverse("home")))
    pages += text(browser.client.get(reverse("statement")))
    for words in OF_THE_BROTHER:
        assert words not in everything + pages
    assert receipt.name not in everything + pages
    assert "Otra persona pagó con su enlace y sus cuotas están pagadas." in pages


def test_his_receipt_shows_no_more_of_ana_than_the_link(payer: Payer) -> None:
    payer.pay()
    receipt = issue.issue(paid_order().pk)
    letter = receipt_letters.letter(Delivery.objects.get(receipt=receipt))
    [(html, _)] = letter.alternatives
    context = {"statement": receipt.stated, "receipt": receipt}
    papers = [render_to_string(f"receipts/{name}.html", context) for name in ("printed", "ticket")]
    checked = text(Client().get(reverse("check_code", args=[receipt.code])))
    for shown in (letter.body, str(html), *papers, checked):
        assert "••••78" in shown
        assert "A. Q. M." in shown
        for words in OF_ANA:
            assert words not in shown


def test_a_factura_for_the_brothers_company(payer: Payer) -> None:
    answer = payer.type_data(document="01", ruc="20100070970")
    assert answer.status_code == 422
    assert "Escriba la razón social" in text(answer)
    payer.pay(document="01", ruc="20100070970", legal_name="Clínica Rojas S.A.C.", address="Jr. Puno 120, Lima")
    order = paid_order()
    assert (order.document, order.buyer_document_number, order.buyer_name) == (
        "01",
        "20100070970",
        "Clínica Rojas S.A.C.",
    )


# --- Outcomes


def test_a_declined_card_leaves_the_link_alive(browser: Browser, payer: Payer) -> None:
    page = text(payer.pay(NO_FUNDS))
    assert "No se cobró nada a su tarjeta." in page
    assert "Intentar otra vez" in page
    assert "Todavía no se ha cobrado nada" in member_page(browser)
    assert "FINALIZAR COMPRA" in text(payer.pay())
    assert [attempt.state for attempt in Attempt.objects.order_by("pk")] == ["declined", "approved"]


def test_a_lost_answer_is_verified_and_nobody_pays_meanwhile(browser: Browser, payer: Payer, dues: list[Due]) -> None:
    assert "Todavía no sabemos si se cobró. No vuelva a pagar." in text(payer.pay(CHARGED_BUT_ANSWER_LOST))
    assert "Se está verificando un pago de este enlace" in text(payer.look())
    assert "PAGAR S/" not in text(payer.type_data())
    assert "No pague usted" in member_page(browser)
    ref = Order.objects.latest("pk").ref
    assert "no vuelva a pagar" in text(browser.client.post(reverse("revoke_link", args=[ref]), follow=True)).lower()
    # Choosing again must not replace an order whose charge is in doubt.
    assert browser.choose(*dues[:2]).status_code == 302
    assert Order.objects.latest("pk").ref == ref
    reconcile.ask(latest().pk)
    assert paid_order().ref == ref
    outcome = Letter.objects.get(key=f"outcome:{latest().pk}:approved")
    assert (outcome.to, "Ver el detalle" in outcome.body) == ("jorge.quispe@example.net", False)
    for words in OF_ANA:
        assert words not in outcome.body
    assert Letter.objects.filter(key=f"link-paid:{latest().pk}", to="ana@example.com").exists()


def test_a_code_of_pagoefectivo_is_answered_with_the_link_and_no_empty_address(payer: Payer) -> None:
    page = CardPage.of(payer.type_data())
    payer.client.post(page.action, {"transactionToken": "12345678", "channel": "pagoefectivo"})
    letter = Letter.objects.get(key=f"code:{latest().pk}")
    assert letter.to == "jorge.quispe@example.net"
    assert "puede volver a abrirlo y pagar con tarjeta" in letter.body
    assert "sus cuotas" not in letter.body.lower()
    assert "\n\n\n" not in letter.body


def test_a_replayed_return_reads_and_never_charges_again(payer: Payer, simulator: RunningSimulator) -> None:
    page = CardPage.of(payer.type_data())
    payer.type_card(page)
    payer.type_card(page)
    assert "Su pago fue aprobado" in text(payer.client.get(page.action))
    assert len(simulator.control.books()["authorisations"]) == 1


def test_a_refund_goes_to_the_brother_and_ana_is_told(browser: Browser, payer: Payer) -> None:
    payer.pay()
    refund = refunds.send(refunds.request(latest().pk, author="personal:1", reason="Lo pidió quien pagó").pk)
    assert Letter.objects.get(key=f"refund:{refund.pk}").to == "jorge.quispe@example.net"
    assert "Ver el detalle" not in Letter.objects.get(key=f"refund:{refund.pk}").body
    told = Letter.objects.get(key=f"link-back:{refund.pk}")
    assert (told.to, "vuelven a figurar pendientes" in told.body) == ("ana@example.com", True)
    assert "ese pago se devolvió" in member_page(browser)


def test_dues_paid_elsewhere_while_he_pays_are_a_double_payment_of_his(
    browser: Browser, payer: Payer, dues: list[Due]
) -> None:
    payer.pay(CHARGED_BUT_ANSWER_LOST)
    ledger.settle([(dues[0].pk, dues[0].amount)], channel="bank", reference="BCO-1", paid_at=timezone.now())  # type: ignore[arg-type]
    reconcile.ask(latest().pk)
    assert latest().double_payment
    assert Letter.objects.get(key=f"double:{latest().pk}").to == "jorge.quispe@example.net"
    assert "Ese cobro se devuelve a quien pagó" in member_page(browser)


def test_an_expired_gateway_form_says_so(payer: Payer) -> None:
    assert "El tiempo para pagar en el formulario terminó. No se cobró nada." in text(
        payer.client.get(f"{payer.address}?vencio=1")
    )


# --- Never both


def test_the_return_of_one_link_is_not_read_through_another(payer: Payer) -> None:
    page = CardPage.of(payer.type_data())
    token = payer.address.rstrip("/").rpartition("/")[2]
    assert payer.client.get(page.action).status_code == 200
    assert payer.client.get(page.action.replace(token, "x" * len(token))).status_code == 404


def test_the_link_lives_on_while_ana_cannot_open_the_form(
    browser: Browser, order: Order, payer: Payer, simulator: RunningSimulator
) -> None:
    simulator.control.fault("session", "http_500_before", times=3)
    answer = browser.client.post(reverse("open_card_form", args=[order.ref]))

    assert answer.status_code == 503
    assert payer.look().status_code == 200


def test_ana_pays_herself_and_the_link_dies(browser: Browser, order: Order, payer: Payer) -> None:
    browser.pay(order)
    assert payer.look().status_code == 410
    order.refresh_from_db()
    assert (order.state, order.paid_by_other) == (OrderState.PAID, False)
    assert order.links.get().end == PaymentLink.End.MEMBER_PAYS
    assert order.expires_at < timezone.now() + timedelta(hours=1)


def test_ana_chooses_again_and_his_open_form_charges_nothing(
    browser: Browser, payer: Payer, dues: list[Due], simulator: RunningSimulator
) -> None:
    page = CardPage.of(payer.type_data())
    browser.pay(browser.order_of(*dues[:3]))
    answer = payer.type_card(page)
    assert "No se cobró nada a su tarjeta." in text(answer)
    assert "El enlace dejó de servir" in text(answer)
    assert payer.look().status_code == 410
    assert len(simulator.control.books()["authorisations"]) == 1


def test_ana_revokes_and_his_open_form_charges_nothing(
    browser: Browser, payer: Payer, simulator: RunningSimulator, dues: list[Due]
) -> None:
    page = CardPage.of(payer.type_data())
    ref = Order.objects.latest("pk").ref
    assert "El enlace se anuló" in text(browser.client.post(reverse("revoke_link", args=[ref]), follow=True))
    assert "No se cobró nada a su tarjeta." in text(payer.type_card(page))
    assert simulator.control.books()["authorisations"] == []
    assert Due.objects.filter(pk__in=[due.pk for due in dues], holds=None).count() == len(dues)


def test_his_data_replaces_her_open_form_and_only_one_attempt_lives(
    browser: Browser, order: Order, payer: Payer
) -> None:
    charge_page = CardPage.of(payer.type_data())
    # A second person with the same link: the first one's form is given up.
    other = Payer(payer.address, payer.simulator)
    second = CardPage.of(other.type_data(buyer_name="Rosa Rojas Luna", email="rosa@example.net"))
    assert "FINALIZAR COMPRA" in text(other.type_card(second))
    assert "No se cobró nada a su tarjeta." in text(payer.type_card(charge_page))
    assert [attempt.state for attempt in Attempt.objects.order_by("pk")] == ["abandoned", "approved"]


def test_ana_never_sees_or_pays_the_order_that_he_made(browser: Browser, payer: Payer) -> None:
    payer.type_data()
    ref = Order.objects.latest("pk").ref
    for answer in (
        browser.client.get(reverse("summary", args=[ref]), follow=True),
        browser.client.post(reverse("open_card_form", args=[ref]), follow=True),
        browser.client.get(reverse("card", args=[ref]), follow=True),
        browser.client.get(reverse("choose")),
        browser.client.get(reverse("greeting")),
    ):
        for words in OF_THE_BROTHER:
            assert words not in answer.content.decode()
    assert latest().state == AttemptState.FORM_OPEN
    assert latest().forms_opened == 1


# --- The link


def test_only_the_hash_of_the_token_is_kept(browser: Browser, order: Order) -> None:
    token = make_link(browser, order).rstrip("/").rpartition("/")[2]
    link = PaymentLink.objects.get()
    assert len(token) >= 43
    kept = [*PaymentLink.objects.values_list(), *Letter.objects.values_list(), *Event.objects.values_list()]
    assert token not in str(kept)
    assert links.find(token) == link
    assert link.token_hash != token


def test_another_browser_of_ana_does_not_show_the_address_again(ana: User, browser: Browser, order: Order) -> None:
    address = make_link(browser, order)
    summary = reverse("summary", args=[order.ref])
    assert address in browser.client.get(summary).content.decode()
    elsewhere = client_of(ana).get(summary)
    assert address not in elsewhere.content.decode()
    assert "Crear otro enlace" in text(elsewhere)


def test_another_link_replaces_the_first(browser: Browser, order: Order, payer: Payer) -> None:
    second = Payer(make_link(browser, order), payer.simulator)
    assert payer.look().status_code == 410
    assert second.look().status_code == 200
    assert [link.end for link in order.links.order_by("pk")] == ["replaced", ""]


def test_its_dues_are_held_for_72_hours_and_then_free(browser: Browser, order: Order, payer: Payer) -> None:
    with time_machine.travel(timezone.now() + timedelta(hours=71)):
        assert reconcile.expire_lapsed() == 0
        assert payer.look().status_code == 200
    with time_machine.travel(timezone.now() + timedelta(hours=73)):
        assert payer.look().status_code == 410
        assert reconcile.expire_lapsed() == 1
    order.refresh_from_db()
    assert order.state == OrderState.EXPIRED


def test_revoking_before_anybody_paid_leaves_ana_her_order(browser: Browser, order: Order, payer: Payer) -> None:
    browser.client.post(reverse("revoke_link", args=[order.ref]))
    order.refresh_from_db()
    assert order.payable(timezone.now())
    assert order.expires_at < timezone.now() + timedelta(hours=1)
    assert payer.look().status_code == 410
    assert "FINALIZAR COMPRA" in text(browser.pay(order))


def test_revoking_after_he_paid_shows_that_he_paid(browser: Browser, payer: Payer) -> None:
    payer.pay()
    answer = browser.client.post(reverse("revoke_link", args=[paid_order().ref]), follow=True)
    assert "Otra persona pagó sus cuotas con su enlace. Quedaron pagadas." in text(answer)
    assert "ya nadie puede pagar" not in text(answer)


def test_revoking_after_the_order_expired_shows_that_it_did(browser: Browser, payer: Payer) -> None:
    payer.type_data()
    with time_machine.travel(timezone.now() + timedelta(hours=73)):
        assert reconcile.expire_lapsed() == 1
    answer = browser.client.post(reverse("revoke_link", args=[Order.objects.latest("pk").ref]), follow=True)
    assert "Nadie pagó este pedido" in text(answer)


def test_a_paid_order_keeps_its_trail_when_her_old_tab_pays_again(browser: Browser, order: Order) -> None:
    page = CardPage.of(browser.client.post(reverse("open_card_form", args=[order.ref]), follow=True))
    make_link(browser, order)
    token = browser.simulator.control.token(APPROVED, page.session_key)
    browser.client.post(page.action, {"transactionToken": token, "channel": "web"})
    events = Event.objects.filter(order=order).count()
    browser.client.post(reverse("open_card_form", args=[order.ref]))
    assert Event.objects.filter(order=order).count() == events


def kill(ana: User, dues: list[Due], how: str) -> None:
    member = dues[0].member
    if how == "blocked":
        User.objects.filter(pk=ana.pk).update(is_active=False)
    elif how == "exempt":
        an_exemption(member, dues[0])
    elif how == "reported":
        assignments.report(ana)
    elif how == "dead":
        type(member).objects.filter(pk=member.pk).update(
            status=MemberStatus.DECEASED, left_date=month_of(timezone.localdate())
        )
    elif how == "reassigned":
        assignments.reassign([ana], [None], author=a_user(), reason="Era de otra persona")
    else:
        ledger.settle([(dues[0].pk, dues[0].amount)], channel="bank", reference="BCO-9", paid_at=timezone.now())  # type: ignore[arg-type]


@pytest.mark.parametrize("how", ["blocked", "reported", "dead", "exempt", "reassigned", "paid elsewhere"])
def test_the_link_dies_with_the_right_to_pay(
    ana: User, payer: Payer, dues: list[Due], simulator: RunningSimulator, how: str
) -> None:
    page = CardPage.of(payer.type_data())
    kill(ana, dues, how)
    answer = payer.look()
    assert answer.status_code == 410
    assert "Este enlace ya no sirve" in text(answer)
    assert payer.type_data().status_code == 410
    if how != "dead":  # her dues stay payable, but by no link
        payer.type_card(page)
        assert simulator.control.books()["authorisations"] == []


def test_an_unknown_token_reads_as_a_dead_link(payer: Payer) -> None:
    dead = Client().get(reverse("link_page", args=["A" * 43]))
    assert dead.status_code == 410
    forged = payer.client.post(reverse("link_return", args=["A" * 43, "x:y"]), {"transactionToken": "F" * 32})
    assert forged.status_code == 404


def test_with_the_setting_off_there_are_no_links(
    browser: Browser, order: Order, payer: Payer, settings: Settings
) -> None:
    settings.PAYMENT_LINKS = False
    assert payer.look().status_code == 410
    assert "¿Va a pagar otra persona?" not in text(browser.client.get(reverse("summary", args=[order.ref])))
    assert browser.client.post(reverse("make_link", args=[order.ref])).status_code == 404


# --- Rules of the domain, asked directly


def test_a_link_is_made_only_of_ones_own_payable_order(ana: User, carla: User, order: Order, payer: Payer) -> None:
    with pytest.raises(LinkNotForYou):
        links.make(order.pk, user=carla)
    payer.pay(CHARGED_BUT_ANSWER_LOST)
    with pytest.raises(PaymentInDoubt):
        links.make(Order.objects.latest("pk").pk, user=ana)
    reconcile.ask(latest().pk)
    with pytest.raises(OrderNotPayable):
        links.make(Order.objects.latest("pk").pk, user=ana)


def test_who_took_over_a_semefa_makes_no_link() -> None:
    member = a_member(status="deceased", left_date=month(2))
    heir = a_user(member)
    succession = the_succession(member, heir)
    own_name = {
        "kind": "semefa",
        "buyer_document_type": succession.document_type,
        "buyer_document_number": succession.document_number,
    }
    order = an_order(heir, a_due(member, "semefa", month(1)), **own_name)
    with pytest.raises(LinkNotForYou):
        links.make(order.pk, user=heir)


def test_links_are_limited_for_each_account(ana: User, order: Order) -> None:
    for _ in range(links.LINKS_A_DAY):
        links.make(order.pk, user=ana)
    with pytest.raises(TooManyLinks):
        links.make(order.pk, user=ana)


def test_stolen_cards_meet_the_same_limits(browser: Browser, payer: Payer) -> None:
    for _ in range(limits.OF_AN_ACCOUNT):
        payer.pay(NO_FUNDS)
    answer = payer.type_data()
    assert answer.status_code == 429
    assert "No se cobró nada" in text(answer)
    assert Order.objects.latest("pk").state == "awaiting_payment"


def test_orders_are_limited_while_the_gateway_is_silent(payer: Payer, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object, **__: object) -> None:
        raise GatewayUnavailable("silent", retryable=False)

    monkeypatch.setattr(Niubiz, "open_session", silent)
    for _ in range(limits.FORMS_OF_AN_ACCOUNT):
        assert payer.type_data().status_code == 503
    orders = Order.objects.count()
    assert payer.type_data().status_code == 429
    assert Order.objects.count() == orders


def test_a_due_that_became_older_is_not_skipped_by_the_link(payer: Payer, dues: list[Due]) -> None:
    a_due(dues[0].member, period=dues[0].period.replace(year=dues[0].period.year - 1))
    assert payer.look().status_code == 200
    assert payer.type_data().status_code == 410
    assert Attempt.objects.count() == 0


def test_the_trail_says_who_did_it(ana: User, payer: Payer) -> None:
    payer.pay()
    by_payer = Event.objects.filter(order=paid_order(), actor=actors.LINK_PAYER).values_list("cause", flat=True)
    assert {"selección confirmada", "PAGA AQUÍ", "intento creado", "enviado a autorizar"} <= set(by_payer)
    assert Event.objects.filter(actor=actors.actor(ana), cause__startswith="enlace creado").count() == 1


def test_a_link_that_ended_between_page_and_form_makes_no_order(ana: User, order: Order) -> None:
    link, token = links.make(order.pk, user=ana)
    stale = links.find(token)
    links.revoke(order.pk, actor=actors.actor(ana))
    with pytest.raises(LinkDead):
        links.open_form(stale, DATA, client_address="190.117.10.20", gateway=from_settings())
    order.refresh_from_db()
    assert order.unfinished
    assert link.order_id == order.pk


def test_a_late_token_after_the_link_expired_is_not_charged(payer: Payer, simulator: RunningSimulator) -> None:
    page = CardPage.of(payer.type_data())
    token = simulator.control.token(APPROVED, page.session_key)
    with time_machine.travel(timezone.now() + timedelta(hours=73)):
        attempt = charge.authorise(latest().pk, transaction_token=token, gateway=from_settings())
    assert attempt.state == AttemptState.ABANDONED


def shown_fields(answer: HttpResponse) -> Any:
    return re.findall(r'name="([a-z_]+)"', answer.content.decode())


def test_what_he_types_wrong_is_said_beside_the_field(payer: Payer) -> None:
    answer = payer.type_data(buyer_document_number="123", email="jorge@gmial.com", buyer_name="")
    page = text(answer)
    assert answer.status_code == 422
    assert "¿Quiso escribir jorge@gmail.com?" in page
    assert "Escriba el nombre completo" in page
    assert "buyer_document_number" in shown_fields(answer)
    assert Order.objects.count() == 1
