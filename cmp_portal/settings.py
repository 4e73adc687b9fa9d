"""All settings of the portal, each read from the environment. docs/settings.md lists them with their meaning.

PORTAL_MODE says where the portal runs: `production` (the default, which refuses unsafe values) or `local`
(a developer's machine, the demo and the tests, where safe stand-ins are filled in).
"""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from cmp_portal.unsafe_settings import refusals

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.FileAwareEnv()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")

PORTAL_MODE = env.str("PORTAL_MODE", default="production")
if PORTAL_MODE not in ("production", "local"):
    raise ImproperlyConfigured(f"PORTAL_MODE is {PORTAL_MODE!r}; it must be 'production' or 'local'.")
LOCAL = PORTAL_MODE == "local"

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="only-for-this-machine" * 3 if LOCAL else environ.Env.NOTSET)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# The address people type. Links in e-mails and the gateway's return address are made from it.
PORTAL_URL = env.str("PORTAL_URL", default="http://127.0.0.1:8000" if LOCAL else environ.Env.NOTSET).rstrip("/")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=["127.0.0.1", "localhost"] if LOCAL else [urlsplit(PORTAL_URL).hostname]
)
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]

# --- The college, as its pages and documents name it. Samples until replaced; SAMPLE_DATA puts a banner on each page.
SAMPLE_DATA = env.bool("SAMPLE_DATA", default=True)
COLLEGE = {
    "name": env.str("COLLEGE_NAME", default="Colegio Médico del Perú"),
    "shop_name": env.str("COLLEGE_SHOP_NAME", default="CMP Digital"),
    "ruc": env.str("COLLEGE_RUC", default="20000000001"),
    "address": env.str("COLLEGE_ADDRESS", default="Av. de Muestra 123, Lima, Perú"),
    "telephone": env.str("COLLEGE_TELEPHONE", default="(01) 000-0000"),
    "email": env.str("COLLEGE_EMAIL", default="webmaster@cmp.org.pe"),
    "domain": env.str("COLLEGE_DOMAIN", default=urlsplit(PORTAL_URL).netloc),
}
# What only its documents say of it.
ISSUER_PLACE = {
    # SUNAT's code of the establishment (0000 the main one) and where it is: INEI's ubigeo and its three names.
    "establishment": env.str("COLLEGE_ESTABLISHMENT", default="0000"),
    "ubigeo": env.str("COLLEGE_UBIGEO", default="150122"),
    "department": env.str("COLLEGE_DEPARTMENT", default="LIMA"),
    "province": env.str("COLLEGE_PROVINCE", default="LIMA"),
    "district": env.str("COLLEGE_DISTRICT", default="MIRAFLORES"),
}
WEBMASTER_EMAIL = env.str("WEBMASTER_EMAIL", default="webmaster@cmp.org.pe")
# Who is told of double payments, mismatches and suspected card testing.
TREASURY_EMAIL = env.str("TREASURY_EMAIL", default="tesoreria@cmp.org.pe")
TERMS_VERSION = env.str("TERMS_VERSION", default="2026-11")

# --- Charging (dues/charging/schedule.py): samples too
FIRST_DUE_MONTHS_AFTER_REGISTRATION = env.int("FIRST_DUE_MONTHS_AFTER_REGISTRATION", default=1)
DUE_DAY = env.int("DUE_DAY", default=31)
PAY_AHEAD_MONTHS = env.int("PAY_AHEAD_MONTHS", default=12)
FORGET_PERSONAL_DATA = env.bool("FORGET_PERSONAL_DATA", default=True)

# --- Paying
ORDER_LIFE_MINUTES = env.int("ORDER_LIFE_MINUTES", default=30)
CURRENCY = "PEN"
# A load of payments made elsewhere older than this warns before one pays.
DUES_STALE_AFTER_DAYS = env.int("DUES_STALE_AFTER_DAYS", default=35)

NIUBIZ_ENVIRONMENT = env.str("NIUBIZ_ENVIRONMENT", default="simulator" if LOCAL else environ.Env.NOTSET)
NIUBIZ_SIMULATOR_URL = env.str("NIUBIZ_SIMULATOR_URL", default="http://127.0.0.1:8001")
NIUBIZ_USER = env.str("NIUBIZ_USER", default="" if LOCAL else environ.Env.NOTSET)
NIUBIZ_PASSWORD = env.str("NIUBIZ_PASSWORD", default="" if LOCAL else environ.Env.NOTSET)
NIUBIZ_MERCHANT_ID = env.str("NIUBIZ_MERCHANT_ID", default="" if LOCAL else environ.Env.NOTSET)
NIUBIZ_CONNECT_TIMEOUT = env.int("NIUBIZ_CONNECT_TIMEOUT", default=5)
NIUBIZ_READ_TIMEOUT = env.int("NIUBIZ_READ_TIMEOUT", default=45)
NIUBIZ_REFUND_RUC = env.str("NIUBIZ_REFUND_RUC", default=COLLEGE["ruc"])
# The gateway's form closes after this; its script accepts 5 to 20 minutes.
NIUBIZ_FORM_MINUTES = env.int("NIUBIZ_FORM_MINUTES", default=15)

