from collections.abc import Iterator
from datetime import datetime

import pytest

from receipts.tax_office.certificate import Certificate, make_pkcs12
from receipts.tax_office.sunat import Sender, Sunat, environment
from simulators.sunat.server import RunningSunat, serve_in_thread
from simulators.sunat.service import LIMA
from tests.receipts.papers import DAY, ISSUER


@pytest.fixture
def office() -> Iterator[RunningSunat]:
    """SUNAT's stand-in on a port of its own, with empty books, on the day on which the documents are issued."""
    running = serve_in_thread()
    running.simulator.service.day = DAY
    yield running
    running.stop()


@pytest.fixture
def sunat(office: RunningSunat) -> Sunat:
    place = environment("simulator", simulator_url=office.url)
    return Sunat(
        environment=place,
        sender=Sender(ruc=ISSUER.ruc, user="MODDATOS", password="MODDATOS"),
        timeouts=(2, 10),
    )


@pytest.fixture(scope="session")
def certificate() -> Certificate:
    return Certificate.from_pkcs12(make_pkcs12(ISSUER.ruc, "clave"), "clave")


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 23, 12, tzinfo=LIMA)
