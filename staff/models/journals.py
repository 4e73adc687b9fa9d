"""How each accounting program reads a journal: staff edit a layout when the program or the accounts change."""

import re

from django.core.exceptions import ValidationError
from django.db import models

#: What a column may say of a posting; staff/reports/journal.py fills it in.
FIELDS = (
    "subdiario", "voucher", "fecha", "moneda", "glosa", "cuenta", "anexo", "debe_haber", "debe", "haber", "importe",
    "tipo_documento", "numero_documento", "fecha_documento", "tipo_referencia", "numero_referencia",
    "fecha_referencia", "tipo_cambio",
)  # fmt: skip
PLACE = re.compile(r"\{(\w+)\}")
ACCOUNT = re.compile(r"\d{2,12}")


class JournalLayout(models.Model):
    """The columns of one program's import file, and the college's accounts for what the portal books.

    `columns` has one column a line: its title, a colon and its content, as `Cuenta Contable: {cuenta}`. What stands
    outside braces is written as it is.
    """

    name = models.CharField("nombre", max_length=60, unique=True)
    columns = models.TextField(
        "columnas", help_text="Una por línea: «Título: {campo}». Campos: " + ", ".join(FIELDS) + "."
    )
    active = models.BooleanField("en uso", default=True)
    sub_journal = models.CharField("subdiario", max_length=4, default="05")
    card_account = models.CharField("cuenta de lo cobrado por la pasarela", max_length=12, default="1629101")
    bank_account = models.CharField("cuenta de lo cobrado por bancos", max_length=12, default="1041101")
    payroll_account = models.CharField("cuenta de lo cobrado por planilla", max_length=12, default="1629102")
    manual_account = models.CharField("cuenta de lo registrado por tesorería", max_length=12, default="1011101")
    colegiado_account = models.CharField("cuenta de ingresos por Cuota Colegiado", max_length=12, default="7599101")
    semefa_account = models.CharField("cuenta de ingresos por SEMEFA", max_length=12, default="7599102")
    tax_account = models.CharField("cuenta del IGV", max_length=12, default="4011101")

    class Meta:
        verbose_name = "formato de asiento contable"
        verbose_name_plural = "formatos de asientos contables"

    def __str__(self) -> str:
        return self.name

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The title and the content of each column, in order."""
        split = [line.partition(":") for line in self.columns.splitlines() if line.strip()]
        return [(title.strip(), content.strip()) for title, _, content in split]

    def clean(self) -> None:
        """Raises ValidationError when the file would lack its accounts or amounts, or names an unknown field."""
        fields = {field for _, content in self.pairs for field in PLACE.findall(content)}
        if unknown := sorted(fields - set(FIELDS)):
            raise ValidationError({"columns": f"No hay un campo «{unknown[0]}»."})
        if "cuenta" not in fields or not ({"debe", "haber"} <= fields or {"debe_haber", "importe"} <= fields):
            raise ValidationError(
                {"columns": "Faltan la cuenta y los montos: {debe} y {haber}, o {debe_haber} e {importe}."}
            )
        wrong = [
            field.name
            for field in self._meta.fields
            if field.name.endswith("_account") and not ACCOUNT.fullmatch(getattr(self, field.name))
        ]
        if wrong:
            raise ValidationError(dict.fromkeys(wrong, "Escriba solo los dígitos de la cuenta."))
