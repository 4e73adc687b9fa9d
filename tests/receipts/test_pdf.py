"""The printed representation: one page, selectable text, the same bytes, nothing from the network."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.core.checks import run_checks
from pypdf import PdfReader
from pypdf.generic import DictionaryObject
from pytest_django import Settings

from dues.models import Kind
from members.models import User
from receipts import checks
from receipts.issuing.contents import Contents, Correction
from receipts.issuing.issue import issue
from receipts.models import Receipt, Representation
from receipts.printing import pdf
from receipts.tax_office import filing
from tests.receipts.conftest import FACTURA, a_paid_order
from tests.receipts.papers import a_line, a_statement

pytestmark = pytest.mark.django_db

LONG_NAME = (
    "Clínica Ñusta & Asociados \"Señor de los Milagros\" S.A.C., Médicos Cirujanos y Pediatras del 'Perú', " * 3
)[:250]
MOMENT = datetime(2026, 11, 23, 3, 7, 20, tzinfo=UTC)  # 22/11/2026 22:07:20 in Lima


def words_of(content: bytes) -> str:
    """The page's text as one line, whatever the line breaks of the layout."""
    reader = PdfReader(io.BytesIO(content))
    assert len(reader.pages) == 1
    return " ".join(reader.pages[0].extract_text().split())


def frozen(receipt: Receipt) -> Receipt:
    """The receipt as if issued at a known moment under a known code; not saved."""
    receipt.issued_at, receipt.issue_date, receipt.code = MOMENT, date(2026, 11, 22), "a-code-of-22-characters"
    return receipt


def test_a_boleta_says_all_it_must(ana: User) -> None:
    text = words_of(pdf.render(frozen(issue(a_paid_order(ana, months=12).pk))))
    for said in (
        "DATOS DE MUESTRA — sin validez tributaria",
        "Colegio Médico del Perú",
        f"RUC {portal.COLLEGE['ruc']}",
        "BOLETA DE VENTA ELECTRÓNICA B001-1",
        "Ana Quispe Mamani",
        "DNI 41234567",
        "CMP 45678",
        "Consejo Regional III Lima",
        "Fecha de emisión 22/11/2026",
        "Soles (PEN)",
        "1 1 servicio Cuota Colegiado, enero 2024 S/ 30.00 S/ 30.00",
        "12 1 servicio Cuota Colegiado, diciembre 2024",
        "Acuerdo de muestra 01-2020",
        "Op. gravada S/ 0.00",
        "Op. inafecta S/ 360.00",
        "IGV (18 %) S/ 0.00",
        "Importe total S/ 360.00",
        "SON: TRESCIENTOS SESENTA CON 00/100 SOLES",
        "401214****0007",
        "Autorización 123456",
        "Representación impresa de la boleta de venta electrónica",
        "Pendiente de envío a SUNAT",
    ):
        assert said in text


def test_a_factura_writes_a_long_name_with_all_its_signs(ana: User) -> None:
    factura = issue(a_paid_order(ana, **FACTURA | {"buyer_name": LONG_NAME}).pk)
    text = words_of(pdf.render(factura))
    assert "FACTURA ELECTRÓNICA F001-1" in text
    assert "RUC 20100066603" in text
    assert " ".join(LONG_NAME.split()) in text
    assert "Av. Larco 100, Miraflores" in text


def test_three_years_of_dues_fit_on_the_page_of_a_long_named_company(ana: User) -> None:
    fields = FACTURA | {"buyer_name": LONG_NAME, "buyer_address": LONG_NAME}
    content = pdf.render(issue(a_paid_order(ana, months=36, kind=Kind.SEMEFA, amount="85.50", **fields).pk))
    text = words_of(content)
    assert "36 1 servicio Cuota SEMEFA, diciembre 2026 S/ 85.50" in text
    assert "SON: TRES MIL SETENTA Y OCHO CON 00/100 SOLES" in text
    assert len(content) <= 40_000


