"""Oldest first is a rule of starting an order, whoever asks: the page is only where it is explained."""

from collections.abc import Sequence
from datetime import date

import pytest
from django.urls import reverse
from pytest_django import Settings

from dues import ledger, oldest_first
from dues.exceptions import DueHeld, DueNotOpen
from dues.models import Due, Hold, Kind
from dues.oldest_first import NothingChosen, OlderDueSkipped, OutsideWindow
from members.models import Member, User
from members.numbers import assignments
from payments.checkout import start
from payments.checkout.offer import Choice
from payments.models import Order
from tests.builders import a_due, a_settlement, an_exemption, an_order, client_of, month
from tests.payments.browser import text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("not_at_midnight")]


def member_of(user: User) -> Member:
    member = assignments.current_member(user)
    assert member
    return member


def of_kind(user: User, kind: str = Kind.COLEGIADO) -> list[Due]:
    return list(ledger.open_dues(member_of(user), kind=kind))


def choose(user: User, dues: Sequence[Due], kind: str = Kind.COLEGIADO) -> Order:
    member = member_of(user)
    choice = Choice(
        kind=kind,
        document="03",
        dues=dues,
        email=user.email,
        buyer_document_type=member.document_type,
        buyer_document_number=member.document_number,
        buyer_name=member.full_name,
    )
    return start.start_order(user=user, member=member, choice=choice)


def refused_periods(user: User, *dues: Due) -> list[date]:
    """The older months that the refusal names; nothing is held and no order is left."""
    with pytest.raises(OlderDueSkipped) as refusal:
        choose(user, dues)
    assert not Order.objects.exists()
    assert not Hold.objects.exists()
    return refusal.value.skipped


def test_the_oldest_dues_are_taken_in_whatever_order_they_are_named(ana: User) -> None:
    dues = of_kind(ana)
    order = choose(ana, dues[2::-1])
    assert [line.due_id for line in order.lines_by_month] == [due.pk for due in dues[:3]]
    assert order.total == sum(due.amount for due in dues[:3])


def test_the_newest_month_alone_is_refused(ana: User) -> None:
    dues = of_kind(ana)
    assert refused_periods(ana, dues[-1]) == [due.period for due in dues[:-1]]


def test_a_gap_is_refused_and_named(ana: User) -> None:
    dues = of_kind(ana)
    assert refused_periods(ana, dues[0], dues[2]) == [dues[1].period]


def test_each_kind_has_an_order_of_its_own(ana: User) -> None:
    dues = of_kind(ana, Kind.SEMEFA)
    assert choose(ana, dues[:1], Kind.SEMEFA).kind == Kind.SEMEFA


def test_nothing_is_no_choice(ana: User) -> None:
    with pytest.raises(NothingChosen):
        choose(ana, [])
    assert not Order.objects.exists()


def test_a_due_that_is_too_old_to_pay_online_is_refused_and_holds_up_nothing(ana: User) -> None:
    too_old = a_due(member_of(ana), Kind.COLEGIADO, month(12 * oldest_first.YEARS_BACK + 1))
    with pytest.raises(OutsideWindow) as refusal:
        choose(ana, [too_old])
    assert refusal.value.outside == [too_old.period]
    assert choose(ana, of_kind(ana)[1:2]).lines.count() == 1


def test_a_month_further_ahead_than_the_college_allows_is_refused(bruno: User, settings: Settings) -> None:
    settings.PAY_AHEAD_MONTHS = 2
    ahead = [a_due(member_of(bruno), Kind.COLEGIADO, month(-n)) for n in (1, 2, 3)]
    with pytest.raises(OutsideWindow):
        choose(bruno, ahead)
    assert choose(bruno, ahead[:2]).lines.count() == 2


def test_coming_months_wait_for_an_older_one_that_is_open(ana: User) -> None:
    ahead = a_due(member_of(ana), Kind.COLEGIADO, month(-1))
    dues = of_kind(ana)
    assert refused_periods(ana, ahead) == [due.period for due in dues[:-1]]
    assert refused_periods(ana, *dues[1:]) == [dues[0].period]
    assert choose(ana, dues).lines.count() == len(dues)


def test_another_members_due_is_refused_though_it_is_the_oldest(ana: User, carla: User) -> None:
    [first, *_] = of_kind(carla)
    for dues in ([first], [of_kind(ana)[0], first]):
        with pytest.raises(DueNotOpen):
            choose(ana, dues)
    assert not Hold.objects.exists()


def test_a_due_of_the_other_kind_is_refused(ana: User) -> None:
    with pytest.raises(DueNotOpen):
        choose(ana, of_kind(ana, Kind.SEMEFA)[:1])
    assert not Order.objects.exists()


def test_an_older_due_that_opened_after_the_page_was_shown_comes_first(ana: User) -> None:
    seen = of_kind(ana)
    older = a_due(member_of(ana), Kind.COLEGIADO, month(7))
    assert refused_periods(ana, *seen) == [older.period]


def test_an_older_due_whose_payment_was_undone_meanwhile_comes_first(ana: User) -> None:
    older = a_due(member_of(ana), Kind.COLEGIADO, month(7))
    settlement = a_settlement(older)
    seen = of_kind(ana)
    ledger.reverse(settlement, author="prueba", reason="Fue de otro médico")
    assert refused_periods(ana, seen[0]) == [older.period]


def test_a_due_paid_or_exempted_meanwhile_is_refused(ana: User) -> None:
    paid, exempt = of_kind(ana)[:2]
    a_settlement(paid)
    with pytest.raises(DueNotOpen):
        choose(ana, [paid])
    an_exemption(member_of(ana), exempt)
    with pytest.raises(DueNotOpen):
        choose(ana, [exempt])


def test_a_due_that_another_accounts_order_holds_is_refused_and_is_nobodys_turn(ana: User, carla: User) -> None:
    held, following, *_ = of_kind(ana)
    an_order(carla, held)
    with pytest.raises(DueHeld):
        choose(ana, [held])
    assert choose(ana, [following]).lines.get().due == following


def test_the_dues_of_the_order_that_is_replaced_are_its_turn_again(ana: User) -> None:
    dues = of_kind(ana)
    before = choose(ana, dues[:2])
    with pytest.raises(OlderDueSkipped):
        choose(ana, dues[2:3])
    before.refresh_from_db()
    assert before.unfinished
    assert set(Hold.objects.values_list("due", "holder")) == {(due.pk, before.ref) for due in dues[:2]}
    assert choose(ana, dues[:1]).lines.count() == 1


def test_the_page_shows_what_the_order_refuses(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older due opens between the reading of the page's dues and the order."""
    dues = of_kind(ana)
    start_order = start.start_order

    def meanwhile(*, user: User, member: Member, choice: Choice) -> Order:
        a_due(member, Kind.COLEGIADO, month(7))
        return start_order(user=user, member=member, choice=choice)

    monkeypatch.setattr(start, "start_order", meanwhile)
    posted = {"kind": "colegiado", "document": "03", "email": "ana@example.com", "terms": "on", "dues": [dues[0].pk]}
    page = text(client_of(ana).post(reverse("choose"), posted))
    assert "primero se pagan las cuotas más antiguas" in page
    assert not Order.objects.exists()
