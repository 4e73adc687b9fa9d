"""Constancies of reception as SUNAT writes them: signed, zipped, with an empty folder beside."""

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from receipts.tax_office.certificate import Certificate, make_pkcs12
from receipts.tax_office.signature import sign
from receipts.tax_office.ubl.elements import OASIS, add, put, root_element
from simulators.sunat.rules import MESSAGES

SUNAT_RUC = "20131312955"

#: Older than whatever it answers about, also in a story that is told of last year.
AGE = timedelta(days=365)


@cache
def certificate() -> Certificate:
    """The stand-in's own, new in each process."""
    pkcs12 = make_pkcs12(SUNAT_RUC, "sunat", begins=datetime.now(UTC) - AGE)
    return Certificate.from_pkcs12(pkcs12, "sunat")


def constancy(
    *, ruc: str, document: str, code: str, notes: Sequence[str], now: datetime, message: str = "", ose: bool = False
) -> bytes:
    """The zip for the issuer `ruc` about `document` (B001-1); notes are codes of observations.

    `ose` writes it as an operator does: the code is always 0, no ReferenceID, observations as statuses.
    """
    root = root_element("ApplicationResponse", f"{OASIS}:ApplicationResponse-2")
    put(root, "cbc:UBLVersionID", "2.0")
    put(root, "cbc:CustomizationID", "1.0")
    put(root, "cbc:ID", f"{now:%Y%m%d%H%M%S%f}")
    put(root, "cbc:IssueDate", f"{now:%Y-%m-%d}")
    put(root, "cbc:IssueTime", f"{now:%H:%M:%S}")
    put(root, "cbc:ResponseDate", f"{now:%Y-%m-%d}")
    put(root, "cbc:ResponseTime", f"{now:%H:%M:%S}")
    for note in () if ose else notes:
        put(root, "cbc:Note", f"{note} - {words_of(note)}")
    put(add(root, "cac:SenderParty", "cac:PartyIdentification"), "cbc:ID", SUNAT_RUC)
    put(add(root, "cac:ReceiverParty", "cac:PartyIdentification"), "cbc:ID", ruc)
    answer = add(root, "cac:DocumentResponse")
    response = add(answer, "cac:Response")
    if not ose:
        put(response, "cbc:ReferenceID", document)
    put(response, "cbc:ResponseCode", code)
    accepted = f"El comprobante {document}, ha sido aceptado"
    put(response, "cbc:Description", accepted if code == "0" else message or words_of(code))
    for note in notes if ose else ():
        status = add(response, "cac:Status")
        put(status, "cbc:StatusReasonCode", note)
        put(status, "cbc:StatusReason", words_of(note))
    put(add(answer, "cac:DocumentReference"), "cbc:ID", document)
    return _packed(f"R-{ruc}-{document}", sign(root, certificate()))


def words_of(code: str) -> str:
    """SUNAT's words for a code, or that the stand-in does not know them."""
    return MESSAGES.get(code, f"Código {code}: este SUNAT de prueba no conoce su texto")


def _packed(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("dummy/", b"")
        archive.writestr(f"{name}.xml", content)
    return packed.getvalue()
