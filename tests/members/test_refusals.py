"""What the database refuses about accounts and members, whatever the code above it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from base.postgres.constraints import broken_constraint
from members.models import (
    Assignment,
    AssignmentReport,
    Claim,
    Member,
    MemberStatus,
    NumberProposal,
    ProofCode,
    Succession,
    User,
)
from members.numbers import assignments, registrations
from tests.builders import a_member, a_user, an_ended_assignment, month, the_succession


@contextmanager
def refused_by(rule: str) -> Iterator[None]:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        yield
    assert broken_constraint(refusal.value) == rule


def test_an_email_has_one_account(ana: User) -> None:
    with refused_by("an_email_has_one_account"):
        User.objects.create(email="ANA@example.com")


def test_an_account_claims_one_cmp(ana: User) -> None:
    with refused_by("an_account_claims_one_cmp"):
        Assignment.objects.create(user=ana, member=a_member())


def test_a_cmp_has_one_account(ana: User) -> None:
    with refused_by("a_cmp_has_one_account"):
        Assignment.objects.create(user=a_user(), member=assignments.current_member(ana))


def test_an_ended_assignment_leaves_room_for_another(ana: User) -> None:
    an_ended_assignment(ana)

    Assignment.objects.create(user=ana, member=a_member())


def test_an_assignment_ends_after_it_starts(ana: User) -> None:
    with refused_by("an_assignment_ends_after_it_starts"):
        an_ended_assignment(ana, ended_at=timezone.now() - timedelta(days=1))


def test_an_ended_assignment_says_by_whom_and_why(ana: User) -> None:
    for missing in ({"end_reason": ""}, {"ended_by": None}, {"ended_at": None}):
        with refused_by("an_ended_assignment_says_by_whom_and_why"):
            an_ended_assignment(ana, **missing)


def test_the_history_of_who_paid_for_whom_is_not_rewritten(ana: User, bruno: User) -> None:
    of_ana = Assignment.objects.filter(user=ana)
    for change in ({"member": assignments.current_member(bruno)}, {"reason": "Otro"}, {"user": a_user()}):
        with pytest.raises(DatabaseError, match="an_assignment_is_only_ended"), transaction.atomic():
            of_ana.update(**change)
    with pytest.raises(DatabaseError, match="an_assignment_is_never_deleted"), transaction.atomic():
        of_ana.delete()
    an_ended_assignment(ana)
    with pytest.raises(DatabaseError, match="an_ended_assignment_stays_ended"), transaction.atomic():
        of_ana.update(end_reason="Otro")


@pytest.mark.parametrize(("content", "media_type"), [(b"%PDF-1.7", ""), (b"<html>", "text/html"), (None, "image/jpeg")])
def test_an_attachment_is_a_pdf_or_a_photo(ana: User, content: bytes | None, media_type: str) -> None:
    with refused_by("an_attachment_is_a_pdf_or_a_photo"):
        assignments.report(ana).__class__.objects.update(attachment=content, attachment_type=media_type)


@pytest.mark.parametrize("number", [0, 10_000_000])
def test_a_cmp_number_has_up_to_7_digits(db: None, number: int) -> None:
    with refused_by("a_cmp_number_has_up_to_7_digits"):
        a_member(cmp_number=number)


@pytest.mark.parametrize("number", [1, 9_999_999])
def test_one_and_seven_digits_are_a_cmp_number(db: None, number: int) -> None:
    assert a_member(cmp_number=number).cmp_number == number


def test_a_document_is_one_member(db: None) -> None:
    a_member(document_number="41234567")
    with refused_by("a_document_is_one_member"):
        a_member(document_number="41234567")


def test_an_account_has_one_open_report(ana: User) -> None:
    report = assignments.report(ana)
    with refused_by("an_account_has_one_open_report"):
        AssignmentReport.objects.create(user=ana, member=report.member)


@pytest.mark.parametrize("table", ["members_member", "members_user", "members_regionalcouncil"])
def test_what_others_point_at_is_not_deleted(ana: User, table: str) -> None:
    """Not only Django's PROTECT: the foreign key itself, which raw SQL meets too."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(f"DELETE FROM {table}")


def test_an_active_member_has_not_left(db: None) -> None:
    with refused_by("an_active_member_has_not_left"):
        a_member(left_date=date(2026, 3, 1))


DECLARED = registrations.Declared(12_345, "1", "41234567", "Ana", "Quispe Mamani")


def test_an_account_has_one_open_claim(ana: User) -> None:
    registrations.declare(ana, DECLARED)
    with refused_by("an_account_has_one_open_claim"):
        registrations.declare(ana, DECLARED)


@pytest.mark.parametrize("fields", [{"state": "linked"}, {"state": "refused"}, {"decided_at": timezone.now()}])
def test_a_claim_is_decided_exactly_when_it_says_so(ana: User, fields: dict[str, object]) -> None:
    registrations.declare(ana, DECLARED)
    with refused_by("a_claim_is_decided_exactly_when_it_says_so"):
        Claim.objects.update(**fields)


@pytest.fixture
def dead(db: None) -> Member:
    return a_member(status=MemberStatus.DECEASED, left_date=month(2).replace(day=9))


