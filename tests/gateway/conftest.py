from collections.abc import Iterator

import pytest
from pytest_django import Settings

from payments.gateway import from_settings
from simulators.niubiz.server import RunningSimulator
from tests.gateway.till import Till
from tests.gateway.wire import Wire


@pytest.fixture
def till(simulator: RunningSimulator, settings: Settings) -> Till:
    settings.NIUBIZ_CONNECT_TIMEOUT, settings.NIUBIZ_READ_TIMEOUT = 1, 0.4
    return Till(simulator, from_settings())


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A server that hands out access tokens and then says to anything whatever bytes it is told to say."""
    with Wire() as running:
        yield running
