"""The portal's settings as the tests see them: quick passwords, an embedded PostgreSQL unless DATABASE_URL names one.

A module of its own, because pytest-django reads the settings before any conftest.py.
"""

import os

from tests.own_server import database_url

os.environ["PORTAL_MODE"] = "local"
os.environ.setdefault("LOG_LEVEL", "WARNING")
# The controller of a parallel run starts the server; its workers find the address in their environment.
if "DATABASE_URL" not in os.environ:
    os.environ["DATABASE_URL"] = database_url()

from cmp_portal.settings import *  # noqa: F403

DEBUG = False
# Nothing leaves for a stand-in that happens to listen on this machine; tests of filing start their own.
SUNAT_ENVIRONMENT = "off"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Persistent connections would outlive the threads of the live server and hold the test database open.
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405
# What a test decides shows at once; the fixture `remembering` is as in life.
CACHES["process"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}  # noqa: F405
# Static files are looked up when asked for: nobody has collected them into STATIC_ROOT here.
WHITENOISE_AUTOREFRESH = True
DATABASES["default"]["ENGINE"] = "tests.quick_flush"  # noqa: F405
