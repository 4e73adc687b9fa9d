"""Exits with 0 if this container's web server can serve. The request needs the portal's own host name."""

import os
import sys
import urllib.request
from urllib.parse import urlsplit

name = urlsplit(os.environ["PORTAL_URL"]).hostname or ""
request = urllib.request.Request("http://127.0.0.1:8000/salud/lista/", headers={"Host": name})
try:
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - the address above
        sys.exit(0 if answer.status == 200 else 1)
except OSError as trouble:
    sys.exit(f"not ready: {trouble}")
