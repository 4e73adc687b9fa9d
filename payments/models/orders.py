"""How they pay.

An *order* is one choice of dues with its buyer and total; it holds the dues for half an hour. An *attempt* is one try
to charge a card for it, with its own purchase number at the gateway. An *event* is one step of either, never changed
afterwards and chained by hash to the step before. Only `payments/checkout.py` moves an order or an attempt.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Cast, JSONObject, Lower, Right
from django.utils import timezone
from django.utils.functional import cached_property

from dues.models import Due, Kind
from members.compiled import compiled, given
from members.models import DocumentType, Member
from payments.states import (
    ATTEMPT_MOVES,
    LIVE_ATTEMPT_STATES,
    LIVE_REFUND_STATES,
    ORDER_MOVES,
    REFUND_MOVES,
    UNFINISHED_ORDER_STATES,
    UNKNOWN_ATTEMPT_STATES,
    AttemptState,
    Moves,
    OrderState,
    RefundState,
)


def legal_moves(name: str, moves: Moves) -> pgtrigger.FSM:
    return pgtrigger.FSM(
        name=name, field="state", transitions=sorted((str(old), str(new)) for old in moves for new in moves[old])
    )


def never_deleted(name: str) -> pgtrigger.Protect:
    return pgtrigger.Protect(name=name, operation=pgtrigger.Delete)


class TaxDocument(models.TextChoices):
    """SUNAT's catalogue 01."""

    BOLETA = "03", "Boleta"
    FACTURA = "01", "Factura"


@dataclass(frozen=True)
class ChosenDue:
    """A line of an order: the due, what was chosen to be paid of it, and what is owed of it now, in soles; None when it
    is no longer open, or no longer held by this order."""

    due: int
    amount: Decimal
    owed: Decimal | None

    @classmethod
    def read(cls, *, due: int, amount: str, owed: str | None) -> "ChosenDue":
        return cls(due, Decimal(amount), Decimal(owed) if owed else None)


