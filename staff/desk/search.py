"""One box for everything staff have in hand: physicians, payments, receipts and accounts, each by its own index."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.urls import reverse

from base.forms import without_invisible
from base.templatetags.portal import lima, soles
from members.models import Member, User
from payments.models import Attempt
from receipts.models import Receipt
from staff.treasury import search as of_payments

#: Of each group the best are shown; the list behind the group has all of them.
MOST = 10


@dataclass(frozen=True)
class Hit:
    title: str
    detail: str
    url: str


@dataclass(frozen=True)
class Group:
    """Hits of one kind, best first. `all_url` leads to the whole list when there are more than shown."""

    words: str
    hits: Sequence[Hit]
    all_url: str = ""


def everywhere(typed: str, user: User) -> list[Group]:
    """Everything that the typed text names and this person may see; groups without a hit are left out."""
    text = " ".join(without_invisible(typed).split())
    if not text:
        return []
    groups = []
    if user.has_perm("members.view_member"):
        groups.append(_people(text))
    if user.has_perm("receipts.view_receipt"):
        groups.append(_receipts(text))
    if user.has_perm("payments.view_attempt"):
        groups.append(_payments(text))
    if user.has_perm("members.view_user"):
        groups.append(_accounts(text))
    return [group for group in groups if group.hits]


def only_hit(groups: Sequence[Group]) -> Hit | None:
    """The one hit of all groups, which opens by itself."""
    hits = [hit for group in groups for hit in group.hits]
    return hits[0] if len(hits) == 1 else None


def _people(text: str) -> Group:
    members = _members(text).select_related("regional_council").order_by("surnames", "given_names")
    hits = [
        Hit(
            f"{member.surnames}, {member.given_names}",
            f"CMP {member.cmp_number} · {member.get_document_type_display()} {member.document_number}"
            f" · {member.regional_council} · {member.get_status_display()}",
            reverse("staff_person", args=[member.cmp_number]),
        )
        for member in members[:MOST]
    ]
    return Group("Colegiados", hits)


def _members(text: str) -> QuerySet[Member]:
    members = Member.objects.all()
    number = of_payments.CMP.match(text)
    if number or text.isdecimal():
        digits = number[1] if number else text
        by_number = Q(cmp_number=int(digits)) if len(digits) <= 7 else Q(pk=None)
        return members.filter(by_number if number else by_number | Q(document_number=text))
    if "@" in text:
        accounts = User.objects.annotate(lowered=Lower("email")).filter(lowered=text.lower())
        return members.filter(assignments__user__in=list(accounts[:MOST]), assignments__ended_at=None)
    if re.search(r"\d", text):
        return members.filter(document_number=text.upper())
    return members.named(text)


def _payments(text: str) -> Group:
    condition = of_payments.find(text, by_person=False).condition
    attempts = Attempt.objects.filter(condition).select_related("order__member").order_by("-created_at", "-pk")
    shown = list(attempts[: MOST + 1])
    hits = [
        Hit(
            f"Pedido {attempt.number}, {soles(attempt.amount)}",
            f"{attempt.get_state_display()} · {lima(attempt.created_at)} · CMP {attempt.order.member.cmp_number}"
            f" {attempt.order.member.full_name}{f' · {attempt.paid_with}' if attempt.paid_with else ''}",
            reverse("staff_payment", args=[attempt.order_id]),
        )
        for attempt in shown[:MOST]
    ]
    more = f"{reverse('staff_payments')}?q={text}" if len(shown) > MOST else ""
    return Group("Pagos", hits, more)


def _receipts(text: str) -> Group:
    series = of_payments.RECEIPT.match(text.upper())
    if not series:
        return Group("Comprobantes", [])
    name = f"{series['series']}-{int(series['number'])}"
    receipts = Receipt.objects.filter(name=name).select_related("order__member").defer("statement")
    return Group("Comprobantes", list(_receipt_hits(receipts)))


def _receipt_hits(receipts: QuerySet[Receipt]) -> Iterator[Hit]:
    for receipt in receipts:
        detail = f"{soles(receipt.total)} · {lima(receipt.issued_at)} · CMP {receipt.order.member.cmp_number}"
        yield Hit(receipt.title, detail, reverse("staff_payment", args=[receipt.order_id]))


def _accounts(text: str) -> Group:
    if "@" not in text:
        return Group("Cuentas", [])
    accounts = User.objects.annotate(lowered=Lower("email")).filter(lowered=text.lower())
    hits = [
        Hit(account.email, account.name or "sin nombre", reverse("webmaster_account", args=[account.pk]))
        for account in accounts[:MOST]
    ]
    return Group("Cuentas", hits)
