"""A mail server takes Ana's receipt and returns it hours later; staff send it to the address she meant."""

import io
from email import message_from_bytes

import pytest
from django.core.management import call_command
from pytest_django import Settings

from demo.mailbox import Mailbox
from members.models import User
from receipts.delivery import bounces, letters
from receipts.issuing.issue import issue
from receipts.models import Delivery, DeliveryState, Receipt
from tests.receipts.conftest import a_paid_order

pytestmark = pytest.mark.django_db

# As Postfix writes it (RFC 3464).
REPORT = """\
From: MAILER-DAEMON@mail.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: rebotes@cmp.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org
Arrival-Date: Mon, 23 Nov 2026 10:00:00 -0500

Final-Recipient: rfc822; ana@gmail.con
Action: {action}
Status: 5.1.2
Diagnostic-Code: X-Postfix; Host or domain name not found.
    Name service error for name=gmail.con type=AAAA

--B
{returned}
--B--
"""
WHOLE = """\
Content-Type: message/rfc822

From: CMP Digital <no-responder@cmp.org.pe>
Message-ID: {message_id}
Subject: Boleta

Texto
"""
HEADERS = """\
Content-Type: text/rfc822-headers

From: CMP Digital <no-responder@cmp.org.pe>
Message-ID: {message_id}
Subject: Boleta
"""


@pytest.fixture
def receipt(ana: User, mailbox: Mailbox) -> Receipt:
    issued = issue(a_paid_order(ana, email="ana@gmail.con").pk)
    letters.send(issued.deliveries.get().pk)
    return issued


def report(message_id: str, *, returned: str = WHOLE, action: str = "failed") -> str:
    return REPORT.format(action=action, returned=returned.format(message_id=message_id))


def record(text: str) -> Delivery | None:
    return bounces.record(message_from_bytes(text.encode()))


@pytest.mark.parametrize("returned", [WHOLE, HEADERS], ids=["whole letter", "headers only"])
def test_a_returned_letter_is_shown_with_its_reason(receipt: Receipt, returned: str) -> None:
    sent = receipt.deliveries.get()
    found = record(report(sent.message_id, returned=returned))
    assert found == sent
    sent.refresh_from_db()
    assert sent.state == DeliveryState.BOUNCED
    assert sent.sent_at
    assert "Name service error for name=gmail.con" in sent.last_error
    assert record(report(sent.message_id)) is None  # the same once more


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed"])
def test_what_is_no_failure_changes_nothing(receipt: Receipt, action: str) -> None:
    assert record(report(receipt.deliveries.get().message_id, action=action)) is None
    assert receipt.deliveries.get().state == DeliveryState.SENT


@pytest.mark.parametrize(
    "text",
    [
        "Subject: Estoy de vacaciones\n\nVuelvo el lunes",
        "",
        "Content-Type: text/rfc822-headers; charset=no-such\nMessage-ID: <\n\n<<",
        report("<stranger@example.com>"),
    ],
)
def test_other_mail_changes_nothing(receipt: Receipt, text: str) -> None:
    assert record(text) is None
    assert receipt.deliveries.get().state == DeliveryState.SENT


def test_returns_go_to_their_own_address_and_the_sender_stays(receipt: Receipt, settings: Settings) -> None:
    settings.BOUNCE_ADDRESS = "rebotes@cmp.example"
    letter = letters.letter(receipt.deliveries.get())
    assert letter.from_email == "rebotes@cmp.example"
    assert letter.message()["From"] == settings.DEFAULT_FROM_EMAIL


def test_the_mail_server_pipes_it_into_a_command(
    receipt: Receipt, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for told in ("Name service error", "No letter of ours"):
        piped = io.BytesIO(report(receipt.deliveries.get().message_id).encode())
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(piped))
        call_command("record_bounce")
        assert told in capsys.readouterr().out
