"""Two of the college's people at one thing at the same moment: one of them does it, the other is told in a sentence."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from dues.models import Due, Settlement
from members.models import User
from members.numbers import assignments
from members.numbers.assignments import NumberTaken
from payments import offline
from payments.exceptions import AlreadyDecided
from payments.models import Attempt, OfflinePayment, Refund
from payments.number_changes import ChangedMeanwhile, DoubtBlocksChange
from payments.refunds import proposals
from simulators.niubiz.server import RunningSimulator
from staff import roles
from tests.builders import a_member, a_user, client_of
from tests.payments.browser import Browser, text
from tests.treasury.conftest import paid  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(transaction=True)

REASON = "Comprobado por teléfono"
DECIDE = "/admin/pagos/a-mano/{}/decidir/"


@pytest.fixture
def wilma(db: None) -> User:
    """Wilma is the other webmaster."""
    return a_user(email="wilma@example.com", staff_role=roles.WEBMASTER)


def at_once(*posts: Callable[[], HttpResponse]) -> list[str]:
    """What each reads at the end; an error of ours is raised here."""
    ready = Barrier(len(posts))

    def do(post: Callable[[], HttpResponse]) -> str:
        ready.wait()
        try:
            return text(post())
        finally:
            connection.close()

    with ThreadPoolExecutor(len(posts)) as people:
        return list(people.map(do, posts))


def poster(desk: Client, page: str, **fields: str) -> Callable[[], HttpResponse]:
    return lambda: desk.post(page, fields, follow=True)


def number_of(user: User) -> int:
    member = assignments.current_member(user)
    assert member
    return member.cmp_number


# --- The webmasters


def test_a_swap_pressed_twice_swaps_once(ana: User, bruno: User, walter: User, wilma: User) -> None:
    page = f"/admin/webmaster/cuentas/{ana.pk}/intercambiar/?other=bruno@example.com"
    seen = {"reason": REASON, "seen": "45678,101234"}

    read = at_once(*(poster(client_of(webmaster), page, **seen) for webmaster in (walter, wilma, walter)))

    assert (number_of(ana), number_of(bruno)) == (101_234, 45_678)
    assert sorted(ChangedMeanwhile.sentence in answer for answer in read) == [False, True, True]


def test_who_corrects_what_another_has_just_corrected_is_told(ana: User, walter: User, wilma: User) -> None:
    wishes = {webmaster: a_member() for webmaster in (walter, wilma)}
    page = f"/admin/webmaster/cuentas/{ana.pk}/corregir/?member="

    read = at_once(
        *(
            poster(client_of(webmaster), page + str(to.cmp_number), reason=REASON, seen="45678")
            for webmaster, to in wishes.items()
        )
    )

    assert sorted(ChangedMeanwhile.sentence in answer for answer in read) == [False, True]
    assert number_of(ana) in {to.cmp_number for to in wishes.values()}


def test_a_number_given_to_two_accounts_goes_to_one(walter: User, wilma: User) -> None:
    to, accounts = a_member(), [a_user(), a_user()]

    read = at_once(
        *(
            poster(
                client_of(webmaster),
                f"/admin/webmaster/cuentas/{account.pk}/corregir/?member={to.cmp_number}",
                reason=REASON,
                seen="-",
            )
            for webmaster, account in zip((walter, wilma), accounts, strict=True)
        )
    )

    assert sorted(NumberTaken.sentence in answer for answer in read) == [False, True]
    assert [assignments.current_member(account) for account in accounts].count(to) == 1


@pytest.mark.parametrize("late", [0.0, 0.02, 0.05, 0.1])
def test_a_swap_while_the_card_is_charged_credits_nobody_else(
    late: float, ana: User, bruno: User, walter: User, simulator: RunningSimulator
) -> None:
    """Whichever comes first: the charge pays the dues of the number Ana paid for when it was made, or there is none."""
    number = number_of(ana)
    browser = Browser(ana, simulator)
    order = browser.order_of(Due.objects.filter(member__cmp_number=number, kind="colegiado").earliest("period"))
    card = browser.press_pay(order)
    posted = browser.type_card(card)
    page = f"/admin/webmaster/cuentas/{ana.pk}/intercambiar/?other=bruno@example.com"
    swap = poster(client_of(walter), page, reason=REASON, seen=f"{number},{number_of(bruno)}")

    def swap_a_moment_later() -> HttpResponse:
        time.sleep(late)
        return swap()

    _, told = at_once(lambda: browser.finish(card, posted), swap_a_moment_later)

    order.refresh_from_db()
    charges = [booked for booked in simulator.control.books()["authorisations"] if booked["action_code"] == "000"]
    assert len(charges) == (order.state == "paid")
    settled = Settlement.objects.filter(channel="card").values_list("due__member__cmp_number", flat=True)
    assert list(settled) == [number] * len(charges)
    assert number_of(bruno) == number or DoubtBlocksChange.sentence in told
    assert order.state == ("paid" if charges else "cancelled")


# --- The treasury


@pytest.fixture
def vera(db: None) -> User:
    """Vera is the third person of the treasury."""
    return a_user(email="vera@example.com", staff_role=roles.TREASURY)


def test_two_who_approve_a_refund_that_its_author_withdraws(
    paid: Attempt,  # noqa: F811
    teresa: User,
    ursula: User,
    vera: User,
) -> None:
    proposal = proposals.propose(paid.pk, author=teresa, reason="Lo pidió por carta")
    page = f"/admin/pagos/devoluciones/{proposal.pk}/decidir/"

    read = at_once(
        poster(client_of(ursula), page, decision="approve"),
        poster(client_of(vera), page, decision="approve"),
        poster(client_of(teresa), page, decision="reject", reason="Me equivoqué de pago"),
    )

    assert sorted(AlreadyDecided.sentence in answer for answer in read) == [False, True, True]
    proposal.refresh_from_db()
    assert Refund.objects.count() == (0 if proposal.rejection else 1)


def test_two_who_reverse_a_payment_written_down_by_hand(
    ana: User,
    teresa: User,
    ursula: User,
    vera: User,
) -> None:
    member = assignments.current_member(ana)
    assert member
    paper = offline.Paper(
        channel="bank",
        reference="0012",
        paid_on=timezone.localdate(),
        evidence="Voucher visto",
        voucher=b"%PDF-1.4",
        voucher_type="application/pdf",
    )
    [*due_ids] = member.dues.filter(kind="colegiado").values_list("pk", flat=True)[:2]
    payment = offline.record(member=member, due_ids=due_ids, paper=paper, author=teresa)
    decide = DECIDE.format(payment.pk)
    read = at_once(*(poster(client_of(person), decide, decision="approve") for person in (ursula, vera)))
    assert sorted("Pago aprobado" in answer for answer in read) == [False, True]
    page = f"/admin/pagos/a-mano/{payment.pk}/revertir/"

    read = at_once(*(poster(client_of(person), page, reason=REASON) for person in (ursula, vera)))

    assert sorted("Pago revertido" in answer for answer in read) == [False, True]
    assert OfflinePayment.objects.exclude(reversed_at=None).count() == 1
    assert Settlement.objects.exclude(reversed_at=None).count() == 2
