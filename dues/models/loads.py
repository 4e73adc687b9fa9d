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
    waiting = models.PositiveIntegerField("por identificar", default=0, db_default=0)
    # The newest payment of the file: until when payments made elsewhere are known.
    newest_payment = models.DateTimeField("último pago", null=True, blank=True)
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
    """An uploaded file with what loading it would do, until a second person confirms it, its author cancels it
    or a day has passed.

    A large one is tried and loaded by the worker: `state` and `progress` (rows so far) tell its page how far.
    """

    class State(models.TextChoices):
        TRYING = "trying", "Revisando"
        TRIED = "tried", "Por confirmar"
        LOADING = "loading", "Cargando"
        REFUSED = "refused", "No se cargó"
        LOADED = "loaded", "Cargado"

    content = models.CharField("contenido", max_length=12, choices=DataLoad.Content)
    file_name = models.CharField("archivo", max_length=200)
    size = models.PositiveBigIntegerField("bytes", default=0)
    control_total = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    made_at = models.DateTimeField(default=timezone.now)
    state = models.CharField("estado", max_length=8, choices=State, default=State.TRIED)
    progress = models.PositiveIntegerField("filas leídas", default=0)
    # What the dry run said (imports.Loaded, or why the file was refused): shown by the preview.
    outcome = models.JSONField(default=dict)
    # Why the worker did not load it, as a sentence.
    refusal = models.CharField(max_length=500, blank=True)
    load = models.ForeignKey(DataLoad, models.CASCADE, null=True, blank=True)

    def __str__(self) -> str:
        return self.file_name

    @property
    def busy(self) -> bool:
        return self.state in (self.State.TRYING, self.State.LOADING)


class DraftPiece(models.Model):
    """A part of an uploaded file, so that no process holds the whole."""

    draft = models.ForeignKey(ImportDraft, models.CASCADE, related_name="pieces")
    place = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "place"], name="a_file_has_each_piece_once")]

    def __str__(self) -> str:
        return f"{self.draft} {self.place}"
