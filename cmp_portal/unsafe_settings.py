"""What the portal refuses to start with, one sentence each, in one place.

settings.py asks as its last act, so that web server, worker and commands refuse alike: Django's own checks are not
run by a web server.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from stdnum.pe import ruc

from cmp_portal.environment import Environment
from receipts.tax_office.certificate import Certificate, NoCertificate

Settings = Mapping[str, Any]

# Where a card can be charged; the simulator would give receipts for money that never came.
GATEWAYS = ("sandbox", "testing", "production")
# Where documents can be filed; the simulator would accept what SUNAT has never seen.
TAX_OFFICES = ("off", "beta", "production", "ose")
# Where a filed document counts.
REAL_TAX_OFFICES = ("production", "ose")
SMTP = "django.core.mail.backends.smtp.EmailBackend"
SHORTEST_KEY = 50
SAMPLE_RUC = "20000000001"
LEAST_VARIETY = 10
#: Seconds that deploy/gunicorn.conf.py lets a request finish while a new version is laid out.
WEB_GRACE = 70


class RefusedSettings(ImproperlyConfigured):
    """The settings are incomplete or unsafe; the message has a line for each fault."""


@dataclass(frozen=True)
class Rule:
    """`names` are the settings that `sentence` speaks of; one that could not be read at all has its own sentence."""

    names: tuple[str, ...]
    unsafe: Callable[[Settings], bool]
    sentence: str


def refuse(environment: Environment, settings: Settings) -> None:
    """Raise RefusedSettings naming every fault: those of single settings, and those of what they say together."""
    environment.refuse_unknown_names()
    unread = {fault.name for fault in environment.faults}
    for rule in rules_of(settings):
        if unread.isdisjoint(rule.names) and rule.unsafe(settings):
            environment.refuse(rule.names[0], rule.sentence)
    if environment.faults:
        # Without its file everything is missing, and nothing else is worth reading.
        unreadable = [fault for fault in environment.faults if fault.name == "PORTAL_ENV_FILE"]
        sentences = "".join(f"\n- {fault.sentence}" for fault in unreadable or environment.faults)
        raise RefusedSettings(f"El portal no arranca con estos ajustes.{sentences}")


def refusals(settings: Settings) -> list[str]:
    """Everything that makes these settings unsafe; empty when nothing does."""
    return [rule.sentence for rule in rules_of(settings) if rule.unsafe(settings)]


def rules_of(settings: Settings) -> tuple[Rule, ...]:
    """The rules that hold where these settings run: some hold on a developer's machine too."""
    return RULES if settings["PORTAL_MODE"] == "local" else RULES + IN_PRODUCTION


def _guessable_key(settings: Settings) -> bool:
    """Whoever knows the key forges sessions, password resets and the gateway's return addresses."""
    key = settings["SECRET_KEY"]
    made_up = "only-for-this-machine" in key or key.startswith("django-insecure")
    return made_up or _too_simple(key)


def _too_simple(key: str) -> bool:
    return len(key) < SHORTEST_KEY or len(set(key)) < LEAST_VARIETY


def _open_to_sniffers(settings: Settings) -> bool:
    address = urlsplit(settings["PORTAL_URL"])
    return address.scheme != "https" or not address.hostname


def _answers_to_any_name(settings: Settings) -> bool:
    """Links in mails are made with the name that was asked for."""
    hosts = settings["ALLOWED_HOSTS"]
    return not hosts or any(not host or host.startswith((".", "*")) for host in hosts)


def _real_money(settings: Settings) -> bool:
    return bool(settings["NIUBIZ_ENVIRONMENT"] == "production")


def _real_money_for_samples(settings: Settings) -> bool:
    return bool(_real_money(settings) and settings["SAMPLE_DATA"])


