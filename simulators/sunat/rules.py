"""What the stand-in checks of a document: those of SUNAT's rules, by their codes, that a fault here would break.

Codes below 2000 are faults: the document was not received. From 2000 on it was, and its number is spent; from 4000 on
it is accepted with an observation.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from lxml import etree
from lxml.etree import _Element

from base.peru import ruc
from receipts.tax_office.signature import BadSignature, verify
from receipts.tax_office.ubl.elements import NAMESPACES

TOLERANCE = Decimal("1.00")
FACTURA_DAYS = 3
BOLETA_DAYS = 5
FUTURE_DAYS = 2
# Names and reasons.
SHORTEST_TEXT = 3

MESSAGES = {
    "0111": "No tiene el perfil para enviar comprobantes electronicos",
    "0127": "El ticket no existe",
    "0306": "No se puede leer (parsear) el archivo XML",
    "0402": "La numeracion o nombre del documento ya ha sido enviado anteriormente",
    "1001": "El dato SERIE-CORRELATIVO no cumple con el formato de acuerdo al tipo de comprobante",
    "1008": "El XML no contiene el tag o no existe informacion del tipo de documento del emisor",
    "1032": "El comprobante ya esta informado y se encuentra con estado anulado o rechazado",
    "1033": "El comprobante fue registrado previamente con otros datos",
    "1034": "Número de RUC del nombre del archivo no coincide con el consignado en el contenido del archivo XML",
    "1036": "El nombre del archivo no coincide con el comprobante",
    "1037": "El XML no contiene el nombre o razon social del emisor",
    "1079": "Sólo puede ser enviado en un resumen diario",
    "2014": "El XML no contiene el tag o no existe informacion del numero de documento del receptor",
    "2015": "El XML no contiene el tag o no existe informacion del tipo de documento del receptor",
    "2017": "El numero de documento de identidad del receptor debe ser RUC",
    "2021": "El XML no contiene el nombre o razon social del receptor",
    "2022": "RegistrationName - El nombre o razon social del adquirente no cumple con el estandar",
    "2062": "El dato ingresado en PayableAmount no cumple con el formato establecido",
    "2070": "El XML no contiene el tag o no existe informacion de DocumentCurrencyCode",
    "2072": "La version de la estructura del documento no es la correcta",
    "2074": "La version del UBL no es correcta",
    "2105": "Comprobante a dar de baja no se encuentra registrado en SUNAT",
    "2108": "Presentación fuera de fecha",
    "2116": "El tipo de documento modificado por la Nota de credito debe ser factura electronica o boleta",
    "2119": "El documento modificado en la Nota de credito no esta registrado",
    "2135": "El dato ingresado como cargo o motivo del documento no cumple con el estandar",
    "2136": "El XML no contiene el tag o no existe informacion de la descripcion del motivo",
    "2172": "El XML no contiene el tag o no existe informacion del motivo de la nota",
    "2223": "El archivo ya fue presentado anteriormente",
    "2236": "IssueDate - La fecha de generacion del resumen debe ser igual o anterior a la fecha actual",
    "2278": "Debe indicar el IGV de la linea del resumen",
    "2282": "Existe documento ya informado anteriormente",
    "2301": "IssueDate - La fecha de la baja debe ser igual o anterior a la fecha actual",
    "2314": "VoidReasonDescription - El motivo de la baja no cumple con el estandar",
    "2323": "Existe documento ya informado anteriormente en una comunicacion de baja",
    "2324": "El archivo de comunicacion de baja ya fue presentado anteriormente",
    "2325": "El certificado usado no es el comunicado a SUNAT",
    "2326": "El certificado usado se encuentra de baja",
    "2327": "El certificado usado no se encuentra vigente",
    "2328": "El certificado usado se encuentra revocado",
    "2329": "La fecha de emision se encuentra fuera del limite permitido",
    "2335": "El documento electrónico ingresado ha sido alterado",
    "2371": "El XML no contiene el codigo de afectacion del IGV",
    "2375": "Fecha de emision de la boleta no coincide con la fecha de emision consignada en la comunicacion",
    "2800": "El dato ingresado en el tipo de documento de identidad del receptor no esta permitido",
    "2957": "El comprobante no puede ser dado de baja por exceder el plazo desde su fecha de emision",
    "2987": "El comprobante ya fue informado y se encuentra anulado o rechazado",
    "2992": "El XML no contiene el tag de la tasa del tributo de la línea",
    "3030": "El XML no contiene el codigo del domicilio fiscal o anexo del emisor",
    "3033": "El XML de la boleta no lleva forma de pago",
    "3103": "El producto del factor y monto base de la afectación del IGV no corresponde",
    "3110": "El monto de la afectacion del tributo por linea debe ser 0.00",
    "3111": "El monto de afectación de IGV por linea debe ser diferente a 0.00",
    "3205": "Debe consignar el tipo de operación",
    "3244": "Debe consignar la informacion del tipo de transaccion del comprobante",
    "3271": "El valor de venta por ítem difiere de los importes consignados",
    "3274": "La sumatoria del total valor de venta - operaciones inafectas no corresponde",
    "3277": "La sumatoria del total valor de venta - operaciones gravadas no corresponde",
    "3278": "La sumatoria de valor de venta no corresponde",
    "3280": "El importe total del comprobante no coincide con el valor calculado",
    "3286": "El importe total de la nota no debe superar el del documento que modifica",
    "3291": "El cálculo del IGV es incorrecto",
    "3294": "La sumatoria de impuestos globales no corresponde",
    "4093": "El codigo de ubigeo del domicilio fiscal del emisor no es válido",
}
# The elements that may stand directly in each document, in the order of its schema.
HEAD = ["ext:UBLExtensions", "cbc:UBLVersionID", "cbc:CustomizationID", "cbc:ProfileID", "cbc:ID"]
PARTIES = ["cac:Signature", "cac:AccountingSupplierParty", "cac:AccountingCustomerParty"]
TOTALS = ["cac:PaymentTerms", "cac:TaxTotal", "cac:LegalMonetaryTotal"]
ORDER = {
    "Invoice": [
        *HEAD,
        *("cbc:IssueDate", "cbc:IssueTime", "cbc:InvoiceTypeCode", "cbc:Note", "cbc:DocumentCurrencyCode"),
        *PARTIES,
        *TOTALS,
        "cac:InvoiceLine",
    ],
    "CreditNote": [
        *HEAD,
        *("cbc:IssueDate", "cbc:IssueTime", "cbc:Note", "cbc:DocumentCurrencyCode", "cac:DiscrepancyResponse"),
        "cac:BillingReference",
        *PARTIES,
        *TOTALS,
        "cac:CreditNoteLine",
    ],
    "SummaryDocuments": [
        *HEAD,
        *("cbc:ReferenceDate", "cbc:IssueDate", *PARTIES, "sac:SummaryDocumentsLine"),
    ],
    "VoidedDocuments": [
        *HEAD,
        *("cbc:ReferenceDate", "cbc:IssueDate", *PARTIES, "sac:VoidedDocumentsLine"),
    ],
}


@dataclass(frozen=True, kw_only=True)
class Received:
    """A file as it came, and what its name says: `type` is of catalogue 01, "RC" or "RA"."""

    ruc: str
    type: str
    name: str
    content: bytes
    root: _Element
    today: date

    def text(self, path: str) -> str:
        return self.root.findtext(path, "", NAMESPACES).strip()

    def amount(self, path: str) -> Decimal:
        return amount_of(self.text(path))

    def attribute(self, path: str, name: str) -> str:
        found = self.root.find(path, NAMESPACES)
        return found.get(name, "") if found is not None else ""

    @property
    def issue_date(self) -> date:
        return date.fromisoformat(self.text("cbc:IssueDate"))

    @property
    def lines(self) -> list[_Element]:
        name = "cac:CreditNoteLine" if self.type == "07" else "cac:InvoiceLine"
        return self.root.findall(name, NAMESPACES)


def amount_of(text: str) -> Decimal:
    """NaN for what is no amount; it equals nothing, so every sum with it is wrong."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


