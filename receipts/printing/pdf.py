"""The printed representation (SUNAT, RS 114-2019): one A4 page, made by WeasyPrint from the frozen receipt alone.

The same receipt gives the same bytes in any process, so a lost PDF can be made again. Everything it needs lies in this
package: nothing is fetched from anywhere.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import segno
from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from base import printing
from base.postgres import kept_writes
from members.models import DocumentType
from receipts.issuing.contents import Buyer, Contents, Correction, Line
from receipts.models import Attestation, CreditReason, Filing, Receipt, Representation, StandingCertificate
from receipts.tax_office import filing
from receipts.tax_office.states import OPEN_STATES

HERE = Path(__file__).parent
# More dues than this get the smaller rows with which 36 still fit on the page.
COMFORTABLE_LINES = 15
TICKET_SECONDS = 600
TITLES = {"03": "Boleta de venta electrónica", "01": "Factura electrónica", "07": "Nota de crédito electrónica"}
UNFILED = "Pendiente de envío a SUNAT"


def pdf_of(receipt: Receipt, filed: Filing | None = None) -> bytes:
    """The receipt's PDF, made and kept the first time it is asked for; `filed` spares a query, if it is at hand."""
    stored: Representation = getattr(receipt, "representation", None) or _printed_now(receipt, filed)
    return bytes(stored.pdf)


def _printed_now(receipt: Receipt, filed: Filing | None) -> Representation:
    filed = filed or filing.prepared(receipt)
    made = Representation(receipt=receipt, pdf=render(receipt, **_as_filed(filed)))
    try:
        with transaction.atomic():
            if _still_stands(filed):
                kept_writes.insert([made])
    except IntegrityError:  # another process printed it at the same time
        return Representation.objects.get(receipt=receipt)
    return made


def _still_stands(filed: Filing | None) -> bool:
    """Whether SUNAT said nothing while the paper was made: one that says otherwise must not be kept."""
    if filed is None or filed.uncommitted:
        return True
    same = Filing.objects.select_for_update(no_key=True).filter(pk=filed.pk, state=filed.state, digest=filed.digest)
    return same.first() is not None


def _as_filed(filed: Filing | None) -> dict[str, str]:
    """The digest, and how the document stands at SUNAT now."""
    return {"digest": filed.digest if filed else "", "tax_state": tax_state(filed)}


#: Every mask makes a symbol that scanners read (ISO 18004, 7.8); scoring all eight costs a tenth of a page.
QR_MASK = 4


def render(receipt: Receipt, *, digest: str = "", tax_state: str = UNFILED) -> bytes:
    """One A4 page for up to 36 dues (three years), 40 kB at most, its text selectable.

    `digest` is that of the signed XML, `tax_state` how it stands at SUNAT; asks the database nothing.
    """
    context = _context(receipt, receipt.stated, digest, tax_state)
    return _printed(render_to_string("receipts/printed.html", context), identifier=receipt.code)


def ticket_of(receipt: Receipt) -> bytes:
    """The receipt for a printer of 80 mm; it says how the document stands at SUNAT today.

    Kept for TICKET_SECONDS only, so that asking again and again does not cost half a second of the machine each time.
    """
    filed = _as_filed(filing.prepared(receipt))
    key = f"ticket:{receipt.code}:{sha256(' '.join(filed.values()).encode()).hexdigest()}"
    kept: bytes | None = cache.get(key)
    if kept is None:
        kept = render_ticket(receipt, **filed)
        cache.set(key, kept, TICKET_SECONDS)
    return kept


def render_ticket(receipt: Receipt, *, digest: str = "", tax_state: str = UNFILED) -> bytes:
    """What `render` says on one page 80 mm wide and as long as it takes; asks the database nothing."""
    context = _context(receipt, receipt.stated, digest, tax_state)
    html = render_to_string("receipts/ticket.html", context)
    return _printed(html, identifier=receipt.code, style="ticket.css")


def render_attestation(attestation: Attestation) -> bytes:
    """A constancia de pagos as PDF, as many A4 pages as it takes; asks the database nothing."""
    path = reverse("check_code", args=[attestation.code])
    context = {
        "attestation": attestation,
        "said": attestation.statement,
        "lines": _with_sums(attestation.statement["lines"]),
        "check": f"{attestation.statement['issuer']['domain']}{path}",
        "qr": _qr(urljoin(settings.PORTAL_URL, path)),
    }
    return _printed(render_to_string("receipts/attestation.html", context), identifier=attestation.code)


