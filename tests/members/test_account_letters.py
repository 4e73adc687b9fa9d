"""With the mail server down nobody is answered 500 after the account changed, and no letter is lost."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from members.login import letters
from members.models import User
from members.tasks import send_account_letter
from tests.builders import a_member
from tests.members.test_registration import ROSA

pytestmark = pytest.mark.django_db


@pytest.fixture
def mail_server_down(settings: Settings) -> None:
    """Nobody listens on port 9."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9


def queued() -> list[ProcrastinateJob]:
    return list(ProcrastinateJob.objects.filter(task_name="members.send_account_letter").order_by("pk"))


def test_rosa_registers_while_the_mail_server_is_down(mail_server_down: None, settings: Settings) -> None:
    a_member("Rosa", "Núñez Peña", cmp_number=64_321, document_number="44445555")
    answer = Client().post(reverse("account_signup"), ROSA, follow=True)
    assert answer.status_code == 200
    assert "Confirme su correo" in answer.content.decode()
    [job] = queued()
    with pytest.raises(OSError, match="refused"):
        send_account_letter.func(**job.args)

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    send_account_letter.func(**job.args)
    [letter] = mail.outbox
    assert letter.to == [ROSA["email"]]
    assert "/cuenta/confirm-email/" in letter.body


def test_ana_asks_for_a_new_password_while_the_mail_server_is_down(ana: User, mail_server_down: None) -> None:
    answer = Client().post(reverse("account_reset_password"), {"email": ana.email}, follow=True)
    assert answer.status_code == 200
    assert len(queued()) == 1


def test_the_queue_tells_no_secret(ana: User) -> None:
    Client().post(reverse("account_reset_password"), {"email": ana.email})
    [job] = queued()
    assert "password" not in str(job.args)
    assert ana.email not in str(job.args)
    assert "/cuenta/password/reset/key/" in letters.opened(job.args["sealed"]).body