class Order(models.Model):
    ref = models.UUIDField("referencia", default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="orders", verbose_name="cuenta")
    member = models.ForeignKey(Member, models.PROTECT, related_name="orders", verbose_name="colegiado")
    kind = models.CharField("tipo de cuota", max_length=10, choices=Kind)
    document = models.CharField("comprobante", max_length=2, choices=TaxDocument)
    email = models.EmailField("correo para el comprobante")
    buyer_document_type = models.CharField("documento del comprador", max_length=1, choices=DocumentType)
    buyer_document_number = models.CharField("número de documento del comprador", max_length=15)
    buyer_name = models.CharField("nombre o razón social", max_length=250)
    buyer_address = models.CharField("dirección del comprador", max_length=250, blank=True)
    total = models.DecimalField("total (S/)", max_digits=9, decimal_places=2)
    currency = models.CharField("moneda", max_length=3, default="PEN")
    terms_version = models.CharField("versión de los términos", max_length=20)
    terms_accepted_at = models.DateTimeField("términos aceptados")
    state = models.CharField("estado", max_length=20, choices=OrderState, default=OrderState.DRAFT)
    created_at = models.DateTimeField("creado", default=timezone.now)
    expires_at = models.DateTimeField("vence")
    paid_at = models.DateTimeField("pagado", null=True, blank=True)

    #: Number and hash of its last event, once audit.record knows them; of this copy of the row only.
    last_event: tuple[int, str] | None = None
    #: Its lines as they stood when it was locked (payments/locks.py); of this copy of the row only.
    chosen: list[ChosenDue]

    class Meta:
        verbose_name = "pedido"
        verbose_name_plural = "pedidos"
        constraints = [
            models.CheckConstraint(condition=Q(total__gt=0), name="an_order_is_more_than_nothing"),
            models.CheckConstraint(
                condition=Q(paid_at__isnull=False, state__in=["paid", "partly_refunded", "refunded"])
                | (Q(paid_at__isnull=True) & ~Q(state__in=["paid", "partly_refunded", "refunded"])),
                name="paid_at_is_set_exactly_when_paid",
            ),
            models.CheckConstraint(
                condition=Q(document=TaxDocument.BOLETA)
                | (Q(document=TaxDocument.FACTURA, buyer_document_type=DocumentType.RUC) & ~Q(buyer_address="")),
                name="a_factura_names_a_ruc_and_its_address",
            ),
            # The roll brings foreign documents as their countries write them, so of those only that there is one.
            models.CheckConstraint(
                condition=Q(buyer_name__regex=r"\S")
                & (
                    Q(buyer_document_type=DocumentType.DNI, buyer_document_number__regex=r"^[0-9]{8}$")
                    | Q(buyer_document_type=DocumentType.RUC, buyer_document_number__regex=r"^[0-9]{11}$")
                    | Q(
                        buyer_document_type__in=[DocumentType.FOREIGN_CARD, DocumentType.PASSPORT],
                        buyer_document_number__regex=r"\S",
                    )
                ),
                name="a_buyer_has_a_name_and_a_fitting_document",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(state__in=UNFINISHED_ORDER_STATES),
                name="an_account_has_one_unfinished_order",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="order_history"),
            models.Index(fields=["expires_at"], condition=Q(state__in=UNFINISHED_ORDER_STATES), name="order_to_expire"),
            # What staff search by (cmp_portal/treasury/search.py)
            models.Index(Lower("email"), name="order_by_email"),
            models.Index(fields=["buyer_document_number"], name="order_by_buyer"),
            models.Index(fields=["paid_at"], condition=Q(paid_at__isnull=False), name="order_by_day_paid"),
        ]
        triggers = [
            legal_moves("an_order_moves_legally", ORDER_MOVES),
            never_deleted("an_order_is_never_deleted"),
            pgtrigger.Trigger(
                name="a_successor_pays_only_semefa",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func="""
                IF EXISTS (
                    SELECT FROM members_succession AS heir WHERE heir.user_id = NEW.user_id AND heir.ended_at IS NULL
                       AND (NEW.kind <> 'semefa' OR NEW.member_id <> heir.member_id OR (NEW.document = '03'
                            AND (NEW.buyer_document_type, NEW.buyer_document_number)
                                <> (heir.document_type, heir.document_number)))
                ) THEN
                    RAISE EXCEPTION 'account % took over a SEMEFA and pays only that, in its own name', NEW.user_id
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'a_successor_pays_only_semefa';
                END IF;
                RETURN NEW;
                """,
            ),
            # What was chosen is what is charged: the dues, buyer and total of an order are fixed when it is made.
            pgtrigger.ReadOnly(
                name="an_order_keeps_what_was_chosen",
                fields=[
                    *("user", "member", "kind", "document", "total", "currency", "terms_version"),
                    *("buyer_document_type", "buyer_document_number", "buyer_name", "buyer_address"),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"Pedido {self.pk} de {self.member}"

    @property
    def unfinished(self) -> bool:
        return self.state in UNFINISHED_ORDER_STATES

    def lapsed(self, now: datetime) -> bool:
        return self.unfinished and self.expires_at <= now

    def payable(self, now: datetime) -> bool:
        return self.unfinished and not self.lapsed(now)

    @property
    def latest_attempt(self) -> "Attempt | None":
        return self.attempts.order_by("-pk").first()

    @cached_property
    def lines_by_month(self) -> "list[OrderLine]":
        """What was chosen, oldest first."""
        return _lines_by_month.all(order=self.pk)

    @property
    def description(self) -> str:
        """What is sold, as the confirmation names it (user guide step 7)."""
        months = len(self.lines_by_month)
        return f"{self.get_kind_display()}, {months} {'mes' if months == 1 else 'meses'}"

    @property
    def names_another_person(self) -> bool:
        """Whether its boleta is made out to somebody other than the member whose dues it pays."""
        member = (self.member.document_type, self.member.document_number)
        return self.document == TaxDocument.BOLETA and (self.buyer_document_type, self.buyer_document_number) != member

    @property
    def buyer(self) -> str:
        """Whom the document names, as pages show it: name and document."""
        return f"{self.buyer_name}, {self.get_buyer_document_type_display()} {self.buyer_document_number}"

    @property
    def payer_name(self) -> str:
        """Whose account paid. The gateway never tells the name on the card (Niubiz reference §10)."""
        return self.user.name or self.member.full_name


class OrderLine(models.Model):
    order = models.ForeignKey(Order, models.PROTECT, related_name="lines", verbose_name="pedido")
    due = models.ForeignKey(Due, models.PROTECT, related_name="order_lines", verbose_name="cuota")
    period = models.DateField("mes")
    amount = models.DecimalField("monto (S/)", max_digits=8, decimal_places=2)

    class Meta:
        verbose_name = "cuota del pedido"
        verbose_name_plural = "cuotas del pedido"
        constraints = [
            models.UniqueConstraint(fields=["order", "due"], name="an_order_names_a_due_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_line_is_more_than_nothing"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="a_line_never_changes"),
            never_deleted("a_line_is_never_deleted"),
        ]

    def __str__(self) -> str:
        return f"{self.period:%m/%Y} S/ {self.amount:,.2f}"

    @classmethod
    def told_of(cls, order: models.Expression | F) -> ArraySubquery:
        """An order's lines, oldest first, for the statement that reads the order; `read` makes each of them again."""
        amount = Cast("amount", models.CharField())  # JSON knows no decimals
        lines = cls.objects.filter(order=order).order_by("period")
        return ArraySubquery(lines.values_list(JSONObject(pk="pk", due="due_id", period="period", amount=amount)))

    @classmethod
    def read(cls, *, pk: int, due: int, period: str, amount: str) -> "OrderLine":
        return cls(pk=pk, due_id=due, period=date.fromisoformat(period), amount=Decimal(amount))


@compiled
def _lines_by_month() -> "models.QuerySet[OrderLine]":
    return OrderLine.objects.filter(order=given("order")).order_by("period")


class Attempt(models.Model):
    #: Whether its account may still pay for the order's member, as it was when it was locked (payments/locks.py).
    payer_stands: bool

    order = models.ForeignKey(Order, models.PROTECT, related_name="attempts", verbose_name="pedido")
    # From its own sequence, so that a number is never used twice, whatever becomes of the order (Niubiz manual p. 15).
    purchase_number = models.PositiveIntegerField(
        "número de pedido",
        unique=True,
        editable=False,
        db_default=Func(Value("payments_purchase_number"), function="nextval"),
    )
    environment = models.CharField("entorno", max_length=12)
    merchant_id = models.CharField("código de comercio", max_length=12)
    amount = models.DecimalField("monto (S/)", max_digits=9, decimal_places=2)
    currency = models.CharField("moneda", max_length=3, default="PEN")
    state = models.CharField("estado", max_length=12, choices=AttemptState, default=AttemptState.CREATED)
    # Whose browser asked for the card form: the gateway's antifraud wants it, and card testing is limited by it.
    client_address = models.GenericIPAddressField("dirección del navegador", null=True, blank=True)
    # Each is a session at the gateway, which counts them too.
    forms_opened = models.PositiveIntegerField("formularios abiertos", default=0)
    created_at = models.DateTimeField("creado", default=timezone.now)
    authorising_since = models.DateTimeField("enviado a autorizar", null=True, blank=True)
    concluded_at = models.DateTimeField("concluido", null=True, blank=True)
    # False on an approval whose dues were already settled: money received twice, to be given back.
    settles_order = models.BooleanField("paga el pedido", default=False)
    staff_reason = models.CharField("para revisión", max_length=200, blank=True)
    # Soles of refunds requested or done: counted when requested, so that two of them cannot give back too much.
    given_back = models.DecimalField("devuelto (S/)", max_digits=9, decimal_places=2, default=Decimal("0.00"))
    questions_asked = models.PositiveIntegerField("consultas hechas", default=0)
    next_question_at = models.DateTimeField("próxima consulta", null=True, blank=True)

    # The gateway's answer
    action_code = models.CharField("código de acción", max_length=10, blank=True)
    action_description = models.CharField("descripción del código de acción", max_length=200, blank=True)
    card = models.CharField("tarjeta", max_length=25, blank=True)
    brand = models.CharField("marca", max_length=20, blank=True)
    authorization_code = models.CharField("código de autorización", max_length=20, blank=True)
    transaction_id = models.CharField("id de transacción", max_length=40, blank=True)
    signature = models.CharField("firma de la operación", max_length=64, blank=True)
    trace_number = models.CharField("número de traza", max_length=20, blank=True)
    transaction_date = models.CharField("fecha según la pasarela", max_length=12, blank=True)
    decided_at = models.DateTimeField("decidido por la pasarela", null=True, blank=True)

    class Meta:
        verbose_name = "intento de pago"
        verbose_name_plural = "intentos de pago"
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(state__in=LIVE_ATTEMPT_STATES), name="an_order_has_one_live_attempt"
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(settles_order=True), name="an_order_is_settled_by_one_attempt"
            ),
            models.CheckConstraint(
                condition=Q(purchase_number__gte=1, purchase_number__lte=999_999_999),
                name="a_purchase_number_has_1_to_9_digits",
            ),
            models.CheckConstraint(
                condition=Q(settles_order=False) | Q(state__in=["approved", "voided", "refunded"]),
                name="only_an_approval_settles",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="an_attempt_is_more_than_nothing"),
            models.CheckConstraint(
                condition=Q(given_back__gte=0, given_back__lte=F("amount")),
                name="no_more_is_given_back_than_was_charged",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=UNKNOWN_ATTEMPT_STATES) | Q(next_question_at__isnull=False),
                name="an_attempt_in_doubt_will_be_asked_about",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_question_at"], condition=Q(state__in=UNKNOWN_ATTEMPT_STATES), name="attempt_to_ask_about"
            ),
            # The staff's list: newest first, of all states or of one, and by what one reads off a card's statement.
            models.Index(fields=["-created_at", "-id"], name="attempt_newest"),
            models.Index(fields=["state", "-created_at", "-id"], name="attempt_newest_by_state"),
            models.Index(Right("card", 4), condition=~Q(card=""), name="attempt_by_card_end"),
            models.Index(
                fields=["authorization_code"], condition=~Q(authorization_code=""), name="attempt_by_authorisation"
            ),
            models.Index(fields=["amount", "-created_at"], name="attempt_by_amount"),
            models.Index(
                fields=["created_at"], condition=Q(state="approved", settles_order=False), name="double_payments"
            ),
        ]
        triggers = [
            legal_moves("an_attempt_moves_legally", ATTEMPT_MOVES),
            never_deleted("an_attempt_is_never_deleted"),
            pgtrigger.ReadOnly(
                name="an_attempt_keeps_its_number_and_amount",
                fields=["order", "purchase_number", "merchant_id", "amount", "currency"],
            ),
        ]

    def __str__(self) -> str:
        return f"Intento {self.purchase_number}"

    @property
    def number(self) -> str:
        """The purchase number as the gateway takes it: digits, no padding."""
        return str(self.purchase_number)

    @property
    def discount(self) -> Decimal:
        """The guide's first *Monto*: there are no discounts, and the page says so in its own words."""
        return Decimal("0.00")

    @property
    def unknown(self) -> bool:
        return self.state in UNKNOWN_ATTEMPT_STATES

    @property
    def double_payment(self) -> bool:
        return self.state == AttemptState.APPROVED and not self.settles_order

    @property
    def paid_too_much(self) -> bool:
        """A double payment, also after it was given back: the member is not told that nothing was charged."""
        return not self.settles_order and (self.state == AttemptState.APPROVED or self.given_back > 0)


