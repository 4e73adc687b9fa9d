"""How each bank writes the payments it collected: staff edit a layout when a bank changes its file."""

import re

from django.core.exceptions import ValidationError
from django.db import models

from dues.models.tariffs import Kind

#: `28-57`: the positions of a line, from 1, both included. Several with commas: the first that is not zero.
POSITIONS = re.compile(r"\d{1,3}-\d{1,3}(?:\s*,\s*\d{1,3}-\d{1,3})*")


class BankLayout(models.Model):
    """Where a bank's file says what: positions of a line, or names of columns."""

    class Shape(models.TextChoices):
        FIXED = "fixed", "Ancho fijo (posiciones)"
        COLUMNS = "columns", "Columnas con nombre (CSV o Excel)"

    class Dates(models.TextChoices):
        YEAR_FIRST = "aaaammdd", "AAAAMMDD"
        DAY_FIRST = "ddmmaaaa", "DDMMAAAA"
        SEPARATED = "separated", "dd/mm/aaaa, dd-mm-aaaa o aaaa-mm-dd"

    name = models.CharField("nombre", max_length=60, unique=True)
    bank = models.CharField("banco", max_length=12, help_text="Como se verá junto a cada operación: BCP, BBVA…")
    shape = models.CharField("forma", max_length=8, choices=Shape)
    active = models.BooleanField("en uso", default=True)
    detail_mark = models.CharField(
        "comienzo de una fila de pago", max_length=10, blank=True, help_text="Solo ancho fijo: DD, 02…"
    )
    totals_mark = models.CharField(
        "comienzo de la fila de totales", max_length=10, blank=True, help_text="Solo ancho fijo: CC, 03…"
    )
    count_at = models.CharField("cantidad de pagos", max_length=60, blank=True)
    total_at = models.CharField("suma de los pagos", max_length=60, blank=True)
    summed_at = models.CharField(
        "qué se suma", max_length=60, blank=True, help_text="Si no es el monto: las posiciones que suman el total."
    )
    code_at = models.CharField("código del depositante (CMP)", max_length=60, blank=True)
    information_at = models.CharField("información de retorno (tipo y mes)", max_length=60, blank=True)
    payer_at = models.CharField("nombre", max_length=60, blank=True)
    paid_on_at = models.CharField("fecha de pago", max_length=60)
    hour_at = models.CharField("hora", max_length=60, blank=True)
    amount_at = models.CharField("monto", max_length=60)
    office_at = models.CharField("oficina", max_length=60, blank=True)
    operation_at = models.CharField("número de operación", max_length=60)
    extorno_at = models.CharField(
        "marca de extorno", max_length=60, blank=True, help_text="Vacía o 0: pago válido. Otra cosa: devuelto."
    )
    description_at = models.CharField(
        "descripción", max_length=60, blank=True, help_text="De un estado de cuenta: de ella se leen CMP, tipo y mes."
    )
    dates = models.CharField("fechas", max_length=9, choices=Dates, default=Dates.YEAR_FIRST)
    implied_decimals = models.BooleanField("montos sin punto, dos decimales al final", default=True)
    kind = models.CharField(
        "tipo de cuota", max_length=10, choices=Kind, default=Kind.COLEGIADO, help_text="De un pago que no dice cuál."
    )

    class Meta:
        verbose_name = "formato de banco"
        verbose_name_plural = "formatos de bancos"

    def __str__(self) -> str:
        return self.name

    @property
    def places(self) -> dict[str, str]:
        """What a payment's row says, by the name of its field; empty places left out."""
        fields = [field.name for field in self._meta.fields if field.name.endswith("_at")]
        apart = () if self.shape == self.Shape.COLUMNS else ("count_at", "total_at", "summed_at")
        return {name: place for name in fields if name not in apart and (place := getattr(self, name))}

    def clean(self) -> None:
        """Raises ValidationError when a file could not be read by it."""
        if self.shape == self.Shape.FIXED:
            if not self.detail_mark:
                raise ValidationError({"detail_mark": "Un formato de ancho fijo necesita el comienzo de sus filas."})
            wrong = {
                field.name: "Escriba posiciones como 28-57; varias, con comas."
                for field in self._meta.fields
                if field.name.endswith("_at") and (place := getattr(self, field.name)) and not _in_order(place)
            }
            if wrong:
                raise ValidationError(wrong)
        if not self.code_at and not self.description_at:
            raise ValidationError({"code_at": "Diga dónde está el CMP, o la descripción que lo nombra."})


def _in_order(place: str) -> bool:
    if not POSITIONS.fullmatch(place.strip()):
        return False
    spans = [span.split("-") for span in place.split(",")]
    return all(0 < int(first) <= int(last) for first, last in spans)
