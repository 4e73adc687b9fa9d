"""Letters over a real SMTP socket: one for each intent, late rather than lost."""

import re
import smtplib
from collections.abc import Callable
from datetime import timedelta
from email.utils import parseaddr

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from demo.mailbox import Mailbox
from members.models import User
from receipts import tasks
from receipts.delivery import letters
from receipts.exceptions import MailServerDown, TooManyResends
from receipts.issuing.issue import issue
from receipts.models import Delivery, DeliveryState, Receipt
from receipts.printing import pdf
from receipts.tax_office import filing
from tests.receipts.conftest import a_paid_order
from tests.receipts.test_numbering import in_threads

pytestmark = pytest.mark.django_db

RunJobs = Callable[[str], int]
SendLetters = Callable[[], int]


@pytest.fixture
def receipt(ana: User) -> Receipt:
    return issue(a_paid_order(ana, months=2, email="ana@example.com").pk)


def test_ana_gets_her_boleta_by_mail(ana: User, mailbox: Mailbox, receipt: Receipt, send_letters: SendLetters) -> None:
    assert send_letters() == 1
    [mail] = mailbox
    assert mail.subject == "Boleta electrónica B001-1 — CMP Digital"
    assert mail.recipients == ("ana@example.com",)
    for body in (mail.text, re.sub("</?span[^>]*>", "", mail.html)):
        assert "Su pago fue cobrado y sus cuotas están pagadas." in body
        assert "Cuota Colegiado, enero 2024: S/ 30.00" in body
        assert "DATOS DE MUESTRA" in body
    attachment, xml = mail.attachments
    assert (attachment.name, attachment.content_type) == ("B001-1.pdf", "application/pdf")
    assert attachment.content == pdf.render(receipt, digest=filing.prepare(receipt).digest)
    assert (xml.name, xml.content) == ("20000000001-03-B001-1.xml", bytes(receipt.filing.xml))


def test_its_message_id_was_ours_before_it_was_sent(
    mailbox: Mailbox, receipt: Receipt, send_letters: SendLetters, settings: Settings
) -> None:
    stored = receipt.deliveries.get().message_id
    send_letters()
    [mail] = mailbox
    assert mail.message["Message-ID"] == stored
    assert stored.rstrip(">").endswith(parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2])
    sent = receipt.deliveries.get()
    assert (sent.state, sent.attempts, sent.last_error) == (DeliveryState.SENT, 1, "")


def test_a_job_that_runs_twice_sends_one_letter(mailbox: Mailbox, receipt: Receipt) -> None:
    only = receipt.deliveries.get()
    tasks.deliver(delivery_id=only.pk)
    tasks.deliver(delivery_id=only.pk)
    assert len(mailbox) == 1


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_send_one_letter(mailbox: Mailbox, ana: User) -> None:
    only = issue(a_paid_order(ana).pk).deliveries.get()
    in_threads([lambda: letters.send(only.pk)] * 4)
    assert len(mailbox) == 1


def test_a_mail_server_that_is_down_is_tried_again(
    mailbox: Mailbox, receipt: Receipt, settings: Settings, send_letters: SendLetters
) -> None:
    working, settings.EMAIL_PORT = settings.EMAIL_PORT, 9  # nobody listens there
    with pytest.raises(MailServerDown):
        send_letters()
    waiting = receipt.deliveries.get()
    assert (waiting.state, waiting.attempts) == (DeliveryState.QUEUED, 1)
    assert "ConnectionRefusedError" in waiting.last_error
    settings.EMAIL_PORT = working
    send_letters()
    sent = receipt.deliveries.get()
    assert (sent.state, sent.attempts, sent.last_error) == (DeliveryState.SENT, 2, "")
    assert len(mailbox) == 1