def findings(received: Received) -> list[str]:
    """The codes of all rules that the file breaks, faults first."""
    rules = SUMMARY_RULES if received.type in ("RC", "RA") else DOCUMENT_RULES
    return sorted({code for rule in rules for code in rule(received)})


def _structure(received: Received) -> Iterator[str]:
    order = ORDER.get(etree.QName(received.root).localname)
    if order is None:
        yield "0306"
        return
    known = {f"{{{NAMESPACES[name.split(':')[0]]}}}{name.split(':')[1]}": rank for rank, name in enumerate(order)}
    ranks = [known.get(child.tag, -1) for child in received.root]
    if -1 in ranks or ranks != sorted(ranks):
        yield "0306"


def _versions(received: Received) -> Iterator[str]:
    old = {"RC": ("2.0", "1.1"), "RA": ("2.0", "1.0")}
    version, customization = old.get(received.type, ("2.1", "2.0"))
    if received.text("cbc:UBLVersionID") != version:
        yield "2074"
    if received.text("cbc:CustomizationID") != customization:
        yield "2072"


def _names(received: Received) -> Iterator[str]:
    if received.text("cbc:ID") != received.name:
        yield "1036"
    letter = {"01": "F", "03": "B"}.get(received.type, "[FB]")
    if not re.fullmatch(letter + r"[A-Z0-9]{3}-[1-9][0-9]{0,7}", received.name):
        yield "1001"


