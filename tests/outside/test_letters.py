"""A letter says what is true when it leaves; one that does not arrive is tried with pauses, then shown to staff."""

import smtplib
from datetime import timedelta
from unittest import mock

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from demo.mailbox import Mailbox
from dues.models import Due
from members import mail_problems
from members.models import Member, MemberStatus, User
from payments import letters, reminders
from payments.checkout import reconcile
from payments.models import Attempt, Letter, ReminderStep
from receipts.delivery import bounces
from receipts.issuing.issue import issue
from staff.outside import troubles as outside
from tests.builders import a_settlement, client_of
from tests.payments.browser import text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reminder(ana: User) -> Letter:
    """Ana's reminder of two dues, written and not sent."""
    ReminderStep.objects.create(days=0)
    today = timezone.localdate()
    Due.objects.update(due_date=today - timedelta(days=300))
    for due in Due.objects.filter(kind="colegiado").order_by("-period")[:2]:
        due.due_date = today
        due.save()
    reminders.write(today)
    return Letter.objects.get()


def reminded(letter: Letter) -> list[Due]:
    return list(Due.objects.filter(pk__in=letter.about["dues"]).order_by("period"))


def after_posting(letter: Letter) -> Letter:
    letters.post(letter.pk)
    letter.refresh_from_db()
    return letter


def test_a_reminder_queued_before_the_payment_does_not_leave(reminder: Letter, mailbox: Mailbox) -> None:
    for due in reminded(reminder):
        a_settlement(due)
    assert after_posting(reminder).state == "withdrawn"
    assert len(list(mailbox)) == 0


def test_a_reminder_leaves_out_what_was_paid_meanwhile(reminder: Letter, mailbox: Mailbox) -> None:
    a_settlement(reminded(reminder)[0])
    assert "Total: S/ 60.00" in reminder.body
    assert after_posting(reminder).state == "sent"
    assert "Total: S/ 30.00" in reminder.body


@pytest.mark.parametrize("why", ["dead", "opted out", "bounced", "blocked"])
def test_a_reminder_does_not_reach_who_is_not_reminded_any_more(
    why: str, reminder: Letter, ana: User, mailbox: Mailbox
) -> None:
    if why == "dead":
        Member.objects.update(status=MemberStatus.DECEASED, left_date=timezone.localdate())
    elif why == "opted out":
        reminders.stop(reminders.SIGNER.sign(str(ana.pk)))
    elif why == "bounced":
        mail_problems.note("Ana@example.com", why="550")
    else:
        User.objects.filter(pk=ana.pk).update(is_active=False)
    assert after_posting(reminder).state == "withdrawn"
    assert "ya no se le recuerda" in reminder.last_error


def test_a_dead_address_is_given_up_at_once_and_told_at_the_next_visit(reminder: Letter, ana: User) -> None:
    refusal = smtplib.SMTPRecipientsRefused({"ana@example.com": (550, b"no such mailbox")})
    with mock.patch("payments.letters.PortalMail.send", side_effect=refusal):
        assert not letters.post(reminder.pk)
    reminder.refresh_from_db()
    assert (reminder.state, reminder.attempts) == ("failed", 1)
    assert [trouble.key for trouble in outside.unposted(timezone.now())] == [f"letter:{reminder.pk}"]
    assert list(reminders.due_on(timezone.localdate())) == []
    visit = client_of(ana)
    assert "Su correo nos devolvió una carta" in text(visit.get("/pago/"))
    assert "Volveremos a escribirle" in text(visit.post("/pago/correo/", follow=True))
    assert "nos devolvió una carta" not in text(visit.get("/pago/"))
    assert len(list(reminders.due_on(timezone.localdate()))) == 1


def test_a_mail_server_down_for_a_day_is_caught_up_by_itself(mailbox: Mailbox, settings: Settings, ana: User) -> None:
    news = [Letter.objects.create(key=key, to="ana@example.com", subject=key, body=key) for key in "abc"]
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 9
    for _ in range(2):
        reconcile.post_letters()
    tried = list(Letter.objects.order_by("pk").values_list("state", "attempts"))
    assert tried == [("queued", 1), ("queued", 1), ("queued", 0)]
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        reconcile.post_letters()
        assert "letters" in [trouble.key for trouble in outside.unposted(timezone.now())]
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        settings.EMAIL_PORT = port
        reconcile.post_letters()
        assert [trouble.key for trouble in outside.unposted(timezone.now())] == []
    assert {letter.state for letter in Letter.objects.filter(pk__in=[letter.pk for letter in news])} == {"sent"}


def test_the_pauses_grow_and_end_after_days(ana: User, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    letter = Letter.objects.create(key="a", to="ana@example.com", subject="a", body="a")
    pauses = []
    for _ in range(10):
        Letter.objects.update(next_try_at=None)
        with pytest.raises(letters.MailServerDown):
            letters.post(letter.pk)
        letter.refresh_from_db()
        assert letter.next_try_at
        pauses.append(round((letter.next_try_at - timezone.now()).total_seconds()))
    assert (pauses[:3], pauses[-1]) == ([20, 40, 80], 1800)
    with time_machine.travel(timezone.now() + timedelta(days=4)), pytest.raises(letters.MailServerDown):
        letters.post(letter.pk)
    letter.refresh_from_db()
    assert letter.state == "failed"


def test_a_receipt_that_comes_back_stops_the_reminders(paid: Attempt, ana: User) -> None:
    delivery = issue(paid.order_id).deliveries.get()
    type(delivery).objects.filter(pk=delivery.pk).update(state="sent", sent_at=timezone.now())
    report = bounces.message_from_string(
        'Content-Type: multipart/report; boundary="x"\n\n--x\nContent-Type: message/delivery-status\n\n'
        "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; ana@example.com\nAction: failed\nStatus: 5.1.1\n\n"
        f"--x\nContent-Type: text/rfc822-headers\n\nMessage-ID: {delivery.message_id}\n\n--x--\n"
    )
    assert bounces.record(report)
    assert mail_problems.of(ana)
