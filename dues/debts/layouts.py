"""How each bank wants its debts file: fixed positions, no accents, amounts in hundredths (docs/imports.md).

BCP and BBVA follow files that the banks accept; Scotiabank and Interbank follow public programs, and wait for a first
trial at the bank.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dues.models import CollectionAccount, Kind
from members.models import DocumentType

Bank = CollectionAccount.Bank
SHORT_KIND = {Kind.COLEGIADO.value: "COL", Kind.SEMEFA.value: "SEM"}


@dataclass(frozen=True)
class Debt:
    """One open due with its member. `amount` is soles."""

    cmp: int
    name: str
    document_type: str
    document: str
    kind: str
    period: date
    amount: Decimal
    due_date: date

    @property
    def information(self) -> str:
        """What the bank returns with the payment: kind and month, `COL202607`."""
        return f"{SHORT_KIND[self.kind]}{self.period:%Y%m}"

    @property
    def issued(self) -> date:
        """The first day of the month, never after the day on which it falls due."""
        return min(self.period, self.due_date)


@dataclass
class Sums:
    count: int = 0
    total: Decimal = Decimal("0.00")


@dataclass(frozen=True)
class DebtLayout:
    """The lines of a file: one header, one line for each debt (with its number from 1), the lines behind them."""

    width: int
    header: Callable[[CollectionAccount, Sums, date], str]
    detail: Callable[[CollectionAccount, Debt, int], str]
    trailer: Callable[[CollectionAccount, Sums], Sequence[str]]


def _no_trailer(_: CollectionAccount, __: Sums) -> Sequence[str]:
    return ()


def letters(text: str, width: int) -> str:
    """Capitals without accents nor signs, cut or filled to the width."""
    decomposed = unicodedata.normalize("NFKD", text.upper())
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " .-") else " " for c in _without_marks(decomposed))
    return " ".join(plain.split())[:width].ljust(width)


def _without_marks(text: str) -> str:
    return "".join(character for character in text if not unicodedata.combining(character))


def digits(value: int | str, width: int) -> str:
    """Filled with zeros on the left. Raises ValueError for what does not fit."""
    text = str(value).zfill(width)
    if len(text) > width or not text.isdigit():
        raise ValueError(f"{value!r} does not fit in {width} digits")
    return text


def hundredths(soles: Decimal, width: int) -> str:
    return digits(int(soles * 100), width)


def day(value: date) -> str:
    return f"{value:%Y%m%d}"


# --- BCP, CREP.txt, 250


def _bcp_account(account: CollectionAccount) -> str:
    return f"{digits(account.branch or 0, 3)}0{digits(account.account or 0, 7)}"


def _bcp_header(account: CollectionAccount, sums: Sums, today: date) -> str:
    """`C`: the bank knows each debt. `R`: this file replaces the one before."""
    return (
        f"CC{_bcp_account(account)}C{letters(account.company, 40)}{day(today)}{digits(sums.count, 9)}"
        f"{hundredths(sums.total, 15)}R{digits(account.service or 0, 6)}"
    )


def _bcp_detail(account: CollectionAccount, debt: Debt, number: int) -> str:
    return (
        f"DD{_bcp_account(account)}{digits(debt.cmp, 14)}{letters(debt.name, 40)}{debt.information:<30}"
        f"{day(debt.issued)}{day(debt.due_date)}{hundredths(debt.amount, 15)}{hundredths(Decimal(0), 15)}"
        f"{hundredths(debt.amount, 9)} {f'RECIBO{number}':>20}{_document(debt, 16)}"
    )


def _document(debt: Debt, width: int) -> str:
    """Only digits; a passport's letters do not fit there."""
    return digits(debt.document if debt.document.isdigit() else 0, width)


SHEET_HEADER = (
    "Código del Depositante", "Nombre del Depositante", "Información de Retorno", "Fecha de Emisión",
    "Fecha de Vencimiento", "Monto a Pagar", "Mora / Cargo Fijo", "Monto Mínimo", "Tipo de Registro",
    "Nro. Documento de Pago", "Nro. Documento de Identidad",
)  # fmt: skip


