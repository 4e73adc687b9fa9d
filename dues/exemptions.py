"""Acts of the college that free months: what becomes of the dues, and of money that came before the act.

An open due of the months becomes exempt. A settled one stays settled, and its money becomes a surplus of the member:
an act never takes a payment away. Once that payment is reversed, the act frees the due after all.
"""

from collections.abc import Collection, Sequence
from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from dues.models import Exemption, Settlement, Surplus
from members.models import Member, User

# Both speak of the dues that {chosen} picks from `due`.
FREE = """
    UPDATE dues_due AS due SET exemption_id = act.id
    FROM dues_exemption AS act
    WHERE act.member_id = due.member_id AND act.kind = due.kind
      AND due.period BETWEEN act.first_period AND act.last_period
      AND due.exemption_id IS NULL AND {chosen}
      AND NOT EXISTS (SELECT FROM dues_settlement AS s WHERE s.due_id = due.id AND s.reversed_at IS NULL)
"""
CREDIT = """
    INSERT INTO dues_surplus (member_id, due_id, amount, channel, reference, paid_at, reason, recorded_at, resolved_by,
                              resolution)
    SELECT due.member_id, due.id, paid.amount, paid.channel, paid.reference, paid.paid_at,
           left('se exoneró después de pagada: ' || act.document, 200), now(), '', ''
    FROM dues_due AS due
    JOIN dues_settlement AS paid ON paid.due_id = due.id AND paid.reversed_at IS NULL
    JOIN dues_exemption AS act ON act.member_id = due.member_id AND act.kind = due.kind
      AND due.period BETWEEN act.first_period AND act.last_period
    WHERE due.exemption_id IS NULL AND {chosen}
    ORDER BY due.id
    ON CONFLICT (due_id, channel, reference) DO NOTHING
"""
OF_MEMBERS = "due.member_id = ANY(%s)"
OF_STAGED = "due.member_id IN (SELECT id FROM members_member WHERE cmp_number IN (SELECT cmp FROM {staged}))"
OF_DUES = "due.id = ANY(%s)"


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
    """Record an act and free its months, first and last included."""
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


def apply_to_staged(staged: str) -> int:
    """Let every act free the dues of the members that a staged file names; how many dues became exempt."""
    return _apply(OF_STAGED.format(staged=staged))


def payments_reversed(settlements: Collection[Settlement], *, author: str) -> None:
    """Of what these payments had settled, acts free what they cover, and no surplus is left of money that went back."""
    reversed_ones = [(s.due_id, s.channel, s.reference) for s in settlements]
    due_ids = [due_id for due_id, _, _ in reversed_ones]
    for surplus in Surplus.objects.filter(due__in=due_ids, resolved_at=None):
        if (surplus.due_id, surplus.channel, surplus.reference) in reversed_ones:
            surplus.resolve(author=author, how=f"El pago se revirtió el {timezone.localdate():%d/%m/%Y}")
    _apply(OF_DUES, [due_ids])


def _apply(chosen: str, parameters: Sequence[list[int]] = ()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(CREDIT.format(chosen=chosen), parameters)
        cursor.execute(FREE.format(chosen=chosen), parameters)
        return int(cursor.rowcount)
