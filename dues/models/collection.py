"""The college's accounts at which banks collect dues, as the banks' files name them."""

from django.core.validators import RegexValidator
from django.db import models

_digits = RegexValidator(r"^\d*$", "Solo cifras.")


class CollectionAccount(models.Model):
    """What a debts file says of the college itself; each bank gives these with its contract."""

    class Bank(models.TextChoices):
        BCP = "BCP", "BCP"
        BBVA = "BBVA", "BBVA"
        SCOTIABANK = "SCOTIABANK", "Scotiabank"
        INTERBANK = "INTERBANK", "Interbank"

    name = models.CharField("nombre", max_length=60, unique=True)
    bank = models.CharField("banco", max_length=12, choices=Bank)
    company = models.CharField("empresa, como la nombra el banco", max_length=40, default="COLEGIO MEDICO DEL PERU")
    ruc = models.CharField("RUC", max_length=11, validators=[_digits])
    branch = models.CharField("oficina de la cuenta (BCP)", max_length=3, blank=True, validators=[_digits])
    account = models.CharField("número de cuenta", max_length=14, blank=True, validators=[_digits])
    service = models.CharField(
        "servicio o convenio",
        max_length=10,
        blank=True,
        validators=[_digits],
        help_text="Lo da el banco con el contrato.",
    )
    active = models.BooleanField("en uso", default=True)

    class Meta:
        verbose_name = "cuenta de recaudación"
        verbose_name_plural = "cuentas de recaudación"
        permissions = [("write_debts_file", "Puede generar archivos de deudas para el banco")]

    def __str__(self) -> str:
        return self.name
