"""The desk's people and some payments to look at."""

from collections.abc import Iterator

import pytest
from playwright import sync_api
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from members.models import User
from payments.models import Attempt
from simulators.niubiz.server import RunningSimulator
from tests.payments.browser import Browser, attempt_of
from tests.payments.test_refunds import open_dues


@pytest.fixture
def paid(ana: User, simulator: RunningSimulator) -> Attempt:
    """Ana paid her three oldest dues, S/ 90.00, through the gateway."""
    browser = Browser(ana, simulator)
    order = browser.order_of(*open_dues(ana)[:3])
    browser.pay(order)
    return attempt_of(order)


@pytest.fixture
def page(chromium: sync_api.Browser, live_server: LiveServer, settings: Settings) -> Iterator[sync_api.Page]:
    """The desk's browser: whoever sits down comes with `come_as`."""
    settings.PORTAL_URL = live_server.url
    context = chromium.new_context(base_url=live_server.url, reduced_motion="reduce", color_scheme="light")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def second_desk(page: sync_api.Page, chromium: sync_api.Browser, live_server: LiveServer) -> Iterator[sync_api.Page]:
    """The browser of a second person."""
    context = chromium.new_context(base_url=live_server.url, reduced_motion="reduce", color_scheme="light")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()
