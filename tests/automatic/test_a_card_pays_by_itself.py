"""Ana lets a card pay her dues: she agrees, a letter comes, the card pays, and she reads what happened."""

from decimal import Decimal

import pytest
from django.core import signing
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from demo.mailbox import Mailbox
from dues.models import Settlement
from members.models import User
from payments import trail
from payments.exceptions import AlreadyAutomatic, AutomaticNotOffered, CardNotKept, TermsNotPossible, TooManyForms
from payments.gateway import for_stored_cards
from payments.models import Attempt, AutomaticCharge, AutomaticPlan, Letter, Order
from payments.states import OrderState, Way
from payments.ways.automatic import consent, letters
from payments.ways.automatic.status import status_of
from payments.ways.automatic.views import return_path
from simulators.niubiz.server import RunningSimulator
from tests.automatic.card_on_file import (
    DAY,
    INVALID,
    VISA,
    a_plan,
    announce,
    announced_and_charged,
    asked,
    attempt_of,
    charge,
    charged,
    letters_to,
    on,
    open_months,
    page_of,
    terms,
    type_card,
)
from tests.builders import client_of, this_month
from tests.payments.browser import text

pytestmark = pytest.mark.django_db(transaction=True)

FORM = {"kinds": ["colegiado"], "ceiling": "60.00", "day": "10", "consent": "on"}


def test_ana_agrees_and_puts_a_card_on_file_and_nothing_is_charged(ana: User, simulator: RunningSimulator) -> None:
    with on(3):
        browser = client_of(ana)
        assert "Ahora no se cobra nada" in text(browser.get(reverse("begin_automatic")))
        card_page = browser.post(reverse("begin_automatic"), FORM, follow=True)
        assert 'data-channel="paycard"' in card_page.content.decode()
        agreed = AutomaticPlan.objects.get()
        token = type_card(simulator, agreed)
        done = browser.post(return_path(agreed), {"transactionToken": token, "channel": "paycard"}, follow=True)

    assert "Guardamos su tarjeta (Visa terminada en 8059). No se cobró nada todavía." in text(done)
    agreed.refresh_from_db()
    assert agreed.active
    assert (agreed.last_four, agreed.ceiling, agreed.day) == ("8059", Decimal("60.00"), 10)
    assert charged(simulator) == []
    assert Order.objects.count() == 0
    [letter] = letters_to(ana, "Su pago automático quedó activo")
    assert "60.00 como máximo" in letter.body


def test_the_token_is_kept_encrypted_and_shown_nowhere(ana: User, simulator: RunningSimulator) -> None:
    agreed = a_plan(ana, simulator)
    token = consent.cipher(consent.PURPOSE).decrypt(agreed.card_token).decode()

    assert len(token) == 32
    assert token not in agreed.card_token
    announce()
    charge()
    everything = repr([list(model.objects.values()) for model in (AutomaticPlan, AutomaticCharge, Letter, Attempt)])
    events = repr(list(Order.objects.values_list("events__details", flat=True)))
    assert "tokenId" in events
    assert token not in everything + events


def test_a_letter_announces_sum_months_and_card_five_days_before(
    ana: User, simulator: RunningSimulator, mailbox: Mailbox
) -> None:
    a_plan(ana, simulator)
    assert announce(4) == []
    [announced] = announce(5)

    assert announced.charge_on == this_month().replace(day=DAY)
    [letter] = letters_to(ana, "El ")
    assert letter == announced.letter
    assert letter.sent_at
    assert f"S/ {announced.amount}" in letter.subject
    assert "Visa terminada en 8059" in letter.body
    assert letter.body.count("\n- ") == 2
    assert "/pago/automatico/carta/" in letter.body
    assert any("cobraremos S/ 60.00" in str(mail.message["Subject"]) for mail in mailbox)
    assert len(announce(5)) == len(announce(6)) == 1


