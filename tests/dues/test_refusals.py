"""What the database refuses about dues and money, whatever the code above it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from base.postgres.constraints import broken_constraint
from dues import exemptions
from dues.charging.schedule import Relationship
from dues.exceptions import ActRevoked, AlreadyResolved, DueNotOpen
from dues.models import (
    Channel,
    CoveredPerson,
    DraftPiece,
    Due,
    DueLine,
    Exemption,
    Hold,
    ImportDraft,
    Kind,
    Repricing,
    Settlement,
    Surplus,
    Tariff,
    TariffBand,
    UnidentifiedPayment,
)
from members.models import User
from tests.builders import a_due, a_member, a_settlement, an_exemption, hold, month
from tests.dues.priced import colegiado_tariff, covers


@contextmanager
def refused_by(rule: str) -> Iterator[None]:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        yield
    assert broken_constraint(refusal.value) == rule


@contextmanager
def refused_by_trigger(rule: str) -> Iterator[None]:
    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        yield
    # PostgreSQL names the trigger's function, which begins with the rule's name.
    assert f"pgtrigger_{rule}"[:40] in str(refusal.value)


@pytest.fixture
def due(db: None) -> Due:
    return a_due(a_member())


# --- Dues


def test_a_member_owes_a_month_once(due: Due) -> None:
    with refused_by("a_member_owes_a_month_once"):
        a_due(due.member, period=due.period, amount="99.00")


def test_the_same_month_of_the_other_kind_is_another_due(due: Due) -> None:
    assert a_due(due.member, Kind.SEMEFA, due.period).pk


@pytest.mark.parametrize("amount", ["0.00", "-30.00"])
def test_a_due_is_more_than_nothing(due: Due, amount: str) -> None:
    with refused_by("a_due_is_more_than_nothing"):
        Due.objects.update(amount=Decimal(amount))


def test_a_period_is_a_month(due: Due) -> None:
    with refused_by("a_period_is_a_month"):
        a_due(due.member, period=date(2026, 3, 2))


# --- Settlements


def test_a_due_is_settled_once(due: Due) -> None:
    a_settlement(due)
    with refused_by("a_due_is_settled_once"):
        a_settlement(due, Channel.CARD, "4711")


@pytest.mark.parametrize("amount", ["0.00", "-30.00"])
def test_a_settlement_is_more_than_nothing(due: Due, amount: str) -> None:
    with refused_by("a_settlement_is_more_than_nothing"):
        a_settlement(due, amount=Decimal(amount))


@pytest.mark.parametrize(
    "change",
    [
        {"amount": Decimal("1.00")},
        {"channel": Channel.MANUAL},
        {"reference": "otra"},
        {"paid_at": timezone.now()},
        {"recorded_at": timezone.now()},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_settlement_is_only_reversed(due: Due, change: dict[str, object]) -> None:
    a_settlement(due)
    with refused_by_trigger("a_settlement_is_only_reversed"):
        Settlement.objects.update(**change)


def test_a_settlement_does_not_move_to_another_due(due: Due) -> None:
    a_settlement(due)
    other = a_due(due.member, period=month(1))
    with refused_by_trigger("a_settlement_is_only_reversed"):
        Settlement.objects.update(due=other)


@pytest.mark.parametrize(
    "reversal",
    [
        {"reversed_at": timezone.now()},
        {"reversed_at": timezone.now(), "reversed_by": "teresa@example.com"},
        {"reversed_at": timezone.now(), "reversal_reason": "El banco lo devolvió"},
        {"reversed_by": "teresa@example.com", "reversal_reason": "El banco lo devolvió"},
    ],
    ids=lambda reversal: "+".join(reversal),
)
def test_a_reversal_names_its_author_and_reason(due: Due, reversal: dict[str, object]) -> None:
    a_settlement(due)
    with refused_by("a_reversal_names_its_author_and_reason"):
        Settlement.objects.update(**reversal)


def test_a_reversal_is_final(due: Due) -> None:
    a_settlement(due, reversed_at=timezone.now(), reversed_by="teresa@example.com", reversal_reason="Devuelto")
    with refused_by_trigger("a_reversal_is_final"):
        Settlement.objects.update(reversed_at=None, reversed_by="", reversal_reason="")


def test_a_settlement_is_never_deleted(due: Due) -> None:
    a_settlement(due)
    with refused_by_trigger("a_settlement_is_never_deleted"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM dues_settlement")


# --- Holds and exemptions


def test_a_due_is_held_by_one_order(due: Due) -> None:
    Hold.objects.create(due=due, holder=uuid4())
    with refused_by("a_due_is_held_by_one_order"):
        Hold.objects.create(due=due, holder=uuid4())


def test_an_exemption_is_recorded_once(due: Due) -> None:
    an_exemption(due.member)
    with refused_by("an_exemption_is_recorded_once"):
        an_exemption(due.member)


def test_an_exemption_has_months(due: Due) -> None:
    with refused_by("an_exemption_has_months"):
        an_exemption(due.member, first_period=month(1), last_period=month(2))


# --- Tariffs


@pytest.fixture
def tariff(db: None) -> Tariff:
    """In force for years."""
    return colegiado_tariff()


def test_a_month_begins_one_tariff_of_a_kind(tariff: Tariff) -> None:
    with refused_by("a_month_begins_one_tariff_of_a_kind"):
        colegiado_tariff(tariff.first_period, "99.00")


def test_a_tariff_begins_with_a_month(db: None) -> None:
    with refused_by("a_tariff_begins_with_a_month"):
        colegiado_tariff(date(2026, 3, 15))


def test_a_tariff_never_changes(tariff: Tariff) -> None:
    with refused_by_trigger("a_tariff_never_changes"):
        Tariff.objects.update(resolution="Otro acuerdo")


def test_a_tariff_in_force_is_never_deleted(db: None) -> None:
    empty = Tariff.objects.create(
        kind=Kind.SEMEFA, first_period=month(), resolution="Acuerdo", resolution_date=month(1)
    )
    with refused_by_trigger("a_tariff_in_force_is_never_deleted"):
        Tariff.objects.filter(pk=empty.pk).delete()


def test_an_age_begins_one_band_of_a_tariff(tariff: Tariff) -> None:
    with refused_by("an_age_begins_one_band_of_a_tariff"):
        TariffBand.objects.create(tariff=tariff, from_age=0, amount=Decimal("1.00"))


def test_a_price_is_more_than_nothing(tariff: Tariff) -> None:
    with refused_by("a_price_is_more_than_nothing"):
        TariffBand.objects.create(tariff=tariff, from_age=18, amount=Decimal("0.00"))


def test_a_price_never_changes(tariff: Tariff) -> None:
    with refused_by_trigger("a_price_never_changes"):
        TariffBand.objects.update(amount=Decimal("1.00"))


def test_a_price_in_force_is_never_deleted(tariff: Tariff) -> None:
    with refused_by_trigger("a_price_in_force_is_never_deleted"):
        TariffBand.objects.all().delete()


def test_a_tariff_can_be_taken_back_until_its_month_begins(db: None) -> None:
    coming = colegiado_tariff(month(-1), "300.00")

    coming.bands.all().delete()
    coming.delete()

    assert not Tariff.objects.exists()


# --- Covered people


def test_a_member_is_enrolled_once_at_a_time(due: Due) -> None:
    covers(due.member, until=month(2))
    covers(due.member, since=month(1), name="De nuevo")
    with refused_by("a_member_is_enrolled_once_at_a_time"):
        covers(due.member, since=month(2), until=month(2), name="Otra vez")


def test_a_person_is_covered_once(due: Due) -> None:
    covers(due.member, Relationship.CHILD, name="Luz")
    with refused_by("a_person_is_covered_once"):
        covers(due.member, Relationship.GRANDCHILD, name="Luz")


@pytest.mark.parametrize("dates", [{"since": date(2026, 1, 2)}, {"until": date(2026, 1, 31)}], ids=["since", "until"])
def test_a_cover_counts_whole_months(due: Due, dates: dict[str, date]) -> None:
    with refused_by("a_cover_counts_whole_months"):
        covers(due.member, Relationship.CHILD, **dates)


def test_a_cover_ends_after_it_begins(due: Due) -> None:
    with refused_by("a_cover_ends_after_it_begins"):
        covers(due.member, Relationship.CHILD, since=month(1), until=month(2))


def test_a_cover_is_only_ended(due: Due) -> None:
    covers(due.member)
    CoveredPerson.objects.update(last_period=month())
    with refused_by_trigger("a_cover_is_only_ended"):
        CoveredPerson.objects.update(birth_date=date(1999, 1, 1))


def test_a_cover_is_never_deleted(due: Due) -> None:
    covers(due.member)
    with refused_by_trigger("a_cover_is_never_deleted"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM dues_coveredperson")


# --- Lines and corrections


@pytest.fixture
def line(due: Due) -> DueLine:
    holder = covers(due.member)
    return DueLine.objects.create(
        due=due, person=holder, name=holder.name, relationship="holder", age=40, from_age=40, amount=Decimal("30.00")
    )


def a_correction(due: Due) -> Repricing:
    return Repricing.objects.create(
        due=due, amount_before=due.amount, amount_after=Decimal("1.00"), basis_before="A", basis_after="B", author="yo"
    )


def test_a_due_line_is_more_than_nothing(line: DueLine) -> None:
    with refused_by("a_due_line_is_more_than_nothing"):
        DueLine.objects.create(
            due=line.due, person=line.person, name="Luz", relationship="child", age=1, from_age=0, amount=Decimal(0)
        )


def test_a_due_line_is_only_replaced(line: DueLine) -> None:
    DueLine.objects.update(replaced_by=a_correction(line.due))
    with refused_by_trigger("a_due_line_is_only_replaced"):
        DueLine.objects.update(amount=Decimal("1.00"))


def test_a_due_line_is_never_deleted(line: DueLine) -> None:
    with refused_by_trigger("a_due_line_is_never_deleted"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM dues_dueline")


@pytest.mark.parametrize("attack", ["UPDATE dues_correction SET amount_after = 2", "DELETE FROM dues_correction"])
def test_a_correction_never_changes(due: Due, attack: str) -> None:
    a_correction(due)
    with refused_by_trigger("a_correction_never_changes"), connection.cursor() as cursor:
        cursor.execute(attack)


# --- Money that did not pay what it came for, and amounts that are being paid


@pytest.fixture
def surplus(due: Due) -> Surplus:
    return Surplus.objects.create(
        member=due.member,
        due=due,
        amount=Decimal("30.00"),
        channel=Channel.BANK,
        reference="OP-1",
        paid_at=timezone.now(),
        reason="ya figuraba pagada",
    )


def test_a_surplus_is_recorded_once(surplus: Surplus) -> None:
    surplus.pk = None
    with refused_by("a_surplus_is_recorded_once"):
        surplus.save(force_insert=True)


def test_a_surplus_is_more_than_nothing(surplus: Surplus) -> None:
    surplus.pk, surplus.reference, surplus.amount = None, "OP-2", Decimal(0)
    with refused_by("a_surplus_is_more_than_nothing"):
        surplus.save(force_insert=True)


def test_a_resolved_surplus_says_by_whom_and_how(surplus: Surplus) -> None:
    with refused_by("a_resolved_surplus_says_by_whom_and_how"):
        Surplus.objects.update(resolved_at=timezone.now())


def test_a_surplus_is_only_resolved(surplus: Surplus) -> None:
    with refused_by_trigger("a_surplus_is_only_resolved"):
        Surplus.objects.update(amount=Decimal("1.00"))


def test_a_surplus_is_resolved_once(surplus: Surplus) -> None:
    surplus.resolve(author="teresa@example.com", how="Devuelto por transferencia")
    with pytest.raises(AlreadyResolved):
        surplus.resolve(author="otra@example.com", how="Otra vez")
    with refused_by_trigger("a_surplus_is_resolved_once"):
        Surplus.objects.update(resolution="Otra cosa")


def test_a_surplus_is_never_deleted(surplus: Surplus) -> None:
    with refused_by_trigger("a_surplus_is_never_deleted"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM dues_surplus")


def test_an_act_is_only_revoked(due: Due) -> None:
    an_exemption(due.member)
    with refused_by_trigger("an_act_is_only_revoked"), connection.cursor() as cursor:
        cursor.execute("UPDATE dues_exemption SET last_period = last_period + 31")


def test_an_act_is_never_deleted(due: Due) -> None:
    an_exemption(due.member)
    with refused_by_trigger("an_act_is_never_deleted"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM dues_exemption")


def test_a_revocation_names_its_author_and_reason(due: Due) -> None:
    an_exemption(due.member)
    with refused_by("a_revocation_names_its_author_and_reason"):
        Exemption.objects.update(revoked_at=timezone.now())


def test_a_revocation_is_final(due: Due) -> None:
    act = an_exemption(due.member)
    exemptions.revoke(act, author="teresa@example.com", reason="Era de otro colegiado")
    with pytest.raises(ActRevoked):
        exemptions.revoke(act, author="otra@example.com", reason="Otra vez")
    with refused_by_trigger("a_revocation_is_final"):
        Exemption.objects.update(revoked_at=None, revoked_by="", revocation_reason="")


def test_a_surplus_is_withdrawn_with_its_act(surplus: Surplus) -> None:
    with refused_by("a_surplus_is_withdrawn_with_its_act"):
        Surplus.objects.update(withdrawn=True)


def test_only_an_open_due_is_held(due: Due) -> None:
    settlement = a_settlement(due)
    with refused_by("only_an_open_due_is_held"):
        Hold.objects.create(due=due, holder=uuid4())
    with pytest.raises(DueNotOpen):
        hold(due)
    Settlement.objects.filter(pk=settlement.pk).update(
        reversed_at=timezone.now(), reversed_by="Banco", reversal_reason="Extorno"
    )
    Due.objects.filter(pk=due.pk).update(exemption=an_exemption(due.member))
    with refused_by("only_an_open_due_is_held"):
        Hold.objects.create(due=due, holder=uuid4())


def test_a_due_being_paid_keeps_its_amount(due: Due) -> None:
    Due.objects.update(amount=Decimal("31.00"))
    hold = Hold.objects.create(due=due, holder=uuid4())
    with refused_by("a_due_being_paid_keeps_its_amount"):
        Due.objects.update(amount=Decimal("32.00"))
    hold.delete()
    a_settlement(due)
    with refused_by("a_due_being_paid_keeps_its_amount"):
        Due.objects.update(amount=Decimal("32.00"))


@pytest.fixture
def waiting_payment(db: None) -> UnidentifiedPayment:
    return UnidentifiedPayment.objects.create(key="bank|1", reference="1", amount=30, reason="no dice un número CMP")


def test_a_payment_waits_once(waiting_payment: UnidentifiedPayment) -> None:
    with refused_by("a_payment_waits_once"):
        UnidentifiedPayment.objects.create(key="bank|1", reason="otra vez")


def test_an_identified_payment_says_by_whom_and_how(waiting_payment: UnidentifiedPayment) -> None:
    with refused_by("an_identified_payment_says_by_whom_and_how"):
        UnidentifiedPayment.objects.update(resolved_at=timezone.now())


def test_a_waiting_payment_keeps_what_the_bank_said(waiting_payment: UnidentifiedPayment) -> None:
    with refused_by_trigger("a_waiting_payment_keeps_what_the_bank_said"):
        UnidentifiedPayment.objects.update(amount=Decimal("300.00"))


def test_a_payment_is_identified_once(waiting_payment: UnidentifiedPayment) -> None:
    waiting_payment.resolve(author="teresa@example.com", how="Devuelto")
    with refused_by_trigger("a_payment_is_identified_once"):
        UnidentifiedPayment.objects.update(resolution="Otra cosa")


def test_a_waiting_payment_is_never_deleted(waiting_payment: UnidentifiedPayment) -> None:
    with refused_by_trigger("a_waiting_payment_is_never_deleted"):
        waiting_payment.delete()


def test_a_file_has_each_piece_once(teresa: User) -> None:
    draft = ImportDraft.objects.create(content="roll", file_name="padron.csv", author=teresa)
    DraftPiece.objects.create(draft=draft, place=0, data=b"cmp")
    with refused_by("a_file_has_each_piece_once"):
        DraftPiece.objects.create(draft=draft, place=0, data=b"cmp")
