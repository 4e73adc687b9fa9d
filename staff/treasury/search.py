"""What staff type into the one search box, turned into attempts: each key by its own index, never by reading all.

A key is recognised by its look: a receipt by its series, an e-mail by its @, a number by its length (several may fit,
and all are tried), anything else is a name.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower, Right

from base.forms import without_invisible
from base.postgres.plain_names import without_accents
from members.models import Member, User
from payments.models import Attempt, Order
from receipts.models import Receipt

#: More attempts than this are not listed by a search: its newest are.
MOST_ATTEMPTS = 2000
RECEIPT = re.compile(r"^(?P<series>[BF][A-Z0-9]{3})-(?P<number>\d{1,8})$")
CMP = re.compile(r"^cmp[ .:-]*(\d{1,7})$", re.IGNORECASE)
MASK = re.compile(r"^\d{4,6}[*xX]+\d{4}$")
#: Cents may be left out only behind the sign of soles: a bare 150 is a number like any other.
AMOUNT = re.compile(r"^(?:S/\.? ?(?P<signed>[\d,]{1,9}(?:\.\d{2})?)|(?P<bare>(?:\d{1,3}(?:,\d{3})+|\d{1,7})\.\d{2}))$")


@dataclass(frozen=True)
class Found:
    """What a listed attempt must be, the words for what was searched, and a warning when something was left out."""

    condition: Q
    words: str
    warning: str = ""


def find(typed: str, *, by_person: bool = True) -> Found:
    """Every attempt that the typed text names. Never reads more than MOST_ATTEMPTS rows of a key.

    Without `by_person`, a CMP, a document or a name names a physician and no attempt.
    """
    text = " ".join(without_invisible(unicodedata.normalize("NFC", typed)).split())
    if receipt := RECEIPT.match(text.upper()):
        names = {text.upper(), f"{receipt['series']}-{int(receipt['number'])}"}
        return _found("comprobante", Q(order__in=Receipt.objects.filter(name__in=names).values("order")))
    if number := CMP.match(text):
        return _listed(_cmp(number[1]) if by_person else [], "CMP")
    if MASK.match(mask := text.replace(" ", "")):
        return _listed(_masked(mask), "tarjeta")
    if amount := AMOUNT.match(text):
        return _by_amount(Decimal((amount["signed"] or amount["bare"]).replace(",", "")))
    if "@" in text:
        return _by_email(text.lower())
    return _by_words(text, by_person=by_person)


def _by_words(text: str, *, by_person: bool) -> Found:
    """Numbers, references, codes and names: whatever has no sign that says what it is."""
    if text.isdecimal():  # isdigit() takes a raised 2 too, which is no number to int()
        return _by_number(text, by_person=by_person)
    if reference := _uuid(text):
        return _found("referencia del pedido", Q(order__ref=reference))
    if text.isalnum() and any(sign.isdigit() for sign in text):
        return _by_code(text)
    return _by_name(text) if by_person else _listed([], "apellidos y nombres")


def _by_email(email: str) -> Found:
    orders = Order.objects.annotate(lowered=Lower("email")).filter(lowered=email)
    accounts = User.objects.annotate(lowered=Lower("email")).filter(lowered=email)
    return _of_orders("correo", Q(pk__in=_ids(orders)) | Q(user__in=_ids(accounts)))


def _by_number(text: str, *, by_person: bool) -> Found:
    """Purchase number, CMP, document, last digits of a card, authorisation code: whatever has that many digits."""
    ids: list[int] = []
    words = []
    for name, fits, search in _NUMBERS:
        if fits(text) and (by_person or name not in OF_PERSONS):
            found = search(text)
            ids += found
            words += [name] if found else []
    tried = [name for name, fits, _ in _NUMBERS if fits(text)]
    return _listed(ids, ", ".join(words or tried))


def _purchase(text: str) -> list[int]:
    return list(Attempt.objects.filter(purchase_number=int(text)).values_list("pk", flat=True))


def _cmp(text: str) -> list[int]:
    return _attempts_of(Q(member__in=_ids(Member.objects.filter(cmp_number=int(text)))))


def _document(text: str) -> list[int]:
    members = _ids(Member.objects.filter(document_number=text))
    return _attempts_of(Q(member__in=members) | Q(buyer_document_number=text))


def _card(text: str) -> list[int]:
    ending = Attempt.objects.alias(ending=Right("card", 4)).filter(ending=text).exclude(card="")
    return list(ending.order_by("-created_at", "-pk").values_list("pk", flat=True)[:MOST_ATTEMPTS])


def _masked(mask: str) -> list[int]:
    """By the visible ends of a card: the last four by their index, then the first."""
    ending = Attempt.objects.alias(ending=Right("card", 4)).filter(ending=mask[-4:]).exclude(card="")
    first = re.match(r"\d+", mask)
    fitting = ending.filter(card__startswith=first[0] if first else "")
    return list(fitting.order_by("-created_at", "-pk").values_list("pk", flat=True)[:MOST_ATTEMPTS])


def _by_amount(amount: Decimal) -> Found:
    return Found(Q(amount=amount), "monto")


def _transaction(text: str) -> list[int]:
    known = Attempt.objects.filter(transaction_id=text).exclude(transaction_id="")
    return list(known.values_list("pk", flat=True)[:MOST_ATTEMPTS])


def _authorisation(text: str) -> list[int]:
    authorised = Attempt.objects.filter(authorization_code=text).exclude(authorization_code="")
    return list(authorised.values_list("pk", flat=True)[:MOST_ATTEMPTS])


_NUMBERS: tuple[tuple[str, Callable[[str], bool], Callable[[str], list[int]]], ...] = (
    ("número de pedido", lambda text: len(text) <= 9, _purchase),
    ("CMP", lambda text: len(text) <= 7, _cmp),
    ("documento", lambda text: 8 <= len(text) <= 15, _document),
    ("fin de tarjeta", lambda text: len(text) == 4, _card),
    ("autorización", lambda text: 4 <= len(text) <= 20, _authorisation),
    ("id de transacción", lambda text: len(text) >= 9, _transaction),
)


OF_PERSONS = ("CMP", "documento")


def _by_code(text: str) -> Found:
    """Letters and digits: a passport, or an authorisation code."""
    ids = [*_document(text.upper()), *_authorisation(text), *_authorisation(text.upper()), *_transaction(text)]
    return _listed(ids, "documento o código de autorización")


def _by_name(text: str) -> Found:
    """Surnames by their beginning; of several words, also given name then surname. Without case or accents.

    A condition and not a list of attempts: of a rare name PostgreSQL begins with the members, of a common one with the
    newest attempts, and stops when the page is full.
    """
    if len(text.split()) < 2:
        return Found(_surnamed(text), "apellidos o nombre")
    return Found(Q(order__member__in=_ids(Member.objects.named(text))), "apellidos y nombres")


def _surnamed(text: str) -> Q:
    return Q(order__member__folded_surnames__startswith=without_accents(text))


def _found(words: str, condition: Q) -> Found:
    return _listed(list(Attempt.objects.filter(condition).values_list("pk", flat=True)[:MOST_ATTEMPTS]), words)


def _of_orders(words: str, condition: Q) -> Found:
    return _listed(_attempts_of(condition), words)


def _listed(ids: list[int], words: str) -> Found:
    cut = f"Se muestran {MOST_ATTEMPTS} de los que coinciden." if len(set(ids)) > MOST_ATTEMPTS else ""
    return Found(Q(pk__in=sorted(set(ids), reverse=True)[:MOST_ATTEMPTS]), words, cut)


def _attempts_of(condition: Q) -> list[int]:
    """Of the newest orders that fit. Two steps, because a planner that joins them first may read every attempt."""
    orders = list(Order.objects.filter(condition).values_list("pk", flat=True)[: MOST_ATTEMPTS + 1])
    attempts = Attempt.objects.filter(order__in=orders).values_list("pk", flat=True)
    return list(attempts[: MOST_ATTEMPTS + 1]) if orders else []


def _ids(rows: "QuerySet[Member] | QuerySet[Order] | QuerySet[User]") -> list[int]:
    return list(rows.values_list("pk", flat=True)[: MOST_ATTEMPTS + 1])


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