def _trial_money_for_real_dues(settings: Settings) -> bool:
    """Whoever knows the gateway's test cards, which are public, would settle dues without paying."""
    return bool(settings["NIUBIZ_ENVIRONMENT"] in ("sandbox", "testing") and not settings["SAMPLE_DATA"])


def _trial_money_for_real_documents(settings: Settings) -> bool:
    """SUNAT would take them for sales, and the college would owe for them."""
    return bool(not _real_money(settings) and settings["SUNAT_ENVIRONMENT"] in REAL_TAX_OFFICES)


def _real_money_for_trial_documents(settings: Settings) -> bool:
    return bool(_real_money(settings) and settings["SUNAT_ENVIRONMENT"] == "beta")


def _issues_in_a_made_up_name(settings: Settings) -> bool:
    """Samples that are no longer called so, on every receipt."""
    college = settings["COLLEGE"]
    samples = "Muestra" in college["address"] or college["telephone"].endswith("000-0000")
    return bool(
        not settings["SAMPLE_DATA"] and (samples or college["ruc"] == SAMPLE_RUC or not ruc.is_valid(college["ruc"]))
    )


def _signs_worthless(settings: Settings) -> bool:
    """A document signed by a certificate that SUNAT does not know counts for nothing, whoever paid for it."""
    if settings["SUNAT_ENVIRONMENT"] == "off":
        return False
    try:
        content = Path(settings["SIGNING_CERTIFICATE"]).read_bytes()
        certificate = Certificate.from_pkcs12(content, settings["SIGNING_PASSWORD"])
    except (OSError, NoCertificate):
        return True
    return certificate.is_self_made or certificate.has_expired


def _files_as_a_stranger(settings: Settings) -> bool:
    """SUNAT's trial user is everybody's, and its password travels with each document."""
    if settings["SUNAT_ENVIRONMENT"] not in REAL_TAX_OFFICES:
        return False
    trial = settings["SUNAT_USER"] in ("", "MODDATOS") or not settings["SUNAT_PASSWORD"]
    in_the_clear = settings["SUNAT_ENVIRONMENT"] == "ose" and not settings["SUNAT_OSE_URL"].startswith("https://")
    return bool(trial or in_the_clear)


def _miscounted_proxies(settings: Settings) -> bool:
    """Too few, and all members share one address and its limits; too many, and anybody chooses his own."""
    return bool(settings["BEHIND_PROXY"] != (settings["TRUSTED_PROXIES"] > 0))


def _cut_off_while_charging(settings: Settings) -> bool:
    """A web process that is stopped before the gateway answers leaves a charge in doubt."""
    return bool(settings["NIUBIZ_CONNECT_TIMEOUT"] + settings["NIUBIZ_READ_TIMEOUT"] >= WEB_GRACE)


def _series_shared(settings: Settings) -> bool:
    names = ("BOLETA_SERIES", "FACTURA_SERIES", "BOLETA_NOTE_SERIES", "FACTURA_NOTE_SERIES")
    return len({settings[name] for name in names}) < len(names)


def _keeps_cards_without_a_merchant(settings: Settings) -> bool:
    simulated = settings["NIUBIZ_ENVIRONMENT"] == "simulator"
    return bool(settings["AUTOMATIC_PAYMENT"] and not simulated and not settings["NIUBIZ_TOKEN_MERCHANT_ID"])


def _keeps_cards_under_the_usual_merchant(settings: Settings) -> bool:
    token_merchant = settings["NIUBIZ_TOKEN_MERCHANT_ID"]
    return bool(token_merchant and token_merchant == settings["NIUBIZ_MERCHANT_ID"])


