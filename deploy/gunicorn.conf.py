"""The web server. Threads wait for the gateway; processes use the cores."""

import os

# A container's own address; systemd sets 127.0.0.1.
bind = os.environ.get("BIND", "0.0.0.0:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "4"))
threads = 4
# Longer than NIUBIZ_CONNECT_TIMEOUT + NIUBIZ_READ_TIMEOUT (50 s), both ways: a request that waits for the gateway is
# neither killed as hung nor cut off when a new version is laid out.
timeout = 90
graceful_timeout = 70
keepalive = 5
# The proxy in front says who asks and that it was https; only it can reach this port.
forwarded_allow_ips = "*"
