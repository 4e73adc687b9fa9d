"""What the portal refuses to start with in production, one sentence each, in one place.

settings.py asks as its last act, so that web server, worker and commands refuse alike: Django's own checks are not
run by a web server.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from stdnum.pe import ruc

from receipts.tax_office.certificate import Certificate, NoCertificate

Settings = Mapping[str, Any]

# Where a card can be charged; the simulator would give receipts for money that never came.
GATEWAYS = ("sandbox", "testing", "production")
# Where documents can be filed; the simulator would accept what SUNAT has never seen.
TAX_OFFICES = ("off", "beta", "production", "ose")
SMTP = "django.core.mail.backends.smtp.EmailBackend"
SHORTEST_KEY = 50
SAMPLE_RUC = "20000000001"
LEAST_VARIETY = 10


def refusals(settings: Settings) -> list[str]:
    """Everything that makes these settings unsafe for production; empty when nothing does."""
    return [sentence for unsafe, sentence in RULES if unsafe(settings)]


def _guessable_key(settings: Settings) -> bool:
    """Whoever knows the key forges sessions, password resets and the gateway's return addresses."""
    key = settings["SECRET_KEY"]
    made_up = "only-for-this-machine" in key or key.startswith("django-insecure")
    return made_up or len(key) < SHORTEST_KEY or len(set(key)) < LEAST_VARIETY


def _open_to_sniffers(settings: Settings) -> bool:
    address = urlsplit(settings["PORTAL_URL"])
    return address.scheme != "https" or not address.hostname


def _answers_to_any_name(settings: Settings) -> bool:
    """Links in mails are made with the name that was asked for."""
    hosts = settings["ALLOWED_HOSTS"]
    return not hosts or any(not host or host.startswith((".", "*")) for host in hosts)


def _without_merchant(settings: Settings) -> bool:
    return not all(settings[name].strip() for name in ("NIUBIZ_USER", "NIUBIZ_PASSWORD", "NIUBIZ_MERCHANT_ID"))


def _real_money_for_samples(settings: Settings) -> bool:
    return bool(settings["NIUBIZ_ENVIRONMENT"] == "production" and settings["SAMPLE_DATA"])


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
    if settings["SUNAT_ENVIRONMENT"] not in ("production", "ose"):
        return False
    trial = settings["SUNAT_USER"] in ("", "MODDATOS") or not settings["SUNAT_PASSWORD"]
    in_the_clear = settings["SUNAT_ENVIRONMENT"] == "ose" and not settings["SUNAT_OSE_URL"].startswith("https://")
    return bool(trial or in_the_clear)


def _real_money_for_trial_documents(settings: Settings) -> bool:
    return bool(settings["NIUBIZ_ENVIRONMENT"] == "production" and settings["SUNAT_ENVIRONMENT"] == "beta")


def _miscounted_proxies(settings: Settings) -> bool:
    """Too few, and all members share one address and its limits; too many, and anybody chooses his own."""
    return bool(settings["BEHIND_PROXY"] != (settings["TRUSTED_PROXIES"] > 0))


RULES: tuple[tuple[Callable[[Settings], bool], str], ...] = (
    (lambda s: bool(s["DEBUG"]), "DEBUG is on: its error pages show settings and personal data to anybody."),
    (_guessable_key, f"SECRET_KEY can be guessed: make one of at least {SHORTEST_KEY} random characters."),
    (_open_to_sniffers, "PORTAL_URL is no https:// address: cookies and cards' tokens would travel in the clear."),
    (_answers_to_any_name, "ALLOWED_HOSTS must name the portal's hosts one by one, without * or a leading dot."),
    (
        lambda s: s["NIUBIZ_ENVIRONMENT"] not in GATEWAYS,
        f"NIUBIZ_ENVIRONMENT must be one of {', '.join(GATEWAYS)}: the simulator takes no money.",
    ),
    (_without_merchant, "NIUBIZ_USER, NIUBIZ_PASSWORD and NIUBIZ_MERCHANT_ID must not be empty."),
    (
        _real_money_for_samples,
        "Real cards would be charged for invalid receipts: set the college's own data, then SAMPLE_DATA=false.",
    ),
    (
        _issues_in_a_made_up_name,
        "Receipts would name a made-up issuer: set COLLEGE_RUC, COLLEGE_ADDRESS, COLLEGE_TELEPHONE to the college's.",
    ),
    (
        lambda s: s["SUNAT_ENVIRONMENT"] not in TAX_OFFICES,
        f"SUNAT_ENVIRONMENT must be one of {', '.join(TAX_OFFICES)}: the simulator files nothing.",
    ),
    (
        _signs_worthless,
        "SIGNING_CERTIFICATE and SIGNING_PASSWORD must open a PKCS#12 file with a valid certificate, not one made "
        "for trials; or set SUNAT_ENVIRONMENT=off.",
    ),
    (
        _files_as_a_stranger,
        "SUNAT_USER and SUNAT_PASSWORD must be the college's own SOL user, and SUNAT_OSE_URL an https:// address.",
    ),
    (
        _real_money_for_trial_documents,
        "Real cards would be charged for documents filed in SUNAT's trial service: set SUNAT_ENVIRONMENT=production.",
    ),
    (
        lambda s: s["DATABASES"]["default"].get("ENGINE") != "base.postgres.backend",
        "DATABASE_URL must be a PostgreSQL's: its locks and constraints keep the money right.",
    ),
    (lambda s: s["EMAIL_BACKEND"] != SMTP, "EMAIL_URL must be a mail server's (smtp…): receipts would go nowhere."),
    (
        _miscounted_proxies,
        "BEHIND_PROXY and TRUSTED_PROXIES go together: the number of your own proxies, or neither.",
    ),
)
