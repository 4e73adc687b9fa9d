"""Acts of the college that free months: what becomes of the dues, and of money that came before the act.

An open due of the months becomes exempt. A settled one stays settled, and its money becomes a surplus of the member:
an act never takes a payment away. Once that payment is reversed, the act frees the due after all.
An act entered by mistake is revoked: its months are owed again, unless another act frees them too.
"""

from collections.abc import Collection, Sequence
from datetime import date

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from dues.exceptions import ActRevoked, CreditGivenBack
from dues.models import Channel, Due, Exemption, Settlement, Surplus
from members.models import Member, User

# Both speak of the dues that {chosen} picks from `due`.
FREE = """
    UPDATE dues_due AS due SET exemption_id = act.id
    FROM dues_exemption AS act
    WHERE act.member_id = due.member_id AND act.kind = due.kind AND act.revoked_at IS NULL
      AND due.period BETWEEN act.first_period AND act.last_period
      AND due.exemption_id IS NULL AND {chosen}
      AND NOT EXISTS (SELECT FROM dues_settlement AS s WHERE s.due_id = due.id AND s.reversed_at IS NULL)
"""
CREDIT = """
    INSERT INTO dues_surplus (member_id, due_id, amount, channel, reference, paid_at, reason, recorded_at, resolved_by,
                              resolution, exemption_id)
    SELECT due.member_id, due.id, paid.amount, paid.channel, paid.reference, paid.paid_at,
           left('se exoneró después de pagada: ' || act.document, 200), now(), '', '', act.id
    FROM dues_due AS due
    JOIN dues_settlement AS paid ON paid.due_id = due.id AND paid.reversed_at IS NULL
    JOIN dues_exemption AS act ON act.member_id = due.member_id AND act.kind = due.kind AND act.revoked_at IS NULL
      AND due.period BETWEEN act.first_period AND act.last_period
    WHERE due.exemption_id IS NULL AND {chosen}
    ORDER BY due.id, act.id
    ON CONFLICT (due_id, channel, reference) WHERE NOT withdrawn DO NOTHING
"""
OF_MEMBERS = "due.member_id = ANY(%s)"
OF_STAGED = "due.member_id IN (SELECT id FROM members_member WHERE cmp_number IN (SELECT cmp FROM {staged}))"
OF_DUES = "due.id = ANY(%s)"
# The settlement by the very payment that left a surplus.
SAME_MONEY = Settlement.objects.standing().filter(
    due=OuterRef("due"), channel=OuterRef("channel"), reference=OuterRef("reference")
)


def grant(
    *,
    member: Member,
    act: str,
    kind: str,
    first_period: date,
    last_period: date,
    reason: str,
    document: str,
    granted_date: date,
    author: User,
) -> Exemption:
    """Records an act and frees its months, first and last included."""
    with transaction.atomic():
        exemption = Exemption.objects.create(
            member=member,
            act=act,
            kind=kind,
            first_period=first_period,
            last_period=last_period,
            reason=reason,
            document=document,
            granted_date=granted_date,
            author=author,
        )
        _apply(OF_MEMBERS, [[member.pk]])
    return exemption


def revoke(exemption: Exemption, *, author: str, reason: str) -> int:
    """Revokes an act entered by mistake and returns how many months are owed again. The act stays on record.

    Its surpluses are withdrawn, because their payments settle the months again. Raises ActRevoked or CreditGivenBack.
    """
    with transaction.atomic():
        act = Exemption.objects.select_for_update().get(pk=exemption.pk)
        if act.revoked_at is not None:
            raise ActRevoked
        if given_back(act).exists():
            raise CreditGivenBack
        now = timezone.now()
        Exemption.objects.filter(pk=act.pk).update(revoked_at=now, revoked_by=author, revocation_reason=reason)
        act.surpluses.open().update(
            resolved_at=now, resolved_by=author, resolution=f"El acto se revocó: {reason}"[:200], withdrawn=True
        )
        freed = list(Due.objects.select_for_update().filter(exemption=act).order_by("pk").values_list("pk", flat=True))
        Due.objects.filter(pk__in=freed).update(exemption=None)
        _apply(OF_MEMBERS, [[act.member_id]])
        return Due.objects.filter(pk__in=freed, exemption=None).count()


def given_back(exemption: Exemption) -> QuerySet[Surplus]:
    """Returns the resolved surpluses of an act whose payments still settle the months."""
    return exemption.surpluses.filter(~Q(resolved_at=None), Exists(SAME_MONEY))


def was_given_back(reference: str, due_ids: Collection[int]) -> bool:
    """Tells whether money that this card payment settles of these dues was already returned as a surplus.

    Locks the surpluses until the caller's transaction ends, so that none is resolved meanwhile.
    """
    surpluses = Surplus.objects.filter(Exists(SAME_MONEY), due__in=due_ids, channel=Channel.CARD, reference=reference)
    with transaction.atomic():
        return any(
            surplus.resolved_at for surplus in surpluses.filter(withdrawn=False).order_by("pk").select_for_update()
        )


def apply_to_staged(staged: str) -> int:
    """Applies the acts of all members in a staged file; returns how many dues became exempt."""
    return _apply(OF_STAGED.format(staged=staged))


def apply_to_members(member_ids: list[int]) -> int:
    """Let every act free these members' dues, in the caller's transaction; how many dues became exempt."""
    return _apply(OF_MEMBERS, [member_ids])


def credit_paid_while_exempt(reference: str, due_ids: Collection[int]) -> int:
    """Make a surplus of what a card payment settled of dues that an act freed meanwhile; how many."""
    paid = Settlement.objects.filter(
        due__in=due_ids, due__exemption__isnull=False, channel=Channel.CARD, reference=reference, reversed_at=None
    ).select_related("due__exemption")
    surpluses = [
        Surplus(
            member_id=settlement.due.member_id,
            due=settlement.due,
            amount=settlement.amount,
            channel=settlement.channel,
            reference=reference,
            paid_at=settlement.paid_at,
            reason=f"se exoneró mientras se pagaba: {settlement.due.exemption}"[:200],
            exemption=settlement.due.exemption,
        )
        for settlement in paid
    ]
    return len(Surplus.objects.bulk_create(surpluses, ignore_conflicts=True))


def payments_reversed(settlements: Collection[Settlement], *, author: str) -> None:
    """Applies acts to the dues of reversed payments, and resolves the surpluses of the same money."""
    reversed_ones = {(s.due_id, s.channel, s.reference) for s in settlements}
    due_ids = [due_id for due_id, _, _ in reversed_ones]
    open_ones = Surplus.objects.open().filter(due__in=due_ids)
    ids = [s.pk for s in open_ones if (s.due_id, s.channel, s.reference) in reversed_ones]
    if ids:
        Surplus.resolve_all(ids, author=author, how=f"El pago se revirtió el {timezone.localdate():%d/%m/%Y}")
    _apply(OF_DUES, [due_ids])


def _apply(chosen: str, parameters: Sequence[list[int]] = ()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(CREDIT.format(chosen=chosen), parameters)
        cursor.execute(FREE.format(chosen=chosen), parameters)
        return int(cursor.rowcount)
