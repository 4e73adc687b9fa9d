"""Whether a document that somebody holds was issued here: by the code printed on it, or by what its QR says.

Whoever asks learns what stands on the paper anyway, and whether SUNAT took it; never who paid or for whom.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from django.db.models import QuerySet, Sum
from django.utils import timezone

from base import counted
from receipts import attestations, standing_certificates
from receipts.issuing.contents import Contents
from receipts.models import Attestation, Filing, Receipt, StandingCertificate
from receipts.printing.pdf import qr_content

CODE = re.compile(r"[A-Za-z0-9_-]{22}")
QR_PARTS = 10
# Where in the QR stands what a forger would change.
PRINTED = {
    4: "el IGV",
    5: "el importe total",
    6: "la fecha",
    7: "el documento del comprador",
    8: "el documento del comprador",
}
# Of one address, within so many seconds. Codes cannot be guessed; this keeps the database from those who try.
TRIES, SPAN_SECONDS = 30, 600


@dataclass(frozen=True)
class Found:
    """What may be told of a document. `altered` names what on the paper differs from what was issued, and then the page
    tells nothing else: numbers follow each other, and whoever makes them up has no paper. `taken_back` is what credit
    notes took back of it, in soles."""

    title: str
    issue_date: date
    total: Decimal | None
    state: str
    valid: bool
    taken_back: Decimal
    altered: tuple[str, ...] = ()
    # Of a constancia de habilidad: whose it is, as the public register says too, and whether it holds today.
    holder: str = ""
    ended: bool = False


def may_ask(address: str) -> bool:
    """Counts one question of this address; False when it asks too often."""
    return counted.may_ask("authenticity", address, most=TRIES, span_seconds=SPAN_SECONDS)


def look_up(typed: str) -> Found | None:
    """The document of a printed code, of the address that ends with one, or of a QR's text; None when there is none."""
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


def _by_qr(text: str) -> Found | None:
    """The series and number of the QR find the document; whatever else differs was altered."""
    parts = [part.strip() for part in text.split("|")]
    receipt = _receipts().filter(document=parts[1], name=f"{parts[2]}-{parts[3].lstrip('0')}").first()
    if receipt is None or receipt.statement["issuer"]["ruc"] != parts[0]:
        return None
    return _told(receipt, altered=_differences(receipt, parts))


def _differences(receipt: Receipt, parts: list[str]) -> tuple[str, ...]:
    issued = qr_content(receipt, Contents.from_json(receipt.statement), _digest(receipt)).split("|")
    wrong = [name for place, name in PRINTED.items() if not _same(parts[place], issued[place])]
    # The printed copy of a document that was signed later has no digest yet.
    if len(parts) >= QR_PARTS and parts[9] and parts[9] != issued[9]:
        wrong.append("el valor resumen")
    return tuple(dict.fromkeys(wrong))


def _same(printed: str, issued: str) -> bool:
    if printed == issued:
        return True
    try:
        return Decimal(printed) == Decimal(issued)
    except InvalidOperation:
        return False


def _told(receipt: Receipt, altered: tuple[str, ...] = ()) -> Found:
    filed = _filing(receipt)
    return Found(
        title=receipt.title,
        issue_date=receipt.issue_date,
        total=receipt.total,
        state=filed.get_state_display() if filed else "Pendiente de envío a SUNAT",
        valid=not altered,
        taken_back=receipt.notes.filter(replacement=None).aggregate(sum=Sum("total"))["sum"] or Decimal("0.00"),
        altered=altered,
    )


def _attested(code: str) -> Found | None:
    attestation = Attestation.objects.filter(code=code).defer("pdf").first()
    if attestation is None:
        return None
    return Found(
        title=str(attestation),
        issue_date=timezone.localdate(attestation.issued_at),
        total=attestation.total,
        state="Todos sus pagos siguen vigentes"
        if attestations.still_counts(attestation)
        else "Alguno de sus pagos se revirtió después",
        valid=True,
        taken_back=Decimal("0.00"),
    )


def _certified(code: str) -> Found | None:
    certificates = StandingCertificate.objects.select_related("member").defer("pdf")
    certificate = certificates.filter(code=code).first()
    if certificate is None:
        return None
    validity = standing_certificates.validity(certificate)
    said = certificate.statement["member"]
    return Found(
        title=str(certificate),
        issue_date=timezone.localdate(certificate.issued_at),
        total=None,
        state=validity.label,
        valid=True,
        taken_back=Decimal("0.00"),
        holder=f"{said['name']}, CMP {said['cmp']}",
        ended=validity != standing_certificates.Validity.HOLDS,
    )


def _receipts() -> QuerySet[Receipt]:
    return Receipt.objects.select_related("filing").defer("filing__xml", "filing__cdr")


def _filing(receipt: Receipt) -> Filing | None:
    return getattr(receipt, "filing", None)


def _digest(receipt: Receipt) -> str:
    filed = _filing(receipt)
    return filed.digest if filed else ""
