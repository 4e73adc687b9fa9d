"""What tests and the demo may do to the stand-in: have it answer any code, late or not at all."""

import threading
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Kind = Literal[
    "code",
    "fault",
    "status",
    "cut_before",
    "cut_after",
    "cut_mid_answer",
    "delay",
    "http_500",
    "http_401",
    "garbage",
    "forged",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
OPERATIONS = ("sendBill", "sendSummary", "getStatus", "getStatusCdr")
#: Besides billService: SUNAT's integrated consultation.
REGISTER = "validarcomprobante"


@dataclass(kw_only=True)
class Fault:
    """Trouble for the next `times` calls of `operation`, or only for those about the document `match`.

    "code" answers SUNAT's `code` instead of judging, in a constancy or a fault as SUNAT would; "fault" answers a fault
    with `code` and `text` and receives nothing; "status" answers a statusCode and `text` where the constancy would
    stand; "delay" answers `seconds` late; "cut_after" keeps the document and loses the answer; "forged" changes the
    constancy after it was signed.
    """

    operation: str
    kind: Kind
    code: str = ""
    text: str = ""
    times: int = 1
    seconds: float = 0.0
    match: str = ""


class Faults:
    """The troubles in store, and how often each operation was called."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self._calls: dict[str, int] = {}

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, operation: str, document: str) -> Fault | None:
        """The trouble for this call, if any is in store; it is used up by one."""
        with self._lock:
            self._calls[operation] = self._calls.get(operation, 0) + 1
            fits = (f for f in self._waiting if f.operation == operation and f.match in ("", document))
            fault = next(fits, None)
            if fault:
                fault.times -= 1
                if fault.times < 1:
                    self._waiting.remove(fault)
            return fault

    def state(self) -> dict[str, Any]:
        with self._lock:
            return {"waiting": [asdict(fault) for fault in self._waiting], "calls": dict(self._calls)}


def read_fault(asked: dict[str, Any]) -> Fault:
    """The fault a control request describes. Raises ValueError naming what is wrong with it."""
    if asked.get("operation") not in (*OPERATIONS, REGISTER) or asked.get("kind") not in KINDS:
        raise ValueError(f"operation: {', '.join((*OPERATIONS, REGISTER))}; kind: {', '.join(KINDS)}")
    try:
        return Fault(
            operation=asked["operation"],
            kind=asked["kind"],
            code=str(asked.get("code", "")),
            text=str(asked.get("text", "")),
            times=int(asked.get("times", 1)),
            seconds=float(asked.get("seconds", 0)),
            match=str(asked.get("match", "")),
        )
    except (TypeError, ValueError) as error:
        raise ValueError("times is a whole number and seconds a number") from error
