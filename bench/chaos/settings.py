"""The portal's settings under attack: the same portal, with waits that suit a run of minutes."""

from cmp_portal.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "bench.chaos"]  # noqa: F405
# Abandoned orders must lapse while we watch.
ORDER_LIFE_MINUTES = 1
NIUBIZ_CONNECT_TIMEOUT = 1
NIUBIZ_READ_TIMEOUT = 2
# Each member comes from an address of their own, told as a proxy tells it; else the limits of one address would act.
TRUSTED_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = 1
# A killed worker is missed after seconds instead of a minute (bench/chaos/apps.py shortens the other half of it).
PROCRASTINATE_WORKER_DEFAULTS = {
    "update_heartbeat_interval": 1.0,
    "stalled_worker_timeout": 5.0,
    "fetch_job_polling_interval": 1.0,
}
# Not connecting must not hang while PostgreSQL is dead.
DATABASES["default"].setdefault("OPTIONS", {})["connect_timeout"] = 5  # noqa: F405