# --- Receipts
# Where documents are filed: off, simulator, beta, production or ose (an operator's address in SUNAT_OSE_URL).
SUNAT_ENVIRONMENT = env.str("SUNAT_ENVIRONMENT", default="simulator" if LOCAL else environ.Env.NOTSET)
SUNAT_SIMULATOR_URL = env.str("SUNAT_SIMULATOR_URL", default="http://127.0.0.1:8002")
SUNAT_OSE_URL = env.str("SUNAT_OSE_URL", default="")
# A secondary SOL user that may send documents; these are the ones of SUNAT's trial service.
SUNAT_USER = env.str("SUNAT_USER", default="MODDATOS")
SUNAT_PASSWORD = env.str("SUNAT_PASSWORD", default="MODDATOS")
SUNAT_TIMEOUTS = (env.float("SUNAT_CONNECT_TIMEOUT", default=10), env.float("SUNAT_READ_TIMEOUT", default=60))
# Calendar days after its issue in which a document may be filed, each limit with the day since when it holds.
SUNAT_FILING_DAYS = {
    "factura": env.str("FACTURA_FILING_DAYS", default="2000-01-01:7,2023-01-01:3"),
    "boleta": env.str("BOLETA_FILING_DAYS", default="2000-01-01:5"),
}
# The treasury is told of documents without outcome so many days before their last one.
SUNAT_WARN_DAYS = env.int("SUNAT_WARN_DAYS", default=1)
# Calendar days after its issue in which a document may be voided.
SUNAT_VOIDING_DAYS = env.int("SUNAT_VOIDING_DAYS", default=7)
# The PKCS#12 file that signs them. A local machine without one makes its own, marked as worthless.
SIGNING_CERTIFICATE = env.str("SIGNING_CERTIFICATE", default="")
SIGNING_PASSWORD = env.str("SIGNING_PASSWORD", default="")
BOLETA_SERIES = env.str("BOLETA_SERIES", default="B001")
FACTURA_SERIES = env.str("FACTURA_SERIES", default="F001")
BOLETA_NOTE_SERIES = env.str("BOLETA_NOTE_SERIES", default="BC01")
FACTURA_NOTE_SERIES = env.str("FACTURA_NOTE_SERIES", default="FC01")

# --- Django
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "pgtrigger",
    "procrastinate.contrib.django",
    "cmp_portal",
    "base",
    "members",
    "dues",
    "payments",
    "receipts",
    "staff",
    # Only a developer's machine has the demo's commands.
    *(["demo"] if LOCAL else []),
]

MIDDLEWARE = [
    "cmp_portal.request_log.name_each_request",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "cmp_portal.middleware.refuse_nul",
    "cmp_portal.shedding.turn_away_when_overloaded",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "members.login.second_factor.staff_prove_two_factors",
    "cmp_portal.middleware.refuse_field_without_name",
    "cmp_portal.middleware.no_store",
]

ROOT_URLCONF = "cmp_portal.urls"
WSGI_APPLICATION = "cmp_portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cmp_portal.pages.college",
            ],
            "builtins": ["base.templatetags.portal", "members.templatetags.people"],
        },
    },
]

FORM_RENDERER = "base.form_renderer.PortalRenderer"

_DATABASE = env.db_url("DATABASE_URL", default="postgresql:///portal" if LOCAL else environ.Env.NOTSET)
if _DATABASE.get("ENGINE") == "django.db.backends.postgresql":
    _DATABASE["ENGINE"] = "base.postgres.backend"  # the same, which knows a warm connection
_POOLED = env.bool("DATABASE_POOLED", default=False)
DATABASES = {
    "default": {
        **_DATABASE,
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", default=60),
        # Through pgbouncer in transaction mode no cursor outlives its transaction, nor a plan (deploy/pgbouncer.ini).
        "DISABLE_SERVER_SIDE_CURSORS": _POOLED,
        "OPTIONS": {**_DATABASE.get("OPTIONS", {}), "prepare_threshold": None if _POOLED else 2},
    }
}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
        # Counts what allauth and the page of authenticity limit (logins are counted in members/login/tries.py), and
        # keeps tickets for ten minutes. Beyond Django's 300 entries a crowd would push out the counts of an attack.
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},  # base/remembered.py
}

