"""What is kept encrypted, so that a stolen database alone tells nothing.

Secrets of second factors, the gateway's tokens of cards on file, queued letters.
"""

from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def cipher(purpose: str) -> MultiFernet:
    """Returns a cipher with one key per purpose, made of SECRET_KEY; it opens what SECRET_KEY_FALLBACKS sealed too."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(urlsafe_b64encode(sha256(f"{purpose} {key}".encode()).digest())) for key in keys])
