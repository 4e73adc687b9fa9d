"""The demo's application of codes: what the telephones of its staff would show (RFC 6238)."""

import time
from base64 import b32decode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

PERIOD_SECONDS = 30


def current_code(secret: str) -> str:
    """Return the current six digits for a secret in base 32."""
    # Authenticator applications support only SHA-1.
    code = TOTP(b32decode(secret), 6, SHA1(), PERIOD_SECONDS, enforce_key_length=False)  # noqa: S303
    return code.generate(int(time.time())).decode()


def seconds_left() -> int:
    """Return the seconds for which the current code is still valid."""
    return PERIOD_SECONDS - int(time.time()) % PERIOD_SECONDS
