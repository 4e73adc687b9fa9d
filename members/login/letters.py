"""Letters of an account (confirm the address, a new password, a second factor) leave through the worker.

With the mail server down, a page that sends a letter itself answers 500 after the account changed, and the letter is
lost. Here the letter waits in the queue, sealed: some letters carry a link that opens the account.
"""

import json

from django.core.mail import EmailMessage
from procrastinate.contrib.django import app as jobs

from base.cipher import cipher
from base.mail import PortalMail

PURPOSE = "account letter"


def enqueue(message: EmailMessage) -> None:
    """Enqueues a plain-text letter; the worker sends it, and tries again while the mail server is down."""
    parts = {"subject": message.subject, "body": message.body, "to": message.to}
    sealed = cipher(PURPOSE).encrypt(json.dumps(parts).encode()).decode()
    jobs.configure_task("members.send_account_letter").defer(sealed=sealed)


def opened(sealed: str) -> EmailMessage:
    """Returns the letter that `enqueue` sealed. Raises cryptography.fernet.InvalidToken if no key of ours opens it."""
    return PortalMail(**json.loads(cipher(PURPOSE).decrypt(sealed)))
