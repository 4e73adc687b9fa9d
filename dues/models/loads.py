"""Files the college loads."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class DataLoad(models.Model):
    """One imported file: what it was, what it changed, and from when its data are."""

    class Content(models.TextChoices):
        ROLL = "roll", "Padrón"
        DUES = "dues", "Cuotas"
        PAYMENTS = "payments", "Pagos hechos en otros canales"
        EXEMPTIONS = "exemptions", "Exoneraciones"

    content = models.CharField("contenido", max_length=12, choices=Content)
    file_name = models.CharField("archivo", max_length=200)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField("filas")
    added = models.PositiveIntegerField("nuevas")
    changed = models.PositiveIntegerField("modificadas")
    rejected = models.PositiveIntegerField("rechazadas", default=0)
    total = models.DecimalField("suma (S/)", max_digits=14, decimal_places=2, null=True, blank=True)
    control_total = models.DecimalField("total de control (S/)", max_digits=14, decimal_places=2, null=True, blank=True)
    waiting = models.PositiveIntegerField("por identificar", default=0, db_default=0)
    # The newest payment of the file: until when payments made elsewhere are known.
    newest_payment = models.DateTimeField("último pago", null=True, blank=True)
    loaded_at = models.DateTimeField("cargado", default=timezone.now)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name="autor")

    class Meta:
        verbose_name = "carga de datos"
        verbose_name_plural = "cargas de datos"

    def __str__(self) -> str:
        return f"{self.get_content_display()} {self.file_name}"


class ImportDraft(models.Model):
    """An uploaded file with what loading it would do, until its author confirms, cancels or an hour has passed."""

    content = models.CharField("contenido", max_length=12, choices=DataLoad.Content)
    file_name = models.CharField("archivo", max_length=200)
    data = models.BinaryField()
    control_total = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    made_at = models.DateTimeField(default=timezone.now)
    # What the dry run said (imports.Loaded, or why the file was refused): shown by the preview.
    outcome = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.file_name
