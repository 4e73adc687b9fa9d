"""Broken rules of the receipts. Each class's docstring is the rule; `sentence` is what the person reads."""


class ReceiptRule(Exception):
    """A rule of the receipts was broken. No money moved and no document changed because of this request."""

    sentence = "No se pudo completar la operación con el comprobante. Su pago no cambió."


class NotPaid(ReceiptRule):
    """Only a paid order has a receipt."""

    sentence = "Este pedido no está pagado; no le corresponde un comprobante."


class TooManyResends(ReceiptRule):
    """An account asks for at most RESENDS_A_DAY letters in 24 hours."""

    sentence = "Ya pidió varios reenvíos hoy. Puede descargar su comprobante ahora, o pedir otro reenvío mañana."


class TakenBack(ReceiptRule):
    """A document that is voided, or being voided, is sent to nobody."""

    sentence = "Ese comprobante se dio de baja, o su baja está en trámite: no se envía. Su pago no cambió."


class NotReturned(ReceiptRule):
    """Only a document that SUNAT gave back as not received is signed anew."""

    sentence = "Solo se firma de nuevo un comprobante que SUNAT devolvió para corregir."


class NothingToCredit(ReceiptRule):
    """A credit takes back what a receipt states and no other credit took back before."""

    sentence = "Este pedido no tiene un comprobante del que quede algo por anular."


class NotRejected(ReceiptRule):
    """Only a document that SUNAT rejected is issued again under another number, once."""

    sentence = "Solo se emite de nuevo, y una sola vez, un comprobante que SUNAT rechazó."


class NotABoleta(ReceiptRule):
    """Only a boleta that SUNAT accepted, and nothing else was made out for, becomes a factura."""

    sentence = "Solo una boleta vigente y aceptada por SUNAT se cambia por factura, y una sola vez."


class NothingPaid(ReceiptRule):
    """A constancia names at least one payment."""

    sentence = "En esas fechas no figura ningún pago suyo. No hay constancia que emitir."


class TooManyAttestations(ReceiptRule):
    """An account asks for at most ASKED_A_DAY constancias in 24 hours."""

    sentence = "Ya pidió varias constancias hoy. Descargue las que están listas, o pida otra mañana."


class NotHabil(ReceiptRule):
    """Only who is hábil by the rule of the day has a constancia de habilidad."""

    sentence = (
        "Hoy no figura hábil, por eso todavía no puede sacar su constancia. Vea en Pago Online hasta qué mes pagar."
    )


class AlreadyRevoked(ReceiptRule):
    """A constancia de habilidad is revoked once, for good."""

    sentence = "Esta constancia ya estaba anulada. No cambió nada."


class NotVoidable(ReceiptRule):
    """Only what SUNAT accepted a few days ago and nobody was given is voided."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class TooShort(ReceiptRule):
    """A name or a reason has at least three characters (SUNAT's rules 2022, 2135, 2314)."""

    sentence = "El nombre y el motivo deben tener al menos 3 caracteres: SUNAT rechaza uno más corto."


class NotInDoubt(ReceiptRule):
    """Only what SUNAT has not answered for, or never took, is stated by persons; a try under way comes first."""

    sentence = "Eso ya no se puede declarar: SUNAT respondió, o se le está consultando ahora. Mire cómo está."


class AlreadyStated(ReceiptRule):
    """A document or a file has one statement that waits for its second person."""

    sentence = "Ya hay una declaración que espera a una segunda persona."


class FindingDecided(ReceiptRule):
    """A statement is decided once."""

    sentence = "Esa declaración ya se decidió."


class SecondPersonLooks(ReceiptRule):
    """Nobody confirms their own statement."""

    sentence = "Usted la declaró: la confirma otra persona que también lo haya visto en SUNAT."


class TooLittleEvidence(ReceiptRule):
    """A statement says where it was seen, in ten characters or more."""

    sentence = "Diga dónde lo vio: qué página de SUNAT, qué día y a qué hora."


class MailServerDown(ReceiptRule):
    """A letter the mail server did not take is tried again; raised so that the job queue does."""

    sentence = "El servidor de correo no aceptó el mensaje; se intentará de nuevo."
