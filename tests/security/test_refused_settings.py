"""In production the portal starts with safe settings or not at all."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cmp_portal.unsafe_settings import refusals
from receipts.tax_office.certificate import make_pkcs12

ROOT = Path(__file__).resolve().parent.parent.parent
SAFE: dict[str, str] = {
    "PORTAL_MODE": "production",
    "SECRET_KEY": "q8Zr-vT2mWx5Lk0Yc7Jd3Hf9Gb6Ns1Pa4Ru_EiOoQtXzBvMnKj",
    "PORTAL_URL": "https://pagos.example.org",
    "DATABASE_URL": "postgresql://portal@db.example.org/portal",
    "EMAIL_URL": "smtp+tls://portal:clave@mail.example.org:587",
    "NIUBIZ_ENVIRONMENT": "production",
    "NIUBIZ_USER": "comercio@example.org",
    "NIUBIZ_PASSWORD": "una-clave-del-comercio",
    "NIUBIZ_MERCHANT_ID": "600012345",
    "SUNAT_ENVIRONMENT": "off",
    "SAMPLE_DATA": "false",
    "COLLEGE_RUC": "20131312955",
    "COLLEGE_ADDRESS": "Calle Uno 100, Lima",
    "COLLEGE_TELEPHONE": "(01) 555-0100",
    "BEHIND_PROXY": "true",
    "TRUSTED_PROXIES": "1",
}


def start(then: str = "", **changed: str) -> "subprocess.CompletedProcess[str]":
    """Load the settings as a web server or worker does first, in a process that inherits none of the tests' own."""
    environment = {"PATH": os.environ["PATH"], **SAFE, **changed}
    command = [sys.executable, "-c", f"from cmp_portal import settings; {then}"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_it_starts_with_safe_settings() -> None:
    assert start().stderr == ""


def test_no_other_site_of_the_domain_can_plant_a_session() -> None:
    """By a browser's rule of that name, which wants a secure cookie of the whole host and of it alone."""
    told = start(
        "print(settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.SESSION_COOKIE_SECURE)"
    ).stdout
    assert told.split() == ["__Host-sessionid", "__Host-csrftoken", "True"]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"DEBUG": "true"}, "DEBUG"),
        ({"SECRET_KEY": "corta"}, "SECRET_KEY"),
        ({"PORTAL_URL": "http://pagos.example.org"}, "PORTAL_URL"),
        ({"NIUBIZ_ENVIRONMENT": "simulator"}, "NIUBIZ_ENVIRONMENT"),
        ({"SUNAT_ENVIRONMENT": "production"}, "SIGNING_CERTIFICATE"),
        ({"SAMPLE_DATA": "true"}, "SAMPLE_DATA"),
        ({"COLLEGE_RUC": "20000000001"}, "made-up issuer"),
        ({"DATABASE_URL": "sqlite:///portal.sqlite3"}, "DATABASE_URL"),
        ({"EMAIL_URL": "consolemail://"}, "EMAIL_URL"),
        ({"TRUSTED_PROXIES": "0"}, "TRUSTED_PROXIES"),
    ],
)
def test_it_refuses_to_start_and_names_the_setting(changed: dict[str, str], named: str) -> None:
    ended = start(**changed)

    assert ended.returncode != 0
    assert "refuses to start in production" in ended.stderr
    assert named in ended.stderr