def _issuer(received: Received) -> Iterator[str]:
    party = "cac:AccountingSupplierParty/cac:Party"
    number = received.text(f"{party}/cac:PartyIdentification/cbc:ID")
    if number != received.ruc or not ruc.is_valid(number):
        yield "1034"
    if received.attribute(f"{party}/cac:PartyIdentification/cbc:ID", "schemeID") != "6":
        yield "1008"
    if not received.text(f"{party}/cac:PartyLegalEntity/cbc:RegistrationName"):
        yield "1037"
    address = f"{party}/cac:PartyLegalEntity/cac:RegistrationAddress"
    if not re.fullmatch(r"\d{4}", received.text(f"{address}/cbc:AddressTypeCode")):
        yield "3030"
    if not re.fullmatch(r"(\d{6})?", received.text(f"{address}/cbc:ID")):
        yield "4093"


def _buyer(received: Received) -> Iterator[str]:
    party = "cac:AccountingCustomerParty/cac:Party"
    number = received.text(f"{party}/cac:PartyIdentification/cbc:ID")
    scheme = received.attribute(f"{party}/cac:PartyIdentification/cbc:ID", "schemeID")
    if not number:
        yield "2014"
    if not scheme:
        yield "2015"
    name = received.text(f"{party}/cac:PartyLegalEntity/cbc:RegistrationName")
    if not name:
        yield "2021"
    elif len(name) < SHORTEST_TEXT:
        yield "2022"
    if received.name.startswith("F") and scheme != "6":
        yield "2800"
    if scheme == "6" and not ruc.is_valid(number):
        yield "2017"


def _signature(received: Received) -> Iterator[str]:
    try:
        verify(received.content)
    except BadSignature:
        yield "2335"


def _dates(received: Received) -> Iterator[str]:
    try:
        issued = received.issue_date
    except ValueError:
        yield "2329"
        return
    if issued > received.today + timedelta(days=FUTURE_DAYS):
        yield "2329"
    age = (received.today - issued).days
    if received.name.startswith("F") and age > FACTURA_DAYS:
        yield "2108"
    if received.name.startswith("B") and age > BOLETA_DAYS:
        yield "1079"


def _head(received: Received) -> Iterator[str]:
    if received.text("cbc:DocumentCurrencyCode") != "PEN":
        yield "2070"
    terms = received.text("cac:PaymentTerms/cbc:PaymentMeansID")
    if received.type == "01" and terms != "Contado":
        yield "3244"
    if received.type == "03" and terms:
        yield "3033"
    if received.type != "07" and received.attribute("cbc:InvoiceTypeCode", "listID") != "0101":
        yield "3205"


