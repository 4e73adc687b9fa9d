"""What a receipt states, as plain values: everything that PDF and XML print, frozen when it is issued.

Nothing here is looked up again later: the college may move, a member may change council, a tariff may be corrected,
and the document still says what it said. Amounts are Decimal soles with two places; JSON carries them as text.
"""

from collections.abc import Sequence
from dataclasses import dataclass, is_dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Self

from django.conf import settings
from django.template.defaultfilters import date as format_date
from django.utils import timezone

from base.peru.amount_in_words import amount_in_words
from dues.models import Kind
from members.models import Member
from payments.models import Attempt, Order, OrderLine
from payments.states import Way
from payments.ways import masks
from payments.ways.words import WORDS

# SUNAT's catalogue 07: how an operation stands to the sales tax.
UNAFFECTED = "30"
TAXED = "10"
IGV = Decimal("0.18")
CENT = Decimal("0.01")
#: Of a name or a reason; SUNAT refuses a shorter one (2022, 2135, 2314).
SHORTEST_TEXT = 3


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """`establishment` is the annex's code at SUNAT, 0000 the main address; `ubigeo` INEI's six digits, or ""."""

    ruc: str
    name: str
    shop_name: str
    address: str
    telephone: str
    email: str
    domain: str
    establishment: str = "0000"
    ubigeo: str = ""
    department: str = ""
    province: str = ""
    district: str = ""


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """document_type is a code of SUNAT's catalogue 06; a boleta need not have an address."""

    document_type: str
    document_number: str
    name: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Physician:
    """Whose dues were paid; the buyer of a factura may be a company."""

    cmp_number: int
    name: str
    regional_council: str
    # Who paid by a link holds the document, and may see no more of the physician than the link's page shows.
    masked: bool = False

    @property
    def cmp(self) -> str:
        return masks.masked_number(self.cmp_number) if self.masked else str(self.cmp_number)

    @property
    def shown(self) -> str:
        """What papers say: number, name and council."""
        if self.masked:
            return f"CMP {self.cmp} · {masks.initials(self.name)}"
        return f"CMP {self.cmp} · {self.name} · {self.regional_council}"

    @property
    def in_letter(self) -> str:
        return self.shown if self.masked else f"CMP {self.cmp} · {self.regional_council}"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One due. unit_price and amount are what was paid for it, sales tax included where it is affected."""

    kind: str
    period: date
    description: str
    quantity: int
    unit_price: Decimal
    amount: Decimal
    affectation: str
    basis: str


@dataclass(frozen=True, kw_only=True)
class Totals:
    """By kind of operation: unaffected + taxed + igv = total."""

    unaffected: Decimal
    taxed: Decimal
    igv: Decimal
    total: Decimal

    @classmethod
    def of(cls, lines: Sequence[Line]) -> Self:
        """The sales tax is taken out of what was paid line by line, as the XML will have to state it."""
        total = sum((line.amount for line in lines), Decimal("0.00"))
        unaffected = sum((line.amount for line in lines if line.affectation == UNAFFECTED), Decimal("0.00"))
        taxed = sum((without_igv(line.amount) for line in lines if line.affectation == TAXED), Decimal("0.00"))
        return cls(unaffected=unaffected, taxed=taxed, igv=total - unaffected - taxed, total=total)


@dataclass(frozen=True, kw_only=True)
class Payment:
    purchase_number: str
    card: str
    brand: str
    authorization_code: str
    paid_at: datetime
    # "" for a card, whose mask and brand stand above; documents of before know cards only.
    way: str = Way.CARD.value
    paid_with: str = ""
    instalments: str = ""

    @property
    def title(self) -> str:
        """Returns how the payment is headed: "Pago con tarjeta"."""
        return WORDS[Way(self.way)].title

    @property
    def means(self) -> str:
        """Returns the masked means: "VISA 455170******8059", "Yape •••• 157"."""
        return self.paid_with or f"{self.brand.upper()} {self.card}"


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What a credit note takes back: the boleta or factura called `name`, for a `reason` of SUNAT's catalogue 09.

    01 cancels the operation, 02 corrects a wrong RUC, 06 gives all back, 07 gives some items back.
    """

    document: str
    name: str
    reason: str
    description: str


