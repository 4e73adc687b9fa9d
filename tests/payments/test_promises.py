"""What payments promises to raise, provoked."""

from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.core import signing

from payments import reminders
from payments.gateway import environment_from_settings, environments


@pytest.mark.parametrize("name", ["", "prod", "Production", "simulador"])
def test_an_environment_of_another_name_is_refused_with_the_names_there_are(name: str) -> None:
    with pytest.raises(ValueError, match="sandbox"):
        environments.environment(name)


def test_the_setting_is_refused_likewise(settings: LazySettings) -> None:
    settings.NIUBIZ_ENVIRONMENT = "produccion"
    with pytest.raises(ValueError, match="produccion"):
        environment_from_settings()


@pytest.mark.parametrize("url", ["", "127.0.0.1:8001", "ftp://127.0.0.1"])
def test_the_simulator_needs_an_address_that_a_browser_can_open(url: str) -> None:
    with pytest.raises(ValueError, match="NIUBIZ_SIMULATOR_URL"):
        environments.environment("simulator", simulator_url=url)


@pytest.mark.parametrize("act", [reminders.stopped, reminders.stop, reminders.resume])
def test_a_link_to_stop_reminders_that_somebody_made_up_stops_nobody(act: Callable[[str], object]) -> None:
    with pytest.raises(signing.BadSignature):
        act("17:made-up")
