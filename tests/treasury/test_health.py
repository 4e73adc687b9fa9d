"""A supervisor asks whether the portal is well, Prometheus how much of what there is, and logs can be followed."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import time_machine
from django.conf import settings as portal_settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from prometheus_client import generate_latest
from pytest_django import Settings

from base.version import VERSION
from cmp_portal import health, latency
from cmp_portal.request_log import JsonLines, Where
from members.models import User
from receipts.tax_office.certificate import make_pkcs12
from simulators.niubiz.server import RunningSimulator
from staff import readiness
from tests.builders import client_of
from tests.payments.browser import Browser
from tests.payments.test_refunds import open_dues
from tests.treasury.payments_of import a_payment
from tests.treasury.test_alerts import LONG_AGO, a_worker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    cache.delete("health:gateway")
    yield
    cache.delete("health:gateway")


def test_all_is_well(simulator: RunningSimulator) -> None:
    a_worker()
    answer = Client().get("/salud/")
    told = {"estado": "bien", "base_de_datos": "bien", "worker": "bien", "pasarela": "bien"}
    assert (answer.status_code, answer.json()) == (200, told)
    assert "no-store" in answer["Cache-Control"]


def test_a_silent_worker_and_a_dead_gateway_are_told_apart(simulator: RunningSimulator) -> None:
    a_worker(LONG_AGO)
    simulator.stop()
    answer = Client().get("/salud/")
    told = {"estado": "falla", "base_de_datos": "bien", "worker": "falla", "pasarela": "falla"}
    assert (answer.status_code, answer.json()) == (503, told)
    assert Client().get("/salud/lista/").status_code == 200


def test_the_gateway_is_asked_once_a_minute(simulator: RunningSimulator) -> None:
    a_worker()
    Client().get("/salud/")
    simulator.stop()
    assert Client().get("/salud/").json()["pasarela"] == "bien"


def test_a_probe_asks_the_machine_by_its_address(client: Client) -> None:
    assert client.get("/salud/lista/", headers={"host": "10.0.0.7:8000"}).status_code == 200
    assert client.get("/", headers={"host": "10.0.0.7:8000"}).status_code == 400


def test_tables_of_an_older_version_are_told(client: Client) -> None:
    MigrationRecorder(connection).record_unapplied("payments", max(names_of("payments")))
    answer = client.get("/salud/lista/")
    assert (answer.status_code, answer.json()["migraciones"]) == (503, "falla")


def names_of(app: str) -> list[str]:
    return [name for label, name in MigrationRecorder(connection).applied_migrations() if label == app]


def test_pages_without_their_static_files_are_told(client: Client, settings: Settings, tmp_path: Path) -> None:
    """`collectstatic` was forgotten: in production each page would be an error."""
    settings.STATIC_ROOT = tmp_path
    manifest = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": manifest}
    answer = client.get("/salud/lista/")
    assert (answer.status_code, answer.json()["archivos_estaticos"]) == (503, "falla")


@pytest.mark.parametrize(
    ("free", "status", "disk", "warned"), [(50, 200, "bien", 0), (5, 200, "bien", 1), (0, 503, "falla", 1)]
)
def test_a_full_disk_is_told_before_and_after(
    client: Client, monkeypatch: pytest.MonkeyPatch, free: int, status: int, disk: str, warned: int
) -> None:
    monkeypatch.setattr(readiness, "_free_shares", lambda: {"/": free / 100})
    answer = client.get("/salud/lista/")
    assert (answer.status_code, answer.json()["disco"]) == (status, disk)
    assert len([words for words in answer.json()["avisos"] if "del disco" in words]) == warned


def test_a_worker_of_another_version_is_told(client: Client) -> None:
    dsn = connection.connection.info.dsn
    with psycopg.connect(dsn, application_name="cmp-portal 0.9.0 worker"):
        answer = client.get("/salud/lista/")
    assert answer.status_code == 200
    assert any("versión 0.9.0" in words for words in answer.json()["avisos"])
    assert answer.json()["version"] == VERSION


def test_a_clock_that_is_wrong_is_told(client: Client) -> None:
    connection.ensure_connection()
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        answer = client.get("/salud/lista/")
    assert any("El reloj" in words for words in answer.json()["avisos"])


def test_a_certificate_near_its_end_is_told(client: Client, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "colegio.p12"
    file.write_bytes(make_pkcs12("20131312955", "clave"))
    settings.SUNAT_ENVIRONMENT, settings.SIGNING_CERTIFICATE, settings.SIGNING_PASSWORD = "beta", str(file), "clave"
    assert client.get("/salud/lista/").json()["avisos"] == []
    with time_machine.travel(timezone.now() + timedelta(days=3640)):
        assert any("certificado" in words for words in client.get("/salud/lista/").json()["avisos"])


def test_without_its_database_the_process_lives_but_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> bool:
        raise DatabaseError

    monkeypatch.setattr(health, "database", broken)
    assert Client().get("/salud/lista/").status_code == 503
    assert Client().get("/salud/viva/").json() == {"estado": "bien"}


def test_metrics_count_what_there_is_for_whoever_has_the_token(settings: Settings) -> None:
    a_worker(timezone.now())
    a_payment(order_state="cancelled", state="approved")
    settings.METRICS_TOKEN = "a-token-of-the-scraper"
    shown = Client(headers={"authorization": "Bearer a-token-of-the-scraper"}).get("/salud/metricas/").content.decode()
    for line in (
        'portal_attempts_24h{state="approved"} 1.0',
        'portal_attempts_24h{state="declined"} 0.0',
        'portal_troubles{kind="double"} 1.0',
        "portal_attempts_unknown 0.0",
    ):
        assert line in shown
    assert "portal_worker_heartbeat_age_seconds" in shown


def test_metrics_tell_how_long_each_route_takes(settings: Settings) -> None:
    settings.METRICS_TOKEN = "a-token-of-the-scraper"
    scraper = Client(headers={"authorization": "Bearer a-token-of-the-scraper"})
    Client().get("/comprobantes/does-not-exist/reenviar/")
    Client().get("/salud/viva/")
    shown = scraper.get("/salud/metricas/").content.decode()
    assert 'portal_request_seconds_bucket{le="30.0",route="/salud/viva/",status="2xx"}' in shown
    assert "does-not-exist" not in shown


def test_several_processes_count_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    answer = (
        "from django.http import *; from cmp_portal.latency import observe; r = HttpRequest(); r.resolver_match = None"
    )
    for _ in range(2):
        code = f"from django.conf import settings; settings.configure(); {answer}; observe(r, HttpResponse(), 0.02)"
        subprocess.run([sys.executable, "-c", code], check=True, cwd=portal_settings.BASE_DIR)
    shown = generate_latest(latency.registry()).decode()
    assert 'portal_request_seconds_bucket{le="0.025",route="-",status="2xx"} 2.0' in shown


@pytest.mark.parametrize("bearer", ["", "Bearer wrong", "Bearer "])
@pytest.mark.parametrize("token", ["", "a-token-of-the-scraper"])
def test_metrics_are_not_there_for_others(bearer: str, token: str, settings: Settings) -> None:
    settings.METRICS_TOKEN = token
    assert Client(headers={"authorization": bearer}).get("/salud/metricas/").status_code == 404


def test_a_line_names_its_request_and_order_and_no_secret(
    ana: User, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    caplog.set_level(logging.INFO)
    caplog.handler.addFilter(Where())
    order = Browser(ana).order_of(open_dues(ana)[0])
    answer = client_of(ana).get(f"/pago/{order.ref}/resumen/")

    lines = [json.loads(JsonLines().format(record)) for record in caplog.records]
    asked = next(line for line in lines if line.get("path") == "/pago/<uuid:ref>/resumen/")
    assert (asked["request"], asked["order"]) == (answer["X-Request-ID"], str(order.ref))
    assert (asked["method"], asked["status"]) == ("GET", 200)
    step = next(line for line in lines if line["logger"] == "payments.trail")
    assert (step["order"], step["state"]) == (order.pk, "draft")
    assert "ana@example.com" not in json.dumps(lines)


def test_a_stranger_cannot_name_a_request(settings: Settings) -> None:
    given = {"x-request-id": "abcdef0123456789"}
    assert Client(headers=given).get("/salud/viva/")["X-Request-ID"] != given["x-request-id"]
    settings.BEHIND_PROXY = True
    assert Client(headers=given).get("/salud/viva/")["X-Request-ID"] == given["x-request-id"]
    assert "forged" not in Client(headers={"x-request-id": "forged\tline"}).get("/salud/viva/")["X-Request-ID"]


def test_an_error_is_one_line_with_its_trace() -> None:
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "went %s", ("wrong",), None)
    try:
        raise ValueError("what happened")
    except ValueError as error:
        record.exc_info = (ValueError, error, error.__traceback__)
    line = JsonLines().format(record)
    assert "\n" not in line
    assert "what happened" in json.loads(line)["error"]


def test_liveness_asks_the_database_nothing() -> None:
    with connection.execute_wrapper(lambda *_: pytest.fail("asked the database")):
        assert Client().get("/salud/viva/").status_code == 200
