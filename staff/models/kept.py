"""Reports that take long, kept with the moment at which they were calculated, and who gets reports by mail."""

from django.conf import settings
from django.db import models
from django.utils import timezone

#: Each report has its own permission; a KeptReport is the table they belong to.
REPORT_PERMISSIONS = (
    ("see_collection", "Puede ver el informe de recaudación"),
    ("see_ageing", "Puede ver el informe de antigüedad de la deuda"),
    ("see_standing", "Puede ver el informe de hábiles e inhábiles"),
    ("see_semefa", "Puede ver el informe de SEMEFA"),
    ("see_declines", "Puede ver el informe de rechazos de tarjetas"),
    ("see_exempted", "Puede ver el informe de exoneraciones"),
    ("see_councils", "Puede ver el estado de los consejos regionales"),
    ("see_sales_register", "Puede ver y descargar el registro de ventas"),
    ("see_journal", "Puede ver y descargar el asiento contable"),
)


class KeptReport(models.Model):
    """The answer of one report to one choice, as of `made_at`. Calculating it again replaces it."""

    slug = models.SlugField("informe", max_length=30)
    # The choice as it stands in the address: "desde=2026-01&hasta=2026-11&tipo=&consejo=".
    choice = models.CharField("selección", max_length=80)
    answer = models.JSONField("contenido")
    made_at = models.DateTimeField("calculado", default=timezone.now)
    seconds = models.FloatField("segundos que tomó")
    # The last day on which somebody looked at it: the nightly job leaves out what nobody reads.
    read_on = models.DateField("leído por última vez", default=timezone.localdate)

    class Meta:
        verbose_name = "informe guardado"
        verbose_name_plural = "informes guardados"
        permissions = REPORT_PERMISSIONS
        constraints = [models.UniqueConstraint(fields=["slug", "choice"], name="a_report_is_kept_once_for_a_choice")]

    def __str__(self) -> str:
        return f"{self.slug} {self.choice}"


class ReportSubscription(models.Model):
    """A person of the staff who gets one report by mail, for as long as the person may read it."""

    class Every(models.TextChoices):
        WEEK = "week", "cada lunes"
        MONTH = "month", "el primer día de cada mes"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="report_subscriptions", verbose_name="cuenta"
    )
    slug = models.SlugField("informe", max_length=30)
    every = models.CharField("cada cuánto", max_length=5, choices=Every)
    since = models.DateTimeField("desde", default=timezone.now)

    class Meta:
        verbose_name = "suscripción a un informe"
        verbose_name_plural = "suscripciones a informes"
        constraints = [models.UniqueConstraint(fields=["user", "slug"], name="a_person_gets_a_report_once")]

    def __str__(self) -> str:
        return f"{self.slug} para {self.user}"
