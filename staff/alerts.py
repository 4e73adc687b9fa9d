"""Tell the treasury of each trouble once, and again only when it was cured and came back."""

from collections.abc import Iterable
from urllib.parse import urljoin

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from payments import letters
from payments.models import Alert, Letter
from staff.watch import Trouble, troubles


def look() -> Letter | None:
    """Open an alert for each new trouble, close those that are over, and write one letter of the new ones.

    Safe to repeat and to run on several machines: an alert is opened by one of them. None when nothing is new.
    """
    current = {trouble.key: trouble for trouble in troubles()}
    with transaction.atomic():
        open_alerts = {alert.key: alert for alert in Alert.objects.select_for_update().filter(cured_at=None)}
        cured = [alert.pk for key, alert in open_alerts.items() if key not in current]
        Alert.objects.filter(pk__in=cured).update(cured_at=timezone.now())
        opened = _open(trouble for key, trouble in current.items() if key not in open_alerts)
        return _tell([alert for alert in opened if current[alert.key].mailed])


def _open(new: Iterable[Trouble]) -> list[Alert]:
    alerts = [Alert(key=trouble.key, words=trouble.words[:400], place=trouble.place) for trouble in new]
    Alert.objects.bulk_create(alerts, ignore_conflicts=True)
    # Those that another machine opened in the same instant are its to tell.
    opened = set(Alert.objects.filter(cured_at=None, opened_at__in=[a.opened_at for a in alerts]).values_list("key"))
    return [alert for alert in alerts if (alert.key,) in opened]


def _tell(alerts: list[Alert]) -> Letter | None:
    if not alerts:
        return None
    lines = [(alert.words, urljoin(settings.PORTAL_URL, alert.place)) for alert in alerts]
    count = len(alerts)
    subject = alerts[0].words if count == 1 else f"{count} asuntos por revisar"
    home = urljoin(settings.PORTAL_URL, "/admin/")
    ctx = {"lines": lines, "home": home, "webmaster": settings.WEBMASTER_EMAIL}
    body = render_to_string("treasury/mail/alerts.txt", ctx)
    key = f"alert:{alerts[0].key}:{alerts[0].opened_at.timestamp():.6f}"
    return letters.to_treasury(key, subject=f"[Alerta] {subject}"[:200], body=body)
