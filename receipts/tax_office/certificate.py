"""The certificate that signs documents: an RSA key with its X.509 certificate, from a PKCS#12 file.

Knows neither Django nor the settings: settings.py asks it whether the one it was given is fit for production.
"""

import re
from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID
from lxml.etree import _Element

#: Stands in the subject of a certificate made here; production refuses it (cmp_portal/unsafe_settings.py).
SELF_MADE = "CERTIFICADO DE PRUEBA SIN VALOR"
_LIFE = timedelta(days=3650)
_RUC = re.compile(r"\b\d{11}\b")


class NoCertificate(Exception):
    """The certificate of the settings cannot be used; the message says why, for the person who set it."""


class UnfitCertificate(NoCertificate):
    """The certificate opens and may not sign: SUNAT would refuse what it signed. `sentence` tells the treasury why."""

    def __init__(self, message: str, sentence: str) -> None:
        super().__init__(message)
        self.sentence = sentence


@dataclass(frozen=True, kw_only=True)
class Signer:
    """A certificate without its key: who signed, and until when it may."""

    certificate: x509.Certificate

    @property
    def is_self_made(self) -> bool:
        return SELF_MADE in self.certificate.subject.rfc4514_string()

    @property
    def ruc(self) -> str:
        """The RUC that the subject names, or "". SUNAT wants it in the organizational unit (2325)."""
        found = _RUC.search(self.certificate.subject.rfc4514_string())
        return found.group() if found else ""

    def names(self, ruc: str) -> bool:
        """Whether the subject names this RUC, perhaps beside its owner's own."""
        return ruc in _RUC.findall(self.certificate.subject.rfc4514_string())

    @property
    def begins(self) -> datetime:
        return self.certificate.not_valid_before_utc

    @property
    def expires(self) -> datetime:
        return self.certificate.not_valid_after_utc

    @property
    def has_expired(self) -> bool:
        return datetime.now(UTC) > self.expires

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in hexadecimal: by it one file is told from its renewal."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def refuse_unfit(self, ruc: str) -> None:
        """Raises UnfitCertificate unless it may sign today for the issuer `ruc` (SUNAT's rules 2325 and 2327)."""
        begins, ends = (f"{day:%d/%m/%Y}" for day in (self.begins, self.expires))
        if self.has_expired:
            raise UnfitCertificate(f"the certificate expired on {ends}", f"El certificado venció el {ends}.")
        if datetime.now(UTC) < self.begins:
            raise UnfitCertificate(f"the certificate begins on {begins}", f"El certificado vale desde el {begins}.")
        if not self.names(ruc):
            named = f"es del RUC {self.ruc}" if self.ruc else "no nombra ningún RUC"
            raise UnfitCertificate(f"the certificate does not name RUC {ruc}", f"El certificado {named}, no del {ruc}.")


def signer_of(root: _Element) -> Signer:
    """Whose certificate a signed document carries. Raises NoCertificate when it carries none that can be read."""
    text = root.findtext(".//{http://www.w3.org/2000/09/xmldsig#}X509Certificate")
    try:
        return Signer(certificate=x509.load_der_x509_certificate(b64decode(text or "")))
    except ValueError as error:
        raise NoCertificate(f"no certificate in the signature ({error})") from error


@dataclass(frozen=True, kw_only=True)
class Certificate(Signer):
    """A private key with its certificate, from a PKCS#12 file."""

    key: rsa.RSAPrivateKey

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


def make_pkcs12(
    ruc: str, password: str, *, begins: datetime | None = None, ends: datetime | None = None, name: str = SELF_MADE
) -> bytes:
    """A new self-signed certificate, marked as such, for demo and tests: SUNAT's beta takes one, nobody else does.

    It is good from yesterday on for ten years, unless told otherwise.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "PE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, ruc),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{name} {ruc}"),
        ]
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins or now - timedelta(days=7))
        .not_valid_after(ends or now + _LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(
        b"portal", key, certificate, None, BestAvailableEncryption(password.encode())
    )
