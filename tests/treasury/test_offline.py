"""A payment that came by bank or payroll is written down with its evidence, once, and looks like what it is."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import Settings

from dues.imports import loading
from dues.models import Channel, CoveredPerson, DataLoad, Due, Settlement, Surplus
from members.models import Assignment, Member, User
from payments import offline
from payments.exceptions import OwnPaper, VoucherMissing
from payments.models import OfflinePayment
from tests.builders import a_member, client_of, month
from tests.payments.browser import Browser, text
from tests.payments.test_refunds import open_dues

pytestmark = pytest.mark.django_db

RECORD = "/admin/pagos/a-mano/registrar/?cmp_number=45678"


def paper(*dues: Due, **fields: Any) -> dict[str, Any]:
    return {
        "dues": [due.pk for due in dues],
        "channel": Channel.BANK.value,
        "reference": "OP-000777",
        "paid_on": timezone.localdate().isoformat(),
        "amount": str(sum(due.amount for due in dues)),
        "evidence": "Constancia del banco traída por la colegiada",
        "voucher": SimpleUploadedFile("voucher.pdf", b"%PDF-1.4 x"),
        **fields,
    }


def approved(by: User) -> str:
    """Let a second person approve what was written down last; the page afterwards."""
    address = f"/admin/pagos/a-mano/{OfflinePayment.objects.latest('pk').pk}/decidir/"
    return text(client_of(by).post(address, {"decision": "approve"}, follow=True))


def test_teresa_writes_down_a_bank_payment_and_ursula_lets_it_pay(ana: User, teresa: User, ursula: User) -> None:
    first, second, *rest = open_dues(ana)
    desk = client_of(teresa)
    asked = text(desk.get("/admin/pagos/a-mano/registrar/"))
    assert "Número CMP" in asked
    assert "Ana Quispe Mamani" in text(desk.get(RECORD))

    told = text(desk.post(RECORD, paper(first, second), follow=True))

    assert "Pago registrado a mano: S/ 60.00" in told
    assert "siguen pendientes hasta que otra persona lo apruebe" in told
    assert "A mano Banco OP-000777" in told
    payment = OfflinePayment.objects.get()
    assert (payment.author, payment.voucher_type, payment.stands) == (teresa, "application/pdf", False)
    assert open_dues(ana) == [first, second, *rest]
    kept = client_of(ursula).get(f"/admin/pagos/a-mano/{payment.pk}/constancia/")
    assert kept.content == b"%PDF-1.4 x"
    assert "attachment" in kept["Content-Disposition"]
    assert "Registrados a mano" in text(client_of(ursula).get("/admin/pagos/devoluciones/"))

    assert "Pago aprobado: S/ 60.00" in approved(ursula)
    assert open_dues(ana) == rest
    settlement = Settlement.objects.get(due=first)
    assert (settlement.channel, settlement.reference) == (Channel.BANK, f"A MANO {payment.pk}: OP-000777")
    assert "ya fue decidido" in approved(ursula)


def test_teresa_approves_nothing_that_she_wrote_down(ana: User, teresa: User) -> None:
    due = open_dues(ana)[0]
    client_of(teresa).post(RECORD, paper(due))
    address = f"/admin/pagos/a-mano/{OfflinePayment.objects.get().pk}/decidir/"
    assert client_of(teresa).post(address, {"decision": "approve"}).status_code == 400
    with pytest.raises(OwnPaper):
        offline.approve(OfflinePayment.objects.get().pk, by=teresa)
    assert due in open_dues(ana)
    client_of(teresa).post(address, {"decision": "reject", "reason": "Me equivoqué de mes"})
    assert OfflinePayment.objects.get().rejection == "Me equivoqué de mes"
    assert client_of(teresa).post(RECORD, paper(due)).status_code == 302, "a rejected operation may be written again"


@pytest.mark.parametrize("link", ["number", "former number", "roll address", "cover"])
def test_nobody_decides_about_the_own_dues_or_the_familys(ana: User, teresa: User, ursula: User, link: str) -> None:
    due = open_dues(ana)[0]
    member = due.member
    if "number" in link:
        given = Assignment.objects.create(user=ursula, member=a_member("Úrsula", "Benites Paz"))
        Assignment.objects.filter(user=ana).update(ended_at=timezone.now(), ended_by=ana, end_reason="Corregida")
        Assignment.objects.filter(pk=given.pk).update(ended_at=timezone.now(), ended_by=ana, end_reason="Corregida")
        own = Assignment.objects.create(user=ursula, member=member)
        if link == "former number":
            Assignment.objects.filter(pk=own.pk).update(ended_at=timezone.now(), ended_by=ana, end_reason="Corregida")
    elif link == "roll address":
        Member.objects.filter(pk=member.pk).update(email=ursula.email)
    else:
        CoveredPerson.objects.create(
            member=member, name="ursula benites", relationship="parent", birth_date="1990-01-01", first_period=month(3)
        )
    assert "su propio CMP" in text(client_of(ursula).post(RECORD, paper(due)))
    client_of(teresa).post(RECORD, paper(due))
    assert "su propio CMP" in approved(ursula)
    assert due.pk in Due.objects.filter(settlements=None).values_list("pk", flat=True)


def test_a_payment_without_its_paper_is_not_written_down(ana: User, teresa: User) -> None:
    typed = paper(open_dues(ana)[0])
    del typed["voucher"]
    assert "sin ella no se registra" in text(client_of(teresa).post(RECORD, typed))
    empty = offline.Paper(
        channel="bank", reference="1", paid_on=timezone.localdate(), evidence="Ninguna", voucher=b"", voucher_type=""
    )
    with pytest.raises(VoucherMissing):
        offline.record(member=open_dues(ana)[0].member, due_ids=[open_dues(ana)[0].pk], paper=empty, author=teresa)
    assert not OfflinePayment.objects.exists()


def test_up_to_a_sum_that_the_college_sets_one_person_is_enough(ana: User, teresa: User, settings: Settings) -> None:
    settings.SECOND_PERSON_ABOVE = Decimal("30.00")
    first, second, third, *_ = open_dues(ana)
    assert "están pagadas" in text(client_of(teresa).post(RECORD, paper(first), follow=True))
    client_of(teresa).post(RECORD, paper(second, third, reference="OP-2"))
    assert first not in open_dues(ana)
    assert second in open_dues(ana)


def test_the_same_operation_pays_once(ana: User, teresa: User) -> None:
    first, second, *_ = open_dues(ana)
    desk = client_of(teresa)
    desk.post(RECORD, paper(first))
    assert "ya está registrada" in text(desk.post(RECORD, paper(second)))
    assert OfflinePayment.objects.count() == 1


@pytest.mark.parametrize("written", ["op-000777", "OP 000777", "00OP000777"])
def test_an_operation_written_otherwise_is_the_same(ana: User, teresa: User, written: str) -> None:
    first, second, *_ = open_dues(ana)
    desk = client_of(teresa)
    desk.post(RECORD, paper(first))
    assert "ya está registrada" in text(desk.post(RECORD, paper(second, reference=written)))
    assert second in open_dues(ana)


def brought(due: Due, reference: str, tmp_path: Path) -> int:
    """How many payments a file of the bank added: one line, of this due under this operation."""
    file = tmp_path / "banco.csv"
    line = f"45678;colegiado;{due.period:%m/%Y};30.00;banco;{reference};{timezone.localdate():%d/%m/%Y}"
    file.write_text(f"cmp;tipo;mes;monto;canal;referencia;fecha_pago\n{line}\n")
    return loading.load(loading.Request(content=DataLoad.Content.PAYMENTS, path=file, again=True)).added


def test_what_was_written_by_hand_is_no_surplus_when_the_banks_file_brings_it(
    ana: User, teresa: User, ursula: User, tmp_path: Path
) -> None:
    due = open_dues(ana)[0]
    desk = client_of(teresa)
    desk.post(RECORD, paper(due))
    approved(ursula)

    assert brought(due, "OP000777", tmp_path) == 0
    assert not Surplus.objects.exists()

    reversal = f"/admin/pagos/a-mano/{OfflinePayment.objects.get().pk}/revertir/"
    client_of(ursula).post(reversal, {"reason": "Era de otra persona"})
    assert brought(due, "OP000777", tmp_path) == 1
    assert due not in open_dues(ana)


def test_what_the_banks_file_brought_pays_no_other_month_by_hand(ana: User, teresa: User, tmp_path: Path) -> None:
    first, second, *_ = open_dues(ana)
    assert brought(first, "0000777", tmp_path) == 1
    assert "ya está registrada" in text(client_of(teresa).post(RECORD, paper(second, reference="777")))
    assert second in open_dues(ana)


def test_a_double_click_pays_once(ana: User, teresa: User, ursula: User) -> None:
    due = open_dues(ana)[0]
    answers = [client_of(teresa).post(RECORD, paper(due)).status_code for _ in range(2)]
    assert answers == [302, 400]
    for _ in range(2):
        approved(ursula)
    assert Settlement.objects.filter(due=due).count() == 1


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"amount": "29.00"}, "suman S/ 30.00"),
        ({"paid_on": "2099-01-01"}, "no puede ser futura"),
        ({"evidence": "sí"}, "al menos 10"),
        ({"reference": "4551708161768059"}, "Parece un número de tarjeta"),
        ({"voucher": SimpleUploadedFile("x.pdf", b"MZ\x90")}, "debe ser PDF, JPG o PNG"),
        ({"dues": []}, "obligatorio"),
        ({"paid_on": "0001-01-01"}, "Revise el año"),
        ({"reference": "OP-٠٠٠٧٧٧"}, "dígitos (0 a 9)"),
        ({"reference": "---"}, "dígitos (0 a 9)"),
        ({"reference": "OP-000777\u202e"}, "no se pueden mostrar"),
        ({"evidence": "Constancia \u202eocnab led\u202c"}, "no se pueden mostrar"),
    ],
)
def test_what_does_not_fit_is_refused(wrong: dict[str, Any], told: str, ana: User, teresa: User) -> None:
    answer = client_of(teresa).post(RECORD, paper(open_dues(ana)[0]) | wrong)
    assert answer.status_code == 400
    assert told in text(answer)
    assert not Settlement.objects.filter(due__member__cmp_number=45_678).exists()


def test_anothers_due_cannot_be_paid_under_this_cmp(ana: User, carla: User, teresa: User) -> None:
    assert client_of(teresa).post(RECORD, paper(open_dues(carla)[0])).status_code == 400
    assert len(open_dues(carla)) == 2


def test_an_unknown_cmp_is_said_to_be_unknown(teresa: User) -> None:
    assert "No hay un colegiado" in text(client_of(teresa).get("/admin/pagos/a-mano/registrar/?cmp_number=1"))


def test_a_due_that_is_being_paid_by_card_is_marked(ana: User, teresa: User) -> None:
    Browser(ana).order_of(open_dues(ana)[0])
    assert "se está pagando con tarjeta ahora" in text(client_of(teresa).get(RECORD))


def test_a_mistake_is_reversed_with_its_reason_and_once(ana: User, teresa: User, ursula: User) -> None:
    due = open_dues(ana)[0]
    client_of(teresa).post(RECORD, paper(due))
    approved(ursula)
    address = f"/admin/pagos/a-mano/{OfflinePayment.objects.get().pk}/revertir/"
    desk = client_of(ursula)
    assert "estas cuotas vuelven a estar pendientes" in text(desk.get(address))
    assert desk.post(address, {"reason": ""}).status_code == 400

    assert "vuelven a estar pendientes" in text(desk.post(address, {"reason": "Era de otra colegiada"}, follow=True))
    assert "ya fue revertido" in text(desk.post(address, {"reason": "Otra vez lo mismo"}, follow=True))
    late = desk.get(address)
    assert "ya lo revirtió el" in text(late)
    assert b'name="reason"' not in late.content

    assert due in open_dues(ana)
    assert Settlement.objects.get(due=due).reversal_reason == "Era de otra colegiada"
    assert client_of(teresa).post(RECORD, paper(due)).status_code == 302


def test_who_wrote_a_payment_down_does_not_take_it_back_alone(ana: User, teresa: User, ursula: User) -> None:
    due = open_dues(ana)[0]
    desk = client_of(teresa)
    desk.post(RECORD, paper(due))
    approved(ursula)
    listed = text(desk.get("/admin/pagos/a-mano/"))
    address = f"/admin/pagos/a-mano/{OfflinePayment.objects.get().pk}/revertir/"
    asked = desk.get(address)
    told = text(desk.post(address, {"reason": "Me equivoqué"}, follow=True))

    assert "solo otra persona puede revertirlo" in listed
    assert "Usted registró este pago: solo otra persona puede revertirlo. No cambió nada." in text(asked)
    assert b'name="reason"' not in asked.content
    assert "Usted registró este pago; debe revertirlo otra persona. No cambió nada." in told
    assert due not in open_dues(ana)
    assert Settlement.objects.get(due=due).reversed_at is None


def test_the_database_lets_nobody_reverse_an_own_entry(ana: User, teresa: User, ursula: User) -> None:
    client_of(teresa).post(RECORD, paper(open_dues(ana)[0]))
    approved(ursula)
    own = {"reversed_by": teresa, "reversed_at": timezone.now(), "reversal_reason": "Sin testigo"}
    with pytest.raises(IntegrityError, match="a_second_person_reverses_a_payment_elsewhere"), transaction.atomic():
        OfflinePayment.objects.update(**own)
