"""A mail sent by SMTP is kept, shown, and cannot harm whoever reads it."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
import requests

from demo.inbox import serve_inbox
from demo.mail_sink import receive_mail
from demo.mailbox import Mailbox

RECEIPT = b"%PDF-1.7 una boleta"


@pytest.fixture
def kept(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path / "mail")


@pytest.fixture
def inbox(kept: Mailbox) -> Iterator[str]:
    with serve_inbox(kept, host="127.0.0.1", port=0) as url:
        yield url


def receipt_mail() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "caja@cmp.example", "ana@example.pe", "Su boleta de cuotas de año"
    mail.set_content("Estimada doctora:\nvea http://127.0.0.1:8000/pago/historial/ <b>hoy</b>\n")
    mail.add_alternative("<h1>Estimada doctora</h1><script>alert(1)</script>", subtype="html")
    mail.add_attachment(RECEIPT, maintype="application", subtype="pdf", filename="boleta nº 12.pdf")
    return mail


def send(kept: Mailbox, mail: EmailMessage, **envelope: str) -> None:
    with receive_mail(kept, port=0) as port, smtplib.SMTP("127.0.0.1", port) as smtp:
        smtp.send_message(mail, **envelope)


def test_a_mail_arrives_whole(kept: Mailbox) -> None:
    send(kept, receipt_mail())
    mail = kept.wait_for("boleta")
    assert (mail.sender, mail.recipients) == ("caja@cmp.example", ("ana@example.pe",))
    assert mail.text.startswith("Estimada doctora:")
    assert [(file.name, file.content) for file in mail.attachments] == [("boleta nº 12.pdf", RECEIPT)]


def test_the_recipients_are_the_envelopes_not_the_headers(kept: Mailbox) -> None:
    send(kept, receipt_mail(), to_addrs="copia@example.pe")
    assert kept.wait_for("boleta").recipients == ("copia@example.pe",)


def test_mails_outlive_the_process_that_received_them(kept: Mailbox) -> None:
    send(kept, receipt_mail())
    assert len(Mailbox(kept.folder)) == 1


def test_the_inbox_lists_the_newest_first(kept: Mailbox, inbox: str) -> None:
    for subject in ("primero", "segundo"):
        kept.keep(f"Subject: {subject}\r\n\r\nhola".encode(), ["ana@example.pe"])
    page = requests.get(inbox, timeout=5).text
    assert page.index("segundo") < page.index("primero")


def test_an_attachment_can_be_fetched(kept: Mailbox, inbox: str) -> None:
    send(kept, receipt_mail())
    [mail] = requests.get(f"{inbox}correos.json", timeout=5).json()
    file = requests.get(f"{inbox}correo/{mail['key']}/adjunto/1", timeout=5)
    assert file.content == RECEIPT
    assert file.headers["Content-Type"] == "application/pdf"


def test_text_is_shown_as_text_with_its_links_made_clickable(kept: Mailbox, inbox: str) -> None:
    send(kept, receipt_mail())
    page = requests.get(f"{inbox}correo/{kept.keys()[0]}", timeout=5).text
    assert "&lt;b&gt;hoy&lt;/b&gt;" in page
    assert '<a href="http://127.0.0.1:8000/pago/historial/"' in page


def test_a_mails_own_html_is_shown_where_its_scripts_cannot_run(kept: Mailbox, inbox: str) -> None:
    send(kept, receipt_mail())
    shown = requests.get(f"{inbox}correo/{kept.keys()[0]}/html", timeout=5)
    policy = shown.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox")
    assert "allow-scripts" not in policy


@pytest.mark.parametrize("path", ["correo/no-hay", "correo/no-hay/adjunto/1", "correo/../../etc", "otra"])
def test_what_is_not_there_is_said_so(inbox: str, path: str) -> None:
    answer = requests.get(inbox + path, timeout=5)
    assert (answer.status_code, "ya no está" in answer.text) == (404, True)


def test_the_inbox_can_be_emptied(kept: Mailbox, inbox: str) -> None:
    kept.keep(b"Subject: uno\r\n\r\nhola", ["ana@example.pe"])
    page = requests.post(f"{inbox}vaciar", timeout=5)
    assert "Todavía no hay correos" in page.text
