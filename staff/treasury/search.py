"""What staff type into the one search box, turned into attempts: each key by its own index, never by reading all.

A key is recognised by its look: a receipt by its series, an e-mail by its @, a number by its length (several may fit,
and all are tried), anything else is a name.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
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
FEW_MEMBERS = 200
RECEIPT = re.compile(r"^(?P<series>[BF][A-Z0-9]{3})-(?P<number>\d{1,8})$")
CMP = re.compile(r"^cmp[ .:-]*(\d{1,7})$", re.IGNORECASE)
MASK = re.compile(r"^\d{4,6}[*xX]+\d{4}$")
#: With its sign, a thousands separator or cents it can be nothing else; bare digits may be an amount too.
AMOUNT = re.compile(
    r"^(?:S/\.? ?(\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d{1,7}(?:\.\d{1,2})?)"
    r"|(\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d{1,7}\.\d{1,2}))$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Found:
    """What a listed attempt must be, the words for what was searched, and a warning when something was left out."""

    condition: Q
    words: str
    warning: str = ""


def find(typed: str) -> Found:
    """Every attempt that the typed text names. Never reads more than MOST_ATTEMPTS rows of a key."""
    text = tidy(typed)
    if receipt := RECEIPT.match(text.upper()):
        names = {text.upper(), f"{receipt['series']}-{int(receipt['number'])}"}
        return _found("comprobante", Q(order__in=Receipt.objects.filter(name__in=names).values("order")))
    if number := CMP.match(text):
        return _listed(_cmp(number[1]), "CMP")
    if MASK.match(mask := text.replace(" ", "")):
        return _listed(_masked(mask), "tarjeta")
    if (amount := amount_of(text)) is not None:
        return _by_amount(amount)
    if "@" in text:
        return _by_email(text.lower())
    return _by_words(text)


def tidy(typed: str) -> str:
    """Returns the text in one spelling of its letters, without invisible signs and needless spaces."""
    return " ".join(without_invisible(unicodedata.normalize("NFC", typed)).split())


def amount_of(text: str) -> Decimal | None:
    """Returns the soles of `S/ 150`, `150.00` or `1,250.50`; None for what may be a number of another kind."""
    match = AMOUNT.match(text)
    return Decimal((match[1] or match[2]).replace(",", "")) if match else None


def of_payment(text: str) -> list[tuple[str, list[int]]]:
    """Returns the attempts that have the tidy text as a key of their own, newest first, under the words for the key.

    A physician's number, document or name is no key of a payment: who types one looks for the person.
    """
    if (amount := amount_of(text)) is not None:
        return [("monto", _amount(str(amount)))]
    if MASK.match(mask := text.replace(" ", "")):
        return [("tarjeta", _masked(mask))]
    if "@" in text:
        return [("correo", _of_email(text.lower()))]
    if reference := _uuid(text):
        return [
            ("referencia del pedido", list(Attempt.objects.filter(order__ref=reference).values_list("pk", flat=True)))
        ]
    if text.isdecimal():
        return [(name, search(text)) for name, fits, search in _NUMBERS if name not in _OF_A_PERSON and fits(text)]
    if text.isalnum() and any(sign.isdigit() for sign in text):
        return [("autorización", _authorisation(text.upper())), ("id de transacción", _transaction(text))]
    return []


def _by_words(text: str) -> Found:
    """Numbers, references, codes and names: whatever has no sign that says what it is."""
    if text.isdecimal():  # isdigit() takes a raised 2 too, which is no number to int()
        return _by_number(text)
    if reference := _uuid(text):
        return _found("referencia del pedido", Q(order__ref=reference))
    if text.isalnum() and any(sign.isdigit() for sign in text):
        return _by_code(text)
    return _by_name(text)


def _by_email(email: str) -> Found:
    return _listed(_of_email(email), "correo")


def _of_email(email: str) -> list[int]:
    orders = Order.objects.annotate(lowered=Lower("email")).filter(lowered=email)
    accounts = User.objects.annotate(lowered=Lower("email")).filter(lowered=email)
    return _attempts_of(Q(pk__in=_ids(orders)) | Q(user__in=_ids(accounts)))


def _by_number(text: str) -> Found:
    """Purchase number, CMP, document, last digits of a card, authorisation code: whatever has that many digits."""
    ids: list[int] = []
    words = []
    for name, fits, search in _NUMBERS:
        if fits(text):
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


def _amount(text: str) -> list[int]:
    charged = Attempt.objects.filter(amount=Decimal(text)).order_by("-created_at", "-pk")
    return list(charged.values_list("pk", flat=True)[:MOST_ATTEMPTS])


def _order(text: str) -> list[int]:
    return list(Attempt.objects.filter(order=int(text)).values_list("pk", flat=True))


def _transaction(text: str) -> list[int]:
    known = Attempt.objects.filter(transaction_id=text).exclude(transaction_id="")
    return list(known.values_list("pk", flat=True)[:MOST_ATTEMPTS])


def _authorisation(text: str) -> list[int]:
    authorised = Attempt.objects.filter(authorization_code=text).exclude(authorization_code="")
    return list(authorised.values_list("pk", flat=True)[:MOST_ATTEMPTS])


_NUMBERS: tuple[tuple[str, Callable[[str], bool], Callable[[str], list[int]]], ...] = (
    ("número de pedido", lambda text: len(text) <= 9, _purchase),
    ("pago", lambda text: len(text) <= 9, _order),
    ("CMP", lambda text: len(text) <= 7, _cmp),
    ("documento", lambda text: 8 <= len(text) <= 15, _document),
    ("fin de tarjeta", lambda text: len(text) == 4, _card),
    ("autorización", lambda text: 4 <= len(text) <= 20, _authorisation),
    ("id de transacción", lambda text: len(text) >= 9, _transaction),
    ("monto", lambda text: len(text) <= 7, _amount),
)
_OF_A_PERSON = ("CMP", "documento")


def _by_code(text: str) -> Found:
    """Letters and digits: a passport, or an authorisation code."""
    ids = [*_document(text.upper()), *_authorisation(text), *_authorisation(text.upper()), *_transaction(text)]
    return _listed(ids, "documento o código de autorización")


def _by_name(text: str) -> Found:
    """Surnames by their beginning; of several words, also given name then surname. Without case or accents.

    A condition and not a list of attempts: of a rare name PostgreSQL begins with the members, of a common one with the
    newest attempts, and stops when the page is full.
    """
    words = [word for word in re.split(r"[ ,]+", without_accents(text)) if word]
    if len(words) < 2:
        return Found(_surnamed(text), "apellidos o nombre")
    return Found(_named(words), "apellidos y nombres")


def _named(words: Sequence[str]) -> Q:
    """By members with a word that begins so for each of these, in any order.

    The attempts of few members are found by their index. Of many, PostgreSQL reads the newest attempts and stops when
    the page is full.
    """
    members = Member.objects.named(" ".join(words))
    few = list(members.values_list("pk", flat=True)[: FEW_MEMBERS + 1])
    return Q(order__member__in=members.values("pk") if len(few) > FEW_MEMBERS else few)


def _surnamed(text: str) -> Q:
    return Q(order__member__folded_surnames__startswith=without_accents(text))


def _found(words: str, condition: Q) -> Found:
    return _listed(list(Attempt.objects.filter(condition).values_list("pk", flat=True)[:MOST_ATTEMPTS]), words)


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
