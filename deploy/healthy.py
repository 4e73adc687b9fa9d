"""Exits with 0 if this container's web server can serve."""

import sys
import urllib.request

try:
    with urllib.request.urlopen("http://127.0.0.1:8000/salud/lista/", timeout=5) as answer:
        sys.exit(0 if answer.status == 200 else 1)
except OSError as trouble:
    sys.exit(f"not ready: {trouble}")
