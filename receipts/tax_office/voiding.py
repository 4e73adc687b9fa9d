"""Voiding (*comunicación de baja*): a document that SUNAT accepted and that nobody was given is taken back.

Facturas and their notes go into a voiding file (RA), boletas and theirs into a daily summary with condition 3. It
seldom fits, for letters leave at once: what was handed over is answered by a credit note (receipts/notes/owed.py).
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from members.models import User
from receipts.exceptions import NotVoidable
from receipts.issuing.contents import SHORTEST_TEXT
from receipts.models import Credit, Delivery, DeliveryState, Filing, Receipt, Voiding
from receipts.tax_office.summary_files import line_to_void, make
from receipts.tax_office.ubl.elements import one_line

NEVER_LEFT = "El comprobante se dio de baja antes de enviarse."


def obstacle(receipt: Receipt) -> str:
    """Why a document cannot be voided, as a sentence for staff; "" when it can."""
    filed = Filing.objects.filter(receipt=receipt).only("state", "environment").first()
    if filed is None or not filed.is_valid:
        return "Solo se da de baja un comprobante que SUNAT aceptó."
    if timezone.localdate() > receipt.issue_date + timedelta(days=settings.SUNAT_VOIDING_DAYS):
        return f"El plazo de {settings.SUNAT_VOIDING_DAYS} días desde su emisión ya pasó."
    if receipt.deliveries.filter(state=DeliveryState.SENT).exists():
        return "Ya se entregó al adquirente por correo: corresponde una nota de crédito, no una baja."
    if receipt.notes.exists() or Receipt.objects.filter(replaces=receipt).exists():
        return "Otro comprobante ya lo corrige o lo reemplaza."
    if Credit.objects.filter(order=receipt.order_id, note=None).exists():
        return "Hay una nota de crédito por emitir de este pago: primero sale la nota."
    if Voiding.objects.filter(filing=receipt.pk).exists():
        return "Su baja ya se pidió."
    return ""


def request(receipt: Receipt, *, author: User, reason: str) -> Voiding:
    """Ask SUNAT to void a document, and let no letter with it leave any more.

    Raises NotVoidable, also for a reason under three characters (SUNAT's rule 2314), and NoCertificate.
    """
    reason = one_line(reason)
    if len(reason) < SHORTEST_TEXT:
        raise NotVoidable(f"El motivo debe tener al menos {SHORTEST_TEXT} caracteres: SUNAT rechaza uno más corto.")
    with transaction.atomic():
        # Whoever sends a letter holds its row: afterwards it is sent, or held back here.
        waiting = Delivery.objects.select_for_update().filter(receipt=receipt, state=DeliveryState.QUEUED)
        held = list(waiting)
        Filing.objects.select_for_update().filter(receipt=receipt).first()
        if why := obstacle(receipt):
            raise NotVoidable(why)
        Delivery.objects.filter(pk__in=[delivery.pk for delivery in held]).update(
            state=DeliveryState.FAILED, last_error=NEVER_LEFT
        )
        summary = make(receipt.issue_date, [line_to_void(receipt, reason)], issued_by=receipt)
        return Voiding.objects.create(filing_id=receipt.pk, summary=summary, author=author, reason=reason)
