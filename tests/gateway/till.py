"""A merchant's till at the simulator, and answers recorded from the real gateway."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from payments.gateway import Approved, Denied, Exchange, FormSession, Niubiz, Payer, Unknown
from payments.gateway.transport import Reply
from simulators.niubiz.server import RunningSimulator

ANSWERS = Path(__file__).parent / "answers"

ANA = Payer(
    email="ana@example.com",
    client_ip="190.117.10.20",
    document_type="DNI",
    document_number="41234567",
    customer_id="CMP 045678",
    days_registered=69,
)
EXCHANGE = Exchange(operation="authorise", path="/", http_status=200, millis=1, request={}, response={})

VISA = "4551708161768059"
NO_FUNDS = "4041650444437904"
LOST_AFTER_CHARGE = "4000000000001034"
LOST_BEFORE_CHARGE = "4000000000001042"
LATE_APPROVAL = "4000000000001059"


def recorded(name: str, status: int | None = 200) -> Reply:
    """The answer in answers/`name`, as if it had come with that HTTP status."""
    return Reply(status=status, text=(ANSWERS / name).read_text(), failure="", millis=1)


class Till:
    """Pays with one card after another, each time under the next purchase number."""

    def __init__(self, simulator: RunningSimulator, gateway: Niubiz) -> None:
        self.control = simulator.control
        self.gateway = gateway
        self.number = 0

    def session(self, amount: str = "120.50") -> FormSession:
        return self.gateway.open_session(amount=Decimal(amount), payer=ANA)

    def token(self, card: str, amount: str = "120.50") -> str:
        return self.control.token(card, self.session(amount).key)

    def pay(self, card: str = VISA, amount: str = "120.50") -> Approved | Denied | Unknown:
        self.number += 1
        return self.authorise(self.token(card, amount), amount=amount)

    def authorise(self, token: str, *, number: str = "", amount: str = "120.50") -> Approved | Denied | Unknown:
        return self.gateway.authorise(
            purchase_number=number or str(self.number or 1),
            amount=Decimal(amount),
            currency="PEN",
            transaction_token=token,
        )

    def approved(self, card: str = VISA, amount: str = "120.50") -> Approved:
        answer = self.pay(card, amount)
        assert isinstance(answer, Approved)
        return answer

    def charged(self) -> list[str]:
        """The purchase numbers for which the simulator took money."""
        books: list[dict[str, Any]] = self.control.books()["authorisations"]
        return [charge["purchase_number"] for charge in books if charge["state"] == "authorised"]

    def calls(self, operation: str) -> int:
        """How often the simulator was asked."""
        return int(self.control.faults()["calls"].get(operation, 0))
