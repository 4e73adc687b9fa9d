"""What a death or a retirement does to dues: months after it are annulled, and what was paid of them is a surplus.

The roll may say late that somebody left, and a month may have been paid ahead: both are put right when the roll comes.
"""

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, F, Max, OuterRef, QuerySet
from django.db.models.functions import TruncMonth
from django.utils import timezone

from base.files.staging import Counts, Progress, Seen, unseen
from base.files.tables import Problem, TableFile
from base.peru import months
from dues import exemptions
from dues.models import Act, Due, Exemption, Kind, Surplus
from members import roll
from members.models import Member, MemberStatus, Succession

REASONS = {
    MemberStatus.DECEASED: "Fallecimiento del colegiado",
    MemberStatus.WITHDRAWN: "Retiro del colegiado",
}


def load_roll(
    file: TableFile, *, progress: Progress, rejected: list[Problem] | None = None, seen: Seen = unseen
) -> Counts:
    """Merge the roll as `members.roll.load` does, and put right the dues of who left. Raises what it raises."""
    counts = roll.load(file, progress=progress, rejected=rejected, seen=seen)
    annul_after_leaving()
    return counts


def annul_after_leaving(members: Iterable[int] | None = None) -> int:
    """Annul the months that this portal charged after members left; returns how many members were concerned.

    Months that were paid stay settled and become a surplus. The SEMEFA that a relative took over goes on. Safe to
    repeat. `members` are ids; None means everybody.
    """
    touched = set()
    for member_id, kind, last in _charged_too_long(members):
        _annul(Member.objects.get(pk=member_id), kind, last)
        touched.add(member_id)
    return len(touched)


def _charged_too_long(members: Iterable[int] | None) -> "QuerySet[Due, tuple[int, str, date]]":
    """Member, kind, and the last month that was charged after the month in which they left."""
    succeeded = Succession.objects.filter(member=OuterRef("member"), ended_at=None)
    credited = Surplus.objects.filter(due=OuterRef("pk"), exemption__isnull=False, withdrawn=False)
    dues = Due.objects.filter(exemption=None, tariff__isnull=False, member__left_date__isnull=False)
    dues = dues.exclude(member__status=MemberStatus.ACTIVE).exclude(Exists(succeeded), kind=Kind.SEMEFA)
    dues = dues.filter(~Exists(credited), period__gt=TruncMonth(F("member__left_date")))
    if members is not None:
        dues = dues.filter(member__in=members)
    return dues.order_by().values_list("member", "kind").annotate(last=Max("period"))


def _annul(member: Member, kind: str, last: date) -> None:
    left = member.left_date or last
    Exemption.objects.create(
        member=member,
        act=Act.ANNULMENT,
        kind=kind,
        first_period=months.shift(months.month_of(left), 1),
        last_period=last,
        reason=REASONS[MemberStatus(member.status)],
        document=f"Padrón del {timezone.localdate():%d/%m/%Y} ({timezone.now():%H%M%S})",
        granted_date=timezone.localdate(),
    )
    exemptions.apply_to_members([member.pk])
