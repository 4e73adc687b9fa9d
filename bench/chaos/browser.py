"""One device of one member: plain HTTP, every page remembered with what it claims about money."""

import random
import re
import threading
import time
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urljoin

import requests

PATIENCE_SECONDS = 30
MOST_REDIRECTS = 6
NOTHING_CHARGED = re.compile(r"No se cobró nada|Todavía no se ha cobrado nada|no se le cobra nada")
ORDER = re.compile(r"/pago/([0-9a-f-]{36})/")
# The heading of each page a member can land on, and what it means to them.
HEADINGS = {
    "FINALIZAR COMPRA": "paid",
    "Estamos verificando su pago": "verifying",
    "Recibimos un pago de más": "double",
    "El pago no se realizó": "declined",
    "El pedido se canceló": "cancelled",
    "El pedido venció": "expired",
    "Pago sin terminar": "unfinished",
    "Revise antes de pagar": "summary",
    "Datos de la tarjeta": "card",
    "Elija las cuotas que va a pagar": "choose",
    "La pasarela no responde": "no gateway",
    "Ahora no se puede pagar": "refused",
}


@dataclass(frozen=True)
class Page:
    """What came back, with the Unix times between which it was asked for and read. `status` 0: nothing came back."""

    status: int
    url: str
    text: str
    asked_at: float
    read_at: float

    @property
    def shows(self) -> str:
        if self.status == 0 or self.status >= 500:
            return "no gateway" if "La pasarela no responde" in self.text else "error"
        heading = re.search(r"<h1[^>]*>(.*?)</h1>", self.text, re.DOTALL)
        return HEADINGS.get(unescape(heading[1]).strip(), "other") if heading else "other"

    @property
    def order(self) -> str:
        found = ORDER.search(self.url)
        return found[1] if found else ""

    @property
    def claims_nothing_charged(self) -> bool:
        return bool(NOTHING_CHARGED.search(self.text))


@dataclass
class Witness:
    """Every claim and every failure that any member saw. Shared by all threads."""

    claims: list[Page] = field(default_factory=list)
    failures: list[Page] = field(default_factory=list)
    pages: int = 0
    cut_off: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def see(self, page: Page) -> None:
        with self._lock:
            self.pages += 1
            self.cut_off += page.status == 0
            if page.order and page.claims_nothing_charged:
                self.claims.append(_brief(page))
            if page.status >= 500 and page.shows != "no gateway":
                self.failures.append(_brief(page))


def _brief(page: Page) -> Page:
    """Without the page's text but for its claim: thousands of these are kept."""
    found = NOTHING_CHARGED.search(page.text)
    return Page(page.status, page.url, found[0] if found else "", page.asked_at, page.read_at)


@dataclass
class CardForm:
    """What PAGA AQUÍ hands to the gateway's script."""

    action: str
    session_key: str
    number: str


class Device:
    """A browser with a session of its own. May be used by several threads at once, as tabs are."""

    def __init__(self, portal: str, *, session_key: str, address: str, witness: Witness) -> None:
        self.portal = portal
        self.witness = witness
        self.cookies = {"sessionid": session_key, "csrftoken": "c" * 32}
        # One connection a page: a kept one may be closed under a request, a trouble nobody planned.
        self.headers = {"X-Forwarded-For": address, "Connection": "close", "Referer": portal}

    def get(self, path: str) -> Page:
        return self._follow("GET", path, None)

    def post(self, path: str, **fields: object) -> Page:
        return self._follow("POST", path, {"csrfmiddlewaretoken": "c" * 32, **fields})

    def _follow(self, method: str, path: str, fields: dict[str, object] | None) -> Page:
        """Ask and follow redirects, each hop timed by itself: what a page claims is about its own moment."""
        url, cookies = urljoin(self.portal, path), dict(self.cookies)
        for _ in range(MOST_REDIRECTS):
            asked_at = time.time()
            try:
                answer = requests.request(
                    method,
                    url,
                    data=fields,
                    cookies=cookies,
                    headers=self.headers,
                    timeout=PATIENCE_SECONDS,
                    allow_redirects=False,
                    proxies={"http": ""},
                )
            except requests.RequestException:
                return self._seen(Page(0, url, "", asked_at, time.time()))
            if not answer.is_redirect:
                break
            cookies |= answer.cookies.get_dict()
            method, url, fields = "GET", urljoin(url, answer.headers["Location"]), None
        return self._seen(Page(answer.status_code, url, answer.text, asked_at, time.time()))

    def _seen(self, page: Page) -> Page:
        self.witness.see(page)
        return page


def card_form(page: Page) -> CardForm | None:
    named = dict(re.findall(r'data-(action|sessiontoken|purchasenumber)="([^"]*)"', page.text))
    if page.status != 200 or "sessiontoken" not in named:
        return None
    return CardForm(named["action"], named["sessiontoken"], named["purchasenumber"])


def offered_dues(page: Page) -> list[int]:
    """The dues that the page of choice offers, as it lists them: of each kind the oldest first."""
    return [int(value) for value in re.findall(r'name="dues" value="(\d+)"', page.text)]


def at_once(*acts: "threading.Thread") -> None:
    for act in acts:
        act.start()
    for act in acts:
        act.join()


def a_card_nobody_issued(chance: random.Random) -> str:
    """A new Visa number that passes the check digit: declined as invalid, and no two members type the same."""
    digits = [4, *(chance.randrange(10) for _ in range(14))]
    doubled = (digit * 2 if place % 2 == 0 else digit for place, digit in enumerate(digits))
    total = sum(value - 9 if value > 9 else value for value in doubled)
    return "".join(map(str, [*digits, -total % 10]))
