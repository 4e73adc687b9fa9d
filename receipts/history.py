"""What became of an account's orders, told honestly: whether money was taken, and what to expect."""

from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Sum
from django.utils import timezone

from members.models import User
from payments import transfers
from payments.models import Attempt, Order, OrderLine
from payments.states import UNFINISHED_ORDER_STATES, AttemptState, OrderState
from payments.ways.words import BY_LINK, UNTOLD
from receipts.models import Delivery, Receipt


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """label and look make a badge ("ok", "wait", "bad" or ""); the sentence first says whether money was taken.

    The sentence has places for the words of the way to pay. `link` is the text of the way to the order's page.
    """

    label: str
    look: str
    sentence: str
    link: str = "Ver el detalle"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One payment as the history shows it; `attempt` is the one that paid, else the latest.

    `later` are the documents that corrected or replaced the receipt, in their order.
    """

    order: Order
    outcome: Outcome
    months: tuple[OrderLine, ...]
    attempt: Attempt | None
    receipt: Receipt | None
    delivery: Delivery | None
    later: tuple[Receipt, ...]


PAID = Outcome(label="Pagado", look="ok", sentence="{charged} y sus cuotas están pagadas.")
PARTLY_REFUNDED = Outcome(label="Devuelto en parte", look="", sentence="Se cobró y se le devolvió una parte.")
REFUNDED = Outcome(label="Devuelto", look="", sentence="Se cobró y se le devolvió todo.")
DOUBLE = Outcome(
    label="Cobro por devolver",
    look="bad",
    sentence="{charged}, pero estas cuotas ya estaban pagadas. Le devolveremos ese cobro.",
)
VERIFYING = Outcome(
    label="En verificación",
    look="wait",
    sentence="Estamos verificando si se cobró. No vuelva a pagar; le avisaremos apenas lo sepamos.",
)
UNFINISHED = Outcome(
    label="Sin terminar",
    look="wait",
    sentence="No se cobró nada todavía. Puede continuar el pago.",
    link="Continuar el pago",
)
LAPSED = Outcome(label="Vencido", look="", sentence="No se cobró nada: el tiempo para pagar se terminó.")
DECLINED = Outcome(label="Rechazado", look="", sentence="{not_charged}: el pago no fue aprobado.")
CANCELLED = Outcome(label="Cancelado", look="", sentence="No se cobró nada: el pedido se canceló.")
GIVEN_BACK = Outcome(label="Devuelto", look="", sentence="El cobro se anuló y el dinero vuelve {back_to}.")


def orders_of(user: User) -> QuerySet[Order]:
    """The account's orders that came near a payment, newest first; choices dropped before PAGA AQUÍ are no payments.

    Fetches all that a page of them shows in four queries.
    """
    tried = Exists(Attempt.objects.filter(order=OuterRef("pk")))
    return (
        Order.objects.filter(tried | Q(state__in=UNFINISHED_ORDER_STATES), user=user)
        .select_related("receipt__filing", "member")
        .annotate(moved_to=transfers.transferred_to())
        .defer("receipt__statement", "receipt__filing__xml", "receipt__filing__cdr")
        .prefetch_related(
            Prefetch("lines", OrderLine.objects.order_by("period")),
            Prefetch("attempts", Attempt.objects.order_by("pk")),
            "receipt__deliveries",
            Prefetch("documents", later_documents(), to_attr="later"),
        )
        .order_by("-created_at")
    )


def paid_by_year(user: User) -> dict[int, Decimal]:
    """What the account paid by card in each year (Lima), in soles, less what was given back of it."""
    paid = Order.objects.filter(user=user, paid_by_other=False, attempts__settles_order=True)  # one attempt an order
    return dict(paid.values_list("paid_at__year").annotate(sum=Sum(F("total") - F("attempts__given_back"))))


def entry(order: Order) -> Entry:
    """All that the history shows of an order fetched by orders_of; no further query."""
    attempts = sorted(order.attempts.all(), key=lambda attempt: (attempt.settles_order, attempt.pk))
    # What a link's payer bought is the payer's.
    receipt: Receipt | None = None if order.paid_by_other else getattr(order, "receipt", None)
    deliveries = sorted(receipt.deliveries.all(), key=lambda delivery: delivery.pk) if receipt else []
    return Entry(
        order=order,
        outcome=outcome(order, moved_to=order.moved_to),  # type: ignore[attr-defined]
        months=tuple(order.lines.all()),
        attempt=attempts[-1] if attempts else None,
        receipt=receipt,
        delivery=deliveries[-1] if deliveries else None,
        later=() if order.paid_by_other else tuple(order.later),  # type: ignore[attr-defined]
    )


def later_documents() -> QuerySet[Receipt]:
    """Credit notes and what took a receipt's place, oldest first, with how each stands at SUNAT."""
    later = Receipt.objects.filter(receipt_of=None).select_related("filing", "corrects", "replaces")
    unread = ("statement", "filing__xml", "filing__cdr", "corrects__statement", "replaces__statement")
    return later.defer(*unread).order_by("pk")


def outcome(order: Order, *, moved_to: int | None = None) -> Outcome:
    """How an order stands now, `moved_to` being the CMP number its payment went to (payments.transfers.moved_to).

    Reads its attempts; prefetch them for a list.
    """
    attempts = sorted(order.attempts.all(), key=lambda attempt: (attempt.settles_order, attempt.pk))
    words = BY_LINK if order.paid_by_other else attempts[-1].words if attempts else UNTOLD
    kept = _outcome(order, attempts, moved_to)
    sentence = kept.sentence.format(charged=words.charged, not_charged=words.not_charged, back_to=words.back_to)
    return replace(kept, sentence=sentence)


def _outcome(order: Order, attempts: list[Attempt], moved_to: int | None) -> Outcome:
    if any(attempt.double_payment for attempt in attempts):
        return DOUBLE
    # The attempts are read after their order: one that paid it meanwhile counts more than the order's older state.
    if order.paid_at or any(attempt.settles_order for attempt in attempts):
        kept = _moved(moved_to) if moved_to else PAID
        return {OrderState.PARTLY_REFUNDED: PARTLY_REFUNDED, OrderState.REFUNDED: REFUNDED}.get(
            OrderState(order.state), kept
        )
    if any(attempt.unknown for attempt in attempts):
        return VERIFYING
    if order.unfinished:
        return LAPSED if order.lapsed(timezone.now()) else UNFINISHED
    return _unpaid(order, attempts)


def _moved(to: int) -> Outcome:
    sentence = f"{{charged}}. El pago se pasó al CMP {to}, a quien correspondía."
    return Outcome(label=f"Pasado al CMP {to}", look="ok", sentence=sentence)


def _unpaid(order: Order, attempts: list[Attempt]) -> Outcome:
    states = {attempt.state for attempt in attempts}
    if states & {AttemptState.VOIDED, AttemptState.REFUNDED}:
        return GIVEN_BACK
    if AttemptState.DECLINED in states:
        return DECLINED
    return LAPSED if order.state == OrderState.EXPIRED else CANCELLED
