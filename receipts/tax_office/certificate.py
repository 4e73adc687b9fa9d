"""The certificate that signs documents: an RSA key with its X.509 certificate, from a PKCS#12 file.

Knows neither Django nor the settings: settings.py asks it whether the one it was given is fit for production.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID

#: Stands in the subject of a certificate made here; production refuses it (cmp_portal/unsafe_settings.py).
SELF_MADE = "CERTIFICADO DE PRUEBA SIN VALOR"
_LIFE = timedelta(days=3650)
_RUC = re.compile(r"\b\d{11}\b")


class NoCertificate(Exception):
    """The certificate of the settings cannot be used; the message says why, for the person who set it."""


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A private key with its certificate, from a PKCS#12 file."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @classmethod
    def from_pkcs12(cls, content: bytes, password: str) -> Self:
        """Raises NoCertificate for a wrong password or a file without an RSA key and its certificate."""
        try:
            key, certificate, _ = pkcs12.load_key_and_certificates(content, password.encode())
        except ValueError as error:
            raise NoCertificate(f"the PKCS#12 file cannot be opened with its password ({error})") from error
        if not isinstance(key, rsa.RSAPrivateKey) or certificate is None:
            raise NoCertificate("the PKCS#12 file holds no RSA key with its certificate")
        return cls(key=key, certificate=certificate)

    @property
    def is_self_made(self) -> bool:
        return SELF_MADE in self.certificate.subject.rfc4514_string()

    @property
    def ruc(self) -> str:
        """The RUC that the subject names, or "". SUNAT wants it in the organizational unit (2325)."""
        found = _RUC.search(self.certificate.subject.rfc4514_string())
        return found.group() if found else ""

    @property
    def expires(self) -> datetime:
        return self.certificate.not_valid_after_utc

    @property
    def has_expired(self) -> bool:
        return datetime.now(UTC) > self.expires


def make_pkcs12(ruc: str, password: str) -> bytes:
    """A new self-signed certificate, marked as such, for demo and tests: SUNAT's beta takes one, nobody else does."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "PE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, SELF_MADE),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, ruc),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{SELF_MADE} {ruc}"),
        ]
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(
        b"portal", key, certificate, None, BestAvailableEncryption(password.encode())
    )