def _with_sums(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each line with the sum up to it, in soles: a page of the paper ends, and the next begins, with a total."""
    sums = accumulate(Decimal(line["amount"]) for line in lines)
    return [
        line | {"paid_on": date.fromisoformat(line["paid_on"]), "sum": f"{so_far:,.2f}"}
        for line, so_far in zip(lines, sums, strict=True)
    ]


def render_standing_certificate(certificate: StandingCertificate) -> bytes:
    """A constancia de habilidad as one A4 page; asks the database nothing."""
    path = reverse("check_code", args=[certificate.code])
    said = certificate.statement
    context = {
        "certificate": certificate,
        "said": said,
        "registered": date.fromisoformat(said["member"]["registered"]),
        "since": date.fromisoformat(said["rule"]["since"]),
        "check": f"{said['issuer']['domain']}{path}",
        "qr": _qr(urljoin(settings.PORTAL_URL, path)),
    }
    return _printed(render_to_string("receipts/standing_certificate.html", context), identifier=certificate.code)


def _printed(html: str, *, identifier: str, style: str = "printed.css") -> bytes:
    return printing.pdf_of(html, stylesheet=HERE / style, identifier=identifier)


def _context(receipt: Receipt, statement: Contents, digest: str, tax_state: str) -> dict[str, object]:
    return {
        "receipt": receipt,
        "statement": statement,
        "title": TITLES[receipt.document],
        "buyer_document": DocumentType(statement.buyer.document_type).label,
        "company": is_company(statement.buyer),
        "bases": legal_bases(statement.lines),
        "dense": len(statement.lines) > COMFORTABLE_LINES,
        "qr": _qr(qr_content(receipt, statement, digest)),
        "digest": digest,
        "tax_state": tax_state,
        "correction": statement.correction and correction_words(statement.correction),
    }


def is_company(buyer: Buyer) -> bool:
    """Whether the buyer is named by a RUC: its name is then the one registered with it (razón social)."""
    return buyer.document_type == DocumentType.RUC


def correction_words(correction: Correction) -> str:
    """What a note takes back and why: "Boleta de venta electrónica B001-1. Motivo 07: Devolución por ítem. …"."""
    reason = f"{correction.reason}: {CreditReason(correction.reason).label}"
    return f"{TITLES[correction.document]} {correction.name}. Motivo {reason}. {correction.description}"


def tax_state(filed: Filing | None) -> str:
    """How the document stands at SUNAT when it is printed, in the words of receipts/tax_office/states.py."""
    return UNFILED if filed is None or filed.state in OPEN_STATES else filed.get_state_display()


def qr_content(receipt: Receipt, statement: Contents, digest: str = "") -> str:
    """`RUC|type|series|number|IGV|total|date|buyer's type|buyer's number|digest` (RS 114-2019, Anexo 6 §6.4.3).

    `digest` is the signed XML's; empty as long as the document has not been signed.
    """
    series, _, number = receipt.name.partition("-")
    parts = [
        statement.issuer.ruc,
        receipt.document,
        series,
        number,
        f"{statement.totals.igv:.2f}",
        f"{statement.totals.total:.2f}",
        receipt.issue_date.isoformat(),
        statement.buyer.document_type,
        statement.buyer.document_number,
        digest,
    ]
    return "|".join(parts)


def _qr(content: str) -> str:
    """An image's address. Level Q, not Micro, with a quiet zone of its own (Anexo 6); its size on paper is the
    stylesheet's. A picture, because drawing a thousand squares took a seventh of the page's time."""
    code = segno.make(content, error="q", micro=False, boost_error=False, mask=QR_MASK)
    address: str = code.png_data_uri(border=4, scale=4)
    return address


def legal_bases(lines: Sequence[Line]) -> list[tuple[str, str]]:
    """Each legal basis with the rows it covers, `1–12`: one long line instead of thirty-six."""
    runs = groupby(enumerate(lines, start=1), key=lambda row: row[1].basis)
    return [(basis, _span([number for number, _ in rows])) for basis, rows in runs]


def _span(numbers: Sequence[int]) -> str:
    return f"{numbers[0]}–{numbers[-1]}" if len(numbers) > 1 else str(numbers[0])