@pytest.fixture
def taken_over(dead: Member, ana: User) -> Succession:
    return the_succession(dead, a_user())


def test_an_account_succeeds_one_holder(taken_over: Succession) -> None:
    other = a_member(status=MemberStatus.DECEASED, left_date=month(3))
    with refused_by("an_account_succeeds_one_holder"):
        the_succession(other, taken_over.user)


def test_a_holder_has_one_successor(dead: Member, taken_over: Succession) -> None:
    with refused_by("a_holder_has_one_successor"):
        the_succession(dead, a_user())


def test_a_succession_follows_a_death(dead: Member) -> None:
    with refused_by("a_succession_follows_a_death"):
        the_succession(a_member(), a_user())
    with refused_by("a_succession_follows_a_death"):
        the_succession(dead, a_user(), first_period=month(2))


def test_a_succeeded_physician_stays_dead(dead: Member, taken_over: Succession) -> None:
    for change in ({"status": MemberStatus.ACTIVE, "left_date": None}, {"left_date": month(1)}, {"left_date": None}):
        with refused_by("a_succeeded_physician_stays_dead"):
            Member.objects.filter(pk=dead.pk).update(**change)


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("a_succession_begins_with_a_month", {"first_period": month(1).replace(day=2)}),
        ("a_succession_is_proved_by_a_pdf_or_a_photo", {"attachment_type": "text/html"}),
        ("a_successor_is_a_person_with_a_document", {"document_number": "123"}),
        ("a_successor_is_a_person_with_a_document", {"document_type": "6", "document_number": "20100066603"}),
        ("a_successor_is_a_person_with_a_document", {"name": " "}),
        ("an_ended_succession_says_by_whom_and_why", {"ended_at": timezone.now(), "end_reason": ""}),
    ],
)
def test_what_a_succession_must_say(dead: Member, rule: str, fields: dict[str, Any]) -> None:
    with refused_by(rule):
        the_succession(dead, a_user(), **fields)


def test_the_history_of_successions_is_not_rewritten(taken_over: Succession) -> None:
    row = Succession.objects.filter(pk=taken_over.pk)
    for change in ({"name": "Otra"}, {"attachment": b"%PDF-2"}, {"first_period": month(0)}):
        with pytest.raises(DatabaseError, match="a_succession_is_only_ended"), transaction.atomic():
            row.update(**change)
    row.update(ended_at=timezone.now(), ended_by=taken_over.user, end_reason="Otra persona la tomó")
    with pytest.raises(DatabaseError, match="an_ended_succession_stays_ended"), transaction.atomic():
        row.update(ended_at=None, ended_by=None, end_reason="")
    with pytest.raises(DatabaseError, match="a_succession_is_never_deleted"), transaction.atomic():
        row.delete()


def test_a_claim_is_linked_by_a_proof_and_without_a_code_by_a_person(ana: User, walter: User) -> None:
    claim = registrations.declare(ana, registrations.Declared(1, "1", "00000001", "Ana", "Quispe"))
    linked = Claim.objects.filter(pk=claim.pk)
    now = timezone.now()
    with refused_by("a_linked_claim_was_proved"):
        linked.update(state="linked", decided_at=now, decided_by=walter)
    with refused_by("a_person_decides_what_no_code_proved"):
        linked.update(state="linked", decided_at=now, proof="photo")
    linked.update(state="linked", decided_at=now, proof="email")


def test_a_code_is_tried_five_times(ana: User) -> None:
    claim = registrations.declare(ana, registrations.Declared(1, "1", "00000001", "Ana", "Quispe"))
    code = ProofCode.objects.create(claim=claim, member=a_member(), channel="email", nonce="n", wrong=5)
    with refused_by("a_code_is_tried_five_times"):
        ProofCode.objects.filter(pk=code.pk).update(wrong=6)


def test_a_mobile_has_nine_digits(db: None) -> None:
    for number in ("123456789", "98765432", "9876-4321"):
        with refused_by("a_mobile_has_nine_digits"):
            a_member(mobile=number)
    assert a_member(mobile="987654321").pk


def test_a_number_for_staff_takes_two_persons_whatever_the_code_does(teresa: User, walter: User, ana: User) -> None:
    proposal = NumberProposal.objects.create(user=teresa, member=a_member(), reason="Es médica", author=walter)
    rows = NumberProposal.objects.filter(pk=proposal.pk)
    now = timezone.now()
    for alone in (walter, teresa):
        with refused_by("a_second_person_gives_staff_a_number"):
            rows.update(decided_by=alone, decided_at=now)
    with refused_by("a_decided_number_names_its_person"):
        rows.update(decided_at=now)
    with refused_by("a_staff_account_has_one_open_proposal"):
        NumberProposal.objects.create(user=teresa, member=a_member(), reason="Otra vez", author=walter)
    for rule, change in {
        "a_proposed_number_stays_as_proposed": lambda: rows.update(reason="Otra"),
        "a_proposed_number_is_never_deleted": rows.delete,
    }.items():
        with pytest.raises(DatabaseError, match=rule), transaction.atomic():
            change()
    rows.update(decided_by=ana, decided_at=now)
    with pytest.raises(DatabaseError, match="a_decided_number_is_final"), transaction.atomic():
        rows.update(rejection="No")
