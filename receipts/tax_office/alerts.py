"""News about filing for the treasury: written with what they tell of, sent by the worker, told once.

Documents near their last day are told by staff/watch.py, beside what else must not stay as it is.
"""

from datetime import date
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from receipts.models import Alert, Filing, FilingStop, Summary


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
    alert, new = Alert.objects.get_or_create(key=key, defaults={"subject": subject, "body": body})
    if new:
        jobs.configure_task("receipts.alert").defer(alert_id=alert.pk)


def post(alert_id: int) -> bool:
    """Send one alert unless it went already; False then, or while another worker has it."""
    with transaction.atomic():
        alert = Alert.objects.select_for_update(skip_locked=True).filter(pk=alert_id, sent_at=None).first()
        if alert is None:
            return False
        host = urlsplit(settings.PORTAL_URL).hostname
        headers = {"Message-ID": f"<aviso-{alert.pk}@{host}>"}
        EmailMessage(alert.subject, alert.body, to=[settings.TREASURY_EMAIL], headers=headers).send()
        alert.sent_at = timezone.now()
        alert.save(update_fields=["sent_at"])
        return True
