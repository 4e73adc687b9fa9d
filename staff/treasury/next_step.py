"""The one thing to do next about a payment, and why. Pure: it reads what the page has loaded and asks nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from members import actors
from payments.checkout import mismatches
from payments.models import Attempt, Chargeback, Order, OrderLine, Refund, RefundProposal, Transfer
from payments.states import LIVE_REFUND_STATES, AttemptState, ChargebackState, RefundState
from receipts.models import UNDELIVERED, Delivery, Filing, Receipt
from receipts.tax_office.filing import TOO_LATE
from receipts.tax_office.states import FilingState


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """`url_name` and `argument` lead to the action's page; without them there is nothing to press."""

    words: str
    reason: str
    url_name: str = ""
    argument: int = 0
    permission: str = ""
    urgent: bool = False


@dataclass(frozen=True, kw_only=True)
class Situation:
    """Everything the decision rests on, as loaded."""

    order: Order
    attempts: Sequence[Attempt]
    refunds: Sequence[Refund]
    proposals: Sequence[RefundProposal]
    move: Transfer | None
    receipt: Receipt | None
    deliveries: Sequence[Delivery]
    now: datetime
    chargebacks: Sequence[Chargeback] = ()
    # What refused refunds promised and nothing gave back since.
    promised: Sequence[OrderLine] = ()


def next_step(situation: Situation) -> NextStep:
    """The most urgent of what can be done; the last answer is that nothing is."""
    for consider in CONSIDERED:
        if step := consider(situation):
            return step
    return NextStep(words="Nada pendiente", reason=_why_nothing(situation))


def _about_doubt(situation: Situation) -> NextStep | None:
    for attempt in situation.attempts:
        if mismatches.waits(attempt):
            return NextStep(
                words="Decidir qué es este cobro",
                reason=f"{attempt.staff_reason}. Lo propone una persona y lo confirma otra: aceptarlo, devolverlo, "
                "o que no es de este pedido.",
                url_name="staff_mismatch",
                argument=attempt.pk,
                permission="payments.view_mismatchdecision",
                urgent=True,
            )
        if attempt.unknown:
            return NextStep(
                words="Consultar a la pasarela",
                reason=attempt.staff_reason
                or "No sabemos si se cobró y solo la pasarela lo sabe. Sus cuotas siguen reservadas y nadie las cobra "
                "otra vez. El portal también pregunta solo.",
                url_name="staff_ask",
                argument=attempt.pk,
                permission="payments.ask_gateway",
                urgent=True,
            )
    return None


def _about_refunds(situation: Situation) -> NextStep | None:
    for proposal in situation.proposals:
        if proposal.decided_at is None:
            return NextStep(
                words="Aprobar o rechazar la devolución propuesta",
                reason=f"La propuso {actors.name_of(proposal.author)}; debe decidirla otra persona. "
                "Todavía no se devolvió nada.",
                url_name="staff_decide",
                argument=proposal.pk,
                permission="payments.approve_refund",
                urgent=True,
            )
    live = [refund for refund in situation.refunds if refund.state in LIVE_REFUND_STATES]
    return _about_live_refund(live[0]) if live else None


def _about_chargeback(situation: Situation) -> NextStep | None:
    for case in situation.chargebacks:
        if case.open:
            late = f"Responda hasta el {case.answer_by:%d/%m/%Y}."
            return NextStep(
                words="Atender el contracargo",
                reason=f"El tarjetahabiente disputa S/ {case.amount:,.2f} (caso {case.reference}). "
                f"{late if case.state == ChargebackState.RECEIVED else 'El Colegio ya respondió.'} "
                "Hasta que termine, ese dinero no se devuelve ni se pasa.",
                url_name="staff_chargeback",
                argument=case.pk,
                permission="payments.view_chargeback",
                urgent=True,
            )
    return None


def _about_undone(situation: Situation) -> NextStep | None:
    for attempt in situation.attempts:
        if attempt.undone_at and attempt.state == AttemptState.APPROVED:
            return NextStep(
                words="Registrar la devolución por otro medio",
                reason="La pasarela dice que este cobro se anuló y aquí figura cobrado.",
                url_name="staff_given_back",
                argument=attempt.pk,
                permission="payments.add_refundproposal",
                urgent=True,
            )
    return None


def _about_promises(situation: Situation) -> NextStep | None:
    """Money that two people agreed to give back and the gateway refused is still the member's."""
    charged = [attempt for attempt in situation.attempts if attempt.settles_order]
    if not situation.promised or not charged:
        return None
    owed = sum(line.amount for line in situation.promised)
    return NextStep(
        words="Devolver por otro medio y registrarlo",
        reason=f"Falta devolver S/ {owed:,.2f}: la devolución a la tarjeta no se hizo. Devuélvalo por transferencia o "
        "cheque, o proponga otra vez la devolución a la tarjeta.",
        url_name="staff_given_back",
        argument=charged[0].pk,
        permission="payments.add_refundproposal",
        urgent=True,
    )


