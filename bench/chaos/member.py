"""How a member pays, and what people do when it goes wrong: reload, press again, come back from the phone."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal

import requests

from bench.chaos.browser import CardForm, Device, Page, a_card_nobody_issued, at_once, card_form, offered_dues
from simulators.niubiz.server import Control

APPROVED = "4551708161768059"
NO_COMMUNICATION = "4285975261967724"  # code 666: in doubt, and not charged
LATE = "4000000000001059"  # charged, and seen by the gateway's own query only seconds later
DECLINED_SHARE, STRANGE_SHARE = 0.05, 0.02
VISITS_TRIES = 12
POLLS = 30


class GaveUpError(Exception):
    """The member leaves, and says why; nothing is asserted of such a visit but what the books say."""


@dataclass(frozen=True)
class Account:
    """One member of the crowd: two devices logged in, and the soles of each of their dues by its id."""

    number: int
    email: str
    address: str
    session_keys: tuple[str, str]
    amounts: dict[int, Decimal]
    kinds: dict[int, str]


@dataclass
class Scene:
    """Where all members are: the portal, the gateway, the bank, and the count of what went wrong."""

    device: Callable[[Account, int], Device]
    gateway: Control
    card_form_url: str
    bank: Callable[[list[tuple[int, Decimal]]], bool]
    count: Callable[[str], None]
    over: threading.Event


class Visit:
    """One member comes to pay. `trouble` is one of plan.BROWSER or plan.BANK, or nothing."""

    def __init__(self, account: Account, scene: Scene, chance: random.Random, trouble: str = "") -> None:
        self.account = account
        self.scene = scene
        self.chance = chance
        self.trouble = trouble
        self.browser = scene.device(account, 0)
        self.phone = scene.device(account, 1)
        self.chosen: list[int] = []
        self.kind = chance.choice(("colegiado", "semefa"))

    def run(self) -> str:
        """How it ended: "paid", "double", or what the member last saw before giving up."""
        page = self._arrive()
        for _ in range(VISITS_TRIES):
            if self.scene.over.is_set() or page.shows in ("paid", "double"):
                break
            page = self._go_on(page)
        return page.shows

    def _go_on(self, page: Page) -> Page:
        """One more thing that a person does with what they see."""
        match page.shows:
            case "choose":
                return self._choose(page)
            case "summary" | "declined" | "unfinished" | "no gateway" if page.order:
                return self._pay(page.order)
            case "verifying":
                return self._wait_for_outcome(page.order)
            case "error" if page.order:
                time.sleep(self.chance.uniform(0.3, 1.2))
                return self.browser.get(f"/pago/{page.order}/")
            case "card":
                return self.browser.get(f"/pago/{page.order}/")
            case "refused":
                raise GaveUpError("left: too many declined cards")
        time.sleep(self.chance.uniform(0.2, 0.8))
        return self._arrive()

    def _arrive(self) -> Page:
        return self.browser.get("/pago/cuotas/")

    # --- Choosing

    def _choose(self, page: Page) -> Page:
        offered = [due for due in offered_dues(page) if self.account.kinds.get(due) == self.kind]
        if not offered:
            others = offered_dues(page)
            if not others:
                raise GaveUpError("left: nothing to pay")
            self.kind = self.account.kinds[others[0]]
            offered = [due for due in others if self.account.kinds[due] == self.kind]
        self.chosen = offered[: self.chance.choice((1, 1, 2))]
        if self.trouble == "browser: choice posted twice":
            return self._twice(self._post_choice)
        return self._post_choice()

    def _post_choice(self) -> Page:
        return self.browser.post(
            "/pago/cuotas/",
            kind=self.kind,
            document="03",
            dues=[str(due) for due in self.chosen],
            email=self.account.email,
            terms="on",
        )

    # --- Paying

    def _pay(self, order: str) -> Page:
        page = self._press_pay(order)
        form = card_form(page)
        if form is None:
            return page
        token = self._type_card(form)
        if not token:
            return self.browser.get(f"/pago/{order}/")
        with self._troubled() as trouble:
            if trouble:
                return TROUBLES[trouble](self, order, form, token)
        return self._post_return(form, token)

    def _press_pay(self, order: str) -> Page:
        press = lambda: self.browser.post(f"/pago/{order}/pagar/")  # noqa: E731
        if self.trouble == "browser: PAGA AQUÍ twice at once":
            return self._twice(press)
        return press()

    def _type_card(self, form: CardForm, *, approved: bool = False) -> str:
        """The gateway's token for the card, or "" when its form does not answer."""
        share = 1.0 if approved else self.chance.random()
        if share < DECLINED_SHARE:
            return self._type_unknown_card(form)
        strange = share < DECLINED_SHARE + STRANGE_SHARE
        # One card declined in three accounts looks like a stolen one being tried out: only two members have it.
        card = (NO_COMMUNICATION if self.account.number < 2 else LATE) if strange else APPROVED
        with suppress(requests.RequestException):
            return self.scene.gateway.token(card, form.session_key, email=self.account.email)
        return ""

    def _type_unknown_card(self, form: CardForm) -> str:
        typed = {"number": a_card_nobody_issued(self.chance), "expiry": "12/39", "cvv": "123", "name": "Ana Quispe"}
        asked = {**typed, "sessionKey": form.session_key, "email": self.account.email}
        with suppress(requests.RequestException):
            return str(
                requests.post(self.scene.card_form_url, json=asked, timeout=10).json().get("transactionToken", "")
            )
        return ""

    def _post_return(self, form: CardForm, token: str, *, device: Device | None = None) -> Page:
        """The gateway's form posts. When nothing comes back a person reloads, and the browser posts again."""
        device = device or self.browser
        page = device.post(form.action, transactionToken=token, customerEmail=self.account.email, channel="web")
        for _ in range(self.chance.choice((0, 1, 2))):
            if page.shows != "error":
                break
            time.sleep(self.chance.uniform(0.1, 1.0))
            page = device.post(form.action, transactionToken=token, customerEmail=self.account.email, channel="web")
        return page

    def _wait_for_outcome(self, order: str) -> Page:
        page = self.browser.get(f"/pago/{order}/")
        for _ in range(POLLS):
            if page.shows not in ("verifying", "error") or self.scene.over.is_set():
                return page
            self._look_around(order)
            time.sleep(1)
            page = self.browser.get(f"/pago/{order}/")
        raise GaveUpError("left: still being verified")

    def _look_around(self, order: str) -> None:
        """Impatient members press Back, and the card form of their other tab runs out."""
        if self.chance.random() < 0.3:
            self.browser.get(f"/pago/{order}/{self.chance.choice(('resumen', 'tiempo-agotado'))}/")

    # --- Troubles

    @contextmanager
    def _troubled(self) -> Iterator[str]:
        """The visit's trouble, once, if it happens after the card was typed."""
        trouble = self.trouble if self.trouble in TROUBLES else ""
        if trouble:
            self.trouble = ""
            self.scene.count(trouble)
        yield trouble

    def _twice(self, act: Callable[[], Page]) -> Page:
        self.scene.count(self.trouble)
        self.trouble = ""
        return self._together(act, act)

    def _together(self, *acts: Callable[[], object]) -> Page:
        """Do all at the same moment; what the last one shows is what the member goes on with."""
        pages: dict[int, object] = {}
        ready = threading.Barrier(len(acts))

        def act(place: int) -> None:
            ready.wait()
            pages[place] = acts[place]()

        at_once(*(threading.Thread(target=act, args=(place,)) for place in range(len(acts))))
        seen = [found for _, found in sorted(pages.items()) if isinstance(found, Page)]
        return seen[-1] if seen else self._arrive()

    def _double_click(self, order: str, form: CardForm, token: str) -> Page:  # noqa: ARG002
        post = lambda: self._post_return(form, token)  # noqa: E731
        return self._together(post, post, post)

    def _replay(self, order: str, form: CardForm, token: str) -> Page:
        self._post_return(form, token)
        self.browser.get(form.action)
        time.sleep(self.chance.uniform(0.0, 2.0))
        self._post_return(form, token)
        return self.browser.get(f"/pago/{order}/")

    def _back_and_pay_again(self, order: str, form: CardForm, token: str) -> Page:
        """Back to the summary, PAGA AQUÍ again, the card typed again: two tokens, posted at the same moment."""
        return self._second_form(self.browser, order, form, token)

    def _two_devices(self, order: str, form: CardForm, token: str) -> Page:
        return self._second_form(self.phone, order, form, token)

    def _second_form(self, device: Device, order: str, form: CardForm, token: str) -> Page:
        second = card_form(device.post(f"/pago/{order}/pagar/"))
        again = self._type_card(second, approved=True) if second else ""
        if second is None or not again:
            return self._post_return(form, token)
        return self._together(
            lambda: self._post_return(form, token),
            lambda: self._post_return(second, again, device=device),
        )

    def _stale_tab(self, order: str, form: CardForm, token: str) -> Page:
        """A newer choice replaces the order while the old tab's card form posts."""
        acts: list[Callable[[], object]] = [lambda: self._post_return(form, token), self._post_choice]
        if self.chance.random() < 0.5:
            return self._together(*acts)
        newer = self._post_choice()
        self._post_return(form, token)
        return newer if newer.order else self.browser.get(f"/pago/{order}/")

    def _after_cancelling(self, order: str, form: CardForm, token: str) -> Page:
        cancel = lambda: self.browser.post(f"/pago/{order}/cancelar/")  # noqa: E731
        if self.chance.random() < 0.5:
            return self._together(cancel, lambda: self._post_return(form, token))
        cancel()
        return self._post_return(form, token)

    def _bank_before(self, order: str, form: CardForm, token: str) -> Page:  # noqa: ARG002
        self._bank_pays()
        return self._post_return(form, token)

    def _bank_during(self, order: str, form: CardForm, token: str) -> Page:  # noqa: ARG002
        """The gateway has charged and takes 1.2 s to say so; in between the bank's payment is recorded."""
        with suppress(requests.RequestException):
            self.scene.gateway.fault("authorise", "delay", seconds=1.2, match=form.number)
        return self._together(self._pays_late, lambda: self._post_return(form, token))

    def _pays_late(self) -> None:
        time.sleep(0.7)
        self._bank_pays()

    def _bank_same_moment(self, order: str, form: CardForm, token: str) -> Page:  # noqa: ARG002
        return self._together(self._bank_pays, lambda: self._post_return(form, token))

    def _bank_pays(self) -> None:
        self.scene.bank([(due, self.account.amounts[due]) for due in self.chosen[:1]])


TROUBLES: dict[str, Callable[[Visit, str, CardForm, str], Page]] = {
    "browser: double click": Visit._double_click,
    "browser: return replayed later": Visit._replay,
    "browser: Back and pay again": Visit._back_and_pay_again,
    "browser: two devices": Visit._two_devices,
    "browser: stale tab of a replaced order": Visit._stale_tab,
    "browser: return after cancelling": Visit._after_cancelling,
    "bank: before the return": Visit._bank_before,
    "bank: during the charge": Visit._bank_during,
    "bank: at the same moment": Visit._bank_same_moment,
}
