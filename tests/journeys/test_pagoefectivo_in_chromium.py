"""The gateway's form hands Ana a code of PagoEfectivo, which the portal does not accept."""

import pytest
from playwright.sync_api import Page, expect

from members.models import User
from payments.models import Attempt
from payments.states import AttemptState
from simulators.niubiz.server import RunningSimulator
from tests.journeys.steps import card_form, choose_boleta, come_as, finish, go_to_choose, pay
from tests.page_problems import problems

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# The gateway's script makes such a form inside our page (Niubiz notes §3.3).
POST_A_CODE = """() => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = document.querySelector("[data-action]").dataset.action;
    const fields = {transactionToken: "20418337", channel: "pagoefectivo", url: "https://pagoefectivo.invalid/"};
    for (const [name, value] of Object.entries(fields)) {
        form.append(Object.assign(document.createElement("input"), {type: "hidden", name, value}));
    }
    document.body.append(form);
    form.submit();
}"""


def test_ana_gets_a_code_reads_not_to_pay_it_and_pays_by_card(
    page: Page, ana: User, simulator: RunningSimulator
) -> None:
    come_as(page, ana)
    go_to_choose(page)
    page.locator("[data-kind=colegiado] input[type=checkbox]").first.check()
    choose_boleta(page)
    page.get_by_role("button", name="PAGA AQUÍ").click()
    card_form(page)
    page.evaluate(POST_A_CODE)
    expect(page.get_by_role("heading", level=1)).to_have_text("No pague ese código")
    expect(page.get_by_role("main")).to_contain_text("No se cobró nada.")
    assert problems(page) == []
    page.get_by_role("link", name="Pagar con tarjeta").click()
    pay(page)
    finish(page)
    assert list(Attempt.objects.order_by("pk").values_list("state", flat=True)) == [
        AttemptState.ABANDONED,
        AttemptState.APPROVED,
    ]