# On every machine
RULES = (
    Rule(
        ("AUTOMATIC_PAYMENT", "NIUBIZ_TOKEN_MERCHANT_ID"),
        _keeps_cards_without_a_merchant,
        "AUTOMATIC_PAYMENT necesita NIUBIZ_TOKEN_MERCHANT_ID: el código de comercio que Niubiz da para guardar "
        "tarjetas.",
    ),
    Rule(
        ("NIUBIZ_TOKEN_MERCHANT_ID", "NIUBIZ_MERCHANT_ID"),
        _keeps_cards_under_the_usual_merchant,
        "NIUBIZ_TOKEN_MERCHANT_ID debe ser otro que NIUBIZ_MERCHANT_ID: Niubiz da uno propio para guardar tarjetas.",
    ),
    Rule(
        ("NIUBIZ_TOKEN_USER", "NIUBIZ_TOKEN_PASSWORD"),
        lambda s: bool(s["NIUBIZ_TOKEN_USER"]) != bool(s["NIUBIZ_TOKEN_PASSWORD"]),
        "NIUBIZ_TOKEN_USER y NIUBIZ_TOKEN_PASSWORD van juntos, o ninguno: entonces valen los de siempre.",
    ),
    Rule(
        ("NIUBIZ_READ_TIMEOUT", "NIUBIZ_CONNECT_TIMEOUT"),
        _cut_off_while_charging,
        f"NIUBIZ_CONNECT_TIMEOUT y NIUBIZ_READ_TIMEOUT deben sumar menos de {WEB_GRACE} segundos: el servidor web "
        "cortaría un cobro a medias.",
    ),
    Rule(
        ("ORDER_LIFE_MINUTES", "NIUBIZ_FORM_MINUTES"),
        lambda s: bool(s["ORDER_LIFE_MINUTES"] < s["NIUBIZ_FORM_MINUTES"]),
        "ORDER_LIFE_MINUTES no debe ser menor que NIUBIZ_FORM_MINUTES: las cuotas se liberarían antes.",
    ),
    Rule(
        ("BOLETA_SERIES", "FACTURA_SERIES", "BOLETA_NOTE_SERIES", "FACTURA_NOTE_SERIES"),
        _series_shared,
        "BOLETA_SERIES, FACTURA_SERIES, BOLETA_NOTE_SERIES y FACTURA_NOTE_SERIES deben ser distintas.",
    ),
)

