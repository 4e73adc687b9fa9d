"""An act of the college frees months when two people of the treasury agree on its document."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from dues import acts, revocations
from dues.exceptions import ActDecided, ActRecorded, OwnAct, OwnNumber
from dues.models import ActProposal, Due, Exemption, Kind, RevocationProposal
from members import actors
from members.models import Assignment, Member, User
from staff import write_offs
from tests.builders import client_of, month

pytestmark = pytest.mark.django_db

ADD = "/admin/dues/actproposal/add/"


@pytest.fixture
def member(ana: User) -> Member:
    return ana.assignments.get().member


def a_resolution(**fields: Any) -> acts.Resolution:
    typed = {
        "act": "exoneration",
        "kind": Kind.COLEGIADO.value,
        "first_period": month(4),
        "last_period": month(3),
        "reason": "Estudios en el extranjero",
        "document": "Resolución 12-2026",
        "granted_date": timezone.localdate(),
        "evidence": b"%PDF-1.4",
        "evidence_type": "application/pdf",
    }
    return acts.Resolution(**(typed | fields))


def owed(member: Member) -> int:
    return Due.objects.filter(member=member, kind=Kind.COLEGIADO, exemption=None).count()


def test_teresa_proposes_and_ursula_frees_the_months(member: Member, teresa: User, ursula: User) -> None:
    typed = vars(a_resolution()) | {"member": member.pk}
    typed["scan"] = SimpleUploadedFile("resolucion.pdf", b"%PDF-1.4")
    told = client_of(teresa).post(ADD, typed, follow=True).content.decode()
    assert "No libera nada hasta que otra persona lo apruebe" in told
    proposal = ActProposal.objects.get()
    assert (proposal.author, proposal.worth, owed(member)) == (teresa, Decimal("60.00"), 5)

    page = reverse("staff_decide_act", args=[proposal.pk])
    own = client_of(teresa).get(page).content.decode()
    assert "Usted lo propuso" in own
    assert "Aprobar: sus meses" not in own
    asked = client_of(ursula).get(page).content.decode()
    assert "suman S/ 60.00" in asked
    assert client_of(ursula).get(reverse("staff_act_evidence", args=[proposal.pk])).content == b"%PDF-1.4"
    done = client_of(ursula).post(page, {"decision": "approve"}, follow=True).content.decode()
    assert "Cuotas exoneradas: 2" in done
    assert owed(member) == 3
    assert Exemption.objects.get().author == teresa


def test_nobody_adds_an_act_past_the_second_person(teresa: User) -> None:
    assert client_of(teresa).get("/admin/dues/exemption/add/").status_code == 403


def test_an_act_needs_its_document(member: Member, teresa: User) -> None:
    typed = vars(a_resolution()) | {"member": member.pk}
    assert client_of(teresa).post(ADD, typed).status_code == 200
    assert not ActProposal.objects.exists()


def test_the_author_approves_nothing_and_an_act_is_decided_once(member: Member, teresa: User, ursula: User) -> None:
    proposal = acts.propose(member=member, resolution=a_resolution(), author=teresa)
    with pytest.raises(OwnAct):
        acts.approve(proposal.pk, by=teresa)
    acts.reject(proposal.pk, by=ursula, reason="El documento es de otra colegiada")
    with pytest.raises(ActDecided):
        acts.approve(proposal.pk, by=ursula)
    assert owed(member) == 5


def test_nobody_exempts_the_own_number_in_either_role(ana: User, member: Member, teresa: User, ursula: User) -> None:
    Assignment.objects.filter(user=ana).update(ended_at=timezone.now(), ended_by=ana, end_reason="Pasó a tesorería")
    Assignment.objects.create(user=teresa, member=member)
    with pytest.raises(OwnNumber):
        acts.propose(member=member, resolution=a_resolution(), author=teresa)
    told = client_of(teresa).post(
        ADD,
        vars(a_resolution()) | {"member": member.pk, "scan": SimpleUploadedFile("r.pdf", b"%PDF-1.4")},
        follow=True,
    )
    assert "su propio CMP" in told.content.decode()
    proposal = acts.propose(member=member, resolution=a_resolution(), author=ursula)
    with pytest.raises(OwnNumber):
        acts.approve(proposal.pk, by=teresa)
    assert owed(member) == 5


def test_the_same_act_is_not_proposed_twice_over(member: Member, teresa: User, ursula: User) -> None:
    first, second = (acts.propose(member=member, resolution=a_resolution(), author=teresa) for _ in range(2))
    acts.approve(first.pk, by=ursula)
    with pytest.raises(ActRecorded):
        acts.approve(second.pk, by=ursula)
    with pytest.raises(ActRecorded):
        acts.propose(member=member, resolution=a_resolution(), author=teresa)


def test_one_person_is_enough_up_to_the_sum_but_never_for_months_to_come(
    member: Member, teresa: User, settings: Settings
) -> None:
    settings.SECOND_PERSON_ABOVE = Decimal("60.00")
    assert acts.propose(member=member, resolution=a_resolution(), author=teresa).decided_by == teresa
    ahead = a_resolution(first_period=month(-11), last_period=month(-11), document="Resolución 13-2026")
    assert acts.propose(member=member, resolution=ahead, author=teresa).decided_at is None


def refused(rule: str, change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        ActProposal.objects.update(**change)


def test_the_database_keeps_the_two_persons(member: Member, teresa: User, ursula: User) -> None:
    proposal = acts.propose(member=member, resolution=a_resolution(), author=teresa)
    act = acts.exemptions.grant(
        member=member,
        act="exoneration",
        kind=Kind.COLEGIADO,
        first_period=date(2020, 1, 1),
        last_period=date(2020, 1, 1),
        reason="r",
        document="d",
        granted_date=date(2020, 1, 1),
        author=teresa,
    )
    now = timezone.now()
    refused("a_second_person_approves_an_act", {"decided_by": teresa, "decided_at": now, "exemption": act})
    refused("a_decided_act_names_its_person_and_outcome", {"decided_at": now})
    for rule, sql in {
        "a_proposed_act_stays_as_proposed": "UPDATE dues_actproposal SET last_period = '2099-01-01'",
        "a_proposed_act_is_never_deleted": "DELETE FROM dues_actproposal",
    }.items():
        with pytest.raises(Exception, match=rule), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    acts.reject(proposal.pk, by=ursula, reason="No")
    with pytest.raises(Exception, match="a_decided_act_is_final"), transaction.atomic():
        ActProposal.objects.update(rejection="Sí")
    for rule, wrong in {
        "a_proposed_act_has_months": {"last_period": month(9)},
        "a_proposed_act_counts_whole_months": {"first_period": month(4).replace(day=2)},
    }.items():
        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            acts.propose(member=member, resolution=a_resolution(document="Otra", **wrong), author=teresa)


def test_the_database_keeps_the_two_persons_of_a_revocation(member: Member, teresa: User, ursula: User) -> None:
    act = acts.approve(acts.propose(member=member, resolution=a_resolution(), author=teresa).pk, by=ursula)
    proposal = revocations.propose(act, author=teresa, reason="Era de otro")
    rows, now = RevocationProposal.objects.all(), timezone.now()
    for rule, attack in {
        "an_act_has_one_open_revocation": lambda: rows.create(exemption=act, author=ursula, reason="x"),
        "a_second_person_revokes_an_act": lambda: rows.update(decided_by=teresa, decided_at=now),
        "a_decided_revocation_names_its_person": lambda: rows.update(decided_at=now),
        "a_proposed_revocation_stays_as_proposed": lambda: rows.update(reason="Otra cosa"),
        "a_proposed_revocation_is_never_deleted": lambda: proposal.delete(),
    }.items():
        with pytest.raises(DatabaseError, match=rule), transaction.atomic():
            attack()

    revocations.reject(proposal.pk, by=ursula, reason="El acto es correcto")

    with pytest.raises(DatabaseError, match="a_decided_revocation_is_final"), transaction.atomic():
        rows.update(rejection="Sí")
    act.refresh_from_db()
    assert act.revoked_at is None


def test_the_auditor_reads_both_persons_of_a_revocation(member: Member, teresa: User, ursula: User) -> None:
    act = acts.approve(acts.propose(member=member, resolution=a_resolution(), author=teresa).pk, by=ursula)
    proposal = revocations.propose(act, author=teresa, reason="Era de otro")
    assert not [each for each in write_offs.of_day(timezone.localdate()) if "revocado" in each.words]

    revocations.approve(proposal.pk, by=ursula)

    [told] = [each for each in write_offs.of_day(timezone.localdate()) if "revocado" in each.words]
    assert (told.person, told.second) == (actors.name_of(teresa), actors.name_of(ursula))


def test_nobody_decides_the_revocation_of_the_own_act(member: Member, teresa: User, ursula: User) -> None:
    act = acts.approve(acts.propose(member=member, resolution=a_resolution(), author=teresa).pk, by=ursula)
    proposal = revocations.propose(act, author=ursula, reason="Era de otro")
    Member.objects.filter(pk=member.pk).update(email=teresa.email)
    with pytest.raises(OwnNumber):
        revocations.approve(proposal.pk, by=teresa)
    with pytest.raises(OwnNumber):
        revocations.propose(act, author=teresa, reason="Era de otro")