def test_the_card_pays_the_oldest_months_within_the_ceiling_as_any_payment(
    ana: User, simulator: RunningSimulator
) -> None:
    made = announced_and_charged(ana, simulator, ceiling=Decimal("75.00"))

    assert made.state == "paid"
    assert charged(simulator) == ["60.00"]
    attempt = attempt_of(made)
    assert (attempt.way, attempt.state, attempt.settles_order) == (Way.AUTOMATIC, "approved", True)
    assert attempt.merchant_id == for_stored_cards().merchant_id != ""
    order = attempt.order
    assert (order.state, order.terms_version) == (OrderState.PAID, "automatico-2026-12")
    paid = Settlement.objects.filter(reference=attempt.number).order_by("due__period")
    assert [settled.due.period for settled in paid] == [line.period for line in order.lines_by_month]
    assert open_months(ana) == 3
    assert trail.verify() > 0
    assert "Cobrado" in text(page_of(ana))


def test_the_first_charge_registers_the_card_and_the_next_uses_it(ana: User, simulator: RunningSimulator) -> None:
    made = announced_and_charged(ana, simulator, ceiling=Decimal("30.00"))
    sent = attempt_of(made).events.get(to_state="approved").details["exchange"]["request"]
    assert sent["card"] == {"tokenId": "***", "registerFrequent": True, "useFrequent": False}
    assert sent["channel"] == "recurrent"
    assert AutomaticPlan.objects.get().card_used


def test_each_kind_is_a_charge_of_its_own(ana: User, simulator: RunningSimulator) -> None:
    a_plan(ana, simulator, kinds=("colegiado", "semefa"), ceiling=Decimal("90.00"))
    assert [(made.kind, made.amount) for made in announce()] == [
        ("colegiado", Decimal("90.00")),
        ("semefa", Decimal("85.50")),
    ]
    charge()
    assert sorted(charged(simulator)) == ["85.50", "90.00"]


def test_another_run_charges_nothing_more(ana: User, simulator: RunningSimulator) -> None:
    announced_and_charged(ana, simulator)
    charge()
    charge(11)
    announce(6)

    assert asked(simulator) == 1
    assert AutomaticCharge.objects.count() == 1


def test_one_click_of_the_letter_skips_the_charge_without_a_login(ana: User, simulator: RunningSimulator) -> None:
    a_plan(ana, simulator)
    [announced] = announce()
    signed = letters.SIGNER.sign(str(announced.ref))
    stranger = Client()

    asked_first = text(stranger.get(reverse("automatic_letter", args=[signed])))
    assert "Todavía no se cobró nada" in asked_first
    assert ana.email not in asked_first
    announced.refresh_from_db()
    assert announced.state == "announced"
    done = stranger.post(reverse("skip_automatic_by_letter", args=[signed]), follow=True)
    assert "Este cobro no se hará" in text(done)
    charge()
    assert asked(simulator) == 0
    assert AutomaticPlan.objects.get().active


def test_one_click_of_the_letter_stops_everything_and_erases_the_card(ana: User, simulator: RunningSimulator) -> None:
    a_plan(ana, simulator)
    [announced] = announce()
    signed = letters.SIGNER.sign(str(announced.ref))
    with on(6):
        Client().post(reverse("stop_automatic_by_letter", args=[signed]))
    charge()

    stopped = AutomaticPlan.objects.get()
    assert (stopped.state, stopped.card_token, stopped.stop_reason) == ("stopped", "", "member")
    assert asked(simulator) == 0
    assert letters_to(ana, "Su pago automático quedó detenido")
    announced.refresh_from_db()
    assert announced.state == "dropped"


def test_a_forged_link_does_nothing(ana: User, simulator: RunningSimulator) -> None:
    a_plan(ana, simulator)
    [announced] = announce()
    for name in ("automatic_letter", "skip_automatic_by_letter", "stop_automatic_by_letter"):
        forged = reverse(name, args=[f"{announced.ref}:forged"])
        assert Client().generic("GET" if name == "automatic_letter" else "POST", forged).status_code == 404
    with pytest.raises(signing.BadSignature):
        letters.ref_of(str(announced.ref))