def test_after_half_a_day_it_is_given_up_and_staff_see_why(receipt: Receipt, settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", 9
    old = Delivery.objects.create(
        receipt=receipt,
        email="ana@example.com",
        intent="old",
        message_id="<old@example.com>",
        queued_at=timezone.now() - timedelta(hours=73),
    )
    letters.send(old.pk)
    old.refresh_from_db()
    assert old.state == DeliveryState.FAILED
    assert "refused" in old.last_error


@pytest.mark.parametrize(("code", "state"), [(550, DeliveryState.FAILED), (450, DeliveryState.QUEUED)])
def test_an_address_that_does_not_exist_is_not_tried_for_hours(
    receipt: Receipt, monkeypatch: pytest.MonkeyPatch, code: int, state: str
) -> None:
    def refuse(letter: object) -> int:
        raise smtplib.SMTPRecipientsRefused({"ana@example.com": (code, b"mailbox")})

    monkeypatch.setattr("django.core.mail.message.EmailMessage.send", refuse)
    only = receipt.deliveries.get()
    if state == DeliveryState.QUEUED:
        with pytest.raises(MailServerDown):
            letters.send(only.pk)
    else:
        letters.send(only.pk)
    only.refresh_from_db()
    assert only.state == state


def test_waits_grow_from_seconds_to_half_an_hour() -> None:
    strategy = tasks.UntilGivenUp()
    job = ProcrastinateJob(
        id=1, queue_name="mail", task_name="receipts.deliver", args={}, priority=0, status="doing", attempts=0
    ).procrastinate_job

    def wait(attempts: int) -> float:
        decision = strategy.get_retry_decision(exception=MailServerDown(), job=job.evolve(attempts=attempts))
        assert decision is not None
        assert decision.retry_at is not None
        return round((decision.retry_at - timezone.now()).total_seconds())

    assert [wait(attempts) for attempts in (0, 1, 4, 20)] == [10, 20, 160, 1800]


def test_the_sweep_finds_a_letter_that_lost_its_job(mailbox: Mailbox, receipt: Receipt, run_jobs: RunJobs) -> None:
    only = receipt.deliveries.get()
    for _ in range(2):
        tasks.sweep(timestamp=0)
    assert run_jobs("receipts.deliver") == 1
    only.refresh_from_db()
    assert only.state == DeliveryState.SENT


def test_the_sweep_leaves_a_letter_to_the_job_of_its_order(receipt: Receipt) -> None:
    tasks.issue_receipt.defer(order_id=receipt.receipt_of_id)
    tasks.sweep(timestamp=0)
    assert not ProcrastinateJob.objects.filter(task_name="receipts.deliver").exists()


def test_the_sweep_does_not_leave_it_to_a_job_that_failed_and_is_tried_again_in_hours(receipt: Receipt) -> None:
    tasks.issue_receipt.configure(schedule_in={"hours": 1}).defer(order_id=receipt.receipt_of_id)
    tasks.sweep(timestamp=0)
    assert ProcrastinateJob.objects.filter(task_name="receipts.deliver").count() == 1


def test_one_job_issues_and_sends_and_a_second_sends_nothing(mailbox: Mailbox, ana: User, run_jobs: RunJobs) -> None:
    order = a_paid_order(ana, email="ana@example.com")
    for _ in range(2):
        tasks.issue_receipt.defer(order_id=order.pk)
    run_jobs("receipts.issue")
    assert [mail.recipients for mail in mailbox] == [("ana@example.com",)]


def test_the_order_s_job_leaves_a_mail_server_that_is_down_to_another(
    mailbox: Mailbox, ana: User, settings: Settings, run_jobs: RunJobs
) -> None:
    working, settings.EMAIL_PORT = settings.EMAIL_PORT, 9  # nobody listens there
    tasks.issue_receipt.func(order_id=a_paid_order(ana).pk)
    settings.EMAIL_PORT = working
    assert run_jobs("receipts.deliver") == 1
    assert len(mailbox) == 1


def test_the_sweep_issues_and_queues_the_letter_of_an_order_without_a_job(
    mailbox: Mailbox, ana: User, run_jobs: RunJobs
) -> None:
    a_paid_order(ana)
    tasks.sweep(timestamp=0)
    run_jobs("receipts.deliver")
    assert [mail.subject for mail in mailbox] == ["Boleta electrónica B001-1 — CMP Digital"]


def test_a_resend_posted_twice_is_one_letter(
    mailbox: Mailbox, receipt: Receipt, ana: User, send_letters: SendLetters
) -> None:
    send_letters()
    for _ in range(2):
        letters.resend(receipt, email="ana.quispe@example.com", intent="abc", author=ana)
    send_letters()
    assert sorted(mail.recipients for mail in mailbox) == [("ana.quispe@example.com",), ("ana@example.com",)]


def test_an_account_asks_for_five_letters_a_day(receipt: Receipt, ana: User) -> None:
    for number in range(letters.RESENDS_A_DAY):
        letters.resend(receipt, email="ana@example.com", intent=f"wish-{number}", author=ana)
    with pytest.raises(TooManyResends):
        letters.resend(receipt, email="ana@example.com", intent="one too many", author=ana)
    letters.resend(receipt, email="ana@example.com", intent="wish-4", author=ana)  # the same wish costs nothing
    assert Delivery.objects.filter(author=ana).count() == letters.RESENDS_A_DAY
