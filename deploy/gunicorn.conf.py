"""The web server. Threads wait for the gateway; processes use the cores."""

import os
import sys
from typing import Any

from django.core.exceptions import ImproperlyConfigured

try:
    # Read here, so that refused settings are told in plain lines, before any process is started.
    from cmp_portal import collector, refusals, settings  # noqa: F401 - settings refuses
except ImproperlyConfigured as refusal:
    sys.exit(str(refusal))

# A container's own address; systemd sets 127.0.0.1.
bind = os.environ.get("BIND", "0.0.0.0:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "4"))
threads = 4
# Loaded once: the processes share the memory that nobody writes. A new version is a new server (script/upgrade).
preload_app = True
# Both are longer than NIUBIZ_CONNECT_TIMEOUT + NIUBIZ_READ_TIMEOUT. So a request that waits for the gateway is not
# killed as hung, nor cut off during an upgrade. cmp_portal/unsafe_settings.py refuses a sum that reaches
# graceful_timeout.
timeout = 90
graceful_timeout = refusals.WEB_GRACE
keepalive = 5
# The proxy sends the client's address and scheme. Only the proxy can reach this port.
forwarded_allow_ips = "*"
# It never says under which path the portal stands: whoever could would choose where links in mails lead.
forwarder_headers = ""
control_socket_disable = True


def when_ready(_server: Any) -> None:
    """Before the processes are forked."""
    collector.spare()