@pytest.mark.parametrize("dues", [1, 15, 16, 36])
def test_a_receipt_is_one_small_page_whatever_its_dues(ana: User, dues: int) -> None:
    receipt = issue(a_paid_order(ana).pk)
    receipt.statement = a_statement(*(a_line(month) for month in range(1, dues + 1))).as_json()
    content = pdf.render(receipt, digest="x" * 44)
    assert f"{dues} 1 servicio Cuota Colegiado, mes {dues} " in words_of(content)
    assert len(content) <= 40_000


def test_a_ticket_says_the_same_on_a_roll_cut_below_its_last_line(ana: User) -> None:
    receipt = frozen(issue(a_paid_order(ana, months=36).pk))
    content = pdf.render_ticket(receipt, digest="Zm9v")
    text = words_of(content)
    for said in (
        "DATOS DE MUESTRA — sin validez tributaria",
        f"RUC {portal.COLLEGE['ruc']}",
        "BOLETA DE VENTA ELECTRÓNICA B001-1",
        "Señor(a): Ana Quispe Mamani",
        "Fecha de emisión: 22/11/2026",
        "36. Cuota Colegiado, diciembre 2026",
        "Op. inafecta S/ 1,080.00",
        "SON: MIL OCHENTA CON 00/100 SOLES",
        "Representación impresa de la boleta de venta electrónica",
        "Estado: Pendiente de envío a SUNAT",
        "Valor resumen: Zm9v",
    ):
        assert said in text
    width, height = (float(side) * 25.4 / 72 for side in PdfReader(io.BytesIO(content)).pages[0].mediabox[2:])
    assert round(width) == 80
    assert 300 < height < 600
    assert len(content) <= 40_000
    assert content == pdf.render_ticket(receipt, digest="Zm9v")
    assert [element.get("/Alt") for element in structure(content) if element["/S"] == "/Figure"] == [
        "Código QR de comprobación"
    ]


def test_real_data_carry_no_mark_of_samples(ana: User, settings: Settings) -> None:
    settings.SAMPLE_DATA = False
    assert "MUESTRA —" not in words_of(pdf.render(issue(a_paid_order(ana).pk)))


def test_each_legal_basis_is_named_with_its_rows(ana: User) -> None:
    receipt = issue(a_paid_order(ana, months=3).pk)
    lines = Contents.from_json(receipt.statement).lines
    assert pdf.legal_bases(lines) == [("Acuerdo de muestra 01-2020", "1–3")]


def test_the_qr_holds_what_sunat_asks(ana: User) -> None:
    receipt = frozen(issue(a_paid_order(ana).pk))
    content = pdf.qr_content(receipt, Contents.from_json(receipt.statement))
    assert content == f"{portal.COLLEGE['ruc']}|03|B001|1|0.00|60.00|2026-11-22|1|41234567|"


def test_the_same_receipt_is_the_same_bytes(ana: User) -> None:
    receipt = issue(a_paid_order(ana).pk)
    assert pdf.render(receipt) == pdf.render(Receipt.objects.get(pk=receipt.pk))


RENDER_IN_A_NEW_PROCESS = """
import sys, django, json
django.setup()
from datetime import date, datetime
from receipts.printing import pdf
from receipts.models import Receipt
told = json.load(sys.stdin)
told["issued_at"] = datetime.fromisoformat(told["issued_at"])
told["issue_date"] = date.fromisoformat(told["issue_date"])
sys.stdout.buffer.write(pdf.render(Receipt(**told)))
"""


def test_another_process_makes_the_same_bytes(ana: User) -> None:
    receipt = frozen(issue(a_paid_order(ana).pk))
    columns = ("name", "document", "code", "issued_at", "issue_date", "sample", "statement")
    told = json.dumps({column: getattr(receipt, column) for column in columns}, default=str)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONHASHSEED": "12345"}
    made = subprocess.run(
        [sys.executable, "-c", RENDER_IN_A_NEW_PROCESS],
        input=told.encode(),
        env=environment,
        cwd=portal.BASE_DIR,
        capture_output=True,
        check=True,
    )
    assert made.stdout == pdf.render(receipt)


