"""The broken rules of payments. Each docstring states the rule; `sentence` is what the person reads."""

from datetime import datetime, timedelta

from django.utils import timezone


class CheckoutRule(Exception):
    """Base of the rules. No money moved because of this request."""

    sentence = "No se pudo continuar. No se cobró nada."


class IllegalTransition(CheckoutRule):
    """States change only along the tables in payments/states.py."""

    sentence = "Esta operación ya no es posible en el estado actual del pedido. No se cobró nada."


class OrderNotPayable(CheckoutRule):
    """Only an unfinished order that has not lapsed can be paid."""

    sentence = "Este pedido ya no se puede pagar. No se cobró nada."


class NotYourNumber(CheckoutRule):
    """An order is placed for the member whom the account pays for at that moment."""

    sentence = "El número CMP de su cuenta acaba de cambiar. Revíselo en Pago Online; no se cobró nada."


class OnlySemefa(CheckoutRule):
    """An account that took over the SEMEFA of a dead physician pays only that."""

    sentence = "Esta cuenta paga solo la Cuota SEMEFA. No se cobró nada."


class PaymentInDoubt(CheckoutRule):
    """While a charge is being verified, its order does not change."""

    sentence = "Estamos verificando su pago; no vuelva a pagar."


class PaymentsPaused(CheckoutRule):
    """While staff have paused payments, nobody starts to pay."""

    sentence = "Los pagos en línea están en pausa. No se cobró nada."


class LinkDead(CheckoutRule):
    """A link pays only while it lives and its member may pay; whoever has it is not told why it does not."""

    sentence = "Este enlace ya no sirve. No se cobró nada."


class LinkNotForYou(CheckoutRule):
    """A link is made by a physician for her own order; who took over a SEMEFA pays it in its own name."""

    sentence = "Con esta cuenta no se puede crear un enlace para que pague otra persona. No se cobró nada."


class TooManyLinks(CheckoutRule):
    """An account makes a limited number of links a day."""

    sentence = (
        "Creó demasiados enlaces hoy. Mañana podrá crear otro; mientras tanto puede pagar usted. No se cobró nada."
    )


class TooManyAttempts(CheckoutRule):
    """Declined cards are limited for each account, address and card, so that nobody tries out stolen cards here.

    `until` is the latest moment at which the next attempt becomes possible.
    """

    reason = "Hubo demasiados intentos denegados."

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        # Rounds up, so that the attempt succeeds in the minute named.
        named = timezone.localtime(until + timedelta(minutes=1))
        day = "" if named.date() == timezone.localdate() else f" del {named:%d/%m}"
        self.sentence = f"{self.reason} No se cobró nada; podrá intentarlo otra vez desde las {named:%H:%M}{day}."


class TooManyForms(TooManyAttempts):
    """Opening the card form creates a session at the gateway, so an account may open a limited number each hour."""

    reason = "Abrió el formulario de la tarjeta demasiadas veces."


class RefundNotPossible(CheckoutRule):
    """Only an approved charge is refunded: each line once, one refund at a time, never more than was charged."""

    sentence = "Esta devolución no es posible: revise lo que ya se devolvió."
    constraints = frozenset(
        {"no_more_is_given_back_than_was_charged", "an_attempt_has_one_live_refund", "a_line_is_given_back_once"}
    )


class AlreadyCredited(CheckoutRule):
    """Money already returned as a surplus does not go back to the card as well."""

    sentence = (
        "Una de esas cuotas se exoneró después de pagada y su saldo a favor ya se devolvió o abonó. "
        "No se devolvió nada a la tarjeta: sería la segunda vez."
    )


class ProposalRule(CheckoutRule):
    """The treasury refuses a proposal. No money moved."""


class AlreadyProposed(ProposalRule):
    """A charge has one open proposal at a time."""

    sentence = "Este cobro ya tiene una devolución propuesta que espera a una segunda persona."


class SecondPersonNeeded(ProposalRule):
    """Nobody approves their own refund proposal."""

    sentence = "Usted propuso esta devolución; debe aprobarla otra persona. No se devolvió nada."


class AlreadyDecided(ProposalRule):
    """A proposal is decided once."""

    sentence = "Esta propuesta ya fue decidida; no se hizo nada más."


class OperationGaveBack(ProposalRule):
    """A transfer, cheque or operation of the gateway's panel gives back one charge once."""

    sentence = "Esa operación ya está registrada como devolución. No se registró nada."


class OwnTransfer(ProposalRule):
    """Nobody approves their own transfer proposal."""

    sentence = "Usted propuso este traslado; debe aprobarlo otra persona. No cambió nada."


class AlreadyTransferred(ProposalRule):
    """A payment is transferred once, and has one open proposal at a time."""

    sentence = "Este pago ya se pasó a otro colegiado, o hay un traslado que espera decisión. No cambió nada."


