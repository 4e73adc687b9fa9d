"""The cards the simulator knows, and what paying with each does.

Numbers that approve or deny are the ones published for Niubiz' sandbox, so that the same card means the same there.
Those beginning 4000 00 exist only here, for troubles a sandbox cannot be asked for.
"""

from dataclasses import dataclass
from typing import Literal

Behaviour = Literal[
    "approve",
    "deny",
    "challenge",
    "slow",
    "lost_after_charge",
    "lost_before_charge",
    "late_approval",
    "http_500_after_charge",
    "http_500_before_charge",
]

#: Seconds the slow card takes to be answered: long for a person, within any sensible read timeout.
SLOW_SECONDS = 8.0
#: Seconds after which a late approval appears in the books.
LATE_SECONDS = 20.0
#: Into how many parts a card that splits can.
INSTALMENTS = (0, 3, 6, 12)
#: The code the pretended bank asks for.
CHALLENGE_CODE = "123456"


@dataclass(frozen=True, kw_only=True)
class TestCard:
    """`expiry` is MM/YY. `does` is a Spanish sentence for the person choosing a card."""

    __test__ = False  # not a test class, whatever pytest makes of the name

    number: str
    brand: str
    expiry: str = "03/28"
    cvv: str = "111"
    does: str
    behaviour: Behaviour
    action_code: str = "000"
    card_type: Literal["C", "D"] = "C"
    #: Whether its bank offers to split the charge.
    splits: bool = False

    @property
    def mask(self) -> str:
        return mask(self.number)


def _approve(number: str, brand: str, does: str, *, cvv: str = "111", card_type: Literal["C", "D"] = "C") -> TestCard:
    return TestCard(number=number, brand=brand, cvv=cvv, does=does, behaviour="approve", card_type=card_type)


def _deny(number: str, brand: str, action_code: str, does: str) -> TestCard:
    return TestCard(number=number, brand=brand, does=does, behaviour="deny", action_code=action_code)


def _trouble(number: str, behaviour: Behaviour, does: str) -> TestCard:
    return TestCard(number=number, brand="visa", does=does, behaviour=behaviour)


TEST_CARDS: tuple[TestCard, ...] = (
    TestCard(
        number="4551708161768059",
        brand="visa",
        does="Se aprueba (Visa de crédito), también en cuotas.",
        behaviour="approve",
        splits=True,
    ),
    _approve("4474118355632240", "visa", "Se aprueba (Visa de débito).", card_type="D"),
    _approve("5160030000000317", "mastercard", "Se aprueba (Mastercard)."),
    _approve("371064649323968", "amex", "Se aprueba (American Express).", cvv="1111"),
    _approve("30569309025904", "dinersclub", "Se aprueba (Diners Club)."),
    _trouble("4000000000001018", "challenge", f"El banco pide un código (es {CHALLENGE_CODE}) y luego se aprueba."),
    _trouble("4000000000001026", "slow", f"Se aprueba, pero tarda {SLOW_SECONDS:.0f} segundos."),
    _deny("4041650444437904", "visa", "116", "Se deniega: fondos insuficientes (116)."),
    _deny("4024007126919058", "visa", "101", "Se deniega: tarjeta vencida (101)."),
    _deny("4916122919724598", "visa", "102", "Se deniega: hay que llamar al banco (102)."),
    _deny("4242424242424242", "visa", "113", "Se deniega: monto no permitido (113)."),
    _deny("4111111111111111", "visa", "118", "Se deniega: tarjeta inválida (118)."),
    _deny("4534410925317008", "visa", "129", "Se deniega: código de seguridad inválido (129)."),
    _deny("4716883481987333", "visa", "180", "Se deniega: tarjeta inválida (180)."),
    _deny("4539676788512233", "visa", "191", "Se deniega: hay que llamar al banco (191)."),
    _deny("4557885040264791", "visa", "208", "Se deniega: tarjeta perdida (208)."),
    _deny("4557883870910971", "visa", "209", "Se deniega: tarjeta robada (209)."),
    _deny("4551707477308329", "visa", "670", "Se deniega: control antifraude (670)."),
    _deny("4732453453776393", "visa", "678", "Se deniega: titular no autenticado (678)."),
    _deny("4539674409144668", "visa", "754", "Se deniega: comercio no válido (754)."),
    _deny("5115422225052734", "mastercard", "116", "Se deniega: fondos insuficientes (116, Mastercard)."),
    _deny("4285975261967724", "visa", "666", "Problema de comunicación (666): queda en duda y no se cobra."),
    _trouble("4000000000001034", "lost_after_charge", "Se cobra, pero la respuesta se pierde: queda en duda."),
    _trouble("4000000000001042", "lost_before_charge", "La respuesta se pierde y no se cobra: queda en duda."),
    _trouble(
        "4000000000001059",
        "late_approval",
        f"La respuesta se pierde y el cobro aparece {LATE_SECONDS:.0f} segundos después.",
    ),
    _trouble("4000000000001067", "http_500_after_charge", "Se cobra, pero la pasarela responde con un error 500."),
    _trouble("4000000000001075", "http_500_before_charge", "La pasarela responde con un error 500 y no cobra."),
)

_BY_NUMBER = {card.number: card for card in TEST_CARDS}


def find(number: str) -> TestCard | None:
    return _BY_NUMBER.get(number)


def mask(number: str) -> str:
    """First six and last four, as the gateway shows a card."""
    return f"{number[:6]}{'*' * max(len(number) - 10, 4)}{number[-4:]}"


def brand_of(number: str) -> str:
    """The brand by the first digits, as far as Peru's gateways take it; "" for any other."""
    if number.startswith("4"):
        return "visa"
    if number[:2] in ("34", "37"):
        return "amex"
    if number[:2] in ("30", "36", "38"):
        return "dinersclub"
    return "mastercard" if number[:2] in ("51", "52", "53", "54", "55") or "2221" <= number[:4] <= "2720" else ""


def passes_luhn(number: str) -> bool:
    doubled = (int(digit) * (1 + position % 2) for position, digit in enumerate(reversed(number)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
