"""A bank's file paid the wrong dues: one row or the whole load is taken back by two people."""

from pathlib import Path

import pytest
from django.utils import timezone

from dues.imports import loading
from dues.models import DataLoad, Settlement, Surplus
from members.models import User
from payments import file_reversals
from payments.exceptions import FileReversalRule
from tests.payments.test_refunds import open_dues
from tests.payments.test_refusals import refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def load(ana: User, bruno: User, tmp_path: Path) -> DataLoad:
    """The bank says that Ana paid three months, and that Bruno paid one that he had paid before."""
    member, other = ana.assignments.get().member, bruno.assignments.get().member
    dues = [*open_dues(ana)[:3], other.dues.latest("period")]
    rows = [
        f"{due.member.cmp_number};colegiado;{due.period:%m/%Y};30.00;banco;OP-{number};{timezone.localdate():%d/%m/%Y}"
        for number, due in enumerate(dues)
    ]
    assert member != other
    file = tmp_path / "banco.csv"
    file.write_text("\n".join(["cmp;tipo;mes;monto;canal;referencia;fecha_pago", *rows]) + "\n")
    record = loading.load(loading.Request(content=DataLoad.Content.PAYMENTS, path=file)).record
    assert record
    record.refresh_from_db()
    return record


def test_a_whole_load_is_taken_back_with_its_surplus(load: DataLoad, ana: User, teresa: User, walter: User) -> None:
    assert len(open_dues(ana)) == 2
    assert (file_reversals.settlements_of(load).count(), file_reversals.surpluses_of(load).count()) == (3, 1)
    reversal = file_reversals.propose(author=teresa, reason="Archivo de otro colegio", load=load)
    with pytest.raises(FileReversalRule):
        file_reversals.confirm(reversal.pk, by=teresa)
    file_reversals.confirm(reversal.pk, by=walter)
    assert len(open_dues(ana)) == 5
    surplus = Surplus.objects.get()
    assert (surplus.resolved_by, "La carga se revirtió" in surplus.resolution) == (f"personal:{walter.pk}", True)
    with pytest.raises(FileReversalRule):
        file_reversals.confirm(reversal.pk, by=walter)
    with pytest.raises(FileReversalRule):
        file_reversals.propose(author=teresa, reason="Otra vez", load=load)


def test_one_row_is_taken_back_alone_and_the_file_does_not_pay_it_again(
    load: DataLoad, ana: User, teresa: User, walter: User
) -> None:
    first = file_reversals.settlements_of(load)[0]
    reversal = file_reversals.propose(author=teresa, reason="Extorno del banco", settlement=first)
    file_reversals.confirm(reversal.pk, by=walter)
    assert len(open_dues(ana)) == 3
    first.refresh_from_db()
    assert (first.reversed_by, first.reversal_reason) == (f"personal:{walter.pk}", "Extorno del banco")
    assert file_reversals.settlements_of(load).count() == 2


def test_cards_and_hands_have_their_own_way_back(ana: User, teresa: User) -> None:
    for channel, reference in (("card", "1"), ("bank", "A MANO 1: x")):
        due = open_dues(ana)[0]
        paid = Settlement.objects.create(
            due=due, amount=due.amount, channel=channel, reference=reference, paid_at=timezone.now()
        )
        with pytest.raises(FileReversalRule):
            file_reversals.propose(author=teresa, reason="No era", settlement=paid)


def test_a_rejected_proposal_changes_nothing_and_another_may_follow(
    load: DataLoad, ana: User, teresa: User, walter: User
) -> None:
    reversal = file_reversals.propose(author=teresa, reason="Archivo de otro colegio", load=load)
    file_reversals.reject(reversal.pk, by=walter)
    assert len(open_dues(ana)) == 2
    again = file_reversals.propose(author=teresa, reason="Archivo de otro colegio", load=load)
    rows = type(again)._base_manager
    refused(
        "a_second_person_takes_a_file_payment_back",
        lambda: rows.filter(pk=again.pk).update(decided_by=teresa, decided_at=timezone.now()),
    )
    refused("a_file_reversal_keeps_what_was_proposed", lambda: rows.filter(pk=again.pk).update(reason="otro motivo"))
    refused("a_file_reversal_is_final", lambda: rows.filter(pk=reversal.pk).update(rejected=False))