class Refund(models.Model):
    """Money on its way back to a card: a void (the same day, whole) or a refund (later, whole or by due)."""

    class Method(models.TextChoices):
        VOID = "void", "Anulación"
        REFUND = "refund", "Devolución"

    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="refunds", verbose_name="intento")
    method = models.CharField("modo", max_length=6, choices=Method)
    amount = models.DecimalField("monto (S/)", max_digits=9, decimal_places=2)
    reason = models.CharField("motivo", max_length=200)
    author = models.CharField("pedida por", max_length=254)
    requested_at = models.DateTimeField("pedida", default=timezone.now)
    state = models.CharField("estado", max_length=10, choices=RefundState, default=RefundState.REQUESTED)
    next_question_at = models.DateTimeField("próxima consulta", null=True, blank=True)
    concluded_at = models.DateTimeField("concluida", null=True, blank=True)
    gateway_reference = models.CharField("referencia de la pasarela", max_length=40, blank=True)
    code = models.CharField("código de la pasarela", max_length=10, blank=True)

    class Meta:
        verbose_name = "devolución"
        verbose_name_plural = "devoluciones"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_refund_is_more_than_nothing"),
            models.UniqueConstraint(
                fields=["attempt"], condition=Q(state__in=LIVE_REFUND_STATES), name="an_attempt_has_one_live_refund"
            ),
        ]
        triggers = [
            legal_moves("a_refund_moves_legally", REFUND_MOVES),
            never_deleted("a_refund_is_never_deleted"),
            pgtrigger.ReadOnly(name="a_refund_keeps_what_was_asked", fields=["attempt", "method", "amount", "author"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_method_display()} de S/ {self.amount:,.2f} ({self.attempt})"

    @property
    def number(self) -> str:
        """Our reference at the gateway, at most 20 characters; the same on every repetition."""
        return f"{self.attempt.number}-{self.pk}"


class RefundLine(models.Model):
    """One line of an order that a refund gives back. `live` turns false when the gateway refused."""

    refund = models.ForeignKey(Refund, models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="refund_lines")
    live = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line"], condition=Q(live=True), name="a_line_is_given_back_once"),
        ]

    def __str__(self) -> str:
        return f"{self.line} en {self.refund}"


class Letter(models.Model):
    """A mail that must go out once: written with the change it tells of, sent by the worker."""

    key = models.CharField("asunto interno", max_length=80)
    attempt = models.ForeignKey(Attempt, models.PROTECT, null=True, related_name="letters", verbose_name="intento")
    to = models.EmailField("para")
    subject = models.CharField("asunto", max_length=200)
    body = models.TextField("texto")
    headers = models.JSONField("encabezados", default=dict, blank=True)
    written_at = models.DateTimeField("escrita", default=timezone.now)
    sent_at = models.DateTimeField("enviada", null=True, blank=True)

    class Meta:
        verbose_name = "carta"
        verbose_name_plural = "cartas"
        constraints = [models.UniqueConstraint(fields=["key"], name="a_letter_is_written_once")]
        indexes = [models.Index(fields=["written_at"], condition=Q(sent_at=None), name="letter_to_send")]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"


class Pause(models.Model):
    """While one is open nobody starts to pay; what has started goes on, and everything else works."""

    notice = models.CharField("aviso para los colegiados", max_length=300)
    started_at = models.DateTimeField("desde", default=timezone.now)
    ended_at = models.DateTimeField("hasta", null=True, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="autor")

    class Meta:
        verbose_name = "pausa de pagos"
        verbose_name_plural = "pausas de pagos"
        constraints = [
            models.UniqueConstraint(
                Value(1), condition=Q(ended_at__isnull=True), name="payments_are_paused_by_one_pause"
            ),
        ]

    def __str__(self) -> str:
        return self.notice


class Event(models.Model):
    """One step of an order or attempt. The database refuses to change or delete it."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="events", verbose_name="pedido")
    attempt = models.ForeignKey(
        Attempt, models.PROTECT, null=True, blank=True, related_name="events", verbose_name="intento"
    )
    sequence = models.PositiveIntegerField("paso")
    at = models.DateTimeField("cuándo")
    actor = models.CharField("quién", max_length=254)
    cause = models.CharField("causa", max_length=200)
    from_state = models.CharField("de", max_length=20, blank=True)
    to_state = models.CharField("a", max_length=20, blank=True)
    details = models.JSONField("detalle", default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = "evento"
        verbose_name_plural = "eventos"
        ordering = ("order", "sequence")
        constraints = [
            models.UniqueConstraint(fields=["order", "sequence"], name="an_order_has_one_event_per_step"),
            models.CheckConstraint(
                condition=Q(sequence=1, previous_hash="") | (Q(sequence__gt=1) & ~Q(previous_hash="")),
                name="an_event_follows_the_one_before",
            ),
            models.CheckConstraint(
                condition=~Q(from_state=F("to_state")) | Q(from_state=""), name="a_move_changes_the_state"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="an_event_never_changes", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.at:%d/%m/%Y %H:%M:%S} {self.cause}"
