"""All settings of the portal, each read from the environment. docs/settings.md lists them with their meaning.

PORTAL_MODE says where the portal runs: `production` (the default, which refuses unsafe values) or `local`
(a developer's machine, the demo and the tests, where safe stand-ins are filled in).
"""

import sys
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from base.version import VERSION
from cmp_portal.environment import env
from cmp_portal.unsafe_settings import refuse

BASE_DIR = Path(__file__).resolve().parent.parent

PORTAL_MODE = env.choice("PORTAL_MODE", "production", ["production", "local"])
LOCAL = PORTAL_MODE == "local"

DEBUG = env.boolean("DEBUG", False)
SECRET_KEY = env.text(
    "SECRET_KEY",
    "only-for-this-machine" * 3 if LOCAL else None,
    secret=True,
    how="Haga una con: openssl rand -base64 48",
)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS", [], secret=True)
# The trail of payments is chained with it (payments/trail.py): whoever has the database alone cannot forge the chain.
TRAIL_KEY = env.text(
    "TRAIL_KEY",
    "only-for-this-machine" * 3 if LOCAL else None,
    secret=True,
    how="Haga una con: openssl rand -base64 48. Nunca la cambie: la bitácora dejaría de verificarse.",
)
# The address people type. Links in e-mails and the gateway's return address are made from it.
PORTAL_URL = env.address(
    "PORTAL_URL", "http://127.0.0.1:8000" if LOCAL else None, how="Es la que escriben los colegiados."
)
ALLOWED_HOSTS = env.words(
    "ALLOWED_HOSTS", ["127.0.0.1", "localhost"] if LOCAL else [urlsplit(PORTAL_URL).hostname or ""]
)
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]

# --- The college, as its pages and documents name it. Samples until replaced; SAMPLE_DATA puts a banner on each page.
SAMPLE_DATA = env.boolean("SAMPLE_DATA", True)
COLLEGE = {
    "name": env.text("COLLEGE_NAME", "Colegio Médico del Perú"),
    "shop_name": env.text("COLLEGE_SHOP_NAME", "CMP Digital"),
    "ruc": env.matching("COLLEGE_RUC", "20000000001", r"\d{11}", "un RUC de 11 cifras"),
    "address": env.text("COLLEGE_ADDRESS", "Av. de Muestra 123, Lima, Perú"),
    "telephone": env.text("COLLEGE_TELEPHONE", "(01) 000-0000"),
    "email": env.email("COLLEGE_EMAIL", "webmaster@cmp.org.pe"),
    "domain": env.text("COLLEGE_DOMAIN", urlsplit(PORTAL_URL).netloc, may_be_empty=True),
}
# What only its documents say of it.
ISSUER_PLACE = {
    # SUNAT's code of the establishment (0000 the main one) and where it is: INEI's ubigeo and its three names.
    "establishment": env.matching("COLLEGE_ESTABLISHMENT", "0000", r"\d{4}", "4 cifras"),
    "ubigeo": env.matching("COLLEGE_UBIGEO", "150122", r"\d{6}", "6 cifras"),
    "department": env.text("COLLEGE_DEPARTMENT", "LIMA"),
    "province": env.text("COLLEGE_PROVINCE", "LIMA"),
    "district": env.text("COLLEGE_DISTRICT", "MIRAFLORES"),
}
WEBMASTER_EMAIL = env.email("WEBMASTER_EMAIL", "webmaster@cmp.org.pe")
# Who is told of double payments, mismatches and suspected card testing.
TREASURY_EMAIL = env.email("TREASURY_EMAIL", "tesoreria@cmp.org.pe")
# Who reads each day what was written off and by whom, and keeps the daily line that proves the trail.
AUDITOR_EMAIL = env.email("AUDITOR_EMAIL", "", may_be_empty=True)
# A function `send(number, text)`, by its dotted name; empty: codes and notices go by e-mail only.
SMS_SENDER = env.text("SMS_SENDER", "", may_be_empty=True)
# Soles up to which one person alone may record a payment by hand or grant an act.
UNIDENTIFIED_DAYS = env.integer("UNIDENTIFIED_DAYS", 7, 1, 365)
SECOND_PERSON_ABOVE = Decimal(env.matching("SECOND_PERSON_ABOVE", "0", r"\d{1,6}(\.\d\d)?", "soles, como 0 o 150.00"))
# Who answers the Libro de Reclamaciones, and within how many working days (Ley 29571 as Ley 31435 changed it).
COMPLAINTS_EMAIL = env.email("COMPLAINTS_EMAIL", COLLEGE["email"])
COMPLAINT_WORKING_DAYS = env.integer("COMPLAINT_WORKING_DAYS", 15, 1, 60)
TERMS_VERSION = env.text("TERMS_VERSION", "2026-11")

