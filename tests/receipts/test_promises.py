"""What the tax office's rooms promise to raise, provoked."""

from datetime import date
from pathlib import Path

import pytest
from pytest_django import Settings

from members.models import User
from receipts.issuing.issue import issue
from receipts.models import Filing, Receipt, Voiding
from receipts.tax_office import filing, sunat, voiding
from receipts.tax_office.certificate import NoCertificate
from receipts.tax_office.signature import certificate_from_settings
from receipts.tax_office.ubl.summaries import MOST_LINES, VoidedLine, voiding_xml
from tests.receipts.conftest import a_paid_order
from tests.receipts.papers import ISSUER
from tests.receipts.test_credit_notes import office  # noqa: F401 - fixture
from tests.receipts.test_voiding import factura  # noqa: F401 - fixture

LINE = VoidedLine(type="01", name="F001-1", reason="RUC de otra empresa")


def test_a_certificate_that_is_missing_is_named(settings: Settings, tmp_path: Path) -> None:
    settings.SIGNING_CERTIFICATE = str(tmp_path / "perdido.p12")
    with pytest.raises(NoCertificate, match=r"perdido\.p12"):
        certificate_from_settings()


@pytest.mark.django_db
def test_nothing_is_filed_without_a_certificate(ana: User, settings: Settings, tmp_path: Path) -> None:
    receipt = issue(a_paid_order(ana).pk)
    Filing.objects.filter(receipt=receipt).delete()
    receipt.refresh_from_db()
    settings.SIGNING_CERTIFICATE = str(tmp_path / "perdido.p12")
    with pytest.raises(NoCertificate):
        filing.prepare(receipt)
    assert not Filing.objects.filter(receipt=receipt).exists()


@pytest.mark.django_db
def test_nothing_is_voided_without_a_certificate(
    factura: Receipt,  # noqa: F811
    teresa: User,
    settings: Settings,
    tmp_path: Path,
) -> None:
    settings.SIGNING_CERTIFICATE = str(tmp_path / "perdido.p12")
    with pytest.raises(NoCertificate):
        voiding.request(factura, author=teresa, reason="RUC de otra empresa")
    assert not Voiding.objects.exists()


@pytest.mark.parametrize("name", ["", "prod", "simulador"])
def test_a_tax_office_of_another_name_is_refused(name: str, settings: Settings) -> None:
    settings.SUNAT_ENVIRONMENT = name
    with pytest.raises(ValueError, match="it must be one of"):
        sunat.environment_from_settings()
    with pytest.raises(ValueError, match="it must be one of"):
        sunat.from_settings()


@pytest.mark.parametrize(("name", "setting"), [("simulator", "SUNAT_SIMULATOR_URL"), ("ose", "SUNAT_OSE_URL")])
def test_a_tax_office_needs_an_address(name: str, setting: str) -> None:
    with pytest.raises(ValueError, match=setting):
        sunat.environment(name)


@pytest.mark.parametrize("count", [0, MOST_LINES + 1])
def test_a_voiding_names_one_to_five_hundred_documents(count: int) -> None:
    with pytest.raises(ValueError, match=str(MOST_LINES)):
        voiding_xml(
            "RA-20261123-1",
            issuer=ISSUER,
            issued_on=date(2026, 11, 22),
            made_on=date(2026, 11, 23),
            lines=[LINE] * count,
        )
