"""Documents in every shape the portal issues, as plain values: no database is needed to write and judge their XML."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from base.peru.amount_in_words import amount_in_words
from receipts.issuing.contents import (
    TAXED,
    UNAFFECTED,
    Buyer,
    Contents,
    Correction,
    Issuer,
    Line,
    Payment,
    Physician,
    Totals,
)
from receipts.tax_office.ubl.documents import CREDIT_NOTE, Document

BOLETA, FACTURA = "03", "01"
DAY = date(2026, 11, 23)

ISSUER = Issuer(
    ruc="20131312955",
    name="Colegio Médico del Perú",
    shop_name="CMP Digital",
    address="Malecón Armendáriz 791",
    telephone="(01) 000-0000",
    email="tesoreria@example.org",
    domain="pagos.example.org",
    ubigeo="150122",
    department="LIMA",
    province="LIMA",
    district="MIRAFLORES",
)
ANA = Buyer(document_type="1", document_number="41234567", name="Ana Quispe Mamani", address="")
CLINIC = Buyer(
    document_type="6",
    document_number="20100066603",
    name='Clínica Ñusta & Asociados "La Salud" S.A.C.',
    address="Av. Larco 100, Miraflores",
)
FOREIGNER = Buyer(document_type="4", document_number="001234567", name="João d'Ávila <Souza>", address="")
TRAVELLER = Buyer(document_type="7", document_number="XK1234567", name="Zoë Brontë-O’Neill", address="")
DOCTOR_WITH_RUC = Buyer(
    document_type="6", document_number="10412345679", name="QUISPE MAMANI ANA", address="Jr. Puno 1"
)
LONG_NAME = Buyer(document_type="1", document_number="41234567", name="Ñ" * 249 + "&", address="")


def a_line(month: int = 1, amount: str = "30.00", **fields: Any) -> Line:
    defaults: dict[str, Any] = {
        "kind": "colegiado",
        "period": date(2024 + (month - 1) // 12, (month - 1) % 12 + 1, 1),
        "description": f"Cuota Colegiado, mes {month}",
        "quantity": 1,
        "unit_price": Decimal(amount),
        "amount": Decimal(amount),
        "affectation": UNAFFECTED,
        "basis": "Acuerdo de muestra 01-2020",
    }
    return Line(**(defaults | fields))


def a_statement(*lines: Line, buyer: Buyer = ANA, correction: Correction | None = None) -> Contents:
    lines = lines or (a_line(),)
    totals = Totals.of(lines)
    return Contents(
        issuer=ISSUER,
        buyer=buyer,
        physician=Physician(cmp_number=45678, name="Ana Quispe Mamani", regional_council="Consejo Regional III Lima"),
        lines=lines,
        totals=totals,
        words=amount_in_words(totals.total),
        currency="PEN",
        payment=Payment(
            purchase_number="1", card="", brand="", authorization_code="", paid_at=datetime(2026, 11, 23, tzinfo=UTC)
        ),
        correction=correction,
    )


def a_document(type_: str = BOLETA, *lines: Line, buyer: Buyer | None = None, **fields: Any) -> Document:
    buyer = buyer or (CLINIC if type_ == FACTURA else ANA)
    statement = a_statement(*lines, buyer=buyer)
    defaults: dict[str, Any] = {
        "type": type_,
        "name": "F001-7" if type_ == FACTURA else "B001-7",
        "issue_date": DAY,
        "issue_time": time(9, 30),
        "statement": statement,
    }
    return Document(**(defaults | fields))


def a_credit_note(original: Document, reason: str, *lines: Line, **fields: Any) -> Document:
    """A note on all of `original`, or on these lines of it."""
    correction = Correction(
        document=original.type, name=original.name, reason=reason, description="Devolución al colegiado"
    )
    statement = a_statement(*(lines or original.statement.lines), buyer=original.statement.buyer)
    letter = original.name[0]
    return replace(
        original,
        type=CREDIT_NOTE,
        name=f"{letter}C01-3",
        statement=replace(statement, correction=correction),
        **fields,
    )


SEMEFA = [a_line(month, "85.50", kind="semefa", description=f"Cuota SEMEFA, mes {month}") for month in (1, 2, 3)]
COURSE = a_line(1, "118.00", affectation=TAXED, description="Curso de actualización, sede Lima")
ODD_COURSE = a_line(2, "99.99", affectation=TAXED, description="Alquiler del auditorio & equipos «A»")
LONG_TEXT = a_line(1, description="Ñandú & “comillas” 'simples' <etiqueta> " * 20)


def every_shape() -> Iterator[tuple[str, Document]]:
    for count in (1, 2, 12, 36):
        yield f"boleta of {count}", a_document(BOLETA, *(a_line(month) for month in range(1, count + 1)))
    yield "factura of 36", a_document(FACTURA, *(a_line(month) for month in range(1, 37)))
    yield "boleta of SEMEFA", a_document(BOLETA, *SEMEFA)
    yield "factura of SEMEFA to a doctor", a_document(FACTURA, *SEMEFA, buyer=DOCTOR_WITH_RUC)
    yield "boleta taxed", a_document(BOLETA, COURSE)
    yield "boleta mixed", a_document(BOLETA, a_line(), COURSE, ODD_COURSE, *SEMEFA)
    yield "factura mixed", a_document(FACTURA, a_line(), COURSE, ODD_COURSE)
    yield (
        "three of a kind, taxed",
        a_document(FACTURA, a_line(amount="99.99", quantity=3, unit_price=Decimal("33.33"), affectation=TAXED)),
    )
    for name, buyer in {
        "a foreigner": FOREIGNER,
        "a traveller": TRAVELLER,
        "a third party": CLINIC,
        "a name of 250": LONG_NAME,
    }.items():
        yield f"boleta to {name}", a_document(BOLETA, buyer=buyer)
    yield "a description of 500", a_document(BOLETA, LONG_TEXT)
    yield "999,999.99", a_document(BOLETA, a_line(amount="999999.99"))
    for original in (
        a_document(BOLETA, a_line(), COURSE),
        a_document(FACTURA, a_line(1), a_line(2), ODD_COURSE),
    ):
        name = "boleta" if original.type == BOLETA else "factura"
        for reason in ("01", "06"):
            yield f"note {reason} on the whole {name}", a_credit_note(original, reason)
        yield f"note 07 on one item of the {name}", a_credit_note(original, "07", original.statement.lines[-1])


SHAPES = dict(every_shape())
