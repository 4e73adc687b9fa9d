"""Money that a file brought and that pays no due yet: whose it is, or what it pays, is for a person to say."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from dues.exceptions import AlreadyIdentified
from dues.models.loads import DataLoad
from dues.models.settled import Channel
from dues.models.tariffs import Kind
from members.models import Member


class UnidentifiedPayment(models.Model):
    """A row of a file "por identificar", with everything the bank said. It is tried again at each later load."""

    load = models.ForeignKey(
        DataLoad, models.PROTECT, null=True, blank=True, related_name="unidentified", verbose_name="carga"
    )
    line = models.PositiveIntegerField("línea", null=True, blank=True)
    # What makes two rows the same payment, so that overlapping files list it once.
    key = models.CharField("clave", max_length=250)
    channel = models.CharField("canal", max_length=10, choices=Channel, default=Channel.BANK)
    reference = models.CharField("referencia", max_length=60, blank=True)
    code = models.CharField("código en el archivo", max_length=40, blank=True)
    payer = models.CharField("nombre en el archivo", max_length=100, blank=True)
    kind = models.CharField("tipo", max_length=10, choices=Kind, blank=True)
    period = models.DateField("mes", null=True, blank=True)
    # Less than nothing: the bank gave back a payment that no file brought. None: the amount could not be read.
    amount = models.DecimalField("monto (S/)", max_digits=9, decimal_places=2, null=True, blank=True)
    paid_at = models.DateTimeField("pagado", null=True, blank=True)
    reason = models.CharField("por qué espera", max_length=300)
    said = models.JSONField("lo que dijo el archivo", default=dict)
    recorded_at = models.DateTimeField("registrado", default=timezone.now)
    member = models.ForeignKey(Member, models.PROTECT, null=True, blank=True, verbose_name="colegiado")
    resolved_at = models.DateTimeField("resuelto", null=True, blank=True)
    resolved_by = models.CharField("resuelto por", max_length=254, blank=True)
    resolution = models.CharField("cómo se resolvió", max_length=300, blank=True)

    class Meta:
        verbose_name = "pago por identificar"
        verbose_name_plural = "pagos por identificar"
        permissions = [("identify_payment", "Puede identificar pagos")]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="a_payment_waits_once"),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, resolved_by="", resolution="")
                | (Q(resolved_at__isnull=False) & ~Q(resolved_by="") & ~Q(resolution="")),
                name="an_identified_payment_says_by_whom_and_how",
            ),
        ]
        indexes = [
            models.Index(fields=["recorded_at"], condition=Q(resolved_at__isnull=True), name="unidentified_waiting"),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="a_waiting_payment_keeps_what_the_bank_said",
                fields=["line", "key", "channel", "reference", "code", "payer", "amount", "paid_at", "said"],
            ),
            pgtrigger.Protect(
                name="a_payment_is_identified_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__resolved_at__isnull=False),
            ),
            pgtrigger.Protect(name="a_waiting_payment_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        amount = "monto ilegible" if self.amount is None else f"S/ {self.amount:,.2f}"
        return f"{amount}, operación {self.reference or '—'}"

    def resolve(self, *, author: str, how: str) -> None:
        """Say what became of it. Raises AlreadyIdentified."""
        waiting = UnidentifiedPayment.objects.filter(pk=self.pk, resolved_at=None)
        if not waiting.update(resolved_at=timezone.now(), resolved_by=author, resolution=how[:300]):
            raise AlreadyIdentified
        self.refresh_from_db()
