"""The web server. Threads wait for the gateway; processes use the cores."""

import os

# A container's own address; systemd sets 127.0.0.1.
bind = os.environ.get("BIND", "0.0.0.0:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "4"))
threads = 4
# Both are longer than NIUBIZ_CONNECT_TIMEOUT + NIUBIZ_READ_TIMEOUT (50 s). So a request that waits for the gateway is
# not killed as hung, nor cut off when a new version is deployed.
timeout = 90
graceful_timeout = 70
keepalive = 5
# The proxy sends the client's address and scheme. Only the proxy can reach this port.
forwarded_allow_ips = "*"