LANGUAGE_CODE = "es-pe"
LANGUAGES = [("es-pe", "Español (Perú)")]
FORMAT_MODULE_PATH = ["cmp_portal.formats"]
TIME_ZONE = "America/Lima"
USE_TZ = True
# CMP, order and receipt numbers are numbers too and take no comma; the filter `soles` writes money with its own.
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = LOCAL

# --- Accounts (django-allauth)
AUTH_USER_MODEL = "members.User"
AUTHENTICATION_BACKENDS = [
    "members.login.backends.EmailOrCmpBackend",
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# A letter whenever the password, the address or a second factor of an account changes.
ACCOUNT_EMAIL_NOTIFICATIONS = True
# An address added by somebody who found the browser open would be a way to set a new password.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[CMP Digital] "
ACCOUNT_ADAPTER = "members.login.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "members.forms.LoginForm", "signup": "members.forms.SignupForm"}
# Said here because so much hangs on it: a known and an unknown address are answered alike. allauth's "strict" would
# let a second account be made for an address that nobody confirmed; an_email_has_one_account forbids that.
ACCOUNT_PREVENT_ENUMERATION = True
# Five letters an hour to one address: allauth's five a minute would let a stranger flood somebody's mailbox.
# Logins are counted by members/login/tries.py, with allauth's limits.
ACCOUNT_RATE_LIMITS = {"reset_password": "20/m/ip,5/h/key", "login": None}
PASSWORD_RESET_TIMEOUT = 4 * 60 * 60
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
# A key that checks its owner (finger, face or PIN) is two factors in one: it opens an account without the password.
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {"login_webauthn": "members.forms.PasskeyLoginForm"}
MFA_ADAPTER = "members.login.second_factor.SecondFactorAdapter"
MFA_TOTP_ISSUER = "CMP Digital"
# Browsers offer keys on https only, and on http://localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = LOCAL
LOGIN_REDIRECT_URL = "home"
LOGIN_URL = "account_login"
# OWASP's argon2id parameters (19 MiB, t=2, p=1): Django's own cost 100 MB and 0.2 s of CPU at each login.
PASSWORD_HASHERS = ["members.login.hashers.OwaspArgon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# --- Mail
globals().update(env.email_url("EMAIL_URL", default="smtp://127.0.0.1:1025" if LOCAL else environ.Env.NOTSET))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="CMP Digital <no-responder@cmp.org.pe>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Whither receipts that a mail server cannot deliver are returned; what arrives goes into `manage.py record_bounce`.
BOUNCE_ADDRESS = env.str("BOUNCE_ADDRESS", default="")

# --- Security
HTTPS = PORTAL_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# Browsers take a cookie so named from this very host alone: another site of the same domain cannot plant a session, in
# which a member would pay somebody else's dues.
_OWN = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_OWN}sessionid", f"{_OWN}csrftoken"
SESSION_ENGINE = "members.login.sessions"
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
# A probe asks each machine itself, behind the proxy that speaks TLS.
SECURE_REDIRECT_EXEMPT = [r"^salud/"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "cmp_portal.pages.csrf_failure"
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# A request for the page of choosing that waited so long behind our proxy is answered 503; 0 never.
SHED_AFTER_SECONDS = env.float("SHED_AFTER_SECONDS", default=3.0)
# How many proxies of our own stand in front; the client's address is read that many places from the right.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# One JSON object a line for a log collector, or lines for a person.
LOG_FORMAT = env.str("LOG_FORMAT", default="line" if LOCAL else "json")
if LOG_FORMAT not in ("json", "line"):
    raise ImproperlyConfigured(f"LOG_FORMAT is {LOG_FORMAT!r}; it must be 'json' or 'line'.")
# Whoever reads /salud/metricas/ shows it; without one nobody can.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request)s] %(message)s"},
        "json": {"()": "cmp_portal.request_log.JsonLines"},
    },
    "filters": {"where": {"()": "cmp_portal.request_log.Where"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["where"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # It announces every task at each start of each command.
    # Django's warning of a page that is not there quotes its address, and with it mailed keys and signed returns.
    "loggers": {
        "procrastinate": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        # Seven lines for each sheet of paper.
        "weasyprint.progress": {"level": "WARNING"},
    },
}

if not LOCAL and (refused := refusals(globals())):
    raise ImproperlyConfigured("The portal refuses to start in production.\n- " + "\n- ".join(refused))
