"""The demo's application of codes: what the telephones of its staff would show (RFC 6238)."""

import time
from base64 import b32decode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

PERIOD_SECONDS = 30


def current_code(secret: str) -> str:
    """The six digits of now for a secret in base 32."""
    # SHA-1 because the applications on people's telephones know no other.
    shown = TOTP(b32decode(secret), 6, SHA1(), PERIOD_SECONDS, enforce_key_length=False)  # noqa: S303
    return shown.generate(int(time.time())).decode()


def seconds_left() -> int:
    """How long the code of now is still taken."""
    return PERIOD_SECONDS - int(time.time()) % PERIOD_SECONDS