def sheet_row(debt: Debt) -> list[object]:
    """A row of BCP's own Excel sheet, «Generar Archivo de Cobranza»."""
    name = letters(debt.name, 40).strip()
    return [
        digits(debt.cmp, 6) if debt.cmp < 1_000_000 else str(debt.cmp), name, debt.information, debt.issued,
        debt.due_date, debt.amount, Decimal("0.00"), debt.amount, "", "", debt.document,
    ]  # fmt: skip


# --- BBVA, 360


def _bbva_header(account: CollectionAccount, _: Sums, today: date) -> str:
    return f"01{digits(account.ruc, 11)}{digits(account.service or 500, 3)}PEN{day(today)}000"


def _bbva_detail(_: CollectionAccount, debt: Debt, __: int) -> str:
    """The reference of 48 comes back: CMP, kind and month where dues/imports/default_layouts.py looks for them."""
    reference = f"{digits(debt.cmp, 9)}{debt.information:<18}"
    is_dni = debt.document_type == DocumentType.DNI
    amount = hundredths(debt.amount, 15)
    return (
        f"02{letters(debt.name, 30)}{reference:<48}{day(debt.due_date)}{day(debt.due_date)}"
        f"{debt.period:%m}{amount}{amount}{'0' * 32}01{hundredths(debt.amount, 14)}{('00' + '0' * 14) * 7}"
        f"{'0' * 20}{'L' if is_dni else ' '}{_document(debt, 15)}"
    )


def _bbva_trailer(_: CollectionAccount, sums: Sums) -> list[str]:
    total = hundredths(sums.total, 18)
    return [f"03{digits(sums.count, 9)}{total}{total}{'0' * 18}"]


# --- Scotiabank, 290


def _scotiabank_start(account: CollectionAccount) -> str:
    return f"{digits(account.account or 0, 14)}{digits(account.service or 0, 3)}"


def _scotiabank_header(account: CollectionAccount, sums: Sums, today: date) -> str:
    line = (
        f"H{_scotiabank_start(account)}{digits(sums.count, 7)}{hundredths(sums.total, 17)}{'0' * 17}"
        f"{digits(account.ruc, 11)}{day(today)}{day(date(today.year, 12, 31))}"
    )
    return f"{line:<289}*"


def _scotiabank_detail(account: CollectionAccount, debt: Debt, number: int) -> str:
    amount = hundredths(debt.amount, 11)
    concepts = f"01{amount}{('00' + '0' * 11) * 5}"
    line = (
        f"D{_scotiabank_start(account)}{digits(debt.cmp, 15)}{digits(number, 15)}{digits(account.ruc, 11)}00000"
        f"{letters(debt.name, 20)}{debt.information:<30}{concepts}{hundredths(debt.amount, 15)}"
        f"{hundredths(debt.amount, 15)}{'0' * 8}{'0'}{day(debt.issued)}{day(debt.due_date)}000"
    )
    return f"{line:<289}*"


def _scotiabank_trailer(account: CollectionAccount, _: Sums) -> list[str]:
    line = f"C{_scotiabank_start(account)}01{letters('CUOTA', 30)}0{digits(account.account or 0, 14)}"
    return [f"{line:<289}*"]


# --- Interbank, 400


def _interbank_header(account: CollectionAccount, _: Sums, __: date) -> str:
    return f"112103{digits(account.service or 0, 5)}{digits(account.account or 0, 10)[-10:]}"


def _interbank_detail(_: CollectionAccount, debt: Debt, number: int) -> str:
    line = (
        f"13{digits(debt.cmp, 20)}{letters(debt.name, 30)}{debt.information:<10}{'':<10}A{debt.period:%Y%m}01"
        f"{day(debt.issued)}{day(debt.due_date)}{digits(number, 15)}01{hundredths(debt.amount, 9)}{'0' * 54}"
    )
    return f"{line:<394}020000"


LAYOUTS: dict[Bank, DebtLayout] = {
    Bank.BCP: DebtLayout(250, _bcp_header, _bcp_detail, _no_trailer),
    Bank.BBVA: DebtLayout(360, _bbva_header, _bbva_detail, _bbva_trailer),
    Bank.SCOTIABANK: DebtLayout(290, _scotiabank_header, _scotiabank_detail, _scotiabank_trailer),
    Bank.INTERBANK: DebtLayout(400, _interbank_header, _interbank_detail, _no_trailer),
}
