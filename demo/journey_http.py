"""The journey without a browser: the same pages by plain HTTP; the simulator stands in for its own card form."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests
from django.conf import settings

from demo.journey import JourneyError, Walk, expect
from simulators.niubiz.server import Control

TIMEOUT_SECONDS = 30


@dataclass
class Form:
    """A form as a browser would send it untouched: `dues` and other boxes only where ticked."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)


class PageReader(HTMLParser):
    """The forms, links and text of a page, and the settings of the gateway's card form."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.card_form: dict[str, str] = {}
        self.text = ""
        self._link = ""
        self._in_button = False
        self.feed(source)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        if found.get("id") == "card-form":
            self.card_form = found
        if tag == "a":
            self._link = found.get("href", "")
        elif tag == "form":
            self.forms.append(Form(found.get("action", "")))
        elif tag == "button":
            self._in_button = True
        elif tag == "input" and self.forms and "name" in found:
            self._read_input(found)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._link = ""
        elif tag == "button":
            self._in_button = False

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if not words:
            return
        self.text += f" {words}"
        if self._link:
            self.links.setdefault(words, self._link)
        if self._in_button and self.forms:
            self.forms[-1].buttons.append(words)

    def _read_input(self, found: dict[str, str]) -> None:
        form = self.forms[-1]
        if found.get("type") in ("radio", "checkbox"):
            form.choices.setdefault(found["name"], []).append(found.get("value", "on"))
        else:
            form.fields[found["name"]] = found.get("value", "")

    def form_with(self, *, button: str = "", name: str = "") -> Form:
        for form in self.forms:
            if (button and button in form.buttons) or (name and (name in form.fields or name in form.choices)):
                return form
        raise JourneyError(f"expected a form with {button or name!r}; the page says:{self.text[:300]}")


class Visitor:
    """One person's cookies and the page they are on."""

    def __init__(self, portal: str) -> None:
        self.session = requests.Session()
        self.session.trust_env = False
        self.url = portal
        self.page = PageReader("")

    def go(self, address: str) -> PageReader:
        return self._read(self.session.get(urljoin(self.url, address), timeout=TIMEOUT_SECONDS))

    def send(self, form: Form, **answers: str | list[str]) -> PageReader:
        target = urljoin(self.url, form.action or self.url)
        headers = {"Referer": self.url}
        return self._read(
            self.session.post(target, data={**form.fields, **answers}, headers=headers, timeout=TIMEOUT_SECONDS)
        )

    def _read(self, answer: requests.Response) -> PageReader:
        expect(answer.status_code == 200, f"an answer 200 from {answer.url}, not {answer.status_code}")
        self.url, self.page = answer.url, PageReader(answer.text)
        return self.page

    def see(self, *words: str) -> None:
        for word in words:
            expect(word in self.page.text, f"“{word}” on {self.url}; the page says:{self.page.text[:300]}")


def walk(walk: Walk) -> None:
    """Walk the journey; raises JourneyError."""
    member = Visitor(walk.portal)
    with walk.step("Log in"):
        login = member.go("/cuenta/login/").form_with(name="login")
        member.send(login, login=walk.email, password=walk.password)
    with walk.step("Pago Online: the greeting shows the declared CMP"):
        member.go("/pago/")
        member.see("CMP declarado", str(int(walk.cmp_number)))
    with walk.step("Pago: kind, document, oldest due, terms"):
        form = member.go(member.page.links["Pago"]).form_with(name="dues")
    with walk.step("Continuar: the summary"):
        _choose(member, form, walk)
        member.see("Total a pagar")
    with walk.step("PAGA AQUÍ: the gateway's session"):
        member.send(member.page.form_with(button="PAGA AQUÍ"))
    with walk.step("Finalizar compra: approved"):
        _pay(member, walk)
        member.see("FINALIZAR COMPRA", "Número de pedido", "Descripción del código de acción", "Regresar")
    with walk.step("The receipt's mail, its PDF of one page"):
        expect("S/" in walk.read_receipt(walk.receipt_mail()), "the receipt to name an amount in soles")


def _choose(member: Visitor, form: Form, walk: Walk) -> None:
    kind, document, oldest = (form.choices[name][0] for name in ("kind", "document", "dues"))
    member.send(form, kind=kind, document=document, dues=[oldest], email=walk.email, terms="on")


def _pay(member: Visitor, walk: Walk) -> None:
    card_form = member.page.card_form
    expect(bool(card_form.get("data-sessiontoken")), "a page that opens the gateway's card form")
    gateway = Control(settings.NIUBIZ_SIMULATOR_URL)
    token = gateway.token(walk.card.number, card_form["data-sessiontoken"], email=walk.email)
    returned = Form(
        card_form["data-action"], {"transactionToken": token, "customerEmail": walk.email, "channel": "web"}
    )
    member.send(returned)
