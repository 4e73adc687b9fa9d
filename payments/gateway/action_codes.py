"""What a denied card payment means, for the member and for the college's support desk.

The codes and both texts are annex b of Niubiz' Pago Web manual (2020), its typing slips corrected, with the codes later
integrators met. The manual's texts say what happened; `advice` adds what the member can do about it.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["approved", "data", "card", "bank", "funds", "college", "later", "time", "cancelled", "other"]

#: What to do, by kind of refusal. None of these moved money.
ADVICE: dict[Kind, str] = {
    "data": "Revise el número, la fecha de vencimiento y el código de seguridad de su tarjeta e inténtelo de nuevo.",
    "card": "Pague con otra tarjeta o llame al banco que emitió la suya.",
    "bank": "Llame al banco que emitió su tarjeta para que autorice la compra por internet, o pague con otra tarjeta.",
    "funds": "Verifique el saldo o la línea disponible de su tarjeta, o pague con otra tarjeta.",
    "college": "No es un problema de su tarjeta: comuníquese con el Colegio y dígale el código y su número de pedido.",
    "later": "Espere unos minutos e inténtelo de nuevo.",
    "time": "Vuelva a empezar el pago y complete los datos de su tarjeta antes de que termine el tiempo.",
    "cancelled": "Si aún desea pagar, vuelva a intentarlo.",
    "other": "Intente con otra tarjeta o llame al banco que emitió la suya.",
}

_SAME_CARD: frozenset[Kind] = frozenset({"data", "bank", "funds", "later", "time", "cancelled"})


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """`text` and `advice` are for the member, `support` for the college's staff.

    `retry_with_same_card` says whether trying the same card again, once the advice is followed, can work.
    """

    text: str
    support: str
    advice: str
    retry_with_same_card: bool
    kind: Kind


_ISSUER = "El banco emisor no autorizó la operación"
_COLLEGE = "El comercio no pudo procesar el pago"
_ISSUER_SUPPORT = "Contactar con la entidad emisora"
_PIN_ATTEMPTS = "Intentos de clave secreta excedidos"
_PIN_ATTEMPTS_SUPPORT = "Exceso de intentos de ingreso de clave secreta"
_EXPIRED = "La tarjeta está vencida"
_INVALID = "La tarjeta no es válida"
_NOT_ALLOWED = "Su tarjeta no permite esta operación"
_NOT_ALLOWED_SUPPORT = "Operación no permitida para esta tarjeta"
_COMMUNICATION = "Hubo un problema de comunicación con el banco"
_CVV_UNPROCESSED = "El banco emisor no procesó el código de seguridad"
_UNSPECIFIED = "La operación no fue aprobada"
_UNSPECIFIED_SUPPORT = "Operación denegada, sin más detalle de la pasarela"

# code: (kind, what the member reads, what the support desk reads)
_TABLE: dict[str, tuple[Kind, str, str]] = {
    "00": ("college", _COLLEGE, "Revisar el registro de la operación con Niubiz"),
    "101": ("data", _EXPIRED, "Tarjeta vencida"),
    "102": ("bank", _ISSUER, _ISSUER_SUPPORT),
    "104": ("card", _NOT_ALLOWED, _NOT_ALLOWED_SUPPORT),
    "106": ("card", _PIN_ATTEMPTS, _PIN_ATTEMPTS_SUPPORT),
    "107": ("bank", _ISSUER, _ISSUER_SUPPORT),
    "108": ("bank", "El banco emisor detectó demasiada actividad en su tarjeta", "Exceso de actividad"),
    "109": ("college", _COLLEGE, "Identificación inválida de establecimiento"),
    "110": ("card", _NOT_ALLOWED, _NOT_ALLOWED_SUPPORT),
    "111": ("college", "El monto supera el máximo permitido", "El monto supera el máximo para operaciones virtuales"),
    "112": ("card", "La tarjeta requiere clave secreta", "Se requiere clave secreta"),
    "113": ("college", "El monto no está permitido", "Monto no permitido"),
    "116": ("funds", "La tarjeta no tiene fondos suficientes", "Fondos insuficientes"),
    "117": ("card", "La clave secreta es incorrecta", "Clave secreta incorrecta"),
    "118": ("card", _INVALID, "Tarjeta inválida"),
    "119": ("card", _PIN_ATTEMPTS, _PIN_ATTEMPTS_SUPPORT),
    "121": ("other", _UNSPECIFIED, _UNSPECIFIED_SUPPORT),
    "126": ("card", "La clave secreta no es válida", "Clave secreta inválida"),
    "129": ("data", "El código de seguridad no es válido", "Tarjeta no operativa"),
    "151": ("card", "La tarjeta está cancelada", "Tarjeta cancelada"),
    "161": ("card", _ISSUER, "Tarjeta con restricciones de la entidad emisora"),
    "180": ("card", _INVALID, "Tarjeta inválida"),
    "181": ("card", "La tarjeta tiene restricciones de débito", "Tarjeta con restricciones de débito"),
    "182": ("card", "La tarjeta tiene restricciones de crédito", "Tarjeta con restricciones de crédito"),
    "183": ("later", _COMMUNICATION, "Error de sistema"),
    "190": ("bank", _ISSUER, _ISSUER_SUPPORT),
    "191": ("bank", _ISSUER, _ISSUER_SUPPORT),
    "192": ("bank", _ISSUER, _ISSUER_SUPPORT),
    "199": ("other", _UNSPECIFIED, _UNSPECIFIED_SUPPORT),
    "201": ("card", _EXPIRED, "Tarjeta vencida"),
    "202": ("bank", _ISSUER, _ISSUER_SUPPORT),
    "204": ("card", _NOT_ALLOWED, _NOT_ALLOWED_SUPPORT),
    "206": ("card", _PIN_ATTEMPTS, _PIN_ATTEMPTS_SUPPORT),
    "207": ("bank", _ISSUER, _ISSUER_SUPPORT),
    # Lost and stolen cards: the holder of the card in hand is not told which, as the manual asks.
    "208": ("card", _ISSUER, "Tarjeta perdida"),
    "209": ("card", _ISSUER, "Tarjeta robada"),
    "263": ("college", _COLLEGE, "Error en el envío de parámetros"),
    "264": (
        "later",
        "El banco emisor no está disponible para realizar la autenticación",
        "Entidad emisora no disponible para realizar la autenticación",
    ),
    "265": ("card", "La clave secreta es incorrecta", "Clave secreta del tarjetahabiente incorrecta"),
    "266": ("card", _EXPIRED, "Tarjeta vencida"),
    "280": ("card", "La clave secreta es incorrecta", "Clave errónea"),
    "282": ("card", _ISSUER, "Tarjeta bloqueada por la entidad emisora"),
    "283": ("card", _ISSUER, "Tarjeta bloqueada por la entidad emisora"),
    "290": ("bank", _ISSUER, _ISSUER_SUPPORT),
    "300": ("college", "El número de pedido ya se había usado", "Número de pedido del comercio duplicado. No atender"),
    "306": ("bank", _ISSUER, _ISSUER_SUPPORT),
    **{str(code): ("card", _ISSUER, "Tarjeta rechazada por la entidad emisora") for code in range(310, 318)},
    "319": ("card", _ISSUER, "Tarjeta rechazada por la entidad emisora"),
    "320": ("card", _ISSUER, "Tarjeta rechazada por la entidad emisora"),
    "401": ("college", _COLLEGE, "Tienda inhabilitada"),
    "402": ("other", _UNSPECIFIED, _UNSPECIFIED_SUPPORT),
    "403": ("bank", "No se pudo comprobar que usted es el titular de la tarjeta", "Tarjeta no autenticada"),
    "404": ("college", "El monto supera el máximo permitido", "El monto supera el valor máximo permitido"),
    "405": (
        "card",
        "La tarjeta superó la cantidad máxima de operaciones del día",
        "La tarjeta superó la cantidad máxima de transacciones en el día",
    ),
    "406": ("college", _COLLEGE, "La tienda superó la cantidad máxima de transacciones en el día"),
    "407": ("college", "El monto no llega al mínimo permitido", "El monto no llega al mínimo permitido"),
    "408": ("data", "El código de seguridad no coincide", "CVV2 no coincide"),
    "409": ("card", _CVV_UNPROCESSED, "CVV2 no procesado por la entidad emisora"),
    "410": ("data", "Faltó el código de seguridad", "CVV2 no procesado por no ingresado"),
    "411": ("card", _CVV_UNPROCESSED, "CVV2 no procesado por la entidad emisora"),
    "412": ("data", "El banco emisor no reconoció el código de seguridad", "CVV2 no reconocido por la entidad emisora"),
    "413": ("bank", _ISSUER, _ISSUER_SUPPORT),
    **{str(code): ("other", _UNSPECIFIED, _UNSPECIFIED_SUPPORT) for code in range(414, 420)},
    "420": ("card", "La tarjeta no es Visa", "Tarjeta no es Visa"),
    "421": ("bank", _ISSUER, _ISSUER_SUPPORT),
    "422": (
        "college",
        "El comercio no está configurado para recibir este medio de pago",
        "El comercio no está configurado para usar este medio de pago",
    ),
    "423": ("cancelled", "Se canceló el proceso de pago", "Se canceló el proceso de pago"),
    "424": ("bank", _ISSUER, _ISSUER_SUPPORT),
    "426": ("college", _COLLEGE, "Enlace de pago no habilitado"),
    "443": ("data", "La fecha de vencimiento no es válida", "Fecha de vencimiento inválida"),
    "448": ("data", "El número de cuotas no es válido", "Número de cuotas inválido (debe ser menor que 36)"),
    "450": ("data", "El número de tarjeta no es válido", "Número de tarjeta inválido"),
    "456": ("college", _COLLEGE, "Falta el monto"),
    "459": ("data", "Faltó el número de tarjeta", "Número de tarjeta no ingresado"),
    "467": ("data", "El código de seguridad no es válido", "CVV2 inválido"),
    "468": ("data", "El código de seguridad no es válido", "CVV2 inválido"),
    "470": ("college", _COLLEGE, "Monto inválido"),
    "471": ("college", _COLLEGE, "Monto inválido"),
    "472": ("data", "El número de cuotas no es válido", "Número de cuotas inválido (debe ser menor que 36)"),
    "476": ("college", _COLLEGE, "La operación ya pertenece a un abono: es tarde para anularla"),
    "479": ("college", _COLLEGE, "El código de comercio no existe o no es válido"),
    "499": ("college", _COLLEGE, "Bóveda de tarjetas no asignada"),
    "619": ("college", _COLLEGE, "Operación rechazada por la configuración del comercio"),
    "666": ("later", _COMMUNICATION, "Problemas de comunicación"),
    "667": (
        "bank",
        "El servicio que comprueba la identidad del titular no respondió",
        "Transacción sin autenticación (sin respuesta de 3-D Secure)",
    ),
    "668": ("college", _COLLEGE, _UNSPECIFIED_SUPPORT),
    "669": ("college", _COLLEGE, _UNSPECIFIED_SUPPORT),
    "670": ("card", "El pago no pasó los controles de seguridad", "Módulo antifraude"),
    "672": ("later", "El control de seguridad de la pasarela no respondió", "Transacción sin respuesta de Antifraude"),
    "673": ("later", _COMMUNICATION, "Transacción sin respuesta del Autorizador"),
    "674": ("time", "La sesión de pago ya no es válida", "Sesión no válida"),
    "675": ("time", "El pago se inició, pero no se completó", "Inicialización de transacción"),
    "676": ("college", _COLLEGE, "No está activa la opción Revisar - Enviar al Autorizador"),
    "677": ("college", _COLLEGE, "Respuesta de Antifraude con parámetros no válidos"),
    "678": ("bank", "No se pudo comprobar que usted es el titular de la tarjeta", "Valor ECI no válido"),
    "680": (
        "bank",
        "Su banco no tiene activadas las compras por internet con esta tarjeta",
        "Compras por internet no activadas por la entidad emisora",
    ),
    "682": ("time", "Pasó el tiempo permitido para pagar", "Intento de pago fuera del tiempo permitido"),
    "683": ("time", "La sesión de pago no se registró bien", "Registro incorrecto de sesión"),
    "684": ("later", "El control de seguridad no registró el pago", "Registro incorrecto de Antifraude"),
    "685": ("later", "El banco no registró el pago", "Registro incorrecto del Autorizador"),
    **{str(code): ("college", _COLLEGE, "Operación rechazada por la pasarela") for code in range(690, 693)},
    "754": ("college", _COLLEGE, "Comercio o terminal no válido"),
    "904": ("college", _COLLEGE, "Formato de mensaje erróneo"),
    "909": ("later", _COMMUNICATION, "Error de sistema"),
    "910": ("later", _COMMUNICATION, "Error de sistema"),
    "912": ("later", "El banco emisor no está disponible", "Entidad emisora no disponible"),
    "913": ("later", "El pago se envió más de una vez", "Transmisión duplicada"),
    "916": ("bank", _ISSUER, _ISSUER_SUPPORT),
    "928": ("bank", _ISSUER, _ISSUER_SUPPORT),
    "940": ("college", "La operación ya estaba anulada", "Transacción anulada previamente"),
    "941": ("college", "La operación ya estaba anulada", "Transacción ya anulada previamente"),
    "942": ("other", _UNSPECIFIED, _UNSPECIFIED_SUPPORT),
    "943": ("college", _COLLEGE, "Datos originales distintos"),
    "945": ("college", "El número de pedido ya se había usado", "Referencia repetida"),
    "946": ("later", "La operación se está anulando", "Operación de anulación en proceso"),
    "947": ("later", _COMMUNICATION, "Comunicación duplicada"),
    "948": ("bank", _ISSUER, _ISSUER_SUPPORT),
    "949": ("bank", _ISSUER, _ISSUER_SUPPORT),
    "965": ("bank", _ISSUER, _ISSUER_SUPPORT),
}

CODES = frozenset(_TABLE)
APPROVAL_CODE = "000"
# The guide's wording (step 7); the API sends it without the accent.
APPROVED = Explanation(
    text="Aprobado y completado con éxito", support="Aprobado", advice="", retry_with_same_card=False, kind="approved"
)


def explain(code: str) -> Explanation:
    """What an action code means. A code that is not in the table, or "", is explained neutrally."""
    if code == APPROVAL_CODE:
        return APPROVED
    kind, text, support = _TABLE.get(code, ("other", _UNSPECIFIED, f"Código {code or '(ninguno)'} no documentado"))
    return Explanation(
        text=f"{text}.",
        support=f"{support}.",
        advice=ADVICE[kind],
        retry_with_same_card=kind in _SAME_CARD,
        kind=kind,
    )
