"""Walter puts wrong numbers right: nothing paid moves, nothing half done, and everybody concerned is told."""

import pytest
from django.core import mail
from procrastinate.contrib.django.models import ProcrastinateJob

from dues import ledger
from members import tasks
from members.models import Assignment, Member, User
from members.numbers import assignments
from payments import number_changes
from payments.models import Attempt, Order
from tests.builders import a_member, a_user, an_ended_assignment, an_order, client_of
from tests.treasury.payments_of import a_payment


def member_of(user: User) -> Member:
    member = assignments.current_member(user)
    assert member
    return member


def account_page(user: User, *more: str) -> str:
    return "/".join(["/admin/webmaster/cuentas", str(user.pk), *more, ""])


def send_the_letters() -> list[str]:
    """Run the jobs of corrections; whom they wrote to."""
    mail.outbox.clear()
    for job in ProcrastinateJob.objects.filter(task_name="members.tell_of_correction"):
        tasks.tell_of_correction(**job.args)
    return sorted(letter.to[0] for letter in mail.outbox)


def test_walter_compares_corrects_and_the_frozen_account_pays_for_its_own_number(ana: User, walter: User) -> None:
    wrong, right = member_of(ana), a_member("Ana", "Quispe Mamani", cmp_number=45_687)
    report = assignments.report(ana, "Mi CMP es 45687")
    desk = client_of(walter)

    seen = desk.get(account_page(ana, "corregir"), {"member": "45687"}).content.decode()
    done = desk.post(
        account_page(ana, "corregir") + "?member=45687", {"reason": "Comprobado con su carné y su DNI", "seen": "45678"}
    )

    assert "CMP 45678" in seen
    assert "Corregir a CMP 45687" in seen
    assert done.status_code == 302
    assert assignments.pays_for(ana).member == right
    report.refresh_from_db()
    assert (report.closed_by, report.answer) == (walter, "Comprobado con su carné y su DNI")
    old, new = Assignment.objects.filter(user=ana).order_by("pk")
    assert (old.member, old.ended_by, old.end_reason) == (wrong, walter, "Comprobado con su carné y su DNI")
    assert (new.member, new.author, new.started_at) == (right, walter, old.ended_at)
    assert send_the_letters() == ["ana@example.com"]
    assert "Ahora: CMP 45687" in mail.outbox[0].body
    history = desk.get(account_page(ana)).content.decode()
    assert "Vigente" in history
    assert "Walter Chumpitaz: Comprobado con su carné y su DNI" in history


def test_a_correction_without_a_reason_changes_nothing(ana: User, walter: User) -> None:
    right = a_member()
    answer = client_of(walter).post(account_page(ana, "corregir") + f"?member={right.cmp_number}", {"reason": "  "})

    assert answer.status_code == 400
    assert member_of(ana).cmp_number == 45_678


def test_a_number_that_another_account_pays_is_named_and_not_taken(ana: User, bruno: User, walter: User) -> None:
    page = account_page(ana, "corregir") + f"?member={member_of(bruno).cmp_number}"
    answer = client_of(walter).post(page, {"reason": "Comprobado por teléfono", "seen": "45678"}).content.decode()

    assert "bruno@example.com" in answer
    assert assignments.NumberTaken.sentence in answer
    assert (member_of(ana).cmp_number, member_of(bruno).cmp_number) == (45_678, 101_234)


def test_taking_a_number_away_lets_it_go_to_its_owner_and_tells_both(ana: User, walter: User) -> None:
    number, owner = member_of(ana), a_user(email="duena@example.com")
    number_changes.change(ana, to=None, author=walter, reason="No es la titular")
    assert assignments.pays_for(ana).member is None
    assert send_the_letters() == ["ana@example.com"]

    number_changes.change(owner, to=number, author=walter, reason="Titular comprobada")
    assert assignments.pays_for(owner).member == number
    assert send_the_letters() == ["ana@example.com", "ana@example.com", "duena@example.com"]


