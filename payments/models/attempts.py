"""One try to charge a card for an order."""

from datetime import timedelta
from decimal import Decimal
from typing import Self

import pgtrigger
from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Right
from django.utils import timezone

from base.postgres.triggers import legal_transitions, never_deleted
from payments.models.orders import Order
from payments.states import ATTEMPT_TRANSITIONS, LIVE_ATTEMPT_STATES, UNKNOWN_ATTEMPT_STATES, AttemptState, Way
from payments.ways import words

LONG_DOUBT = timedelta(minutes=40)


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def live(self) -> Self:
        return self.filter(state__in=LIVE_ATTEMPT_STATES)

    def unknown(self) -> Self:
        return self.filter(state__in=UNKNOWN_ATTEMPT_STATES)


class Attempt(models.Model):
    order = models.ForeignKey(Order, models.PROTECT, related_name="attempts", verbose_name="pedido")
    # From its own sequence, so that a number is never reused (Niubiz manual p. 15).
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
    # What the gateway's answer says, not what the browser says; a card until then.
    way = models.CharField("forma de pago", max_length=12, choices=Way, default=Way.CARD)
    state = models.CharField("estado", max_length=12, choices=AttemptState, default=AttemptState.CREATED)
    # The browser's address: the gateway's antifraud needs it, and limits.py counts by it.
    client_address = models.GenericIPAddressField("dirección del navegador", null=True, blank=True)
    # Each opening is a session at the gateway, which counts them too.
    forms_opened = models.PositiveIntegerField("formularios abiertos", default=0)
    created_at = models.DateTimeField("creado", default=timezone.now)
    authorising_since = models.DateTimeField("enviado a autorizar", null=True, blank=True)
    concluded_at = models.DateTimeField("concluido", null=True, blank=True)
    # False for an approval whose dues were already settled: money received twice, to be refunded.
    settles_order = models.BooleanField("paga el pedido", default=False)
    staff_reason = models.CharField("para revisión", max_length=200, blank=True)
    # Soles of requested and finished refunds. Counted when requested, so that two refunds cannot exceed the charge.
    given_back = models.DecimalField("devuelto (S/)", max_digits=9, decimal_places=2, default=Decimal("0.00"))
    # What the gateway says that it charged, when its approval does not match; two people decide about it.
    charged = models.DecimalField("cobrado según la pasarela (S/)", max_digits=11, decimal_places=2, null=True)
    # When the gateway said that it undid a charge which our books still hold; staff record the refund.
    undone_at = models.DateTimeField("anulado según la pasarela", null=True, blank=True)
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
    # Of a Yape: its number at the gateway, and the end of the payer's telephone if the answer tells it.
    yape_id = models.CharField("id de Yape", max_length=64, blank=True)
    yape_phone_end = models.CharField("fin del celular de Yape", max_length=3, blank=True)
    # How the payer's bank splits the charge, as far as the answer tells. The college receives it whole all the same.
    instalments = models.PositiveSmallIntegerField("cuotas de la tarjeta", null=True, blank=True)
    instalment_amount = models.DecimalField(
        "monto de cada cuota (S/)", max_digits=9, decimal_places=2, null=True, blank=True
    )
    instalments_deferred = models.PositiveSmallIntegerField("meses de diferido", null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

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
            models.CheckConstraint(condition=Q(way__in=Way.values), name="an_attempt_is_paid_in_a_known_way"),
            models.CheckConstraint(
                condition=Q(way=Way.YAPE) | Q(yape_id="", yape_phone_end=""), name="only_a_yape_has_a_yape_id"
            ),
            models.CheckConstraint(
                condition=Q(instalments=None, instalment_amount=None, instalments_deferred=None)
                | Q(instalments__isnull=False, instalments__gte=2, instalments__lte=48),
                name="instalments_are_two_or_more",
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
            # For the staff's list: newest first, by state, and by what a card statement shows.
            models.Index(fields=["-created_at", "-id"], name="attempt_newest"),
            models.Index(fields=["state", "-created_at", "-id"], name="attempt_newest_by_state"),
            models.Index(Right("card", 4), condition=~Q(card=""), name="attempt_by_card_end"),
            models.Index(
                fields=["authorization_code"], condition=~Q(authorization_code=""), name="attempt_by_authorisation"
            ),
            models.Index(fields=["amount", "-created_at"], name="attempt_by_amount"),
            models.Index(fields=["transaction_id"], condition=~Q(transaction_id=""), name="attempt_by_transaction"),
            models.Index(
                fields=["created_at"], condition=Q(state="approved", settles_order=False), name="double_payments"
            ),
        ]
        triggers = [
            legal_transitions("an_attempt_moves_legally", ATTEMPT_TRANSITIONS),
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
        """The purchase number as the gateway takes it: digits without padding."""
        return str(self.purchase_number)

    @property
    def words(self) -> words.Words:
        """What pages and letters say of its way to pay."""
        if self.way == Way.CARD and not self.card and settings.YAPE:
            return words.UNTOLD
        return words.WORDS[Way(self.way)]

    @property
    def means(self) -> str:
        """The masked card or telephone, as the gateway tells it: "447411******2240", "•••• 157" or ""."""
        return words.phone_in_short(self.yape_phone_end) if self.way == Way.YAPE else self.card

    @property
    def paid_with(self) -> str:
        """The way to pay in a few words: "Visa •••• 2240", "Yape •••• 157"."""
        if self.way == Way.YAPE:
            return f"{Way.YAPE.label} {self.means}".strip()
        if self.way == Way.PAGOEFECTIVO:
            return str(Way.PAGOEFECTIVO.label)
        return words.card_in_short(self.brand, self.card)

    @property
    def book_brand(self) -> str:
        """The brand by which closes and lists group: a card's own, else the way."""
        return self.brand if self.way in (Way.CARD, Way.AUTOMATIC) else self.way

    @property
    def instalments_in_words(self) -> str:
        """Returns "3 cuotas de S/ 40.00, diferidas 1 mes", or "" for a charge in one piece."""
        if not self.instalments:
            return ""
        each = f" de S/ {self.instalment_amount:,.2f}" if self.instalment_amount else ""
        deferred = self.instalments_deferred
        later = f", diferidas {deferred} mes{'es' if deferred > 1 else ''}" if deferred else ""
        return f"{self.instalments} cuotas{each}{later}"

    @property
    def discount(self) -> Decimal:
        """The guide's first *Monto*: there are no discounts, and the page says so in its own words."""
        return Decimal("0.00")

    @property
    def unknown(self) -> bool:
        return self.state in UNKNOWN_ATTEMPT_STATES

    @property
    def long_in_doubt(self) -> bool:
        """Later than this no lost answer clears up by itself: staff look into it, and the member is told so."""
        since = self.authorising_since
        return self.unknown and since is not None and timezone.now() - since > LONG_DOUBT

    @property
    def double_payment(self) -> bool:
        return self.state == AttemptState.APPROVED and not self.settles_order

    @property
    def paid_too_much(self) -> bool:
        """A double payment, also once refunded: the page must not say that nothing was charged."""
        return not self.settles_order and (self.state == AttemptState.APPROVED or self.given_back > 0)


class ClearedPair(models.Model):
    """Two similar charges that were both intended, with the person who checked and the reason."""

    first = models.ForeignKey(Attempt, models.PROTECT, related_name="+", verbose_name="primero", db_index=False)
    second = models.ForeignKey(Attempt, models.PROTECT, related_name="+", verbose_name="segundo")
    reason = models.CharField("motivo", max_length=150, validators=[MinLengthValidator(5)])
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="revisado por", db_index=False
    )
    cleared_at = models.DateTimeField("revisado", default=timezone.now)

    class Meta:
        verbose_name = "par revisado"
        verbose_name_plural = "pares revisados"
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="a_pair_is_cleared_once")]
        triggers = [
            never_deleted("a_cleared_pair_is_never_deleted"),
            pgtrigger.ReadOnly(name="a_cleared_pair_never_changes"),
        ]

    def __str__(self) -> str:
        return f"{self.first.number} y {self.second.number}"
