"""Broken rules of the checkout. Each class's docstring is the rule; `sentence` is what the member reads."""

from datetime import datetime, timedelta

from django.utils import timezone


class CheckoutRule(Exception):
    """A rule of the checkout was broken. No money moved because of this request."""

    sentence = "No se pudo continuar. No se cobró nada."


class IllegalTransition(CheckoutRule):
    """States move only along the table in payments/states.py."""

    sentence = "Esta operación ya no es posible en el estado actual del pedido. No se cobró nada."


class OrderNotPayable(CheckoutRule):
    """Only an unfinished order that has not lapsed can be paid."""

    sentence = "Este pedido ya no se puede pagar. No se cobró nada."


class NotYourNumber(CheckoutRule):
    """An order is made for the member whom the account pays for at that moment."""

    sentence = "El número CMP de su cuenta acaba de cambiar. Revíselo en Pago Online; no se cobró nada."


class OnlySemefa(CheckoutRule):
    """Who took over the SEMEFA of a physician who died pays that, and not the physician's dues to the college."""

    sentence = "Esta cuenta paga solo la Cuota SEMEFA. No se cobró nada."


class PaymentInDoubt(CheckoutRule):
    """While a charge is being verified, nothing else of its order moves."""

    sentence = "Estamos verificando su pago; no vuelva a pagar."


class PaymentsPaused(CheckoutRule):
    """While staff have paused payments, nobody starts to pay."""

    sentence = "Los pagos en línea están en pausa. No se cobró nada."


class TooManyAttempts(CheckoutRule):
    """Declined cards are limited for each account, address and card, so that nobody tries out stolen ones here.

    `until` is when the next one may be tried, at the latest.
    """

    reason = "Hubo demasiados intentos denegados."

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        # The minute that is named has to be one in which it works.
        named = timezone.localtime(until + timedelta(minutes=1))
        day = "" if named.date() == timezone.localdate() else f" del {named:%d/%m}"
        self.sentence = f"{self.reason} No se cobró nada; podrá intentarlo otra vez desde las {named:%H:%M}{day}."


class TooManyForms(TooManyAttempts):
    """Each opening of the card form is a session at the gateway: an account opens so many in an hour."""

    reason = "Abrió el formulario de la tarjeta demasiadas veces."


class RefundNotPossible(CheckoutRule):
    """Only an approved charge is given back, each line once, one refund at a time, and never more than was charged."""

    sentence = "Esta devolución no es posible: revise lo que ya se devolvió."
    constraints = frozenset(
        {"no_more_is_given_back_than_was_charged", "an_attempt_has_one_live_refund", "a_line_is_given_back_once"}
    )


class AlreadyCredited(CheckoutRule):
    """Money that the member has had as a surplus does not go back to the card as well."""

    sentence = (
        "Una de esas cuotas se exoneró después de pagada y su saldo a favor ya se devolvió o abonó. "
        "No se devolvió nada a la tarjeta: sería la segunda vez."
    )


class ProposalRule(CheckoutRule):
    """What the desk refuses of a refund's proposal. No money moved."""


class AlreadyProposed(ProposalRule):
    """One proposal at a time waits for a second person."""

    sentence = "Este cobro ya tiene una devolución propuesta que espera a una segunda persona."


class SecondPersonNeeded(ProposalRule):
    """Nobody approves the refund that he or she proposed."""

    sentence = "Usted propuso esta devolución; debe aprobarla otra persona. No se devolvió nada."


class AlreadyDecided(ProposalRule):
    """A proposal is decided once."""

    sentence = "Esta propuesta ya fue decidida; no se hizo nada más."


class OwnTransfer(ProposalRule):
    """Nobody approves the move that he or she proposed."""

    sentence = "Usted propuso este pase; debe aprobarlo otra persona. No cambió nada."


class AlreadyTransferred(ProposalRule):
    """A payment goes to another physician once, and one proposal waits at a time."""

    sentence = "Este pago ya se pasó a otro colegiado, o hay un pase que espera decisión. No cambió nada."


class TransferNotPossible(ProposalRule):
    """A payment is moved whole: charged, not given back, to open dues of the same kind and amounts."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class OwnReversal(CheckoutRule):
    """Nobody takes back alone the payment that he or she wrote down: cash could leave the till without a witness."""

    sentence = "Usted registró este pago; debe revertirlo otra persona. No cambió nada."


class OperationRecorded(CheckoutRule):
    """A bank's operation pays once."""

    sentence = "Esa operación de ese canal ya está registrada. No se registró nada."


class ReportSigned(CheckoutRule):
    """A signed report of the gateway is never taken back."""

    sentence = "Esa liquidación ya tiene conformidad: no se puede deshacer. No cambió nada."


class ReportWithdrawn(CheckoutRule):
    """A report that was taken back is not signed."""

    sentence = "Esa liquidación se deshizo: no lleva conformidad. Cargue el archivo correcto."


class DifferencesUnexplained(CheckoutRule):
    """A report with differences is signed with a note that explains them."""

    sentence = "Hay diferencias: escriba qué se hizo con ellas antes de dar la conformidad."


class DayNotClosable(CheckoutRule):
    """Days are closed one after the other, and only when they are over."""

    sentence = "Ese día no se puede cerrar: los días se cierran uno tras otro, cuando terminan."
