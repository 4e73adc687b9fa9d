"""The simulator: from a request to a response, troubles included."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from simulators.clock import Clock
from simulators.messages import NO_ANSWER, SERVER_ERROR, Request, Response, as_json, as_text
from simulators.niubiz import back_office
from simulators.niubiz.books import Books
from simulators.niubiz.card_form import CardForm, list_cards, list_yapes, static_file
from simulators.niubiz.control import Fault, Faults, books_as_json, garbage, read_fault
from simulators.niubiz.gateway_api import Account, GatewayApi

#: The form that charges a card, and under vToken the same form for keeping one.
_FORM = "/env/simulator(?:/vToken)?"


class Simulator:
    """Answers requests from any number of threads; everything it must remember is in its books."""

    def __init__(self, books: Books, *, account: Account | None = None, canned: bool = False) -> None:
        self.books = books
        self.clock = Clock()
        self.faults = Faults()
        api = GatewayApi(books, self.clock, account or Account(), canned=canned)
        form = CardForm(books, self.clock)
        self._operations = _operations(api)
        self._pages = self._other_routes(form)

    def answer(self, request: Request) -> Response:
        for name, methods, pattern, act in self._operations:
            found = re.fullmatch(pattern, request.path)
            if found and request.method in methods:
                return self._operate(name, request, partial(act, request, *found.groups()))
        for method, pattern, show in self._pages:
            found = re.fullmatch(pattern, request.path)
            if found and request.method == method:
                return show(request, *found.groups())
        return as_text(404, "Not Found")

    def close(self) -> None:
        self.books.close()

    def _operate(self, name: str, request: Request, act: Callable[[], Response]) -> Response:
        """Act, unless a trouble in store for this operation comes before, and spoil the answer if one comes after."""
        fault = self.faults.take(name, _purchase_number(request))
        if fault is None:
            return act()
        early = _spoiled_before(fault)
        return early or _spoiled_after(fault, act())

    def _other_routes(self, form: CardForm) -> list[tuple[str, str, Callable[..., Response]]]:
        return [
            ("GET", "/", lambda request: back_office.page(request, self.books, self.clock)),
            ("GET", "/healthz", lambda _: as_text(200, "ok")),
            ("GET", f"{_FORM}/js/checkout.js", lambda _: static_file("checkout.js")),
            ("GET", f"{_FORM}/visanet.html", lambda _: static_file("visanet.html")),
            ("GET", f"{_FORM}/(?:js|css|img)/([a-z_-]+\\.[a-z]+)", lambda _, name: static_file(name)),
            ("GET", f"{_FORM}/cards", list_cards),
            ("GET", f"{_FORM}/yapes", list_yapes),
            ("POST", f"{_FORM}/token", form.submit),
            ("POST", f"{_FORM}/challenge", form.answer_challenge),
            ("GET", "/_control/books", lambda _: self._books_now()),
            ("GET", "/_control/faults", lambda _: as_json(200, self.faults.state())),
            ("POST", "/_control/faults", self._add_fault),
            ("DELETE", "/_control/faults", lambda _: self._clear_faults()),
            ("POST", "/_control/clock", self._move_clock),
            ("POST", "/_control/token", lambda request: form.mint(request.json() or {})),
        ]

    def _books_now(self) -> Response:
        return as_json(200, books_as_json(self.books, now=self.clock.seconds()))

    def _add_fault(self, request: Request) -> Response:
        try:
            self.faults.add(read_fault(request.json() or {}))
        except ValueError as error:
            return as_json(422, {"error": str(error)})
        return as_json(201, self.faults.state())

    def _clear_faults(self) -> Response:
        self.faults.clear()
        return as_json(200, self.faults.state())

    def _move_clock(self, request: Request) -> Response:
        try:
            self.clock.offset = float((request.json() or {})["offset"])
        except (KeyError, TypeError, ValueError):
            return as_json(422, {"error": "offset is a number of seconds"})
        return as_json(200, {"offset": self.clock.offset})


def _operations(api: GatewayApi) -> list[tuple[str, tuple[str, ...], str, Callable[..., Response]]]:
    part = "([^/]+)"
    v3 = "/api.authorization/v3"
    return [
        ("security", ("GET", "POST"), "/api.security/v1/security", api.security),
        ("session", ("POST",), f"/api.ecommerce/v2/ecommerce/token/session/{part}", api.session),
        ("card", ("GET",), f"/api.ecommerce/v2/ecommerce/token/card/{part}/{part}", api.card),
        ("authorise", ("POST",), f"{v3}/authorization/ecommerce/{part}", api.authorise),
        ("retrieve", ("GET",), f"{v3}/retrieve/(purchase|transaction)/{part}/{part}", api.retrieve),
        ("void", ("PUT",), f"{v3}/void/ecommerce/{part}/{part}", api.void),
        ("refund", ("POST",), f"/api.refund/v1/refund/{part}/{part}", api.refund),
    ]


def _purchase_number(request: Request) -> str:
    """The purchase number a call is about, from its body or its path; "" when it names none."""
    order: Any = (request.json() or {}).get("order") if request.body else None
    if isinstance(order, dict):
        return str(order.get("purchaseNumber", ""))
    return request.path.rpartition("/")[2] if "/retrieve/purchase/" in request.path else ""


def _spoiled_before(fault: Fault) -> Response | None:
    early = {"cut_before": NO_ANSWER, "http_500_before": SERVER_ERROR, "http_401": as_text(401, "Unauthorized access")}
    return early.get(fault.kind)


def _spoiled_after(fault: Fault, response: Response) -> Response:
    """The books already say what happened; the caller learns it late, broken or not at all."""
    time.sleep(fault.seconds)
    if fault.kind == "cut_after_charge":
        return replace(response, cut="reset")
    if fault.kind == "cut_mid_answer":
        return replace(response, cut="middle")
    if fault.kind == "http_500_after":
        return SERVER_ERROR
    return replace(response, status=200, body=garbage()) if fault.kind == "garbage" else response
