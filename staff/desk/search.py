"""The one search box: what a person types, looked for as everything that it may be, each by its own index.

Answers come in groups, the likeliest first, and only from tables that the reader may see.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.functions import Lower
from django.urls import reverse

from base.postgres.plain_names import without_accents
from base.templatetags.portal import lima
from members.models import Claim, Member, User
from payments.models import Attempt
from receipts.models import Receipt
from staff.treasury import payments_list
from staff.treasury import search as payment_keys

#: The most answers that a group shows.
MOST = 20
PERSON = re.compile(r"^(?:cmp|dni)[ .:-]*(\d{1,15})$", re.IGNORECASE)


@dataclass(frozen=True)
class Hit:
    """One answer: what it is, what tells it from others, its soles if it has any, and its page."""

    title: str
    detail: str
    url: str
    why: str = ""
    amount: Decimal | None = None
    badge: str = ""
    look: str = ""


@dataclass(frozen=True)
class Group:
    words: str
    hits: Sequence[Hit]
    more: bool = False


@dataclass(frozen=True)
class Answers:
    """`text` is what was looked for, tidied; the groups that found something, in their order."""

    text: str
    groups: Sequence[Group]

    @property
    def only(self) -> Hit | None:
        """The one hit, when there is no other."""
        hits = [hit for group in self.groups for hit in group.hits]
        return hits[0] if len(hits) == 1 else None


def answers(typed: str, reader: User) -> Answers:
    """Returns what the reader may see of all that the typed text names; no groups for an empty text."""
    text = payment_keys.tidy(typed)[:100]
    if not text:
        return Answers("", [])
    return Answers(text, [group for group in _groups(text, reader) if group.hits])


def _groups(text: str, reader: User) -> Iterator[Group]:
    if reader.has_perm("members.view_member"):
        yield _group("Colegiados", [_of_member(row) for row in _members(text, reader)[: MOST + 1]])
    if reader.has_perm("receipts.view_receipt"):
        yield _group("Comprobantes", [_of_receipt(row) for row in _receipts(text)[: MOST + 1]])
    if reader.has_perm("payments.view_attempt"):
        yield _group("Pagos", list(_payments(text)))
    if reader.has_perm("members.view_user"):
        yield _group("Cuentas", [_of_account(row) for row in _accounts(text)[: MOST + 1]])
    if reader.has_perm("members.view_claim"):
        yield _group("Solicitudes de registro", [_of_claim(row) for row in _claims(text)[: MOST + 1]])


def _group(words: str, hits: list[Hit]) -> Group:
    return Group(words, hits[:MOST], more=len(hits) > MOST)


# --- Colegiados


def _members(text: str, reader: User) -> "QuerySet[Member]":
    """By CMP or document; by the address of an account, for who reads addresses; else by the words of the name."""
    rows = Member.objects.order_by("folded_surnames", "given_names", "pk")
    if "@" in text:
        knows = reader.has_perm("members.view_assignment") or reader.has_perm("payments.view_letter")
        accounts = User.objects.alias(lowered=Lower("email")).filter(lowered=text.lower())
        owned = rows.filter(assignments__ended_at=None, assignments__user__in=accounts)
        return owned if knows else rows.none()
    if prefixed := PERSON.match(text):
        return rows.filter(_numbered(prefixed[1]))
    if text.isalnum() and any(sign.isdigit() for sign in text):
        return rows.filter(_numbered(text))
    if payment_keys.RECEIPT.match(text.upper()) or payment_keys.amount_of(text) is not None:
        return rows.none()
    return _named(text)


def _numbered(text: str) -> Q:
    document = Q(document_number=text.upper())
    return document | Q(cmp_number=int(text)) if text.isdecimal() and len(text) <= 7 else document


def _named(text: str) -> "QuerySet[Member]":
    """Whose surnames begin with the text stand before whose name only has its words."""
    first = Case(When(folded_surnames__startswith=without_accents(text), then=Value(0)), default=Value(1))
    return Member.objects.named(text).order_by(first, "folded_surnames", "given_names", "pk")


def _of_member(member: Member) -> Hit:
    return Hit(
        title=f"CMP {member.cmp_number}, {member.surnames}, {member.given_names}",
        detail=member.masked_document,
        url=reverse("staff_person", args=[member.cmp_number]),
        badge="" if member.status == "active" else member.get_status_display(),
    )


# --- Documents


def _receipts(text: str) -> "QuerySet[Receipt]":
    match = payment_keys.RECEIPT.match(text.upper().replace(" ", ""))
    names = {match[0], f"{match['series']}-{int(match['number'])}"} if match else set()
    return Receipt.objects.filter(name__in=names).defer("statement").order_by("pk")


def _of_receipt(receipt: Receipt) -> Hit:
    return Hit(
        title=receipt.title,
        detail=f"{receipt.buyer_name}, {receipt.issue_date:%d/%m/%Y}",
        url=reverse("staff_payment", args=[receipt.order_id]),
        amount=receipt.total,
    )


# --- Payments


def _payments(text: str) -> Iterator[Hit]:
    """By the keys of a payment, one after another: the first that fits an attempt says why it is listed."""
    why: dict[int, str] = {}
    for words, ids in payment_keys.of_payment(text):
        for attempt in ids[: MOST + 1]:
            why.setdefault(attempt, words)
    chosen = list(why)[: MOST + 1]
    rows = Attempt.objects.filter(pk__in=chosen).values_list(*payments_list.READ) if chosen else ()
    of_id = {row.pk: row for row in (payments_list.Row(*values) for values in rows)}
    yield from (_of_payment(of_id[attempt], why[attempt]) for attempt in chosen if attempt in of_id)


def _of_payment(row: payments_list.Row, why: str) -> Hit:
    paid_with = " ".join(row.means.split())
    card = f", {paid_with}" if paid_with else ""
    return Hit(
        title=f"Pedido {row.purchase_number}",
        detail=f"CMP {row.cmp_number}, {row.surnames}, {row.given_names}. {lima(row.created_at)[:16]}{card}",
        url=reverse("staff_payment", args=[row.order_id]),
        why=why,
        amount=row.amount,
        badge=row.state_words,
        look=row.look,
    )


# --- Accounts and their claims


def _accounts(text: str) -> "QuerySet[User]":
    if "@" not in text:
        return User.objects.none()
    return User.objects.alias(lowered=Lower("email")).filter(lowered=text.lower())


def _of_account(account: User) -> Hit:
    role = "Personal del colegio" if account.is_staff else ""
    return Hit(account.email, account.name, reverse("webmaster_account", args=[account.pk]), badge=role)


def _claims(text: str) -> "QuerySet[Claim]":
    """Open ones of this CMP: a decided claim is on the page of its colegiado."""
    number = PERSON.match(text)[1] if PERSON.match(text) else text  # type: ignore[index]
    if not (number.isdecimal() and len(number) <= 7):
        return Claim.objects.none()
    return Claim.objects.open().filter(cmp_number=int(number)).select_related("user").defer("photo").order_by("made_at")


def _of_claim(claim: Claim) -> Hit:
    page = reverse("admin:members_claim_change", args=[claim.pk])
    return Hit(claim.full_name, claim.user.email, page, badge=claim.get_state_display(), look="wait")