def test_the_pdf_is_made_once_and_kept(ana: User) -> None:
    receipt = issue(a_paid_order(ana).pk)
    assert pdf.pdf_of(receipt) == pdf.pdf_of(receipt)
    assert bytes(Representation.objects.get().pdf) == pdf.render(receipt, digest=filing.prepare(receipt).digest)


def test_its_letters_are_the_packages_own(ana: User) -> None:
    reader = PdfReader(io.BytesIO(pdf.render(issue(a_paid_order(ana).pk))))
    fonts = {font["/BaseFont"].split("+")[-1] for font in reader.pages[0]["/Resources"]["/Font"].values()}
    assert fonts == {"Receipt", "Receipt-Bold"}
    assert (Path(pdf.HERE) / "fonts" / "LICENSE.txt").exists()


def test_a_machine_without_the_library_is_told_so_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [error for error in run_checks() if error.id == "receipts.E001"] == []
    monkeypatch.setattr(checks, "LIBRARIES", (("no-such-library", "libno-such-library.so.0", "libno-such0"),))
    [error] = [error for error in run_checks() if error.id == "receipts.E001"]
    assert error.msg == (
        "Receipts cannot be printed without libno-such-library.so.0: apt-get install libno-such0 (script/setup does)."
    )


def structure(content: bytes) -> Iterator[DictionaryObject]:
    """The tagged elements of the document, in reading order."""

    def below(node: Any) -> Iterator[DictionaryObject]:
        node = node.get_object()
        for child in node if isinstance(node, list) else [node]:
            element = child.get_object()
            if isinstance(element, DictionaryObject):
                if "/S" in element:
                    yield element
                if "/K" in element:
                    yield from below(element["/K"])

    yield from below(PdfReader(io.BytesIO(content)).trailer["/Root"]["/StructTreeRoot"])


def test_it_can_be_read_aloud(ana: User) -> None:
    content = pdf.render(issue(a_paid_order(ana, months=2).pk))
    root = PdfReader(io.BytesIO(content)).trailer["/Root"]
    assert root["/Lang"] == "es-PE"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b'pdfuaid:part="1"' in root["/Metadata"].get_data()
    assert PdfReader(io.BytesIO(content)).metadata.title == "Boleta de venta electrónica B001-1"
    elements = list(structure(content))
    figures = [element.get("/Alt") for element in elements if element["/S"] == "/Figure"]
    assert figures == ["Emblema", "Código QR de comprobación"]
    known = {element["/ID"] for element in elements if element["/S"] == "/TH"}
    told = [element["/A"].get("/Headers", []) for element in elements if element["/S"] == "/TD"]
    # Each cell of the two dues, the four facts and the four sums names its column or row.
    assert sum(map(bool, told)) == 2 * 5 + 4 + 4
    assert all(header in known for headers in told for header in headers)
    assert [element["/S"] for element in elements if element["/S"].startswith("/H")] == ["/H1", "/H2"]


def test_a_note_says_no_way_of_paying_and_names_a_company(ana: User) -> None:
    boleta = frozen(issue(a_paid_order(ana, **FACTURA).pk))
    assert "Forma de pago: Contado" in words_of(pdf.render(boleta))

    correction = Correction(document="01", name="F001-1", reason="06", description="Lo pidió por carta")
    boleta.document = "07"
    boleta.statement = replace(boleta.stated, correction=correction).as_json()
    for text in (words_of(pdf.render(boleta)), words_of(pdf.render_ticket(boleta))):
        assert "Forma de pago" not in text
        assert "Razón social" in text
        assert "Señor(a)" not in text


def test_a_word_of_250_letters_stays_on_the_paper(ana: User) -> None:
    receipt = frozen(issue(a_paid_order(ana).pk))
    stated = receipt.stated
    receipt.statement = replace(stated, buyer=replace(stated.buyer, name="Ñ" * 250)).as_json()

    page = PdfReader(io.BytesIO(pdf.render(receipt))).pages[0]
    lines: list[str] = [line for line in page.extract_text().splitlines() if "ÑÑ" in line]
    assert sum(line.count("Ñ") for line in lines) == 250
    # A line of these holds about ninety of them; on one line they would run over the edge.
    assert max(line.count("Ñ") for line in lines) < 120
