"""What tests and the chaos harness may do to the simulator: break it on purpose, move its clock, read its books."""

import secrets
import threading
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from simulators.clock import iso
from simulators.niubiz.books import Authorisation, Books, Undo

FaultKind = Literal[
    "cut_before",
    "cut_after_charge",
    "cut_mid_answer",
    "delay",
    "http_500_before",
    "http_500_after",
    "garbage",
    "http_401",
]
FAULT_KINDS: tuple[FaultKind, ...] = get_args(FaultKind)
OPERATIONS = ("security", "session", "card", "authorise", "retrieve", "void", "refund")


@dataclass(kw_only=True)
class Fault:
    """Trouble for the next `times` calls of `operation`, or only for those about purchase number `match`.

    "delay" answers `seconds` late, after the charge. The "before" kinds leave the books untouched.
    """

    operation: str
    kind: FaultKind
    times: int = 1
    seconds: float = 0.0
    match: str = ""


class Faults:
    """The troubles in store, and how often each happened."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self._calls: dict[str, int] = {}
        self._struck: dict[str, int] = {}

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, operation: str, purchase_number: str) -> Fault | None:
        """The trouble for this call, if any is in store; it is used up by one."""
        with self._lock:
            self._calls[operation] = self._calls.get(operation, 0) + 1
            fault = next((fault for fault in self._waiting if _fits(fault, operation, purchase_number)), None)
            if fault:
                self._use(fault)
            return fault

    def state(self) -> dict[str, Any]:
        with self._lock:
            waiting = [asdict(fault) for fault in self._waiting]
            return {"waiting": waiting, "calls": dict(self._calls), "struck": dict(self._struck)}

    def _use(self, fault: Fault) -> None:
        name = f"{fault.operation}:{fault.kind}"
        self._struck[name] = self._struck.get(name, 0) + 1
        fault.times -= 1
        if fault.times < 1:
            self._waiting.remove(fault)


def _fits(fault: Fault, operation: str, purchase_number: str) -> bool:
    return fault.operation == operation and fault.match in ("", purchase_number)


def read_fault(asked: dict[str, Any]) -> Fault:
    """The fault a control request describes. Raises ValueError naming what is wrong with it."""
    if asked.get("operation") not in OPERATIONS or asked.get("kind") not in FAULT_KINDS:
        raise ValueError(f"operation: {', '.join(OPERATIONS)}; kind: {', '.join(FAULT_KINDS)}")
    try:
        times, seconds = int(asked.get("times", 1)), float(asked.get("seconds", 0))
    except (TypeError, ValueError) as error:
        raise ValueError("times is a whole number and seconds a number") from error
    return Fault(
        operation=asked["operation"],
        kind=asked["kind"],
        times=times,
        seconds=seconds,
        match=str(asked.get("match") or ""),
    )


def garbage() -> bytes:
    """Bytes that are no answer at all."""
    return secrets.token_bytes(200)


def books_as_json(books: Books, *, now: float) -> dict[str, Any]:
    """Every decision, oldest first. Amounts are text; `visible` is false for a charge that has yet to appear."""
    charges = books.authorisations()[::-1]
    undos = books.undos()
    numbers = {charge.id: charge.purchase_number for charge in charges}
    kinds = {"voids": "void", "refunds": "refund"}
    listed = {
        name: [_undo_as_json(undo, numbers) for undo in undos if undo.kind == kind] for name, kind in kinds.items()
    }
    return {"authorisations": [_charge_as_json(charge, books, now) for charge in charges], **listed}


def _charge_as_json(charge: Authorisation, books: Books, now: float) -> dict[str, Any]:
    return {
        **asdict(charge),
        "amount": str(charge.amount),
        "refunded": str(books.refunded(charge)),
        "decided_at": iso(charge.decided_at),
        "visible": charge.decided_at <= now,
    }


def _undo_as_json(undo: Undo, numbers: dict[int, str]) -> dict[str, Any]:
    return {
        "purchase_number": numbers[undo.authorisation],
        "amount": str(undo.amount),
        "reference": undo.reference,
        "reason": undo.reason,
        "done_at": iso(undo.done_at),
    }
