"""Whether a document that somebody holds was issued here: by the code printed on it, or by what its QR says.

Whoever asks learns what stands on the paper anyway, and whether SUNAT took it. The paper's person is told in part (CMP
number, initials, end of the document), so that a genuine code on a copy with another name does not pass.

A QR holds what can be guessed: numbers follow each other, and documents are public. So nothing tells which part of it
differs, or whether the number exists, and a QR without the digest of the signed document proves nothing.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from allauth.core.internal.ratelimit import truncate_ip
from django.db.models import QuerySet, Sum
from django.utils import timezone

from base import counted
from members.models import DocumentType, masked
from receipts import attestations, standing_certificates
from receipts.issuing.contents import Contents
from receipts.models import Attestation, Filing, Receipt, StandingCertificate
from receipts.printing.pdf import qr_content

CODE = re.compile(r"[A-Za-z0-9_-]{22}")
QR_PARTS = 10
# Where in the QR stands what a forger would change: sales tax, total, date, type and number of the buyer's document.
PRINTED = (4, 5, 6, 7, 8)
DIGEST = 9
# Of one network, within so many seconds. Codes cannot be guessed; this keeps the database from those who try.
TRIES, SPAN_SECONDS = 30, 600


class PaperRule(Exception):
    """What a QR's text says proves no document. `sentence` is all that may be told."""

    sentence = "No coincide con ningún comprobante emitido aquí."
    advice = "No acepte este papel sin comprobarlo con su código impreso."


class Mismatch(PaperRule):
    """The number does not exist, or something on the paper differs from what was issued under it."""


class CodeNeeded(PaperRule):
    """The paper was printed before its document was signed: its QR has no digest, and the rest can be guessed."""

    sentence = "Con el texto de ese código QR no se puede comprobar."
    advice = "El papel se imprimió antes de firmarse el comprobante: escriba el código de 22 caracteres impreso al pie."


@dataclass(frozen=True)
class Found:
    """What may be told of a document. `taken_back` is what credit notes took back of it, in soles; of its person the
    CMP number, the initials of the physician, and the buyer's initials with the end of the document."""

    title: str
    issue_date: date
    total: Decimal | None
    state: str
    taken_back: Decimal
    cmp_number: int | str
    physician: str
    buyer: str
    # Of a constancia de habilidad that holds no longer.
    ended: bool = False


def may_ask(address: str) -> bool:
    """Counts one question of this network (of IPv6 the /64); False when it asks too often."""
    return counted.may_ask("authenticity", truncate_ip(address), most=TRIES, span_seconds=SPAN_SECONDS)


def look_up(typed: str) -> Found | None:
    """The document of a printed code, of the address that ends with one, or of a QR's text; None when there is none.

    Raises Mismatch and CodeNeeded for a QR's text.
    """
    typed = typed.strip()
    if "\x00" in typed:  # on no paper, and PostgreSQL takes none
        return None
    if typed.count("|") >= QR_PARTS - 2:
        return _by_qr(typed)
    code = typed.rstrip("/").rpartition("/")[2]
    if not CODE.fullmatch(code):
        return None
    receipt = _receipts().filter(code=code).first()
    return _told(receipt) if receipt else _attested(code) or _certified(code)


def _by_qr(text: str) -> Found:
    """The series and number of the QR find the document, and all that it says must be what was issued."""
    parts = [part.strip() for part in text.split("|")]
    if len(parts) < QR_PARTS or not parts[DIGEST]:
        raise CodeNeeded
    receipt = _receipts().filter(document=parts[1], name=f"{parts[2]}-{parts[3].lstrip('0')}").first()
    if receipt is None or not _agrees(receipt, parts):
        raise Mismatch
    return _told(receipt)


def _agrees(receipt: Receipt, parts: list[str]) -> bool:
    issued = qr_content(receipt, Contents.from_json(receipt.statement), _digest(receipt)).split("|")
    places = (0, *PRINTED)
    return all(_same(parts[place], issued[place]) for place in places) and parts[DIGEST] == issued[DIGEST]


def _same(printed: str, issued: str) -> bool:
    if printed == issued:
        return True
    try:
        return Decimal(printed) == Decimal(issued)
    except InvalidOperation:
        return False


def _told(receipt: Receipt) -> Found:
    filed = _filing(receipt)
    statement = Contents.from_json(receipt.statement)
    buyer = statement.buyer
    return Found(
        title=receipt.title,
        issue_date=receipt.issue_date,
        total=receipt.total,
        state=filed.get_state_display() if filed else "Pendiente de envío a SUNAT",
        taken_back=receipt.notes.filter(replacement=None).aggregate(sum=Sum("total"))["sum"] or Decimal("0.00"),
        cmp_number=statement.physician.cmp,
        physician=initials(statement.physician.name),
        buyer=f"{initials(buyer.name)}, {DocumentType(buyer.document_type).label} {masked(buyer.document_number)}",
    )


def initials(name: str) -> str:
    """`Rosa Núñez Peña` as `R. N. P.`."""
    return " ".join(f"{word[0].upper()}." for word in name.split())


def _attested(code: str) -> Found | None:
    attestation = Attestation.objects.filter(code=code).select_related("member").defer("pdf").first()
    if attestation is None:
        return None
    return Found(
        title=str(attestation),
        issue_date=timezone.localdate(attestation.issued_at),
        total=attestation.total,
        state="Todos sus pagos siguen vigentes"
        if attestations.still_counts(attestation)
        else "Alguno de sus pagos se revirtió después",
        taken_back=Decimal("0.00"),
        cmp_number=attestation.member.cmp_number,
        physician=initials(attestation.member.full_name),
        buyer="",
    )


def _certified(code: str) -> Found | None:
    certificates = StandingCertificate.objects.select_related("member").defer("pdf")
    certificate = certificates.filter(code=code).first()
    if certificate is None:
        return None
    validity = standing_certificates.validity(certificate)
    return Found(
        title=str(certificate),
        issue_date=timezone.localdate(certificate.issued_at),
        total=None,
        state=validity.label,
        taken_back=Decimal("0.00"),
        cmp_number=certificate.member.cmp_number,
        physician=initials(certificate.member.full_name),
        buyer="",
        ended=validity != standing_certificates.Validity.HOLDS,
    )


def _receipts() -> QuerySet[Receipt]:
    return Receipt.objects.select_related("filing").defer("filing__xml", "filing__cdr")


def _filing(receipt: Receipt) -> Filing | None:
    return getattr(receipt, "filing", None)


def _digest(receipt: Receipt) -> str:
    filed = _filing(receipt)
    return filed.digest if filed else ""
