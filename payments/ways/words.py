"""What pages, letters and documents say of each way to pay, and what the gateway can undo of it.

A way is one entry of WORDS. Templates read `attempt.words`, `attempt.means` and `attempt.paid_with`.
"""

from dataclasses import dataclass, replace

from payments.states import Way


@dataclass(frozen=True, kw_only=True)
class Words:
    """Spanish for one way.

    `title` heads a document, `key` names the means in a summary; `charged`, `not_charged`, `instrument` and `back_to`
    stand in sentences, and `holder` names the row of who paid. `voidable` says whether a charge of today can be voided
    at the gateway.
    """

    title: str
    key: str
    charged: str
    not_charged: str
    instrument: str
    back_to: str
    holder: str = "Nombre del tarjetahabiente"
    holder_note: str = (
        "El nombre del tarjetahabiente es el de la cuenta que hizo el pago; la pasarela no informa el que figura en la "
        "tarjeta."
    )
    voidable: bool = True


WORDS: dict[Way, Words] = {
    Way.CARD: Words(
        title="Pago con tarjeta",
        key="Número de tarjeta",
        charged="Se cobró a su tarjeta",
        not_charged="No se cobró nada a su tarjeta",
        instrument="su tarjeta",
        back_to="a su tarjeta",
    ),
    Way.YAPE: Words(
        title="Pago con Yape",
        key="Forma de pago",
        charged="Se cobró de su Yape",
        not_charged="No se cobró nada de su Yape",
        instrument="su Yape",
        back_to="a su Yape",
        holder="Nombre de quien pagó",
        holder_note="El nombre es el de la cuenta que hizo el pago; la pasarela no informa de quién es el Yape.",
    ),
}
WORDS[Way.AUTOMATIC] = replace(WORDS[Way.CARD], title="Pago automático con tarjeta")
WORDS[Way.PAGOEFECTIVO] = Words(
    title="Pago con PagoEfectivo",
    key="Forma de pago",
    charged="Se recibió su pago con PagoEfectivo",
    not_charged="No se recibió ningún pago",
    instrument="su código de PagoEfectivo",
    back_to="por transferencia o cheque",
    holder="Nombre de quien pagó",
    holder_note="El nombre es el de la cuenta que generó el código.",
    voidable=False,
)
#: Of an attempt whose answer names neither a card nor another means.
UNTOLD = Words(
    title="Pago en línea",
    key="Forma de pago",
    charged="Se cobró su pago",
    not_charged="No se cobró nada",
    instrument="su tarjeta o Yape",
    back_to="por donde pagó",
)
#: For the member whose order another person pays by a link: what that person paid with is not hers to see.
BY_LINK = Words(
    title="Pago con un enlace",
    key="Forma de pago",
    charged="Otra persona pagó con su enlace",
    not_charged="No se cobró nada",
    instrument="el enlace",
    back_to="a quien pagó",
)
BRANDS = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "dinersclub": "Diners Club",
    "unionpay": "UnionPay",
}


def card_in_short(brand: str, card: str) -> str:
    """Returns "Visa •••• 2240" for a brand and a masked number; "" when the answer named neither."""
    name = BRANDS.get(brand, brand.capitalize())
    return f"{name} •••• {card[-4:]}".strip() if card else name


def phone_in_short(phone_end: str) -> str:
    """Returns "•••• 157" for the last digits of a telephone, or "" when the answer did not tell them."""
    return f"•••• {phone_end}" if phone_end else ""
