"""In production the portal starts with safe settings or not at all."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cmp_portal import settings_file
from cmp_portal.environment import Environment
from cmp_portal.unsafe_settings import refusals
from receipts.tax_office.certificate import make_pkcs12

ROOT = Path(__file__).resolve().parent.parent.parent
SAFE: dict[str, str] = {
    "PORTAL_MODE": "production",
    "SECRET_KEY": "q8Zr-vT2mWx5Lk0Yc7Jd3Hf9Gb6Ns1Pa4Ru_EiOoQtXzBvMnKj",
    "TRAIL_KEY": "Xz4-bT9mQw2Lk7Yc1Jd8Hf3Gb5Ns0Pa6Ru_EiOoVtXrBvMnKjq",
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
        ({"COLLEGE_RUC": "20000000001"}, "emisor inventado"),
        ({"DATABASE_URL": "sqlite:///portal.sqlite3"}, "DATABASE_URL"),
        ({"EMAIL_URL": "consolemail://"}, "EMAIL_URL"),
        ({"TRUSTED_PROXIES": "0"}, "TRUSTED_PROXIES"),
        ({"FORGET_PERSONAL_DATA": "quizás"}, "FORGET_PERSONAL_DATA es «quizás»: se espera sí o no"),
        ({"DUE_DAY": "32"}, "DUE_DAY es 32: se espera un número entero de 1 a 31"),
        ({"PAY_AHEAD_MONTHS": "25"}, "de 0 a 24"),
        ({"PAY_AHEAD_MONTHS": "doce"}, "PAY_AHEAD_MONTHS es «doce»"),
        ({"NIUBIZ_FORM_MINUTES": "4"}, "de 5 a 20"),
        ({"AUTOMATIC_PAYMENT": "yes"}, "AUTOMATIC_PAYMENT necesita NIUBIZ_TOKEN_MERCHANT_ID"),
        ({"AUTOMATIC_PAYMENT_PER_MINUTE": "0"}, "AUTOMATIC_PAYMENT_PER_MINUTE es 0: se espera un número entero"),
        ({"NIUBIZ_TOKEN_MERCHANT_ID": "x1"}, "NIUBIZ_TOKEN_MERCHANT_ID es «x1»"),
        ({"NIUBIZ_TOKEN_MERCHANT_ID": "600012345"}, "debe ser otro que NIUBIZ_MERCHANT_ID"),
        ({"NIUBIZ_TOKEN_USER": "otro"}, "NIUBIZ_TOKEN_USER y NIUBIZ_TOKEN_PASSWORD van juntos"),
        ({"NIUBIZ_READ_TIMEOUT": "65"}, "el servidor web cortaría un cobro a medias"),
        ({"ORDER_LIFE_MINUTES": "10"}, "ORDER_LIFE_MINUTES no debe ser menor que NIUBIZ_FORM_MINUTES"),
        ({"TREASURY_EMAIL": ""}, "TREASURY_EMAIL está vacío: se espera una dirección de correo"),
        ({"WEBMASTER_EMAIL": "webmaster"}, "WEBMASTER_EMAIL es «webmaster»"),
        ({"DEFAULT_FROM_EMAIL": "CMP Digital <no-responder>"}, "DEFAULT_FROM_EMAIL"),
        ({"BOLETA_SERIES": "001"}, "BOLETA_SERIES es «001»: se espera B y tres letras o cifras"),
        ({"FACTURA_SERIES": "B001"}, "FACTURA_SERIES es «B001»"),
        ({"BOLETA_NOTE_SERIES": "B001"}, "deben ser distintas"),
        ({"PORTAL_URL": "pagos.example.org"}, "se espera una dirección como https://"),
        ({"EMAIL_URL": "mail.example.org:587"}, "EMAIL_URL empieza con «mail.example.org:587»"),
        ({"DATABASE_URL": "host=db dbname=portal"}, "DATABASE_URL"),
        ({"LOG_LEVEL": "ALTO"}, "LOG_LEVEL es «ALTO»: se espera uno de DEBUG, INFO, WARNING, ERROR"),
        ({"PORTAL_MODE": "produccion"}, "PORTAL_MODE es «produccion»"),
        ({"FACTURA_FILING_DAYS": "3"}, "FACTURA_FILING_DAYS"),
        ({"NIUBIZ_USER_FILE": "/no/existe"}, "NIUBIZ_USER no se pudo leer"),
        ({"METRICS_TOKEN_FILE": "/no/existe"}, "METRICS_TOKEN no se pudo leer de /no/existe"),
        ({"PORTAL_ENV_FILE": "/no/existe"}, "No se puede leer /no/existe"),
    ],
)
def test_it_refuses_to_start_and_names_the_setting(changed: dict[str, str], named: str) -> None:
    ended = start(**changed)

    assert ended.returncode != 0
    assert "El portal no arranca con estos ajustes" in ended.stderr
    assert named in ended.stderr


def test_it_names_everything_that_is_unsafe_at_once() -> None:
    said = start(DEBUG="true", SECRET_KEY="x" * 60, ALLOWED_HOSTS="*", NIUBIZ_PASSWORD=" ").stderr

    assert all(name in said for name in ("DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "NIUBIZ_PASSWORD"))
    assert "una-clave-del-comercio" not in said


def manage(command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], **environment}
    call = [sys.executable, "manage.py", command]
    return subprocess.run(call, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("command", ["check", "look_for_trouble", "migrate", "settings"])
def test_whoever_sets_nothing_is_told_everything_that_is_missing_without_a_traceback(command: str) -> None:
    ended = manage(command)

    missing = ("SECRET_KEY", "TRAIL_KEY", "PORTAL_URL", "DATABASE_URL", "EMAIL_URL", "SUNAT_ENVIRONMENT")
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert all(ended.stderr.count(f"- {name} falta") == 1 for name in missing)
    assert "openssl rand -base64 48" in ended.stderr


def test_all_settings_are_shown_with_their_origin_and_no_secret(tmp_path: Path) -> None:
    token, file = tmp_path / "token", tmp_path / "portal.env"
    token.write_text("la-clave-de-las-cifras\n")
    file.write_text("DUE_DAY=15\n")

    shown = manage("settings", **SAFE, METRICS_TOKEN_FILE=str(token), PORTAL_ENV_FILE=str(file))

    assert shown.returncode == 0, shown.stderr
    assert f"15  [{file}, línea 1]" in shown.stdout
    assert f"[archivo {token}]" in shown.stdout
    assert "31  [" not in shown.stdout
    assert "[entorno del proceso]" in shown.stdout
    assert "[valor de fábrica]" in shown.stdout
    secrets = (SAFE["SECRET_KEY"], SAFE["TRAIL_KEY"], "una-clave-del-comercio", ":clave@", "la-clave-de-las-cifras")
    assert [secret for secret in secrets if secret in shown.stdout] == []


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("sí", True),
        ("Si", True),
        ("true", True),
        ("1", True),
        ("YES", True),
        ("no", False),
        ("False", False),
        ("0", False),
    ],
)
def test_yes_and_no_are_read_in_both_languages(written: str, value: bool) -> None:
    environment = Environment({"FORGET": written})
    assert environment.boolean("FORGET", not value) is value
    assert environment.faults == []


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=$ecreta", "$ecreta"),
        ("NAME=a#b;c", "a#b;c"),
        ("NAME =  con blancos  ", "con blancos"),
        ("NAME='entre comillas # \\ $x'", "entre comillas # \\ $x"),
        ('NAME="dobles \\" y \\$x y \\n"', 'dobles " y $x y \\n'),
        ("NAME=parti\\\nda", "partida"),
        ("NAME=con\\ barra", "con barra"),
        ("NAME='a'\"b\"", "ab"),
        ("# comentario\n; otro\n\nNAME=1", "1"),
        ("NAME='dos\nlíneas'", "dos\nlíneas"),
        ("NAME=", ""),
    ],
)
def test_a_settings_file_is_read_as_systemd_reads_it(tmp_path: Path, line: str, value: str) -> None:
    """The values were compared with what systemd 257 gives a unit with this EnvironmentFile."""
    file = tmp_path / "portal.env"
    file.write_text(line + "\n")
    assert {name: found for name, (found, _) in settings_file.read(file).items()} == {"NAME": value}


@pytest.mark.parametrize("line", ["PORTAL_URL", "export A=1", "1A=1", "A B=1"])
def test_a_line_that_sets_nothing_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "portal.env"
    file.write_text(f"A=1\n{line}\n")
    with pytest.raises(settings_file.UnreadableFile, match="línea 2: se espera NOMBRE=valor"):
        settings_file.read(file)


def test_a_misspelt_name_is_not_taken_for_the_default(tmp_path: Path) -> None:
    file = tmp_path / "portal.env"
    file.write_text("TREASURY_EMIAL=caja@example.org\nWEB_CONCURRENCY=2\n")
    refused = start(PORTAL_ENV_FILE=str(file)).stderr
    assert f"TREASURY_EMIAL no es un ajuste ({file}, línea 1); ¿será TREASURY_EMAIL?" in refused
    assert "WEB_CONCURRENCY" not in refused


def settings(**changed: Any) -> dict[str, Any]:
    return {
        "PORTAL_MODE": "production",
        "TRAIL_KEY": SAFE["TRAIL_KEY"],
        "NIUBIZ_CONNECT_TIMEOUT": 5,
        "NIUBIZ_READ_TIMEOUT": 45,
        "NIUBIZ_FORM_MINUTES": 15,
        "ORDER_LIFE_MINUTES": 30,
        "BOLETA_SERIES": "B001",
        "FACTURA_SERIES": "F001",
        "BOLETA_NOTE_SERIES": "BC01",
        "FACTURA_NOTE_SERIES": "FC01",
        "DEBUG": False,
        "SECRET_KEY": SAFE["SECRET_KEY"],
        "PORTAL_URL": SAFE["PORTAL_URL"],
        "ALLOWED_HOSTS": ["pagos.example.org"],
        "NIUBIZ_ENVIRONMENT": "testing",
        "NIUBIZ_USER": "u",
        "NIUBIZ_PASSWORD": "p",
        "NIUBIZ_MERCHANT_ID": "1",
        "AUTOMATIC_PAYMENT": False,
        "NIUBIZ_TOKEN_MERCHANT_ID": "",
        "NIUBIZ_TOKEN_USER": "",
        "NIUBIZ_TOKEN_PASSWORD": "",
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
        {"TRAIL_KEY": "corta"},
    ],
)
def test_each_unsafe_value_is_refused_by_one_sentence(changed: dict[str, Any]) -> None:
    assert len(refusals(settings(**changed))) == 1


@pytest.mark.parametrize(
    "sample", [{"ruc": "20123456789"}, {"address": "Av. de Muestra 123"}, {"telephone": "(01) 000-0000"}]
)
def test_a_made_up_issuer_is_refused_once_it_is_no_longer_called_a_sample(sample: dict[str, str]) -> None:
    college = settings()["COLLEGE"] | sample
    [refusal] = refusals(settings(SAMPLE_DATA=False, NIUBIZ_ENVIRONMENT="production", COLLEGE=college))
    assert "emisor inventado" in refusal
    assert refusals(settings(COLLEGE=college)) == []


def test_documents_are_not_signed_with_a_certificate_made_for_trials(tmp_path: Path) -> None:
    file = tmp_path / "prueba.p12"
    file.write_bytes(make_pkcs12("20131312955", "clave"))
    real = {"NIUBIZ_ENVIRONMENT": "production", "SAMPLE_DATA": False, "SUNAT_ENVIRONMENT": "production"}
    chosen = {**real, "SIGNING_CERTIFICATE": str(file), "SIGNING_PASSWORD": "clave"}

    [refusal] = refusals(settings(**chosen))
    assert "SIGNING_CERTIFICATE" in refusal


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"SUNAT_ENVIRONMENT": "production", "SUNAT_USER": "MODDATOS"}, "usuario SOL"),
        ({"SUNAT_ENVIRONMENT": "production", "SUNAT_PASSWORD": ""}, "usuario SOL"),
        ({"SUNAT_ENVIRONMENT": "ose", "SUNAT_OSE_URL": "http://ose.example.org"}, "https://"),
        ({"SUNAT_ENVIRONMENT": "beta", "NIUBIZ_ENVIRONMENT": "production", "SAMPLE_DATA": False}, "no valdrían"),
    ],
)
def test_documents_are_filed_by_the_college_and_where_they_count(changed: dict[str, Any], named: str) -> None:
    assert any(named in refusal for refusal in refusals(settings(**changed)))


def test_the_tax_offices_stand_in_is_for_local_machines_only() -> None:
    assert any("SUNAT_ENVIRONMENT" in refusal for refusal in refusals(settings(SUNAT_ENVIRONMENT="simulator")))


@pytest.mark.parametrize("gateway", ["sandbox", "testing"])
@pytest.mark.parametrize("office", ["production", "ose"])
def test_sunat_never_hears_of_sales_paid_with_test_cards(gateway: str, office: str) -> None:
    half = settings(NIUBIZ_ENVIRONMENT=gateway, SUNAT_ENVIRONMENT=office)
    assert any("SUNAT recibiría ventas que no hubo" in refusal for refusal in refusals(half))


@pytest.mark.parametrize("gateway", ["sandbox", "testing"])
def test_test_cards_never_settle_real_dues(gateway: str) -> None:
    [refusal] = refusals(settings(NIUBIZ_ENVIRONMENT=gateway, SAMPLE_DATA=False))
    assert "se pagarían cuotas reales" in refusal


def test_real_cards_are_charged_for_real_receipts_alone() -> None:
    [refusal] = refusals(settings(NIUBIZ_ENVIRONMENT="production", SAMPLE_DATA=True))
    assert "comprobantes sin valor" in refusal
