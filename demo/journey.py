"""`script/demo --check`: a member pays a due, from logging in to the receipt in the mailbox.

The words looked for on each page are those of the user guide, so that a page that loses one fails here.
"""

import contextlib
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pypdf
import requests

from demo import screen
from demo.browser import NoBrowserError
from simulators.niubiz.cards import TEST_CARDS, TestCard

RECEIPT_SECONDS = 60


class JourneyError(Exception):
    """A page was not as the user guide says; the message says what was expected."""


@dataclass
class Walk:
    """Who pays what with which card and where; the steps walked so far, each printed with its time."""

    portal: str
    inbox: str
    email: str
    password: str
    cmp_number: str
    card: TestCard
    began: float = field(default_factory=time.monotonic)
    current: str = ""

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.current, began = name, time.monotonic()
        yield
        print(f"  {name:<58}{time.monotonic() - began:5.1f} s", flush=True)

    def mails(self) -> list[dict[str, Any]]:
        return list(_get(f"{self.inbox}correos.json").json())

    def receipt_mail(self) -> dict[str, Any]:
        """The mail with the receipt's PDF, once the worker has made and sent it; raises JourneyError."""
        give_up = time.monotonic() + RECEIPT_SECONDS
        while time.monotonic() < give_up:
            for mail in self.mails():
                if any(file["type"] == "application/pdf" for file in mail["attachments"]):
                    return mail
            time.sleep(0.1)
        raise JourneyError(f"no mail with a PDF came in {RECEIPT_SECONDS} s; there are {self.mails()}")

    def read_receipt(self, mail: dict[str, Any]) -> str:
        """The text of the receipt's PDF."""
        number = next(file["number"] for file in mail["attachments"] if file["type"] == "application/pdf")
        document = pypdf.PdfReader(io.BytesIO(_get(f"{self.inbox}correo/{mail['key']}/adjunto/{number}").content))
        expect(len(document.pages) == 1, f"a receipt of one page, not {len(document.pages)}")
        return document.pages[0].extract_text()


def _get(url: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(url, timeout=20)
    answer.raise_for_status()
    return answer


def expect(fact: bool, description: str) -> None:
    if not fact:
        raise JourneyError(f"expected {description}")


def check(*, portal: str, inbox: str, with_browser: bool) -> int:
    """Walk the journey and print it; 0 when it ends with the receipt in the mailbox, else 1."""
    payer = next(account for account in screen.accounts() if account["role"] == "member")
    walk = Walk(portal, inbox, payer["email"], payer["password"], str(payer["cmp"]), TEST_CARDS[0])
    try:
        how = _walk_somehow(walk, with_browser=with_browser)
    except (JourneyError, requests.RequestException) as trouble:
        print(f"\nThe journey broke off at “{walk.current}”: {trouble}")
        return 1
    print(f"\nThe journey works ({how}): {time.monotonic() - walk.began:.1f} s.")
    return 0


def _walk_somehow(walk: Walk, *, with_browser: bool) -> str:
    from demo import journey_browser, journey_http

    if with_browser:
        try:
            return journey_browser.walk(walk)
        except NoBrowserError as refusal:
            print(f"By plain HTTP, because there is {refusal}")
    journey_http.walk(walk)
    return "by plain HTTP"
