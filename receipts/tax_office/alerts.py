"""News about filing: each is one letter to the treasury (payments/letters.py), written with what it tells of.

Documents near their last day are told by staff/watch.py, beside what else must not stay as it is.
"""

import hashlib
from datetime import date
from urllib.parse import urljoin

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from payments import letters
from receipts.models import Filing, FilingStop, Summary


def refused(filing: Filing) -> None:
    """SUNAT rejected a document, or gave it back; each time it does."""
    subject = f"SUNAT no aceptó {filing.receipt.name}: {filing.get_state_display().lower()}"
    last_step = filing.steps.order_by("-pk").values_list("pk", flat=True).first()
    _write(f"{filing.state}:{filing.pk}:{last_step}", subject, "refused", filing=filing)


def refused_summary(summary: Summary, what_follows: str) -> None:
    """SUNAT did not take a summary or a voiding; `what_follows` says what becomes of what it named."""
    kind = "la baja" if summary.voidings.exists() else "el resumen"
    subject = f"SUNAT no aceptó {kind} {summary.name}: {what_follows}"
    _write(
        f"summary:{summary.pk}:{summary.state}", subject[:150], "refused_summary", summary=summary, follows=what_follows
    )


def summary_in_doubt(summary: Summary) -> None:
    """SUNAT has a file and does not say what became of it: a person may have to look."""
    subject = f"No se sabe cómo quedó {summary.name} en SUNAT"
    _write(f"summary:{summary.pk}:{summary.state}", subject, "summary_in_doubt", summary=summary)


def stopped(stop: FilingStop) -> None:
    _write(f"stop:{stop.pk}", "Los envíos a SUNAT están detenidos", "stopped", stop=stop)


def certificate_ends(expires: date, days: int) -> None:
    """At most once for each certificate and number of days before its end."""
    subject = f"El certificado que firma los comprobantes vence el {expires:%d/%m/%Y}"
    _write(f"certificate:{expires}:{days}", subject, "certificate", expires=expires)


def certificate_unfit(sentence: str, expires: date) -> None:
    """The certificate may not sign: nothing is filed until there is another."""
    subject = "No se firma ningún comprobante: el certificado no sirve"
    key = hashlib.sha256(f"{expires}{sentence}".encode()).hexdigest()[:40]
    _write(f"certificate-unfit:{key}", subject, "certificate_unfit", sentence=sentence)


def _write(key: str, subject: str, template: str, **context: object) -> None:
    pages = urljoin(settings.PORTAL_URL, reverse("staff_sunat"))
    body = render_to_string(f"receipts/mail/{template}.txt", context | {"url": pages})
    letters.to_treasury(f"filing:{key}", subject=subject, body=body)