def _about_live_refund(refund: Refund) -> NextStep:
    if refund.state == RefundState.IN_DOUBT and refund.method == Refund.Method.REFUND:
        return NextStep(
            words="Cerrar la devolución en duda",
            reason="No llegó la respuesta de la pasarela y una devolución no se puede consultar ni repetir: "
            "véala en el panel de Niubiz y diga si se realizó.",
            url_name="staff_settle_doubt",
            argument=refund.pk,
            permission="payments.settle_refund",
            urgent=True,
        )
    return NextStep(words="Esperar", reason="La devolución se está enviando a la pasarela; el portal la termina solo.")


def _about_move(situation: Situation) -> NextStep | None:
    move = situation.move
    if move is None or move.decided_at:
        return None
    return NextStep(
        words="Aprobar o rechazar el traslado propuesto",
        reason=f"Lo propuso {actors.name_of(move.author)}; debe decidirlo otra persona. "
        "Todavía no cambió ninguna cuota.",
        url_name="staff_decide_move",
        argument=move.pk,
        permission="payments.approve_transfer",
        urgent=True,
    )


def _about_double_payment(situation: Situation) -> NextStep | None:
    for attempt in situation.attempts:
        if attempt.double_payment:
            return NextStep(
                words="Proponer la devolución del pago doble",
                reason="Se cobró, pero las cuotas ya estaban pagadas: ese dinero es del colegiado.",
                url_name="staff_propose",
                argument=attempt.pk,
                permission="payments.add_refundproposal",
                urgent=True,
            )
    return None


def _about_receipt(situation: Situation) -> NextStep | None:
    if situation.receipt is None:
        if situation.order.paid_at is None:
            return None
        return NextStep(words="Esperar", reason="El comprobante se está emitiendo; el portal lo emite cada minuto.")
    last = situation.deliveries[-1] if situation.deliveries else None
    if last is None or last.state not in UNDELIVERED:
        return None
    return NextStep(
        words="Reenviar el comprobante",
        reason=f"No se pudo entregar a {last.email}: {last.last_error}",
        url_name="staff_resend",
        argument=situation.receipt.pk,
        permission="receipts.add_delivery",
        urgent=True,
    )


def _about_tax_office(situation: Situation) -> NextStep | None:
    """What SUNAT gave back or rejected; a wait has its own page once it is too long."""
    filed = getattr(situation.receipt, "filing", None)
    if filed is None or situation.receipt is None:
        return None
    name = situation.receipt.name
    if filed.state == FilingState.RETURNED and filed.code != TOO_LATE:
        return NextStep(
            words="Firmar de nuevo y enviar",
            reason=f"SUNAT no recibió {name} ({filed.code}: {filed.message}). El número sigue siendo nuestro: corrija "
            "primero la causa. Si lo que está mal es el comprador, más abajo se deja sin efecto.",
            url_name="staff_sign_anew",
            argument=filed.pk,
            permission="receipts.file_receipts",
            urgent=True,
        )
    return _about_doubt_at_sunat(filed, name)


def _about_doubt_at_sunat(filed: Filing, name: str) -> NextStep | None:
    if filed.state != FilingState.IN_DOUBT:
        return None
    return NextStep(
        words="Declarar cómo figura en SUNAT",
        reason=f"SUNAT puede tener {name} y no hay constancia que lo diga. El portal sigue preguntando solo; también "
        "pueden mirarlo dos personas en la página de SUNAT.",
        url_name="staff_state_document",
        argument=filed.pk,
        permission="receipts.file_receipts",
    )


def _about_hold(situation: Situation) -> NextStep | None:
    order = situation.order
    if not order.unfinished:
        return None
    if order.lapsed(situation.now):
        return NextStep(
            words="Liberar la reserva vencida",
            reason="El tiempo para pagar terminó sin cobro; sus cuotas pueden volver a elegirse.",
            url_name="staff_release",
            argument=order.pk,
            permission="payments.release_hold",
        )
    return NextStep(words="Esperar", reason="El colegiado todavía puede pagar; su reserva vence sola.")


CONSIDERED = (
    _about_doubt,
    _about_chargeback,
    _about_refunds,
    _about_undone,
    _about_promises,
    _about_move,
    _about_double_payment,
    _about_receipt,
    _about_tax_office,
    _about_hold,
)


def _why_nothing(situation: Situation) -> str:
    states = {attempt.state for attempt in situation.attempts}
    if situation.order.paid_at and AttemptState.APPROVED in states:
        return "Cobrado, cuotas pagadas y comprobante emitido."
    if states & {AttemptState.VOIDED, AttemptState.REFUNDED}:
        elsewhere = any(refund.means and refund.state == RefundState.DONE for refund in situation.refunds)
        return "El dinero se devolvió; sus cuotas se deben otra vez." if elsewhere else "El dinero volvió a la tarjeta."
    return "No se cobró nada y sus cuotas están libres."
