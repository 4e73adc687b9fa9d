"""Files that the college loads."""

from django.conf import settings
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class DataLoad(models.Model):
    """One imported file, its effect, and the age of its data."""

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
    loaded_at = models.DateTimeField("cargado", default=timezone.now)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name="autor")
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="confirmada por"
    )
    # When its transaction began: what it settled and left over carries this moment (dues/imports/payments.py).
    began_at = models.DateTimeField(null=True, editable=False, db_default=TransactionNow())

    class Meta:
        verbose_name = "carga de datos"
        verbose_name_plural = "cargas de datos"
        permissions = [("approve_dataload", "Puede confirmar cargas que otra persona subió")]
        constraints = [
            # Without an author it came by the command line of the server, where there are no accounts.
            models.CheckConstraint(
                condition=Q(author=None) | (Q(approver__isnull=False) & ~Q(approver=F("author"))),
                name="a_second_person_confirms_a_load",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_content_display()} {self.file_name}"


class ImportDraft(models.Model):
    """An uploaded file with what loading it would do, until a second person confirms it, its author cancels it or a
    day has passed."""

    content = models.CharField("contenido", max_length=12, choices=DataLoad.Content)
    file_name = models.CharField("archivo", max_length=200)
    data = models.BinaryField()
    control_total = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    made_at = models.DateTimeField(default=timezone.now)
    # The result of the dry run (imports.Loaded, or why the file was refused), shown by the preview.
    outcome = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.file_name