@dataclass(frozen=True, kw_only=True)
class Contents:
    """All that a document states. Only a credit note has a `correction`."""

    issuer: Issuer
    buyer: Buyer
    physician: Physician
    lines: tuple[Line, ...]
    totals: Totals
    words: str
    currency: str
    payment: Payment
    correction: Correction | None = None

    def as_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = _plain(self)
        return plain

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The inverse of as_json."""
        return cls(
            issuer=Issuer(**stored["issuer"]),
            buyer=Buyer(**stored["buyer"]),
            physician=Physician(**stored["physician"]),
            lines=tuple(_line(line) for line in stored["lines"]),
            totals=Totals(**{name: Decimal(amount) for name, amount in stored["totals"].items()}),
            words=stored["words"],
            currency=stored["currency"],
            payment=Payment(**stored["payment"] | {"paid_at": datetime.fromisoformat(stored["payment"]["paid_at"])}),
            correction=Correction(**stored["correction"]) if stored.get("correction") else None,
        )


def without_igv(amount: Decimal) -> Decimal:
    """What remains of a price in soles when its 18 % of sales tax is taken out, rounded to the céntimo.

    A taxed line has at least a céntimo of tax, however small it is (SUNAT's rule 3111).
    """
    rounded = (amount / (1 + IGV)).quantize(CENT, ROUND_HALF_UP)
    return min(rounded, amount - CENT) if amount > 0 else rounded


def state(order: Order, attempt: Attempt, *, affectation: str) -> Contents:
    """Copy all that the receipt of a paid order will say; `attempt` is the one that paid it.

    `affectation` is that of the order's concept (receipts/issuing/affectations.py).

    Reads the order's member with council, and its lines with their dues: fetch them beforehand for many orders.
    """
    lines = tuple(_line_of(line, order, affectation) for line in order.lines.all())
    return Contents(
        issuer=Issuer(**settings.COLLEGE, **settings.ISSUER_PLACE),
        buyer=Buyer(
            document_type=order.buyer_document_type,
            document_number=order.buyer_document_number,
            name=order.buyer_name,
            address=order.buyer_address,
        ),
        physician=replace(physician_of(order.member), masked=order.paid_by_other),
        lines=tuple(sorted(lines, key=lambda line: line.period)),
        totals=Totals.of(lines),
        words=amount_in_words(order.total, order.currency),
        currency=order.currency,
        payment=_payment_of(order, attempt),
    )


def physician_of(member: Member) -> Physician:
    return Physician(cmp_number=member.cmp_number, name=member.full_name, regional_council=str(member.regional_council))


def describe(kind: str, period: date) -> str:
    """A due as a line of a document names it."""
    return f"{Kind(kind).label}, {format_date(period, 'F Y').lower()}"


def _line_of(line: OrderLine, order: Order, affectation: str) -> Line:
    return Line(
        kind=order.kind,
        period=line.period,
        description=describe(order.kind, line.period),
        quantity=1,
        unit_price=line.amount,
        amount=line.amount,
        affectation=affectation,
        basis=line.due.basis,
    )


def _payment_of(order: Order, attempt: Attempt) -> Payment:
    return Payment(
        purchase_number=attempt.number,
        card=attempt.card,
        brand=attempt.brand,
        authorization_code=attempt.authorization_code,
        paid_at=order.paid_at or timezone.now(),
        way=attempt.way,
        paid_with="" if attempt.way == Way.CARD else attempt.paid_with,
        instalments=attempt.instalments_in_words,
    )


def _line(stored: dict[str, Any]) -> Line:
    return Line(
        **stored
        | {
            "period": date.fromisoformat(stored["period"]),
            "unit_price": Decimal(stored["unit_price"]),
            "amount": Decimal(stored["amount"]),
        }
    )


def _plain(value: Any) -> Any:
    """Parts as dictionaries, decimals and dates as text, tuples as lists, all else as it is. Not dataclasses.asdict,
    which copies each text before: a quarter of the time of issuing a document."""
    match value:
        case Decimal():
            return f"{value:.2f}"
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(item) for item in value]
        case _ if is_dataclass(value):
            return {name: _plain(item) for name, item in vars(value).items()}
        case _:
            return value
