"""The telephones and codes the simulator knows for Yape, and what paying with each does.

They are the ones published for the sandbox. The action codes from 801 on exist only here: the real ones are not known.
A telephone that begins 900 000 exists only here too.
"""

import re
import secrets
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from simulators.niubiz.books import Session, Token

#: Soles above which Yape refuses, as for the sandbox's telephone over its limit.
LIMIT = Decimal("500.00")
OVER_LIMIT, INACTIVE, BLACK_LIST, BLOCKED, WRONG, NOT_GENERATED = "801", "802", "803", "804", "805", "806"
DESCRIPTIONS = {
    OVER_LIMIT: "Limite diario excedido en Yape",
    INACTIVE: "Cuenta Yape inactiva",
    BLACK_LIST: "Cuenta Yape en lista negra",
    BLOCKED: "Codigo de aprobacion (OTP) bloqueado",
    WRONG: "Codigo de aprobacion (OTP) incorrecto",
    NOT_GENERATED: "Codigo de aprobacion (OTP) no generado",
}
#: The telephone whose charges the gateway neither voids nor refunds: whether it does for a real Yape is not published.
NEVER_UNDONE = "900000476"


class BadYape(Exception):
    """What was typed cannot be a Yape, or its code may be typed again. `field` names the input."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, kw_only=True)
class TestYape:
    """`does` is a Spanish sentence for the person choosing one. `typed_again` keeps the form open, without a token."""

    __test__ = False  # not a test class, whatever pytest makes of the name

    phone: str
    otp: str
    does: str
    action_code: str = "000"
    typed_again: bool = False


TEST_YAPES: tuple[TestYape, ...] = (
    TestYape(phone="969929157", otp="557454", does=f"Se aprueba, hasta S/ {LIMIT}."),
    TestYape(phone="969929157", otp="285743", action_code=OVER_LIMIT, does="Se deniega: límite excedido."),
    TestYape(phone="999999999", otp="284563", action_code=INACTIVE, does="Se deniega: Yape inactivo."),
    TestYape(phone="993355231", otp="784592", action_code=BLACK_LIST, does="Se deniega: lista negra."),
    TestYape(phone="991055199", otp="378458", action_code=BLOCKED, does="Se deniega: código bloqueado."),
    TestYape(phone="969929158", otp="528475", action_code=WRONG, typed_again=True, does="Código errado, primera vez."),
    TestYape(phone="969929158", otp="074854", action_code=WRONG, typed_again=True, does="Código errado, segunda vez."),
    TestYape(phone="969929158", otp="875612", action_code=WRONG, does="Se deniega: código errado, tercera vez."),
    TestYape(phone="969929157", otp="000000", action_code=NOT_GENERATED, does="Se deniega: código no generado."),
    TestYape(phone=NEVER_UNDONE, otp="476476", does="Se aprueba, y la pasarela no lo anula ni lo devuelve."),
)
_KNOWN = {(yape.phone, yape.otp): yape for yape in TEST_YAPES}
_PHONES = {yape.phone for yape in TEST_YAPES}


def read(asked: dict[str, Any], session: Session, *, now: float) -> Token:
    """The token for what the form sends. Raises BadYape for the first thing wrong, or a code to be typed again."""
    phone = re.sub(r"[ -]", "", str(asked.get("phone", "")))
    otp = re.sub(r"\s", "", str(asked.get("otp", "")))
    email = str(asked.get("email", "")).strip()[:100]
    if not re.fullmatch(r"9[0-9]{8}", phone):
        raise BadYape("phone", "El celular tiene 9 dígitos y empieza con 9.")
    if not re.fullmatch(r"[0-9]{6}", otp):
        raise BadYape("otp", "El código de aprobación tiene 6 dígitos.")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise BadYape("email", "Escriba un correo electrónico válido.")
    known = _KNOWN.get((phone, otp))
    if (known and known.typed_again) or (known is None and phone in _PHONES):
        raise BadYape("otp", "El código de aprobación no es correcto. Mírelo otra vez en Yape.")
    return mint(phone, otp, session, email=email, now=now)


def mint(phone: str, otp: str, session: Session, *, email: str, now: float) -> Token:
    """The token of this telephone and code, whatever the form would have said. An unknown telephone is inactive."""
    known = _KNOWN.get((phone, otp))
    code = known.action_code if known else INACTIVE
    if code == "000" and session.amount > LIMIT:
        code = OVER_LIMIT
    return Token(
        token=secrets.token_hex(16).upper(),
        session_key=session.key,
        card="",
        brand="yape",
        card_type="",
        behaviour="approve" if code == "000" else "deny",
        action_code=code,
        eci="",
        email=email,
        minted_at=now,
        yape_id=phone,
    )
