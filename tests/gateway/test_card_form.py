"""The gateway's script and card form in a real browser, opened by a merchant's page with a strict policy."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FrameLocator, Page, expect

from payments.gateway import Approved
from simulators.niubiz.server import RunningSimulator
from tests.gateway.shop import Shop
from tests.gateway.till import Till

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("card form"),
]


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def shop(simulator: RunningSimulator) -> Iterator[Shop]:
    shop = Shop(simulator.url)
    yield shop
    shop.close()


def opened(page: Page, url: str) -> FrameLocator:
    """The card form, opened by the button the script put into the merchant's form."""
    page.goto(url)
    page.get_by_role("button", name="Pagar con tarjeta").click()
    frame = page.frame_locator("#visaNetWrapper > #visaNetJS")
    expect(frame.get_by_label("Número de tarjeta")).to_be_focused()
    return frame


def type_card(frame: FrameLocator, number: str) -> None:
    frame.get_by_label("Número de tarjeta").fill(number)
    frame.get_by_label("Vencimiento").fill("0328")
    frame.get_by_label("CVV").fill("111")
    frame.get_by_label("Nombre").fill("ANA QUISPE")
    frame.get_by_label("Correo electrónico").fill("ana@example.com")


def test_a_typed_card_comes_back_as_a_token_that_pays(page: Page, shop: Shop, till: Till) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    frame = opened(page, shop.form_variant(till.session().key))
    type_card(frame, "4551708161768059")
    frame.get_by_role("button", name="pagar").click()
    page.wait_for_url("**/retorno")
    [posted] = shop.posted
    assert set(posted) == {"transactionToken", "customerEmail", "channel"}
    assert (posted["customerEmail"], posted["channel"]) == ("ana@example.com", "web")
    assert isinstance(till.authorise(posted["transactionToken"]), Approved)
    assert complaints == []


def test_the_keyboard_alone_can_pay_through_the_banks_question(page: Page, shop: Shop, till: Till) -> None:
    frame = opened(page, shop.form_variant(till.session().key))
    keys = page.keyboard
    for text in ("4000000000001018", "0328", "111", "ANA QUISPE", "ana@example.com"):
        keys.type(text)
        keys.press("Tab")
    keys.press("Enter")
    expect(frame.get_by_role("heading", name="Su banco pide confirmar esta compra")).to_be_focused()
    keys.press("Tab")
    keys.type("123456")
    keys.press("Enter")
    page.wait_for_url("**/retorno")
    assert isinstance(till.authorise(shop.posted[0]["transactionToken"]), Approved)


def test_a_mistyped_number_is_said_beside_its_field(page: Page, shop: Shop, till: Till) -> None:
    frame = opened(page, shop.form_variant(till.session().key))
    type_card(frame, "4551708161768050")
    frame.get_by_role("button", name="pagar").click()
    number = frame.get_by_label("Número de tarjeta")
    expect(number).to_be_focused()
    expect(number).to_have_accessible_description("El número de tarjeta no es válido. Revise los dígitos.")
    assert shop.posted == []


def test_the_script_variant_overwrites_complete_and_calls_cancel(page: Page, shop: Shop, till: Till) -> None:
    page.goto(
        shop.script_variant(f"""
        document.getElementById("b").onclick = function () {{
          VisanetCheckout.configure({{ action: "/retorno", channel: "web", merchantid: "100000001",
            sessiontoken: "{till.session().key}", amount: "120.50", purchasenumber: "123", timeouturl: "/timeout",
            cardholdername: "ANA", cardholderlastname: "QUISPE", cardholderemail: "ana@example.com",
            complete: function () {{ document.title = "complete"; }},
            cancel: function () {{ document.title = "cancel"; }} }});
          VisanetCheckout.open();
        }};""")
    )
    page.get_by_role("button", name="PAGA AQUÍ").click()
    frame = page.frame_locator("#visaNetJS")
    expect(frame.get_by_label("Número de tarjeta")).to_be_focused()
    expect(frame.get_by_label("Nombre")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page).to_have_title("cancel")
    expect(page.get_by_role("button", name="PAGA AQUÍ")).to_be_focused()
    page.get_by_role("button", name="PAGA AQUÍ").click()
    frame.get_by_text("Tarjetas de prueba").click()
    frame.get_by_role("button", name="Se aprueba (Visa de crédito)").click()
    page.keyboard.press("Enter")
    page.wait_for_url("**/retorno")
    assert len(shop.posted) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"timeouturl": ""}, "timeouturl is required"),
        ({"expirationminutes": "4"}, "between 5 and 20"),
        ({"expirationminutes": "21"}, "between 5 and 20"),
        ({"expirationminutes": "pronto"}, "must be numeric"),
        ({"amount": "120.505"}, "at most 2 decimals"),
        ({"purchasenumber": "A-1"}, "must be numeric"),
    ],
)
def test_a_badly_told_form_alerts_and_stays_shut(page: Page, shop: Shop, changes: dict[str, str], said: str) -> None:
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.accept()))
    page.goto(shop.form_variant("ab" * 32, **changes))
    page.get_by_role("button", name="Pagar con tarjeta").click()
    expect(page.locator("#visaNetWrapper")).to_have_count(0)
    assert [said in alert for alert in alerts] == [True]


def test_the_form_gives_up_at_its_time(page: Page, shop: Shop, till: Till) -> None:
    page.clock.install()
    opened(page, shop.form_variant(till.session().key, expirationminutes="5"))
    page.clock.run_for(301_000)
    page.wait_for_url("**/timeout")


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_in_the_form_or_the_back_office(
    page: Page, shop: Shop, till: Till, simulator: RunningSimulator, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    frame = opened(page, shop.form_variant(till.session().key))
    frame.get_by_role("button", name="pagar").click()
    frame.get_by_text("Tarjetas de prueba").click()
    inside = next(inner for inner in page.frames if "visanet.html" in inner.url)
    assert Axe().run(inside).response["violations"] == []  # type: ignore[arg-type]
    till.pay()
    page.goto(simulator.url)
    assert Axe().run(page).response["violations"] == []
