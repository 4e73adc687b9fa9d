"""Which of SUNAT's answers go wrong, by chance and seed."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from simulators.sunat.control import Fault, Kind
from simulators.sunat.server import RunningSunat

LOST: tuple[Kind, ...] = ("cut_before", "cut_after", "cut_mid_answer", "garbage", "forged", "http_500")
FAULTS = {
    "sendBill": (
        "0130",
        "0200",
        "0111",
        "1036",
        "1032",
        "1033",
        "2335",
        "3103",
        "3244",
        "2800",
        "0102",
        "0113",
        "2325",
    ),
    "sendSummary": ("0130", "0402", "2223", "2324", "2236", "2301", "0111", "2278", "0105"),
    "getStatus": ("0127", "0130", "0111", "0106"),
    "getStatusCdr": ("0130",),
}
CONSTANCIES = {
    "sendBill": ("2800", "3202", "4093"),
    "sendSummary": ("2282", "2278", "2987", "2323", "2236", "2223"),
}
STATUSES = (("98", ""), ("0098", ""), ("0127", "El ticket no existe"), ("0004", ""), ("0", ""), ("99", ""))


@dataclass
class Trouble:
    """Puts faults into the stand-in's store; `counts` says how many of each kind."""

    office: RunningSunat
    chance: random.Random
    share: float = 0.7
    counts: Counter[str] = field(default_factory=Counter)

    def brew(self, operation: str) -> None:
        """Perhaps something goes wrong with the next call of this operation."""
        service = self.office.simulator.service
        service.skew = timedelta(minutes=self.chance.choice((0, 0, 0, -20, 3)))
        service.ticket_seconds = self.chance.choice((0.0, 0.0, 0.05))
        service.names_lines = self.chance.random() < 0.5
        self.office.simulator.faults.clear()
        if self.chance.random() < self.share:
            self._add(self._fault(operation))
        if self.chance.random() < self.share / 2:
            self._add(Fault(operation="getStatusCdr", kind=self.chance.choice(LOST)))

    def _add(self, fault: Fault) -> None:
        self.counts[f"{fault.operation} {fault.kind} {fault.code}".strip()] += 1
        self.office.simulator.faults.add(fault)

    def _fault(self, operation: str) -> Fault:
        kinds = ["lost", "lost", "lost", "fault", "constancy" if operation in CONSTANCIES else "lost"]
        kind = self.chance.choice(["status", *kinds] if operation == "getStatus" else kinds)
        if kind == "lost":
            return Fault(operation=operation, kind=self.chance.choice(LOST))
        if kind == "status":
            code, text = self.chance.choice(STATUSES)
            return Fault(operation=operation, kind="status", code=code, text=text)
        if kind == "constancy":
            return Fault(operation=operation, kind="code", code=self.chance.choice(CONSTANCIES[operation]))
        return Fault(operation=operation, kind="fault", code=self.chance.choice(FAULTS[operation]))
