"""One page of tokens: what cannot read them carries their colours, and both schemes are legible."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page

from members.models import User
from tests.builders import a_standing_rule
from tests.journeys.conftest import open_page, portal
from tests.journeys.steps import come_as
from tests.journeys.test_every_page import OUTCOMES, an_outcome
from tests.page_problems import problems

__all__ = ["open_page", "portal"]

BASE = Path(settings.BASE_DIR)
COLOUR = re.compile(r"#[0-9a-f]{6}\b")
TOKENS = set(COLOUR.findall((BASE / "static/css/tokens.css").read_text()))


@pytest.mark.parametrize(
    "path", ["templates/emails/layout.html", "receipts/printing/printed.css", "static/css/admin.css"]
)
def test_what_knows_no_variables_has_the_same_colours(path: str) -> None:
    assert set(COLOUR.findall((BASE / path).read_text())) - TOKENS == set()


def test_the_pages_name_no_colour_of_their_own_but_those_on_fixed_grounds() -> None:
    screen = (BASE / "static/css/portal.css").read_text().partition("@media print")[0]
    assert set(COLOUR.findall(screen)) - TOKENS == {"#ffd54a"}  # the outline of the focus on the dark header


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seen", [{"color_scheme": "dark"}, {"forced_colors": "active"}])
def test_axe_finds_nothing_in_the_dark_or_in_forced_colours(
    open_page: Callable[..., Page], ana: User, seen: dict[str, str]
) -> None:
    a_standing_rule()
    page = open_page(**seen)
    for name in ("home", "account_login", "complaints"):
        page.goto(reverse(name))
        assert problems(page) == [], name
    come_as(page, ana)
    order_state, attempt_state, fields = OUTCOMES["paid"]
    paid = an_outcome(ana, order_state, attempt_state, **fields)
    own = ["home", "greeting", "choose", "statement", "history", "attestations", "standing_certificates"]
    for address in [reverse(name) for name in own] + [reverse("order", args=[paid.ref])]:
        page.goto(address)
        assert problems(page) == [], address