def test_it_names_everything_that_is_unsafe_at_once() -> None:
    said = start(DEBUG="true", SECRET_KEY="x" * 60, ALLOWED_HOSTS="*", NIUBIZ_PASSWORD=" ").stderr

    assert all(name in said for name in ("DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "NIUBIZ_PASSWORD"))
    assert "una-clave-del-comercio" not in said


def settings(**changed: Any) -> dict[str, Any]:
    return {
        "DEBUG": False,
        "SECRET_KEY": SAFE["SECRET_KEY"],
        "PORTAL_URL": SAFE["PORTAL_URL"],
        "ALLOWED_HOSTS": ["pagos.example.org"],
        "NIUBIZ_ENVIRONMENT": "testing",
        "NIUBIZ_USER": "u",
        "NIUBIZ_PASSWORD": "p",
        "NIUBIZ_MERCHANT_ID": "1",
        "SUNAT_ENVIRONMENT": "off",
        "SUNAT_USER": "COLEGIO1",
        "SUNAT_PASSWORD": "una-clave-sol",
        "SUNAT_OSE_URL": "",
        "SIGNING_CERTIFICATE": "",
        "SIGNING_PASSWORD": "",
        "SAMPLE_DATA": True,
        "COLLEGE": {"ruc": SAFE["COLLEGE_RUC"], "address": "Calle 1", "telephone": "(01) 555-0100"},
        "DATABASES": {"default": {"ENGINE": "base.postgres.backend"}},
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "BEHIND_PROXY": False,
        "TRUSTED_PROXIES": 0,
        **changed,
    }


def test_sample_data_may_be_tried_with_cards_of_the_gateways_own_trials() -> None:
    assert refusals(settings()) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"SECRET_KEY": "only-for-this-machine" * 3},
        {"SECRET_KEY": "django-insecure-" + SAFE["SECRET_KEY"]},
        {"SECRET_KEY": "ab" * 40},
        {"PORTAL_URL": "https://"},
        {"ALLOWED_HOSTS": []},
        {"ALLOWED_HOSTS": [".example.org"]},
        {"ALLOWED_HOSTS": [None]},
        {"NIUBIZ_ENVIRONMENT": "prod"},
        {"NIUBIZ_MERCHANT_ID": ""},
        {"SUNAT_ENVIRONMENT": "beta"},
        {"BEHIND_PROXY": True},
        {"TRUSTED_PROXIES": 1},
        {"EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"},
    ],
)
def test_each_unsafe_value_is_refused_by_one_sentence(changed: dict[str, Any]) -> None:
    assert len(refusals(settings(**changed))) == 1


@pytest.mark.parametrize(
    "sample", [{"ruc": "20123456789"}, {"address": "Av. de Muestra 123"}, {"telephone": "(01) 000-0000"}]
)
def test_a_made_up_issuer_is_refused_once_it_is_no_longer_called_a_sample(sample: dict[str, str]) -> None:
    college = settings()["COLLEGE"] | sample
    [refusal] = refusals(settings(SAMPLE_DATA=False, COLLEGE=college))
    assert "made-up issuer" in refusal
    assert refusals(settings(COLLEGE=college)) == []


def test_documents_are_not_signed_with_a_certificate_made_for_trials(tmp_path: Path) -> None:
    file = tmp_path / "prueba.p12"
    file.write_bytes(make_pkcs12("20131312955", "clave"))
    chosen = {"SUNAT_ENVIRONMENT": "production", "SIGNING_CERTIFICATE": str(file), "SIGNING_PASSWORD": "clave"}

    [refusal] = refusals(settings(**chosen))
    assert "SIGNING_CERTIFICATE" in refusal


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"SUNAT_ENVIRONMENT": "production", "SUNAT_USER": "MODDATOS"}, "SOL user"),
        ({"SUNAT_ENVIRONMENT": "production", "SUNAT_PASSWORD": ""}, "SOL user"),
        ({"SUNAT_ENVIRONMENT": "ose", "SUNAT_OSE_URL": "http://ose.example.org"}, "https://"),
        ({"SUNAT_ENVIRONMENT": "beta", "NIUBIZ_ENVIRONMENT": "production", "SAMPLE_DATA": False}, "trial service"),
    ],
)
def test_documents_are_filed_by_the_college_and_where_they_count(changed: dict[str, Any], named: str) -> None:
    assert any(named in refusal for refusal in refusals(settings(**changed)))


def test_the_tax_offices_stand_in_is_for_local_machines_only() -> None:
    assert any("SUNAT_ENVIRONMENT" in refusal for refusal in refusals(settings(SUNAT_ENVIRONMENT="simulator")))
