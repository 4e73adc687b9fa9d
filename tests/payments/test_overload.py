"""On the last day of the month everybody comes at once: Ana is asked to come back, and Bruno's payment goes through."""

import time

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from members.models import User


@pytest.fixture
def _behind_proxy(settings: Settings) -> None:
    settings.BEHIND_PROXY = True
    settings.SHED_AFTER_SECONDS = 3.0


def waited(seconds: float) -> dict[str, str]:
    """As our proxy tells that it took the request so long ago."""
    return {"X-Request-Start": f"t={time.time() - seconds:.3f}"}


@pytest.mark.usefixtures("_behind_proxy")
def test_ana_is_asked_to_come_back_before_the_database_is_asked(
    client: Client,
) -> None:
    answer = client.get(reverse("choose"), headers=waited(4))  # a test without django_db may not ask the database
    assert answer.status_code == 503
    assert 20 <= int(answer["Retry-After"]) <= 40
    assert "Al abrir esta página no se cobró nada." in answer.content.decode()
    assert answer["Content-Security-Policy"]
    in_milliseconds = {"X-Request-Start": f"t={time.time() * 1000 - 4000:.0f}"}
    assert client.get(reverse("choose"), headers=in_milliseconds).status_code == 503


@pytest.mark.django_db
@pytest.mark.usefixtures("_behind_proxy")
def test_whoever_has_chosen_goes_on_however_long_it_takes(client: Client, bruno: User) -> None:
    client.force_login(bruno)
    assert client.post(reverse("choose"), headers=waited(60)).status_code == 200
    for other in (reverse("greeting"), reverse("home"), reverse("history")):
        assert client.get(other, headers=waited(60)).status_code == 200
    assert client.post("/pago/retorno/forged/", headers=waited(60)).status_code == 404


@pytest.mark.django_db
@pytest.mark.usefixtures("_behind_proxy")
@pytest.mark.parametrize("told", ["", "yesterday", "t=99999999999", "t=" + "9" * 400, "t=4000000000.0"])
def test_a_short_wait_or_nonsense_turns_nobody_away(client: Client, bruno: User, told: str) -> None:
    client.force_login(bruno)
    assert client.get(reverse("choose"), headers={"X-Request-Start": told}).status_code == 200
    assert client.get(reverse("choose"), headers=waited(1)).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"BEHIND_PROXY": False}, {"SHED_AFTER_SECONDS": 0}])
def test_without_a_proxy_of_ours_or_the_setting_nobody_is_turned_away(
    client: Client, bruno: User, settings: Settings, change: dict[str, object]
) -> None:
    settings.BEHIND_PROXY = True
    for name, value in change.items():
        setattr(settings, name, value)
    client.force_login(bruno)
    assert client.get(reverse("choose"), headers=waited(60)).status_code == 200