def _correction(received: Received) -> Iterator[str]:
    if received.type != "07":
        return
    if received.text("cac:DiscrepancyResponse/cbc:ResponseCode") not in ("01", "02", "03", "06", "07", "09", "10"):
        yield "2172"
    description = received.text("cac:DiscrepancyResponse/cbc:Description")
    if len(description) < SHORTEST_TEXT:
        yield "2135" if description else "2136"
    reference = received.text("cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID")
    if reference[:1] != received.name[:1]:
        yield "2116"


def _line_amounts(received: Received) -> Iterator[str]:
    for line in received.lines:
        value = amount_of(line.findtext("cbc:LineExtensionAmount", "", NAMESPACES))
        price = amount_of(line.findtext("cac:Price/cbc:PriceAmount", "", NAMESPACES))
        quantity = amount_of(
            line.findtext("cbc:InvoicedQuantity", "", NAMESPACES)
            or line.findtext("cbc:CreditedQuantity", "", NAMESPACES)
        )
        if _far(value, price * quantity):
            yield "3271"
        yield from _line_tax(line, value)


def _line_tax(line: _Element, value: Decimal) -> Iterator[str]:
    subtotal = "cac:TaxTotal/cac:TaxSubtotal"
    if not line.findtext(f"{subtotal}/cac:TaxCategory/cbc:Percent", "", NAMESPACES):
        yield "2992"
    affectation = line.findtext(f"{subtotal}/cac:TaxCategory/cbc:TaxExemptionReasonCode", "", NAMESPACES)
    scheme = line.findtext(f"{subtotal}/cac:TaxCategory/cac:TaxScheme/cbc:ID", "", NAMESPACES)
    if (affectation, scheme) not in (("30", "9998"), ("10", "1000")):
        yield "2371"
    tax = amount_of(line.findtext(f"{subtotal}/cbc:TaxAmount", "", NAMESPACES))
    if affectation == "30" and tax != 0:
        yield "3110"
    if affectation == "10" and tax == 0 and value > 0:
        yield "3111"
    if affectation == "10" and _far(tax, value * Decimal("0.18")):
        yield "3291"


def _sums(received: Received) -> Iterator[str]:
    by_scheme: dict[str, Decimal] = {"1000": Decimal(0), "9998": Decimal(0)}
    for line in received.lines:
        scheme = line.findtext(".//cac:TaxScheme/cbc:ID", "", NAMESPACES)
        by_scheme[scheme] = by_scheme.get(scheme, Decimal(0)) + amount_of(
            line.findtext("cbc:LineExtensionAmount", "", NAMESPACES)
        )
    taxes = Decimal(0)
    for subtotal in received.root.iterfind("cac:TaxTotal/cac:TaxSubtotal", NAMESPACES):
        scheme = subtotal.findtext(".//cac:TaxScheme/cbc:ID", "", NAMESPACES)
        taxes += amount_of(subtotal.findtext("cbc:TaxAmount", "", NAMESPACES))
        if _far(amount_of(subtotal.findtext("cbc:TaxableAmount", "", NAMESPACES)), by_scheme.get(scheme, Decimal(0))):
            yield {"9998": "3274"}.get(scheme, "3277")
    if _far(received.amount("cac:TaxTotal/cbc:TaxAmount"), taxes):
        yield "3294"
    value = received.amount("cac:LegalMonetaryTotal/cbc:LineExtensionAmount")
    if _far(value, sum(by_scheme.values(), Decimal(0))):
        yield "3278"
    payable = received.amount("cac:LegalMonetaryTotal/cbc:PayableAmount")
    if payable.is_nan() or payable <= 0:
        yield "2062"
    if _far(payable, value + taxes):
        yield "3280"


def _far(one: Decimal, other: Decimal) -> bool:
    """Further apart than SUNAT tolerates; what is no number is far from everything."""
    return one.is_nan() or other.is_nan() or abs(one - other) > TOLERANCE


Rule = Callable[[Received], Iterator[str]]
DOCUMENT_RULES: tuple[Rule, ...] = (
    _structure,
    _versions,
    _names,
    _issuer,
    _buyer,
    _signature,
    _dates,
    _head,
    _correction,
    _line_amounts,
    _sums,
)
#: A summary's and a voiding's; what their lines say is judged in files.py.
SUMMARY_RULES: tuple[Rule, ...] = (_structure, _versions, _signature)
