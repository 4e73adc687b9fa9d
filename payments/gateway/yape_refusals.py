"""What a declined Yape means, for the member and for the college's support desk.

No source lists the gateway's codes for Yape, so the words of `ACTION_DESCRIPTION` decide: this module is the one place
that reads them. The cases are those of the sandbox's test numbers (Niubiz reference §9).
"""

import re
import unicodedata

from payments.gateway.action_codes import Explanation, Kind, explain

# What the description holds: (kind, what the member reads, what she can do, what the support desk reads). The first
# that fits counts, so what is blocked stands before what is merely wrong.
_CASES: tuple[tuple[str, Kind, str, str, str], ...] = (
    (
        r"bloquead|intentos",
        "card",
        "El código de aprobación de Yape quedó bloqueado por varios intentos",
        "Espere a que Yape lo desbloquee o pague con tarjeta.",
        "Código de aprobación (OTP) bloqueado",
    ),
    (
        r"limite|excedid|monto",
        "funds",
        "El monto supera lo que Yape le permite pagar hoy por internet",
        "Suba su límite en la aplicación de Yape, elija menos cuotas o pague con tarjeta.",
        "Límite de Yape excedido",
    ),
    (
        r"inactiv|no afiliad|no registrad",
        "card",
        "Ese número no tiene un Yape activo",
        "Revise el número, active su Yape o pague con tarjeta.",
        "Cuenta de Yape inactiva",
    ),
    (
        # Whoever holds the telephone is not told of the list, as with a lost card.
        r"lista negra|black ?list|restring|fraude",
        "card",
        "Yape no autorizó la operación",
        "Comuníquese con Yape o pague con tarjeta.",
        "Cuenta de Yape en lista negra",
    ),
    (
        r"no generad|no existe|vencid|expirad",
        "data",
        "Yape no tiene un código de aprobación vigente para ese número",
        "Abra Yape, genere un código de aprobación nuevo en «Código de aprobación» y escríbalo antes de que cambie.",
        "Código de aprobación (OTP) no generado o vencido",
    ),
    (
        r"otp|codigo|incorrect|invalid|errone",
        "data",
        "El código de aprobación de Yape no es correcto",
        "Abra Yape, copie el código de aprobación que muestra en ese momento e inténtelo de nuevo.",
        "Código de aprobación (OTP) incorrecto",
    ),
)


def explain_yape(code: str, description: str) -> Explanation:
    """What a refusal of a Yape means. A description that fits no case is explained neutrally.

    What concerns the college or the line, and not the payer's Yape, is explained as for a card.
    """
    by_code = explain(code)
    if by_code.kind == "later":
        return by_code
    words = unicodedata.normalize("NFD", description.lower()).encode("ascii", "ignore").decode()
    for pattern, kind, text, advice, support in _CASES:
        if re.search(pattern, words):
            return _explanation(kind, text, advice, f"{support}. {description}")
    if by_code.kind in ("college", "time", "cancelled", "approved"):
        return by_code
    return _explanation(
        "other", "Yape no aprobó la operación", "Revise su aplicación de Yape o pague con tarjeta.", description or code
    )


def _explanation(kind: Kind, text: str, advice: str, support: str) -> Explanation:
    again = kind in ("data", "funds")
    return Explanation(text=f"{text}.", support=support, advice=advice, retry_with_same_card=again, kind=kind)