# --- Charging (dues/charging/schedule.py): samples too
FIRST_DUE_MONTHS_AFTER_REGISTRATION = env.integer("FIRST_DUE_MONTHS_AFTER_REGISTRATION", 1, 0, 12)
DUE_DAY = env.integer("DUE_DAY", 31, 1, 31)
PAY_AHEAD_MONTHS = env.integer("PAY_AHEAD_MONTHS", 12, 0, 24)
FORGET_PERSONAL_DATA = env.boolean("FORGET_PERSONAL_DATA", True)

# --- Paying
ORDER_LIFE_MINUTES = env.integer("ORDER_LIFE_MINUTES", 30, 5, 1440)
CURRENCY = "PEN"
# Ways to pay beside the card: off until the college has them in its contract with the gateway.
YAPE = env.boolean("YAPE", False)
# A link by which another person pays a member's order, and how many hours it lives.
PAYMENT_LINKS = env.boolean("PAYMENT_LINKS", False)
PAYMENT_LINK_HOURS = env.integer("PAYMENT_LINK_HOURS", 72, 1, 168)
# A load of payments made elsewhere older than this warns before one pays.
DUES_STALE_AFTER_DAYS = env.integer("DUES_STALE_AFTER_DAYS", 35, 1, 366)

NIUBIZ_ENVIRONMENT = env.choice(
    "NIUBIZ_ENVIRONMENT", "simulator" if LOCAL else None, ["simulator", "sandbox", "testing", "production"]
)
NIUBIZ_SIMULATOR_URL = env.address("NIUBIZ_SIMULATOR_URL", "http://127.0.0.1:8001")
NIUBIZ_USER = env.text("NIUBIZ_USER", "" if LOCAL else None, may_be_empty=LOCAL)
NIUBIZ_PASSWORD = env.text("NIUBIZ_PASSWORD", "" if LOCAL else None, may_be_empty=LOCAL, secret=True)
NIUBIZ_MERCHANT_ID = env.text("NIUBIZ_MERCHANT_ID", "" if LOCAL else None, may_be_empty=LOCAL)
NIUBIZ_CONNECT_TIMEOUT = env.integer("NIUBIZ_CONNECT_TIMEOUT", 5, 1, 30)
NIUBIZ_READ_TIMEOUT = env.integer("NIUBIZ_READ_TIMEOUT", 45, 5, 65)
NIUBIZ_REFUND_RUC = env.matching("NIUBIZ_REFUND_RUC", COLLEGE["ruc"] or "20000000001", r"\d{11}", "un RUC de 11 cifras")
# The gateway's form closes after this; its script accepts 5 to 20 minutes.
NIUBIZ_FORM_MINUTES = env.integer("NIUBIZ_FORM_MINUTES", 15, 5, 20)

# Pago automático: charges a card on file, under the merchant code that Niubiz gives for tokenisation; its user is the
# same unless another one is named.
AUTOMATIC_PAYMENT = env.boolean("AUTOMATIC_PAYMENT", False)
AUTOMATIC_PAYMENT_PER_MINUTE = env.integer("AUTOMATIC_PAYMENT_PER_MINUTE", 350, 1, 6000)
# Hours of Lima between which cards on file are charged: banks' messages wake nobody.
AUTOMATIC_PAYMENT_FROM_HOUR = env.integer("AUTOMATIC_PAYMENT_FROM_HOUR", 9, 0, 23)
AUTOMATIC_PAYMENT_UNTIL_HOUR = env.integer("AUTOMATIC_PAYMENT_UNTIL_HOUR", 19, 1, 24)
NIUBIZ_TOKEN_MERCHANT_ID = env.matching("NIUBIZ_TOKEN_MERCHANT_ID", "", r"(\d{1,12})?", "de 1 a 12 cifras")
NIUBIZ_TOKEN_USER = env.text("NIUBIZ_TOKEN_USER", "", may_be_empty=True)
NIUBIZ_TOKEN_PASSWORD = env.text("NIUBIZ_TOKEN_PASSWORD", "", may_be_empty=True, secret=True)

# A chargeback's notice without a last day is answered within so many days; the treasury is told so many days before.
CHARGEBACK_ANSWER_DAYS = env.integer("CHARGEBACK_ANSWER_DAYS", 7, 1, 60)
CHARGEBACK_WARN_DAYS = env.integer("CHARGEBACK_WARN_DAYS", 2, 1, 30)

