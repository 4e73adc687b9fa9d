"""News about filing: each is one letter to the treasury (payments/letters.py), written with what it tells of.

Documents near their last day are told by staff/watch.py, beside what else must not stay as it is.
"""

from datetime import date
from urllib.parse import urljoin

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from payments import letters
from receipts.models import Filing, FilingStop, Summary


def refused(filing: Filing) -> None:
    """SUNAT rejected a document, or gave it back."""
    subject = f"SUNAT no aceptó {filing.receipt.name}: {filing.get_state_display().lower()}"
    _write(f"{filing.state}:{filing.pk}:{filing.attempts}", subject, "refused", filing=filing)


def refused_summary(summary: Summary) -> None:
    """SUNAT did not take a voiding: the document stands."""
    subject = f"SUNAT no aceptó la baja {summary.name}: el comprobante sigue vigente"
    _write(f"summary:{summary.pk}", subject, "refused_summary", summary=summary)


def stopped(stop: FilingStop) -> None:
    _write(f"stop:{stop.pk}", "Los envíos a SUNAT están detenidos", "stopped", stop=stop)


def certificate_ends(expires: date) -> None:
    """Once for each certificate, a month before it ends."""
    subject = f"El certificado que firma los comprobantes vence el {expires:%d/%m/%Y}"
    _write(f"certificate:{expires}", subject, "certificate", expires=expires)


def _write(key: str, subject: str, template: str, **context: object) -> None:
    pages = urljoin(settings.PORTAL_URL, reverse("admin:receipts_filing_changelist"))
    body = render_to_string(f"receipts/mail/{template}.txt", context | {"url": pages})
    letters.to_treasury(f"filing:{key}", subject=subject, body=body)
