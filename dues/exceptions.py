"""Broken rules of the ledger. Each class's docstring is the rule; `sentence` is what the person reads."""


class LedgerRule(Exception):
    """A rule of the ledger was broken."""

    sentence = "No se pudo registrar la operación. Ninguna cuota cambió."


class DueNotOpen(LedgerRule):
    """Only an open due (neither settled nor exempt) can be held or paid."""

    sentence = "Una de las cuotas elegidas ya no está pendiente. Revise su selección; no se cobró nada."


class DueHeld(LedgerRule):
    """A due is held by at most one unfinished order."""

    sentence = "Una de las cuotas elegidas se está pagando en otra operación. No se cobró nada."


class AlreadySettled(LedgerRule):
    """A due is settled at most once at a time."""

    sentence = "Una de las cuotas ya figura pagada."


class AlreadyReversed(LedgerRule):
    """A settlement is reversed once."""

    sentence = "Este pago ya fue revertido."


class AlreadyResolved(LedgerRule):
    """A surplus is given back or set off once."""

    sentence = "Este saldo a favor ya fue resuelto."


class MoneyUnderWay(LedgerRule):
    """A surplus waits while its payment is being given back: `payments` keeps the rule in the database."""

    sentence = (
        "Ese pago se está devolviendo a la tarjeta: el saldo a favor se cierra solo cuando termine. No cambió nada."
    )


class AlreadyIdentified(LedgerRule):
    """A payment "por identificar" is resolved once."""

    sentence = "Este pago ya fue identificado o cerrado. No cambió nada."


class PaysNothing(LedgerRule):
    """A payment that is identified pays at least one due."""

    sentence = (
        "No se guardó nada: con ese tipo y mes el pago no cubre ninguna cuota pendiente de ese colegiado. "
        "Elija otro mes, deje el mes vacío para pagar las más antiguas, o cierre el pago diciendo qué se hizo."
    )


class ActRevoked(LedgerRule):
    """An act is revoked once."""

    sentence = "Este acto ya fue revocado."


class CreditGivenBack(LedgerRule):
    """An act cannot be revoked whose credit the member has had: the money would have to come back first."""

    sentence = (
        "No se puede revocar: el saldo a favor que dejó este acto ya se devolvió o abonó. "
        "Cobre primero ese dinero y revierta el pago de la cuota."
    )


class OwnNumber(LedgerRule):
    """Nobody records, approves or loads what concerns the own dues, or those of the own family."""

    sentence = (
        "Se trata de su propio CMP o del de su familia: lo registra y lo aprueba otra persona. No se registró nada."
    )


class OwnAct(LedgerRule):
    """Nobody approves the act that he or she proposed."""

    sentence = "Usted propuso este acto; debe aprobarlo otra persona. No cambió nada."


class RevocationProposed(LedgerRule):
    """One revocation of an act waits at a time."""

    sentence = "La revocación de este acto ya está propuesta: la decide otra persona. No cambió nada."


class ActDecided(LedgerRule):
    """A proposed act is decided once."""

    sentence = "Este acto ya fue decidido; no se hizo nada más."


class ActRecorded(LedgerRule):
    """The same act frees no month twice."""

    sentence = "Este acto ya está registrado: mismo colegiado, tipo, primer mes y documento. No cambió nada."


class OwnUpload(LedgerRule):
    """Nobody confirms the file that he or she uploaded."""

    sentence = "Usted subió este archivo; debe confirmarlo otra persona. No se guardó nada."
