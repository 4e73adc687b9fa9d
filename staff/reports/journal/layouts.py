"""The files of accounting programs, by layouts that staff edit, and the layouts a new portal begins with."""

import csv
import io
import re

from base.files.formulas import unspoiled
from staff.models import JournalLayout
from staff.models.journals import PLACE
from staff.reports.journal.postings import Posting, postings
from staff.reports.report import Choice, Download

# Concar's import sheet (RSCONCAR, 39 columns): what the portal does not know stays empty.
CONCAR = """Sub Diario: {subdiario}
Número de Comprobante: {voucher}
Fecha de Comprobante: {fecha}
Código de Moneda: MN
Glosa Principal: {glosa}
Tipo de Cambio: 0
Tipo de Conversión: V
Flag de Conversión de Moneda: S
Fecha Tipo de Cambio:
Cuenta Contable: {cuenta}
Código de Anexo: {anexo}
Código de Centro de Costo:
Debe / Haber: {debe_haber}
Importe Original: {importe}
Importe en Dólares: 0.00
Importe en Soles: {importe}
Tipo de Documento: {tipo_documento}
Número de Documento: {numero_documento}
Fecha de Documento: {fecha_documento}
Fecha de Vencimiento: {fecha_documento}
Código de Área:
Glosa Detalle: {glosa}
Código de Anexo Auxiliar:
Medio de Pago:
Tipo de Documento de Referencia: {tipo_referencia}
Número de Documento Referencia: {numero_referencia}
Fecha Documento Referencia: {fecha_referencia}
Nro Máq. Registradora:
Base Imponible Documento Referencia:
IGV Documento Provisión:
Tipo Referencia en estado MQ:
Número Serie Caja Registradora:
Fecha de Operación:
Tipo de Tasa:
Tasa Detracción/Percepción:
Importe Base Detracción/Percepción Dólares:
Importe Base Detracción/Percepción Soles:
Tipo Cambio para F:
Importe de IGV sin derecho crédito fiscal:"""
SISCONT = """Origen: {subdiario}
Voucher: {voucher}
Fecha: {fecha}
Cuenta: {cuenta}
Debe: {debe}
Haber: {haber}
Moneda: S
T.C.: 1.000
Doc: {tipo_documento}
Número: {numero_documento}
Fecha Doc: {fecha_documento}
Código: {anexo}
C.Costo:
Glosa: {glosa}
Doc Ref: {tipo_referencia}
Número Ref: {numero_referencia}
Fecha Ref: {fecha_referencia}"""
DEFAULTS = {"Concar (hoja de importación)": CONCAR, "Siscont (hoja de asientos)": SISCONT}


def ensure() -> None:
    """Writes down the default layouts that are missing. Staff check them against their program and edit them."""
    existing = set(JournalLayout.objects.values_list("name", flat=True))
    missing = [JournalLayout(name=name, columns=columns) for name, columns in DEFAULTS.items() if name not in existing]
    JournalLayout.objects.bulk_create(missing, ignore_conflicts=True)


def download(layout: JournalLayout, choice: Choice) -> Download:
    """The postings of the choice in this layout, as CSV for a spreadsheet."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    pairs = layout.pairs
    writer.writerow([title for title, _ in pairs])
    for posting in postings(choice, layout):
        values = _values(posting, layout)
        writer.writerow([_filled_in(content, values) for _, content in pairs])
    name = re.sub(r"\W+", "-", layout.name.lower()).strip("-")
    content = ("\ufeff" + written.getvalue()).encode()
    return Download(f"asiento-{name}-{choice.first:%Y%m}-{choice.last:%Y%m}.csv", "text/csv; charset=utf-8", content)


def _filled_in(content: str, values: dict[str, str]) -> str:
    return PLACE.sub(lambda place: values[place[1]], content)


def _values(posting: Posting, layout: JournalLayout) -> dict[str, str]:
    """What each field of a layout says of a posting."""
    document, number, day = posting.corrected or ("", "", None)
    return {
        "subdiario": layout.sub_journal,
        "voucher": posting.voucher,
        "fecha": f"{posting.day:%d/%m/%Y}",
        "moneda": "PEN",
        "glosa": unspoiled(posting.words),
        "cuenta": posting.account,
        "anexo": unspoiled(posting.buyer),
        "debe_haber": "D" if posting.debit else "H",
        "debe": f"{posting.debit:.2f}",
        "haber": f"{posting.credit:.2f}",
        "importe": f"{posting.debit or posting.credit:.2f}",
        "tipo_documento": posting.document,
        "numero_documento": posting.document_number,
        "fecha_documento": f"{posting.document_day:%d/%m/%Y}" if posting.document_day else "",
        "tipo_referencia": document,
        "numero_referencia": number,
        "fecha_referencia": f"{day:%d/%m/%Y}" if day else "",
        "tipo_cambio": "1.000",
    }