class TransferNotPossible(ProposalRule):
    """A payment is transferred whole: charged, not refunded, to open dues of the same kind and amounts."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class OwnPaper(CheckoutRule):
    """Nobody approves the payment that he or she wrote down."""

    sentence = "Usted registró este pago; debe aprobarlo otra persona. Las cuotas siguen pendientes."


class PaperDecided(CheckoutRule):
    """A payment that was written down is decided once."""

    sentence = "Este pago ya fue decidido; no se hizo nada más."


class VoucherMissing(CheckoutRule):
    """What was paid elsewhere is shown by a file."""

    sentence = "Falta el archivo de la constancia. No se registró nada."


class OwnReversal(CheckoutRule):
    """Nobody reverses alone an offline payment that they recorded: cash could disappear without a witness."""

    sentence = "Usted registró este pago; debe revertirlo otra persona. No cambió nada."


class MismatchRule(CheckoutRule):
    """An approval that does not match is decided once, by two people, and accepted only when it covers the order."""

    sentence = (
        "No se hizo nada: el cobro ya no espera esta decisión, usted la propuso, o se cobró menos de lo que se debe."
    )


class ChargebackRule(CheckoutRule):
    """What is refused about a chargeback. Nothing changed."""


class ChargebackNotPossible(ChargebackRule):
    """Only an approved charge is disputed, for at most its amount, and one case of it is open at a time."""

    sentence = (
        "No se registró: el cobro debe estar aprobado, el monto no puede pasar de lo cobrado y solo puede haber un "
        "contracargo abierto de cada cobro."
    )


class ChargebackClosed(ChargebackRule):
    """A chargeback ends once."""

    sentence = "Este contracargo ya terminó. No cambió nada."


class ChargebackUndecided(ChargebackRule):
    """Giving money up takes two people: one proposes the end, another confirms it."""

    sentence = "El cierre de un contracargo con pérdida lo propone una persona y lo confirma otra. No cambió nada."


class ChargebackWaits(ChargebackRule):
    """A refund that was sent to the gateway is concluded first, so that nobody counts the same soles twice."""

    sentence = "Hay una devolución de este cobro enviada a la pasarela: ciérrela primero. No cambió nada."


class FileReversalRule(CheckoutRule):
    """A payment that came by file is taken back once, by two people, and before its surplus was given back."""

    sentence = (
        "No cambió nada: el pago no vino de un archivo, ya no está vigente, ya se decidió, lo propuso usted, o un "
        "saldo a favor de esa carga ya se devolvió."
    )


class OperationRecorded(CheckoutRule):
    """A bank operation pays once."""

    sentence = "Esa operación de ese canal ya está registrada. No se registró nada."


class ReportSigned(CheckoutRule):
    """A signed report of the gateway is never taken back."""

    sentence = "Esa liquidación ya tiene conformidad: no se puede deshacer. No cambió nada."


class ReportUnconfirmed(CheckoutRule):
    """A report that nobody has confirmed counts nowhere, and is not signed."""

    sentence = "Esa liquidación todavía no está registrada: revísela y regístrela antes de dar la conformidad."


class AnotherReportWaits(CheckoutRule):
    """Reports are looked at one by one: two unconfirmed ones would claim the same operations."""

    sentence = "Otra liquidación espera ser registrada: regístrela o deshágala antes. No se cargó nada."


class ReportWithdrawn(CheckoutRule):
    """A report that was taken back is not signed."""

    sentence = "Esa liquidación se deshizo: no lleva conformidad. Cargue el archivo correcto."


class DifferencesUnexplained(CheckoutRule):
    """A payout report with differences is signed with a note that explains them."""

    sentence = "Hay diferencias: escriba qué se hizo con ellas antes de dar la conformidad."


class DayNotClosable(CheckoutRule):
    """Days are closed in order, and only once they are over."""

    sentence = "Ese día no se puede cerrar: los días se cierran uno tras otro, cuando terminan."


class AutomaticRule(CheckoutRule):
    """Base of the rules of automatic payments."""


class AutomaticNotOffered(AutomaticRule):
    """Automatic payment is a setting; a stopped plan needs a new consent."""

    sentence = "El pago automático no está disponible. No se cobró nada."


class AlreadyAutomatic(AutomaticRule):
    """An account has one automatic payment."""

    sentence = "Usted ya tiene un pago automático. Puede cambiarlo o detenerlo aquí."
    constraints = frozenset({"an_account_has_one_automatic_payment"})


class TermsNotPossible(AutomaticRule):
    """A plan names kinds that the account may pay, a ceiling, and a day that each month has."""

    sentence = "Revise los tipos de cuota, el tope y el día. No cambió nada."


class CardNotKept(AutomaticRule):
    """The gateway keeps no card that is invalid or expired, and none twice from one form."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.sentence = f"{why or 'La pasarela no guardó la tarjeta'}. No se cobró nada; inténtelo con otra tarjeta."
