"""One member pays: every page in the order in which a person meets them, the gateway's form typed by its control."""

import html
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.checkout.browser import Answer, Browser
from simulators.niubiz.server import Control

CARD = "4551708161768059"
DUES_CHOSEN = 3
MOST_RETURNS = 20


class WentWrong(Exception):
    """A page was not what comes there; the message says which and what it answered."""


@dataclass(frozen=True)
class Seen:
    page: str
    seconds: float
    bytes: int
    status: int


@dataclass
class Journey:
    """`seen` fills with one entry for each request; `before` is told each page's name before it is asked for."""

    browser: Browser
    gateway: Control
    email: str
    password: str
    seen: list[Seen] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None
    pages: list[str] = field(default_factory=list)

    def pay(self) -> None:
        self.log_in()
        self.choose_and_pay()

    def log_in(self) -> None:
        self._get("login form", "/cuenta/login/")
        self._redirected(self._post("login", "/cuenta/login/", login=self.email, password=self.password))
        self._get("menu", "/")

    def choose_and_pay(self) -> None:
        self._get("greeting", "/pago/")
        page = self._open_choice()
        order = self._choose(page)
        self._get("summary", order)
        number = order.split("/")[2]
        card = self._get("card", self._redirected(self._post("pay", f"/pago/{number}/pagar/")))
        self._come_back(card)

    def _open_choice(self) -> Answer:
        """Who is asked to come back later does so, as the page does by itself."""
        for _ in range(MOST_RETURNS):
            answer = self._note("choose", lambda: self.browser.get("/pago/cuotas/"), *(200, 503))
            if answer.status == 200:
                return answer
            if not answer.retry_after:
                raise WentWrong("choose answered 503 without saying when to come back")
            time.sleep(answer.retry_after)
        raise WentWrong(f"asked to come back {MOST_RETURNS} times")

    def _choose(self, page: Answer) -> str:
        kind, dues = first_dues(page.text)
        fields = {"kind": kind, "document": "03", "dues": dues, "email": self.email, "terms": "on"}
        return self._redirected(self._post("choice", "/pago/cuotas/", **fields))

    def _come_back(self, card: Answer) -> None:
        form = dict(re.findall(r'data-(action|sessiontoken)="([^"]*)"', card.text))
        token = self.gateway.token(CARD, form["sessiontoken"], email=self.email)
        order = self._redirected(self._post("return", html.unescape(form["action"]), transactionToken=token))
        page = self._get("confirmation", order)
        if "FINALIZAR COMPRA" not in page.text:
            raise WentWrong(f"the confirmation says {_heading(page.text)!r}")

    def _get(self, page: str, path: str) -> Answer:
        return self._note(page, lambda: self.browser.get(path), 200)

    def _post(self, page: str, path: str, **fields: object) -> Answer:
        return self._note(page, lambda: self.browser.post(path, **fields), 302)

    def _note(self, page: str, ask: Callable[[], Answer], *expected: int) -> Answer:
        self.before(page)
        answer = ask()
        self.seen.append(Seen(page, answer.seconds, answer.bytes, answer.status))
        self.pages.append(answer.text)
        if answer.status not in expected:
            raise WentWrong(f"{page} answered {answer.status}: {_heading(answer.text)!r}")
        return answer

    @staticmethod
    def _redirected(answer: Answer) -> str:
        return answer.location


def first_dues(page: str) -> tuple[str, list[str]]:
    """The first kind with dues to pay, and its oldest ones."""
    for kind in ("colegiado", "semefa"):
        fieldset = page.partition(f'data-kind="{kind}"')[2].partition("</fieldset>")[0]
        if dues := re.findall(r'name="dues" value="(\d+)"', fieldset):
            return kind, dues[:DUES_CHOSEN]
    raise WentWrong("the page of choosing offers no due")


def _heading(text: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", text, re.DOTALL)
    return html.unescape(found[1]).strip() if found else text[:80]
