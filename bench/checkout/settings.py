"""The portal's settings for a measurement: those of production, but for TLS, which the machine's proxy would do."""

import os

from cmp_portal.settings import *  # noqa: F403

# Each member comes from an address of their own, told as a proxy tells it; else the limits of one address would act.
TRUSTED_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = 1
# Static files as production serves them: named by content and compressed beforehand.
STORAGES["staticfiles"] = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}  # noqa: F405
WHITENOISE_USE_FINDERS = False
# The bare flow answers at the same place with the same middleware (bench/checkout/bare.py).
ROOT_URLCONF = os.environ.get("BENCH_URLCONF", "cmp_portal.urls")
