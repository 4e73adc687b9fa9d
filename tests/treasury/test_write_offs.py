"""The auditor reads every morning what staff took off the books, and who did it with whom."""

import pytest
from django.utils import timezone
from pytest_django import Settings

from dues import acts
from dues.models import Channel, Kind
from members.models import User
from payments import offline
from payments.models import Letter
from staff import write_offs
from tests.builders import month
from tests.payments.test_refunds import open_dues

pytestmark = pytest.mark.django_db


def test_a_day_by_person(ana: User, teresa: User, ursula: User, settings: Settings) -> None:
    settings.AUDITOR_EMAIL = "auditora@example.com"
    due, *_ = open_dues(ana)
    paper = offline.Paper(
        channel=Channel.BANK.value,
        reference="OP-1",
        paid_on=timezone.localdate(),
        evidence="Constancia del banco",
        voucher=b"%PDF-1.4",
        voucher_type="application/pdf",
    )
    payment = offline.record(member=due.member, due_ids=[due.pk], paper=paper, author=teresa)
    assert write_offs.of_day(timezone.localdate()) == [], "what waits took nothing off"
    offline.approve(payment.pk, by=ursula)
    act = acts.Resolution(
        act="exoneration",
        kind=Kind.COLEGIADO.value,
        first_period=month(1),
        last_period=month(1),
        reason="Estudios en el extranjero",
        document="Resolución 12",
        granted_date=timezone.localdate(),
        evidence=b"%PDF-1.4",
        evidence_type="application/pdf",
    )
    acts.approve(acts.propose(member=due.member, resolution=act, author=ursula).pk, by=teresa)

    assert write_offs.tell(timezone.localdate())
    letter = Letter.objects.get()
    assert letter.to == "auditora@example.com"
    assert letter.subject.endswith(": 2")
    of_teresa, of_ursula = letter.body.split("Úrsula Benites\n-")[0], letter.body.split("Úrsula Benites\n-")[1]
    assert "S/ 30.00, Pago a mano de CMP 45678" in of_teresa
    assert "(con Úrsula Benites)" in of_teresa
    assert "Exoneración de CMP 45678" in of_ursula
    assert write_offs.tell(timezone.localdate()) is None
    assert Letter.objects.count() == 1


def test_a_reversal_is_named_too(ana: User, teresa: User, ursula: User) -> None:
    due, *_ = open_dues(ana)
    paper = offline.Paper(
        channel="bank",
        reference="OP-1",
        paid_on=timezone.localdate(),
        evidence="Constancia del banco",
        voucher=b"%PDF-1.4",
        voucher_type="application/pdf",
    )
    payment = offline.record(member=due.member, due_ids=[due.pk], paper=paper, author=teresa)
    offline.approve(payment.pk, by=ursula)
    offline.reverse(payment.pk, author=ursula, reason="Era de otra persona")
    assert [each.person for each in write_offs.of_day(timezone.localdate())] == [
        "Teresa Paredes",
        "Úrsula Benites",
    ]


def test_a_day_without_any_is_told_as_well(db: None, settings: Settings) -> None:
    settings.AUDITOR_EMAIL = ""
    assert write_offs.tell() is None
    settings.AUDITOR_EMAIL = "auditora@example.com"
    assert write_offs.tell()
    letter = Letter.objects.get()
    assert letter.subject.endswith("nada")
    assert "Nada: ni pagos a mano" in letter.body