def test_ana_changes_the_terms_and_the_announced_charge_gives_way_to_a_new_letter(
    ana: User, simulator: RunningSimulator
) -> None:
    agreed = a_plan(ana, simulator)
    [announced] = announce()
    with on(5, hour=12):
        answer = client_of(ana).post(reverse("change_automatic"), FORM | {"ceiling": "30"}, follow=True)
    assert "Cambiamos su pago automático" in text(answer)
    announced.refresh_from_db()
    assert announced.state == "dropped"
    assert announce(6)[-1].amount == Decimal("30.00")
    charge()
    assert charged(simulator) == ["30.00"]
    agreed.refresh_from_db()
    assert [event.terms.get("ceiling") for event in agreed.events.order_by("pk") if event.terms] == ["60.00", "30.00"]


def test_ana_replaces_her_card(ana: User, simulator: RunningSimulator) -> None:
    agreed = a_plan(ana, simulator)
    [announced] = announce()
    with on(6):
        token = type_card(simulator, agreed, "5160030000000317")
        consent.keep_card(agreed.pk, transaction_token=token, gateway=for_stored_cards())
    announced.refresh_from_db()
    assert announced.state == "dropped"
    assert announce(7)[-1].card == "Mastercard terminada en 0317"
    charge()
    assert attempt_of(AutomaticCharge.objects.latest("pk")).card.endswith("0317")


def test_ana_skips_and_stops_on_her_page(ana: User, simulator: RunningSimulator) -> None:
    a_plan(ana, simulator)
    [announced] = announce()
    with on(6):
        browser = client_of(ana)
        assert "Próximo cobro: S/ 60.00" in text(browser.get(reverse("automatic_payment")))
        skipped = browser.post(reverse("skip_automatic", args=[announced.ref]), follow=True)
        assert "Omitimos el cobro de S/ 60.00" in text(skipped)
        stopped = text(browser.post(reverse("stop_automatic"), follow=True))
    assert "Su pago automático está detenido: no se cobra nada." in stopped
    assert status_of(AutomaticPlan.objects.get().member)


def test_carla_touches_nothing_of_anas(ana: User, carla: User, simulator: RunningSimulator) -> None:
    agreed = a_plan(ana, simulator)
    [announced] = announce()
    browser = client_of(carla)
    assert browser.post(reverse("skip_automatic", args=[announced.ref])).status_code == 404
    assert browser.post(reverse("stop_automatic")).status_code == 404
    assert browser.post(return_path(agreed), {"transactionToken": "X" * 32}).status_code == 403
    announced.refresh_from_db()
    assert announced.state == "announced"


def test_an_invalid_card_is_not_kept(ana: User, simulator: RunningSimulator) -> None:
    with on(3):
        agreed = consent.begin(ana, terms())
        token = type_card(simulator, agreed, INVALID)
        with pytest.raises(CardNotKept) as refusal:
            consent.keep_card(agreed.pk, transaction_token=token, gateway=for_stored_cards())
    assert refusal.value.sentence.startswith("La tarjeta no es válida. No se cobró nada")
    agreed.refresh_from_db()
    assert (agreed.state, agreed.card_token) == ("pending", "")


def test_a_form_that_is_posted_twice_keeps_the_card_once(ana: User, simulator: RunningSimulator) -> None:
    with on(3):
        agreed = consent.begin(ana, terms())
        token = type_card(simulator, agreed)
        consent.keep_card(agreed.pk, transaction_token=token, gateway=for_stored_cards())
        with pytest.raises(CardNotKept):
            consent.keep_card(agreed.pk, transaction_token=token, gateway=for_stored_cards())
    agreed.refresh_from_db()
    assert agreed.active


