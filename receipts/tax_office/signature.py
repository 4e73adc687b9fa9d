"""The signature of a document: XMLDSig, enveloped, RSA with SHA-256, by the certificate registered at SUNAT.

The bytes that `sign` returns are the document: they are stored, sent and handed out as they are. Writing them anew
in any other way breaks the signature (2335).
"""

from functools import cache, lru_cache
from pathlib import Path

from cryptography import x509
from django.conf import settings
from lxml import etree
from lxml.etree import _Element
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.exceptions import InvalidInput, SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from base.safe_xml import UnsafeXml, parse
from receipts.tax_office.certificate import Certificate, NoCertificate, make_pkcs12
from receipts.tax_office.ubl.elements import NAMESPACES, SIGNATURE_ID


class BadSignature(Exception):
    """The document was changed after it was signed, or was not signed by the expected certificate."""


def certificate_from_settings() -> Certificate:
    """The certificate of SIGNING_CERTIFICATE; on a developer's machine without one, a self-made one of this process.

    A renewed file is taken up at once. Raises NoCertificate when the file is missing or unusable, UnfitCertificate when
    it may not sign today for the college.
    """
    certificate = loaded_certificate()
    certificate.refuse_unfit(settings.COLLEGE["ruc"])
    return certificate


def loaded_certificate() -> Certificate:
    """As certificate_from_settings, whether it may sign or not."""
    path = settings.SIGNING_CERTIFICATE
    if not path and settings.LOCAL:
        return _self_made(settings.COLLEGE["ruc"])
    try:
        file = Path(path).stat()
        return _read_certificate(path, settings.SIGNING_PASSWORD, (file.st_mtime_ns, file.st_size, file.st_ino))
    except OSError as error:
        raise NoCertificate(f"SIGNING_CERTIFICATE {path!r} cannot be read ({error.strerror})") from error


@cache
def _self_made(ruc: str) -> Certificate:
    return Certificate.from_pkcs12(make_pkcs12(ruc, "local"), "local")


# The file as it was when it was read; a renewal is another one.
@lru_cache(maxsize=4)
def _read_certificate(path: str, password: str, version: tuple[int, int, int]) -> Certificate:  # noqa: ARG001
    return Certificate.from_pkcs12(Path(path).read_bytes(), password)


def sign(root: _Element, certificate: Certificate) -> bytes:
    """The signed document as bytes. `root` must have the placeholder of receipts/tax_office/ubl/elements.py."""
    signer = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.CANONICAL_XML_1_0,
    )
    signed = signer.sign(root, key=certificate.key, cert=[certificate.certificate], exclude_c14n_transform_element=True)
    # signxml takes the placeholder's name away. It stands outside of what is signed.
    for signature in signed.iterfind(".//ds:Signature", NAMESPACES):
        signature.set("Id", SIGNATURE_ID)
    body = etree.tostring(signed, encoding="UTF-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body


def digest_of(signed: bytes) -> str:
    """The *valor resumen* of a signed document: its DigestValue in base64, as QR and paper show it."""
    found = parse(signed).findtext(".//ds:DigestValue", namespaces=NAMESPACES)
    if not found:
        raise BadSignature("the document is not signed")
    return found


def verify(
    signed: bytes, expected: x509.Certificate | None = None, *, old_algorithms: bool = False
) -> x509.Certificate:
    """The certificate that signed these very bytes; raises BadSignature when they were changed or signed by another.

    Without `expected` any certificate will do: whether to trust it is the caller's question. `old_algorithms` takes
    SHA-1 too, with which SUNAT may still sign.
    """
    try:
        root = parse(signed)
        certificate = expected or _embedded(root)
        XMLVerifier().verify(root, x509_cert=certificate, expect_config=_OLD if old_algorithms else _NEW)
    except (SignXMLException, UnsafeXml, ValueError) as error:
        raise BadSignature(f"{type(error).__name__}: {error}"[:300]) from error
    return certificate


_NEW = SignatureConfiguration(
    signature_methods=frozenset({SignatureMethod.RSA_SHA256}), digest_algorithms=frozenset({DigestAlgorithm.SHA256})
)
_OLD = SignatureConfiguration(
    signature_methods=frozenset({SignatureMethod.RSA_SHA256, SignatureMethod.RSA_SHA1}),
    digest_algorithms=frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA1}),
)


def _embedded(root: _Element) -> x509.Certificate:
    text = root.findtext(".//ds:X509Certificate", namespaces=NAMESPACES)
    if not text:
        raise InvalidInput("no certificate in the signature")
    lines = "".join(text.split())
    return x509.load_pem_x509_certificate(f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n".encode())
