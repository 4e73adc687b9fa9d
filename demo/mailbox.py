"""A folder of received e-mails, one .eml file each, readable by any mail program."""

import contextlib
import itertools
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from pathlib import Path

_sequence = itertools.count()


@dataclass(frozen=True)
class Attachment:
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """One received message. `key` names its file and sorts by time of arrival."""

    key: str
    received_at: datetime
    recipients: tuple[str, ...]
    message: EmailMessage
    raw: bytes

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def sender(self) -> str:
        return str(self.message["From"] or "")

    @property
    def text(self) -> str:
        return _content(self.message.get_body(("plain",)))

    @property
    def html(self) -> str:
        return _content(self.message.get_body(("html",)))

    @property
    def attachments(self) -> list[Attachment]:
        return [_attachment(part, number) for number, part in enumerate(self.message.iter_attachments(), start=1)]


class Mailbox:
    """The messages kept in `folder`. Safe for several processes: a file appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, raw: bytes, recipients: list[str]) -> str:
        """Store a message as it came over the wire, with its envelope's recipients; returns its key."""
        now = datetime.now(UTC)
        key = f"{now:%Y%m%dT%H%M%S.%f}-{os.getpid()}-{next(_sequence)}"
        part = self.folder / f"{key}.part"
        part.write_bytes(f"X-Envelope-To: {', '.join(recipients)}\r\n".encode() + raw)
        part.rename(self.folder / f"{key}.eml")
        return key

    def keys(self) -> list[str]:
        """Newest first."""
        return sorted((file.stem for file in self.folder.glob("*.eml")), reverse=True)

    def read(self, key: str) -> Mail | None:
        if key not in self.keys():
            return None
        raw = (self.folder / f"{key}.eml").read_bytes()
        message = message_from_bytes(raw, policy=policy.default)
        received_at = datetime.strptime(key.partition("-")[0], "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
        recipients = tuple(filter(None, str(message["X-Envelope-To"] or "").split(", ")))
        return Mail(key, received_at, recipients, message, raw)

    def __iter__(self) -> Iterator[Mail]:
        """Newest first."""
        for key in self.keys():
            if mail := self.read(key):
                yield mail

    def __len__(self) -> int:
        return len(self.keys())

    def wait_for(self, subject: str, *, seconds: float = 10) -> Mail:
        """Return the newest message whose subject contains `subject`. Raises TimeoutError if none comes in time."""
        give_up = time.monotonic() + seconds
        while True:
            if found := next((mail for mail in self if subject in mail.subject), None):
                return found
            if time.monotonic() > give_up:
                raise TimeoutError(f"no mail about {subject!r}; there are: {[mail.subject for mail in self]}")
            time.sleep(0.05)

    def empty(self) -> None:
        for key in self.keys():
            (self.folder / f"{key}.eml").unlink(missing_ok=True)


def _content(part: MIMEPart | None) -> str:
    if part is None:
        return ""
    with contextlib.suppress(LookupError, UnicodeError):
        return str(part.get_content())
    # An unknown charset is still worth reading.
    return bytes(part.get_payload(decode=True) or b"").decode(errors="replace")


def _attachment(part: MIMEPart, number: int) -> Attachment:
    content = bytes(part.get_payload(decode=True) or b"")
    return Attachment(part.get_filename() or f"adjunto-{number}", part.get_content_type(), content)