def test_the_card_counts_although_the_session_ended_meanwhile(ana: User, simulator: RunningSimulator) -> None:
    with on(3):
        agreed = consent.begin(ana, terms())
        token = type_card(simulator, agreed)
        answer = Client().post(return_path(agreed), {"transactionToken": token}, follow=True)
    assert answer.redirect_chain[-1][0].startswith("/cuenta/login/")
    assert "8059" not in text(answer)
    agreed.refresh_from_db()
    assert agreed.active


def test_nobody_tries_out_cards_with_the_form(ana: User, simulator: RunningSimulator) -> None:
    with on(3):
        agreed = consent.begin(ana, terms())
        for _ in range(consent.MOST_FORMS):
            type_card(simulator, agreed)
        with pytest.raises(TooManyForms):
            type_card(simulator, agreed)
        # A new consent does not begin the count anew.
        with pytest.raises(TooManyForms):
            type_card(simulator, consent.begin(ana, terms()))


def test_an_account_has_one_plan_and_possible_terms(ana: User, simulator: RunningSimulator, settings: Settings) -> None:
    for wrong in ({"kinds": ()}, {"ceiling": Decimal("0")}, {"day": 5}, {"day": 29}, {"kinds": ("luz",)}):
        with pytest.raises(TermsNotPossible):
            consent.begin(ana, terms(**wrong))
    first = consent.begin(ana, terms())
    a_plan(ana, simulator)
    first.refresh_from_db()
    assert first.stop_reason == "never_finished"
    with pytest.raises(AlreadyAutomatic):
        consent.begin(ana, terms())
    settings.AUTOMATIC_PAYMENT = False
    with pytest.raises(AutomaticNotOffered):
        consent.begin(ana, terms())


def test_without_the_setting_there_is_no_page_and_no_charge(
    ana: User, carla: User, simulator: RunningSimulator, settings: Settings
) -> None:
    a_plan(ana, simulator)
    announce()
    settings.AUTOMATIC_PAYMENT = False
    charge()
    assert asked(simulator) == 0
    assert page_of(carla).status_code == 404
    assert "el colegio pausó el pago automático" in text(page_of(ana))
    with on(11):
        assert client_of(ana).post(reverse("stop_automatic")).status_code == 302
    assert AutomaticPlan.objects.get().card_token == ""


def test_the_key_ring_turns_and_the_card_still_pays(ana: User, simulator: RunningSimulator, settings: Settings) -> None:
    agreed = a_plan(ana, simulator)
    sealed = agreed.card_token
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key" * 5, [settings.SECRET_KEY]
    announce()
    agreed.refresh_from_db()
    assert agreed.card_token != sealed
    settings.SECRET_KEY_FALLBACKS = []
    charge()
    assert charged(simulator) == ["60.00"]


def test_an_expiring_card_is_told_of_30_and_7_days_before(ana: User, simulator: RunningSimulator) -> None:
    today = timezone.localdate()
    a_plan(ana, simulator, VISA, expiry=f"{today.month:02d}/{today.year % 100}")
    announce(4)
    announce(4)
    assert len(letters_to(ana, "Su tarjeta vence el")) == 1
    announce(28)
    announce(28)
    assert len(letters_to(ana, "Su tarjeta vence el")) == 2


def test_staff_see_the_plan_its_charges_and_what_was_agreed(
    ana: User, teresa: User, walter: User, simulator: RunningSimulator
) -> None:
    made = announced_and_charged(ana, simulator)
    address = f"/admin/colegiados/{made.plan.member.cmp_number}/"
    page = client_of(teresa).get(address)
    for words in ("Pago automático: activo", "Visa terminada en 8059", "Cobrado", "texto automatico-2026-12"):
        assert words in text(page)
    assert f"/admin/pagos/{attempt_of(made).order_id}/" in page.content.decode()
    assert made.plan.card_token not in page.content.decode()
    assert "Pago automático" not in text(client_of(walter).get(address))


def test_staff_see_nothing_where_there_is_no_plan(carla: User) -> None:
    status = status_of(carla.assignments.get().member)
    assert status is None
    assert render_to_string("payments/automatic/_staff.html", {"status": status}).strip() == ""
