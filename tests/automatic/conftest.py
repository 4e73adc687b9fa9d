"""Automatic payment is on, the gateway is the stand-in, and letters leave over a socket."""

import pytest
from pytest_django import Settings

from demo.mailbox import Mailbox
from simulators.niubiz.server import RunningSimulator


@pytest.fixture(autouse=True)
def automatic(settings: Settings, simulator: RunningSimulator, mailbox: Mailbox) -> None:
    settings.AUTOMATIC_PAYMENT = True
    settings.NIUBIZ_READ_TIMEOUT = 1
