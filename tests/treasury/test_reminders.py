"""Members are reminded of open dues on the days the treasury set, once, and not for a click longer than they want."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from demo.mailbox import Mailbox
from dues.models import Due
from members.models import Member, MemberStatus, User
from members.numbers import assignments
from payments import letters, reminders
from payments.checkout import reconcile
from payments.models import Letter, ReminderOptOut, ReminderStep
from tests.builders import a_due, a_member, a_settlement, a_user, an_exemption, client_of
from tests.payments.browser import text
from tests.payments.test_refusals import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def due(ana: User) -> Due:
    """Ana's newest colegiado due fell due three days ago, a day on which the treasury reminds; her others long ago."""
    today = timezone.localdate()
    ReminderStep.objects.create(days=3)
    Due.objects.update(due_date=today - timedelta(days=300))
    newest = Due.objects.filter(member=member_of(ana), kind="colegiado").latest("period")
    newest.due_date = today - timedelta(days=3)
    newest.save()
    return newest


def member_of(user: User) -> Member:
    member = assignments.current_member(user)
    assert member
    return member


def reminded() -> list[str]:
    return [reminder.user.email for reminder in reminders.due_on(timezone.localdate())]


def test_ana_is_reminded_once_and_can_pay_or_stop_by_a_click(due: Due, ana: User) -> None:
    today = timezone.localdate()
    assert (reminders.write(today), reminders.write(today)) == (1, 0)
    letter = Letter.objects.get()
    assert letter.to == "ana@example.com"
    for words in ("Cuota Colegiado de", "S/ 30.00", "/pago/", "No quiero recibir recordatorios"):
        assert words in letter.body


def test_without_a_day_nobody_is_written_to(due: Due) -> None:
    ReminderStep.objects.all().delete()
    assert reminded() == []


@pytest.mark.parametrize("why", ["paid", "exempt", "dead", "left", "opted out", "blocked", "wrong CMP", "other day"])
def test_it_stops(why: str, due: Due, ana: User) -> None:
    assert reminded() == ["ana@example.com"]
    changes: dict[str, Any] = {
        "paid": lambda: a_settlement(due),
        "exempt": lambda: an_exemption(due.member, due),
        "dead": lambda: Member.objects.update(status=MemberStatus.DECEASED),
        "left": lambda: Member.objects.update(status=MemberStatus.WITHDRAWN),
        "opted out": lambda: ReminderOptOut.objects.create(user=ana),
        "blocked": lambda: User.objects.update(is_active=False),
        "wrong CMP": lambda: assignments.report(ana),
        "other day": lambda: ReminderStep.objects.update(days=4),
    }
    changes[why]()
    assert reminded() == []


def test_one_click_in_the_mail_program_stops_them(due: Due, ana: User, mailbox: Mailbox) -> None:
    reminders.write(timezone.localdate())
    letters.post(Letter.objects.get().pk)
    headers = Letter.objects.get().headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = headers["List-Unsubscribe"].strip("<>")
    assert address in mailbox.wait_for("Cuotas por pagar").text
    stranger = client_of(User.objects.create_user("otra@example.com"))

    assert "¿No quiere recibir recordatorios?" in text(stranger.get(address))
    assert reminded() == ["ana@example.com"]
    assert "No le enviaremos más" in text(stranger.post(address, {"List-Unsubscribe": "One-Click"}))

    assert reminded() == []
    assert stranger.post(address[:-3] + "xx/").status_code == 404


def test_ana_asks_for_them_again(due: Due, ana: User) -> None:
    member = client_of(ana)
    address = reminders.page_of(ana.pk)
    assert address in member.get("/cuenta/mis-datos/").content.decode()
    member.post(address)
    assert reminded() == []
    assert "Volver a recibir recordatorios" in text(member.get(address))

    again = text(member.post(f"{address}volver/", follow=True))

    assert "Volverá a recibir recordatorios" in again
    assert "¿No quiere recibir recordatorios?" in again
    assert reminded() == ["ana@example.com"]
    assert member.post(f"{address[:-3]}xx/volver/").status_code == 404
    assert member.get(f"{address}volver/").status_code == 405


def test_a_dry_run_says_whom_and_writes_nothing(due: Due) -> None:
    said = StringIO()
    call_command("send_reminders", dry_run=True, stdout=said)
    assert "ana@example.com, cuotas: 1, S/ 30.00" in said.getvalue()
    assert not Letter.objects.exists()
    call_command("send_reminders", stdout=said)
    assert "Recordatorios escritos: 1." in said.getvalue()


def test_the_minutes_sweep_is_not_held_up_by_reminders(due: Due, mailbox: Mailbox) -> None:
    reminders.write(timezone.localdate())
    reconcile.post_letters()
    assert Letter.objects.get().sent_at is None


def test_teresa_sees_whom_and_what_before_it_goes_out(due: Due, teresa: User, walter: User) -> None:
    page = text(client_of(teresa).get("/admin/pagos/recordatorios/"))
    for words in ("3 días después del vencimiento", "ana@example.com", "No quiero recibir recordatorios"):
        assert words in page
    assert client_of(teresa).post("/admin/payments/reminderstep/add/", {"days": "-5"}).status_code == 302
    assert str(ReminderStep.objects.get(days=-5)) == "5 días antes del vencimiento"
    assert client_of(walter).get("/admin/pagos/recordatorios/").status_code == 403


def test_refusals(due: Due) -> None:
    refused("a_day_has_one_reminder", lambda: ReminderStep.objects.create(days=3))
    refused("a_reminder_is_near_its_due_day", lambda: ReminderStep.objects.create(days=400))


def test_three_hundred_accounts_are_reminded_in_as_many_questions_as_three(due: Due) -> None:
    """A job writes to 100,000 accounts: it may not ask for each."""
    Due.objects.all().delete()
    day = timezone.localdate()
    owed = day - timedelta(days=3)

    def asked_for(accounts: int) -> int:
        for _ in range(accounts):
            a_due(member_of(a_user(a_member())), due_date=owed)
        with CaptureQueriesContext(connection) as asked:
            assert reminders.write(day) == accounts
        return len(asked)

    assert asked_for(3) == asked_for(300)