def test_two_numbers_are_swapped_in_one_step(ana: User, bruno: User, walter: User) -> None:
    his, hers = member_of(bruno), member_of(ana)
    desk, page = client_of(walter), account_page(ana, "intercambiar") + "?other=bruno@example.com"

    seen = desk.get(page).content.decode()
    done = desk.post(page, {"reason": "Se registraron cruzados; comprobado", "seen": "45678,101234"})

    assert "45678" in seen
    assert "101234" in seen
    assert done.status_code == 302
    assert (member_of(ana), member_of(bruno)) == (his, hers)
    assert send_the_letters() == ["ana@example.com", "bruno@example.com"]


@pytest.mark.parametrize("other", ["ana@example.com", "nadie@example.com", "walter@example.com"])
def test_a_swap_needs_another_account_with_a_number(ana: User, walter: User, other: str) -> None:
    answer = client_of(walter).get(account_page(ana, "intercambiar"), {"other": other})

    assert answer.status_code == 400
    with pytest.raises(number_changes.NothingToChange):
        number_changes.swap(ana, walter, author=walter, reason="Cruzados")
    assert member_of(ana).cmp_number == 45_678


def test_an_open_order_is_cancelled_and_its_dues_are_free(ana: User, walter: User) -> None:
    due = ledger.open_dues(member_of(ana))[0]
    order = an_order(ana, due)

    number_changes.change(ana, to=a_member(), author=walter, reason="Comprobado")

    order.refresh_from_db()
    assert order.state == "cancelled"
    [freed] = ledger.open_dues(due.member).filter(pk=due.pk)
    assert freed.held_by is None
    assert order.events.get(cause="el webmaster corrigió el CMP").actor.endswith(str(walter.pk))


@pytest.mark.parametrize("state", ["authorising", "in_doubt"])
def test_a_charge_in_doubt_blocks_with_an_explanation(ana: User, bruno: User, walter: User, state: str) -> None:
    attempt = a_payment(ana, order_state="awaiting_payment", state=state)
    right = a_member()
    page = account_page(ana, "corregir") + f"?member={right.cmp_number}"

    told = client_of(walter).post(page, {"reason": "Comprobado por teléfono", "seen": "45678"}).content.decode()

    assert number_changes.DoubtBlocksChange.sentence in told
    with pytest.raises(number_changes.DoubtBlocksChange):
        number_changes.swap(bruno, ana, author=walter, reason="Comprobado")
    assert (member_of(ana).cmp_number, member_of(bruno).cmp_number) == (45_678, 101_234)
    assert Attempt.objects.get(pk=attempt.pk).state == state
    assert Order.objects.get(pk=attempt.order_id).state == "awaiting_payment"


def test_what_was_paid_stays_with_whom_it_was_paid_for(ana: User, bruno: User, walter: User) -> None:
    paid = member_of(bruno).dues.filter(settlements__reversed_at=None).count()
    number_changes.swap(ana, bruno, author=walter, reason="Cruzados")
    assert Member.objects.get(cmp_number=101_234).dues.filter(settlements__reversed_at=None).count() == paid


def test_only_the_webmaster_corrects(ana: User, bruno: User, teresa: User) -> None:
    for user in (ana, teresa):
        for page in (account_page(bruno), account_page(bruno, "corregir"), account_page(bruno, "intercambiar")):
            assert client_of(user).get(page).status_code in (302, 403), page
            assert client_of(user).post(page + "?member=45678", {"reason": "Porque sí, señor"}).status_code in (
                302,
                403,
            )
    assert member_of(bruno).cmp_number == 101_234


def test_a_correction_that_changes_nothing_says_so(ana: User, walter: User) -> None:
    with pytest.raises(number_changes.NothingToChange):
        number_changes.change(ana, to=member_of(ana), author=walter, reason="Comprobado")
    an_ended_assignment(ana)
    with pytest.raises(number_changes.NothingToChange):
        number_changes.change(ana, to=None, author=walter, reason="Comprobado")
