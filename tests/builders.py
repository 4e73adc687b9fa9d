"""Rows for tests, each with sensible defaults: what a story does not care about it need not say."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from demo import codes
from dues import ledger
from dues.models import Channel, Due, Exemption, Kind, Settlement, StandingRule
from members.models import Assignment, DocumentType, Member, RegionalCouncil, Succession, User
from payments.models import Order, OrderLine, TaxDocument
from payments.states import UNFINISHED_ORDER_STATES, OrderState

PASSWORD = "una-clave-de-prueba"

_numbers = count(1)


def this_month() -> date:
    """The first day of the current month in Lima."""
    return timezone.localdate().replace(day=1)


def month(back: int = 0) -> date:
    """The first day of the month so many months before the current one; negative: after it."""
    months = this_month().year * 12 + this_month().month - 1 - back
    return date(months // 12, months % 12 + 1, 1)


def a_council(number: int = 3, roman: str = "III", name: str = "Lima") -> RegionalCouncil:
    council, _ = RegionalCouncil.objects.get_or_create(number=number, defaults={"roman": roman, "name": name})
    return council


def a_member(given_names: str = "Rosa", surnames: str = "Núñez Peña", **fields: Any) -> Member:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "cmp_number": 700_000 + number,
        "document_type": DocumentType.DNI,
        "document_number": f"{40_000_000 + number}",
        "registered_date": date(2010, 3, 15),
    }
    council = fields.pop("regional_council", None) or a_council()
    return Member.objects.create(
        given_names=given_names, surnames=surnames, regional_council=council, **(defaults | fields)
    )


def a_user(member: Member | None = None, *, email: str = "", staff_role: str = "", **fields: Any) -> User:
    """An account with a verified e-mail that pays for `member`; with `staff_role`, one of the college's staff.

    Staff have an application of codes; `a_code(user)` is what it shows.
    """
    email = email or f"persona-{next(_numbers)}@example.com"
    name = fields.pop("name", member.full_name if member else "Persona de prueba")
    user = User.objects.create_user(email, PASSWORD, name=name, is_staff=bool(staff_role), **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    if member:
        Assignment.objects.create(user=user, member=member)
    if staff_role:
        user.groups.add(a_role(staff_role))
        a_second_factor(user)
    return user


SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def a_second_factor(user: User) -> None:
    """An application of codes for this account."""
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": encrypt(SECRET)})


def a_code(secret: str = SECRET) -> str:
    """What the application of codes shows now."""
    return codes.current_code(secret)


def an_ended_assignment(user: User, **fields: Any) -> Assignment:
    """What the account pays for, ended now by itself."""
    assignment = Assignment.objects.get(user=user, ended_at=None)
    ended = {"ended_at": timezone.now(), "ended_by": user, "end_reason": "Se equivocó de número"} | fields
    for name, value in ended.items():
        setattr(assignment, name, value)
    assignment.save()
    return assignment


def the_succession(member: Member, user: User, **fields: Any) -> Succession:
    """This account took over the SEMEFA of a member who died in the month before last; by its own word, in a test."""
    defaults: dict[str, Any] = {
        "first_period": month(1),
        "document_type": DocumentType.DNI,
        "document_number": "70001122",
        "name": "Lucía Quispe Ramos",
        "attachment": b"%PDF-1.4",
        "attachment_type": "application/pdf",
        "reason": "Partida de defunción y DNI comprobados",
        "author": user,
    }
    if fields.get("ended_at"):
        fields = {"ended_by": user, "end_reason": "Se equivocó de cuenta"} | fields
    return Succession.objects.create(user=user, member=member, **(defaults | fields))


def a_role(name: str) -> Group:
    """The group made by the migration."""
    return Group.objects.get(name=name)


def a_due(
    member: Member,
    kind: str = Kind.COLEGIADO,
    period: date | None = None,
    amount: str | Decimal = "30.00",
    **fields: Any,
) -> Due:
    """A due of this month unless `period` says otherwise; open."""
    period = period or this_month()
    defaults = {"due_date": period + timedelta(days=27), "basis": "Acuerdo de muestra 01-2020"}
    return Due.objects.create(member=member, kind=kind, period=period, amount=Decimal(amount), **(defaults | fields))


def some_dues(member: Member, months: int, kind: str = Kind.COLEGIADO, amount: str = "30.00") -> list[Due]:
    """Open dues of the last so many months, this one included, oldest first."""
    return [a_due(member, kind, month(back), amount) for back in reversed(range(months))]


def a_settlement(due: Due, channel: str = Channel.BANK, reference: str = "OP-000123", **fields: Any) -> Settlement:
    defaults = {"amount": due.amount, "paid_at": timezone.now()}
    return Settlement.objects.create(due=due, channel=channel, reference=reference, **(defaults | fields))


def an_exemption(member: Member, *dues: Due, **fields: Any) -> Exemption:
    """An act that frees these dues (or this month, of none)."""
    defaults: dict[str, Any] = {
        "kind": dues[0].kind if dues else Kind.COLEGIADO,
        "first_period": dues[0].period if dues else this_month(),
        "last_period": dues[-1].period if dues else this_month(),
        "reason": "Residencia en el extranjero",
        "document": "Resolución de muestra 12-2024",
        "granted_date": this_month(),
    }
    exemption = Exemption.objects.create(member=member, **(defaults | fields))
    Due.objects.filter(pk__in=[due.pk for due in dues]).update(exemption=exemption)
    return exemption


def a_standing_rule(tolerated: int = 2, valid_from: date = date(2000, 1, 1), **fields: Any) -> StandingRule:
    """The rule of that day; unless a date is given, in the place of the sample that a fresh install has."""
    defaults = {"basis": "Resolución 7-1999", "is_sample": False, "months_tolerated": tolerated}
    return StandingRule.objects.update_or_create(valid_from=valid_from, defaults=defaults | fields)[0]


def an_order(user: User, *dues: Due, state: str = OrderState.DRAFT, **fields: Any) -> Order:
    """An order of these dues by this account, with its lines; while unfinished it holds them."""
    member = Assignment.objects.get(user=user, ended_at=None).member
    now = timezone.now()
    order = Order.objects.create(user=user, member=member, state=state, **(_order_fields(member, dues, now) | fields))
    OrderLine.objects.bulk_create(OrderLine(order=order, due=d, period=d.period, amount=d.amount) for d in dues)
    if state in UNFINISHED_ORDER_STATES:
        hold(*dues, holder=order.ref)
    return order


def hold(*dues: Due, holder: UUID | None = None) -> None:
    """An order, of that reference or any, is paying these dues."""
    with transaction.atomic():
        ledger.hold_locked(ledger.lock_to_hold([due.pk for due in dues]), holder=holder or uuid4())


def _order_fields(member: Member, dues: tuple[Due, ...], now: datetime) -> dict[str, Any]:
    return {
        "ref": uuid4(),
        "kind": dues[0].kind if dues else Kind.COLEGIADO,
        "document": TaxDocument.BOLETA,
        "email": "comprobantes@example.com",
        "buyer_document_type": member.document_type,
        "buyer_document_number": member.document_number,
        "buyer_name": member.full_name,
        "total": sum((due.amount for due in dues), Decimal(0)) or Decimal("30.00"),
        "terms_version": "2026-11",
        "terms_accepted_at": now,
        "expires_at": now + timedelta(minutes=30),
    }


def client_of(user: User) -> Client:
    """A browser in which this account is logged in; one of staff has proved its second factor."""
    client = Client()
    client.force_login(user)
    if user.is_staff:
        session = client.session
        request = HttpRequest()
        request.session = session
        record_authentication(request, user, method="mfa")
        session.save()
    return client