# --- Receipts
# How many days a constancia de habilidad may be shown; it ends before if the member is no longer hábil.
STANDING_CERTIFICATE_DAYS = env.integer("STANDING_CERTIFICATE_DAYS", 30, 1, 366)
# Where documents are filed: off, simulator, beta, production or ose (an operator's address in SUNAT_OSE_URL).
SUNAT_ENVIRONMENT = env.choice(
    "SUNAT_ENVIRONMENT", "simulator" if LOCAL else None, ["off", "simulator", "beta", "production", "ose"]
)
SUNAT_SIMULATOR_URL = env.address("SUNAT_SIMULATOR_URL", "http://127.0.0.1:8002")
SUNAT_OSE_URL = env.address("SUNAT_OSE_URL", "", may_be_empty=True)
# A secondary SOL user that may send documents; these are the ones of SUNAT's trial service.
SUNAT_USER = env.text("SUNAT_USER", "MODDATOS")
SUNAT_PASSWORD = env.text("SUNAT_PASSWORD", "MODDATOS", secret=True)
SUNAT_TIMEOUTS = (env.seconds("SUNAT_CONNECT_TIMEOUT", 10, 1, 60), env.seconds("SUNAT_READ_TIMEOUT", 60, 5, 300))
# Credentials that the college makes in SOL for SUNAT's integrated consultation, which answers for boletas too.
SUNAT_QUERY_ID = env.text("SUNAT_QUERY_ID", "", may_be_empty=True)
SUNAT_QUERY_SECRET = env.text("SUNAT_QUERY_SECRET", "", may_be_empty=True, secret=True)
# Hours after which a document that still waits for SUNAT is named under "Por resolver".
SUNAT_WAIT_HOURS = env.integer("SUNAT_WAIT_HOURS", 3, 1, 72)
# Calendar days after its issue in which a document may be filed, each limit with the day since when it holds.
_DAYS_SINCE = r"\d{4}-\d\d-\d\d:\d+(,\d{4}-\d\d-\d\d:\d+)*"
_AS_DAYS_SINCE = "días con la fecha desde la que rigen, como 2000-01-01:7,2023-01-01:3"
SUNAT_FILING_DAYS = {
    "factura": env.matching("FACTURA_FILING_DAYS", "2000-01-01:7,2023-01-01:3", _DAYS_SINCE, _AS_DAYS_SINCE),
    "boleta": env.matching("BOLETA_FILING_DAYS", "2000-01-01:5", _DAYS_SINCE, _AS_DAYS_SINCE),
}
# The treasury is told of documents without outcome so many days before their last one.
SUNAT_WARN_DAYS = env.integer("SUNAT_WARN_DAYS", 1, 0, 5)
# Calendar days after its issue in which a document may be voided.
SUNAT_VOIDING_DAYS = env.integer("SUNAT_VOIDING_DAYS", 7, 1, 30)
# The PKCS#12 file that signs them. A local machine without one makes its own, marked as worthless.
SIGNING_CERTIFICATE = env.text("SIGNING_CERTIFICATE", "", may_be_empty=True)
SIGNING_PASSWORD = env.text("SIGNING_PASSWORD", "", may_be_empty=True, secret=True)
BOLETA_SERIES = env.matching("BOLETA_SERIES", "B001", "B[A-Z0-9]{3}", "B y tres letras o cifras, como B001")
FACTURA_SERIES = env.matching("FACTURA_SERIES", "F001", "F[A-Z0-9]{3}", "F y tres letras o cifras, como F001")
BOLETA_NOTE_SERIES = env.matching("BOLETA_NOTE_SERIES", "BC01", "B[A-Z0-9]{3}", "B y tres letras o cifras, como BC01")
FACTURA_NOTE_SERIES = env.matching("FACTURA_NOTE_SERIES", "FC01", "F[A-Z0-9]{3}", "F y tres letras o cifras, como FC01")

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
    "complaints",
    "staff",
    # Only a developer's machine has the demo's commands.
    *(["demo"] if LOCAL else []),
]

