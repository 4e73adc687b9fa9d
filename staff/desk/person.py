"""The page of one colegiado: all that the reader may see of a physician, in at most fifteen queries.

An automatic payment takes some more, however many charges it had.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Lower
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from base.peru import months
from dues import conflicts
from dues.models import CoveredPerson, Kind
from dues.standing import Standing, rule_on
from members import actors
from members.models import Assignment, MailProblem, Member, MemberStatus, User
from payments.models import Attempt, AutomaticPlan, ReminderOptOut
from payments.ways.automatic.status import Status, status_of
from staff.desk import debt, facts
from staff.desk.facts import Fact
from staff.desk.records import BRANCHES
from staff.treasury import payments_list

#: The newest payments and moments that the page shows; the list of payments has the rest.
MOST_PAYMENTS = 25
MOST_MOMENTS = 60


@dataclass(frozen=True)
class Action:
    """One link of the bar: what may be done with this colegiado, and the page that does it."""

    words: str
    url: str


@dataclass(frozen=True, kw_only=True)
class PersonPage:
    """`None` is a section that the reader may not see; an empty one has no rows."""

    member: Member
    debt: debt.Debt | None
    standing: Standing | None
    reason: str
    payments: Sequence[payments_list.Row] | None
    people: Sequence[CoveredPerson] | None
    account: Assignment | None
    assignments: Sequence[Assignment] | None
    sections: dict[str, list[Fact]]
    moments: Sequence[Fact]
    names: dict[str, str]
    actions: Sequence[Action]
    #: How the card on file stands; None without one.
    automatic: Status | None

    @property
    def letters(self) -> list[Fact] | None:
        return self._together("letters", "payment_letters", "deliveries")

    @property
    def acts(self) -> list[Fact] | None:
        return self._together("act_proposals", "exemptions")

    @property
    def papers(self) -> list[Fact] | None:
        return self._together("attestations", "certificates")

    @property
    def requests(self) -> list[Fact] | None:
        return self._together("claims", "reports", "successions")

    @property
    def outside(self) -> list[Fact] | None:
        return self._together("by_hand", "transfers", "surpluses")

    def _together(self, *names: str) -> list[Fact] | None:
        """These sections as one, newest first; None when the reader may see none of them."""
        lists = [self.sections[name] for name in names if name in self.sections]
        return (
            sorted((fact for some in lists for fact in some), key=lambda fact: fact.at, reverse=True) if lists else None
        )


def _newest_first(lists: Iterable[list[Fact]]) -> list[Fact]:
    return sorted((fact for some in lists for fact in some), key=lambda fact: fact.at, reverse=True)


def load(cmp_number: int, *, reader: User) -> PersonPage:
    """Returns the page of this CMP number as the reader may see it. Raises Http404 for a number not on the roll."""
    member: Any = get_object_or_404(
        Member.objects.select_related("regional_council").annotate(
            has_automatic=Exists(AutomaticPlan.objects.filter(member=OuterRef("pk")))
        ),
        cmp_number=cmp_number,
    )
    today = timezone.localdate()
    owed = debt.read(member, today=today) if reader.has_perm("dues.view_due") else None
    standing = _standing(member, owed) if owed else None
    assignments = _assignments(member)
    sections = _sections(member, assignments, reader)
    sees_accounts = reader.has_perm("members.view_assignment")
    sees_payments = reader.has_perm("payments.view_attempt")
    return PersonPage(
        member=member,
        debt=owed,
        standing=standing,
        reason=_reason(member, standing) if owed else "",
        payments=_payments(member) if sees_payments else None,
        people=_people(member) if reader.has_perm("dues.view_coveredperson") else None,
        account=next((row for row in assignments if row.ended_at is None), None) if sees_accounts else None,
        assignments=assignments if sees_accounts else None,
        sections=sections,
        moments=_newest_first(sections.values())[:MOST_MOMENTS],
        names=actors.names(fact.detail for fact in sections.get("events", ())),
        actions=list(_actions(member, assignments, reader)),
        automatic=status_of(member) if sees_payments and member.has_automatic else None,
    )


def _standing(member: Member, owed: debt.Debt) -> Standing | None:
    """As dues.standing.standing_of, of the dues that were read already."""
    today = timezone.localdate()
    rule = rule_on(today) if member.status != MemberStatus.DECEASED else None
    late = [due.period for due in owed.dues if due.open and due.kind == Kind.COLEGIADO and due.due_date < today]
    return Standing(tuple(sorted(late)), rule) if rule else None


def _reason(member: Member, standing: Standing | None) -> str:
    """Why the member stands so, as staff say it on the telephone."""
    if member.status == MemberStatus.DECEASED:
        return "Falleció: no se dice si figura hábil."
    if standing is None:
        return "No hay una regla de habilidad vigente."
    late, tolerated = standing.overdue_months, standing.rule.months_tolerated
    if not late:
        return "No tiene cuotas de colegiado vencidas."
    words = f"{late} cuota{'' if late == 1 else 's'} de colegiado vencida{'' if late == 1 else 's'}"
    if standing.habil:
        return f"Tiene {words}; se toleran {tolerated}."
    until = months.name(standing.overdue[standing.missing - 1])
    return f"Tiene {words}; se toleran {tolerated}. Para quedar hábil debe pagar hasta {until}."


def _payments(member: Member) -> list[payments_list.Row]:
    attempts = Attempt.objects.filter(order__member=member).order_by("-created_at", "-pk")
    return [payments_list.Row(*values) for values in attempts.values_list(*payments_list.READ)[:MOST_PAYMENTS]]


def _people(member: Member) -> list[CoveredPerson]:
    return list(member.covered_people.order_by("last_period", "first_period", "pk"))


def _assignments(member: Member) -> list[Any]:
    """The accounts that pay or paid for the member, newest first, each with what hinders its mail."""
    problem = MailProblem.objects.filter(email=Lower(OuterRef("user__email"))).values("why")[:1]
    rows = Assignment.objects.filter(member=member).select_related("user", "author", "ended_by")
    return list(
        rows.annotate(
            mail_problem=Subquery(problem), opted_out=Exists(ReminderOptOut.objects.filter(user=OuterRef("user")))
        ).order_by("-started_at", "-pk")
    )


def _sections(member: Member, assignments: Sequence[Assignment], reader: User) -> dict[str, list[Fact]]:
    person = facts.Person(
        member=member.pk,
        cmp_number=member.cmp_number,
        accounts=[row.user_id for row in assignments],
        addresses=[row.user.email for row in assignments] + ([member.email] if member.email else []),
    )
    allowed = {name: branch for name, branch in BRANCHES.items() if reader.has_perm(branch.permission)}
    return facts.read(allowed, person)


def _actions(member: Member, assignments: Sequence[Assignment], reader: User) -> Iterator[Action]:
    """What this reader may do. What touches money or dues is not offered for the reader's own number."""
    if reader.has_perm("dues.view_due"):
        yield Action("Ver como el colegiado", reverse("staff_person_choose", args=[member.cmp_number]))
    yield from _actions_with_dues(member, reader)
    current = next((row for row in assignments if row.ended_at is None), None)
    if current and reader.has_perm("members.view_assignment"):
        yield Action("Ver su cuenta", reverse("webmaster_account", args=[current.user_id]))
    if current and reader.has_perm("members.correct_assignment"):
        yield Action("Corregir el CMP de la cuenta", reverse("webmaster_correct", args=[current.user_id]))
    if not current and reader.has_perm("members.add_assignment"):
        yield Action("Asignarle una cuenta", reverse("admin:members_assignment_add", query={"member": member.pk}))


def _actions_with_dues(member: Member, reader: User) -> Iterator[Action]:
    offered = [
        ("payments.add_offlinepayment", "Registrar un pago a mano", "staff_record_elsewhere",
         {"cmp_number": member.cmp_number}),
        ("dues.add_actproposal", "Proponer una exoneración", "admin:dues_actproposal_add", {"member": member.pk}),
        ("dues.add_coveredperson", "Inscribir en SEMEFA", "admin:dues_coveredperson_add", {"member": member.pk}),
    ]  # fmt: skip
    allowed = [row for row in offered if reader.has_perm(row[0])]
    if allowed and not conflicts.is_own_number(reader, member):
        yield from (Action(words, reverse(page, query=query)) for _, words, page, query in allowed)