IN_PRODUCTION = (
    Rule(
        ("DEBUG",),
        lambda s: bool(s["DEBUG"]),
        "DEBUG está activo: sus páginas de error muestran ajustes y datos personales a cualquiera. Quítelo.",
    ),
    Rule(
        ("SECRET_KEY",),
        _guessable_key,
        f"SECRET_KEY se puede adivinar: haga una de al menos {SHORTEST_KEY} caracteres con: openssl rand -base64 48",
    ),
    Rule(
        ("PORTAL_URL",),
        _open_to_sniffers,
        "PORTAL_URL debe ser una dirección https://: sin cifrar, cualquiera en la red leería sesiones y pagos.",
    ),
    Rule(
        ("ALLOWED_HOSTS", "PORTAL_URL"),
        _answers_to_any_name,
        "ALLOWED_HOSTS debe nombrar los nombres del portal uno por uno, sin * ni punto inicial.",
    ),
    Rule(
        ("NIUBIZ_ENVIRONMENT",),
        lambda s: s["NIUBIZ_ENVIRONMENT"] not in GATEWAYS,
        f"NIUBIZ_ENVIRONMENT debe ser uno de {', '.join(GATEWAYS)}: el simulador no cobra.",
    ),
    Rule(
        ("NIUBIZ_USER", "NIUBIZ_PASSWORD", "NIUBIZ_MERCHANT_ID"),
        lambda s: not all(s[name].strip() for name in ("NIUBIZ_USER", "NIUBIZ_PASSWORD", "NIUBIZ_MERCHANT_ID")),
        "NIUBIZ_USER, NIUBIZ_PASSWORD y NIUBIZ_MERCHANT_ID no deben estar vacíos: los da Niubiz.",
    ),
    Rule(
        ("SAMPLE_DATA", "NIUBIZ_ENVIRONMENT"),
        _real_money_for_samples,
        "SAMPLE_DATA: se cobraría de verdad por comprobantes sin valor. Ponga los datos del colegio y SAMPLE_DATA=no.",
    ),
    Rule(
        ("SAMPLE_DATA", "NIUBIZ_ENVIRONMENT"),
        _trial_money_for_real_dues,
        "SAMPLE_DATA=no con NIUBIZ_ENVIRONMENT de prueba: con tarjetas de prueba, que son públicas, se pagarían cuotas "
        "reales. Use NIUBIZ_ENVIRONMENT=production, o SAMPLE_DATA=sí mientras prueba.",
    ),
    Rule(
        ("COLLEGE_RUC", "COLLEGE_ADDRESS", "COLLEGE_TELEPHONE"),
        _issues_in_a_made_up_name,
        "Los comprobantes nombrarían a un emisor inventado: ponga COLLEGE_RUC, COLLEGE_ADDRESS y COLLEGE_TELEPHONE.",
    ),
    Rule(
        ("SUNAT_ENVIRONMENT",),
        lambda s: s["SUNAT_ENVIRONMENT"] not in TAX_OFFICES,
        f"SUNAT_ENVIRONMENT debe ser uno de {', '.join(TAX_OFFICES)}: el simulador no presenta nada.",
    ),
    Rule(
        ("SIGNING_CERTIFICATE", "SIGNING_PASSWORD", "SUNAT_ENVIRONMENT"),
        _signs_worthless,
        "SIGNING_CERTIFICATE y SIGNING_PASSWORD deben abrir un archivo PKCS#12 con un certificado vigente, que no sea "
        "de prueba; o ponga SUNAT_ENVIRONMENT=off.",
    ),
    Rule(
        ("SUNAT_USER", "SUNAT_PASSWORD", "SUNAT_OSE_URL", "SUNAT_ENVIRONMENT"),
        _files_as_a_stranger,
        "SUNAT_USER y SUNAT_PASSWORD deben ser los del usuario SOL del colegio, y SUNAT_OSE_URL una dirección https://.",
    ),
    Rule(
        ("SUNAT_ENVIRONMENT", "NIUBIZ_ENVIRONMENT"),
        _real_money_for_trial_documents,
        "SUNAT_ENVIRONMENT=beta con cobros reales: los comprobantes no valdrían. Ponga SUNAT_ENVIRONMENT=production.",
    ),
    Rule(
        ("SUNAT_ENVIRONMENT", "NIUBIZ_ENVIRONMENT"),
        _trial_money_for_real_documents,
        "SUNAT_ENVIRONMENT de producción con cobros de prueba: SUNAT recibiría ventas que no hubo. Ponga "
        "SUNAT_ENVIRONMENT=beta u off, o NIUBIZ_ENVIRONMENT=production.",
    ),
    Rule(
        ("DATABASE_URL",),
        lambda s: s["DATABASES"]["default"].get("ENGINE") != "base.postgres.backend",
        "DATABASE_URL debe ser de PostgreSQL: sus bloqueos y reglas cuidan el dinero.",
    ),
    Rule(
        ("EMAIL_URL",),
        lambda s: s["EMAIL_BACKEND"] != SMTP,
        "EMAIL_URL debe ser de un servidor de correo (smtp…): los comprobantes no llegarían a nadie.",
    ),
    Rule(
        ("BEHIND_PROXY", "TRUSTED_PROXIES"),
        _miscounted_proxies,
        "BEHIND_PROXY y TRUSTED_PROXIES van juntos: cuántos proxies propios hay delante, o ninguno de los dos.",
    ),
    Rule(
        ("TRAIL_KEY",),
        lambda s: "only-for-this-machine" in s["TRAIL_KEY"] or _too_simple(s["TRAIL_KEY"]),
        f"TRAIL_KEY se puede adivinar: haga una de al menos {SHORTEST_KEY} caracteres con: openssl rand -base64 48",
    ),
)