MIDDLEWARE = [
    "cmp_portal.request_log.name_each_request",
    "cmp_portal.middleware.probes_need_no_name",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "cmp_portal.middleware.refuse_nul",
    "cmp_portal.shedding.turn_away_when_overloaded",
    "cmp_portal.middleware.refuse_long_text",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "members.login.sessions.keep_while_used",
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

_DATABASE = env.database(
    "DATABASE_URL",
    "postgresql:///portal" if LOCAL else None,
    how="En el mismo servidor, con la cuenta del sistema: postgresql:///cmp_portal",
)
if _DATABASE.get("ENGINE") == "django.db.backends.postgresql":
    _DATABASE["ENGINE"] = "base.postgres.backend"  # the same, which knows a warm connection
_POOLED = env.boolean("DATABASE_POOLED", False)
DATABASES = {
    "default": {
        **_DATABASE,
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": env.integer("DATABASE_CONN_MAX_AGE", 60, 0, 3600),
        # Through pgbouncer in transaction mode no cursor outlives its transaction, nor a plan (deploy/pgbouncer.ini).
        "DISABLE_SERVER_SIDE_CURSORS": _POOLED,
        "OPTIONS": {
            **_DATABASE.get("OPTIONS", {}),
            # pg_stat_activity shows which version of web and worker is connected; /salud/lista/ compares them.
            "application_name": f"cmp-portal {VERSION} {'worker' if 'worker' in sys.argv else 'web'}",
            "prepare_threshold": None if _POOLED else 2,
        },
    }
}

# The role of web and worker, to which `migrate`, run by the owner, grants what it may do. Empty: one role for both.
DATABASE_APPLICATION_ROLE = env.text("DATABASE_APPLICATION_ROLE", "", may_be_empty=True)

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
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
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
ACCOUNT_FORMS = {
    "login": "members.forms.LoginForm",
    "signup": "members.forms.SignupForm",
    "reset_password": "members.forms.ResetPasswordForm",
}
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
# OWASP's argon2id parameters (7 MiB, t=5, p=1): Django's own cost 100 MB and 0.2 s of CPU at each login.
PASSWORD_HASHERS = ["members.login.hashers.OwaspArgon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "members.login.passwords.NotTriedFirstValidator"},
    {"NAME": "members.login.passwords.StaffLengthValidator"},
]

# --- Mail
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
globals().update(
    env.mail_server(
        "EMAIL_URL", "smtp://127.0.0.1:1025" if LOCAL else None, how="La da quien administra el correo del colegio."
    )
)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.email("DEFAULT_FROM_EMAIL", "CMP Digital <no-responder@cmp.org.pe>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Envelope sender of receipts. Undeliverable mail returns here; pipe it into `manage.py record_bounce`.
BOUNCE_ADDRESS = env.email("BOUNCE_ADDRESS", "", may_be_empty=True)

# --- Security
HTTPS = PORTAL_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# Browsers take a cookie so named from this very host alone: another site of the same domain cannot plant a session, in
# which a member would pay somebody else's dues.
_OWN = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_OWN}sessionid", f"{_OWN}csrftoken"
DEVICE_COOKIE_NAME = f"{_OWN}device"  # members/login/devices.py
SESSION_ENGINE = "members.login.sessions"
# From the login on, however much a session is used; and without use, sooner for whoever acts for the college.
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_IDLE_SECONDS = env.integer("SESSION_IDLE_MINUTES", 120, 5, 480) * 60
STAFF_SESSION_IDLE_SECONDS = env.integer("STAFF_SESSION_IDLE_MINUTES", 30, 5, 480) * 60
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
# A probe asks each machine itself, behind the proxy that speaks TLS.
SECURE_REDIRECT_EXEMPT = [r"^salud/"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "cmp_portal.pages.csrf_failure"
BEHIND_PROXY = env.boolean("BEHIND_PROXY", False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# A request for the page of choosing that waited so long behind our proxy is answered 503; 0 never.
SHED_AFTER_SECONDS = env.seconds("SHED_AFTER_SECONDS", 3, 0, 60)
# How many proxies of our own stand in front; the client's address is read that many places from the right.
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0, 0, 5)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

PROCRASTINATE_ON_APP_READY = "cmp_portal.collector.spare_the_worker"

# One JSON object a line for a log collector, or lines for a person.
LOG_FORMAT = env.choice("LOG_FORMAT", "line" if LOCAL else "json", ["json", "line"])
# Whoever reads /salud/metricas/ shows it; without one nobody can.
METRICS_TOKEN = env.text("METRICS_TOKEN", "", may_be_empty=True, secret=True)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request)s] %(message)s"},
        "json": {"()": "cmp_portal.request_log.JsonLines"},
    },
    "filters": {"where": {"()": "cmp_portal.request_log.Where"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["where"]}},
    "root": {"handlers": ["console"], "level": env.choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"])},
    # It announces every task at each start of each command.
    # Django's warning of a page that is not there quotes its address, and with it mailed keys and signed returns.
    "loggers": {
        "procrastinate": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        # Seven lines for each sheet of paper.
        "weasyprint.progress": {"level": "WARNING"},
    },
}

refuse(env, globals())
