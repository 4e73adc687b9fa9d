"""Orders and their lines.

An *order* is one choice of dues with its buyer and total; it holds the dues for half an hour. An *attempt* is one try
to charge a card for it, with its own purchase number. An *event* is one step of either, chained by hash. Only
`payments/checkout/` changes the state of an order or attempt.
"""

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, JSONObject, Lower
from django.utils import timezone
from django.utils.functional import cached_property

from base.peru import months
from base.peru.lima import day_of
from base.postgres.kept_queries import kept_query, parameter
from base.postgres.triggers import legal_transitions, never_deleted
from dues.models import Due, Kind
from members.models import DocumentType, Member
from payments.states import (
    ORDER_TRANSITIONS,
    UNFINISHED_ORDER_STATES,
    OrderState,
)

if TYPE_CHECKING:
    from payments.models.attempts import Attempt


class TaxDocument(models.TextChoices):
    """SUNAT's catalogue 01."""

    BOLETA = "03", "Boleta"
    FACTURA = "01", "Factura"


class OrderQuerySet(models.QuerySet["Order"]):
    def unfinished(self) -> Self:
        return self.filter(state__in=UNFINISHED_ORDER_STATES)


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
    # Made of what the payer of a link typed: document, buyer and e-mail are the payer's, and hidden from the member.
    paid_by_other = models.BooleanField("por enlace, de otra persona", default=False)
    state = models.CharField("estado", max_length=20, choices=OrderState, default=OrderState.DRAFT)
    created_at = models.DateTimeField("creado", default=timezone.now)
    expires_at = models.DateTimeField("vence")
    paid_at = models.DateTimeField("pagado", null=True, blank=True)

    objects = OrderQuerySet.as_manager()

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
            # Foreign documents are written in many ways, so those need only be non-empty.
            models.CheckConstraint(
                # A name of three characters at least (SUNAT's rule 2022).
                condition=Q(buyer_name__regex=r"\S.+\S")
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
                # Of each kind: while a charge of one is in doubt, the other can be paid.
                fields=["user", "kind"],
                condition=Q(state__in=UNFINISHED_ORDER_STATES),
                name="an_account_has_one_unfinished_order",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="order_history"),
            models.Index(fields=["expires_at"], condition=Q(state__in=UNFINISHED_ORDER_STATES), name="order_to_expire"),
            # For the staff's search (staff/treasury/search.py).
            models.Index(Lower("email"), name="order_by_email"),
            models.Index(fields=["buyer_document_number"], name="order_by_buyer"),
            models.Index(fields=["paid_at"], condition=Q(paid_at__isnull=False), name="order_by_day_paid"),
        ]
        triggers = [
            legal_transitions("an_order_moves_legally", ORDER_TRANSITIONS),
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
            # The member is charged what the order shows: its dues, buyer and total never change.
            pgtrigger.ReadOnly(
                name="an_order_keeps_what_was_chosen",
                fields=[
                    *("user", "member", "kind", "document", "total", "currency", "terms_version", "paid_by_other"),
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

    @property
    def lives_long(self) -> bool:
        """Whether it ends on a later day, as an order with a link: then pages say the day too."""
        return day_of(self.expires_at) != day_of(timezone.now())

    def payable(self, now: datetime) -> bool:
        return self.unfinished and not self.lapsed(now)

    @property
    def latest_attempt(self) -> "Attempt | None":
        return self.attempts.order_by("-pk").first()

    @cached_property
    def lines_by_month(self) -> "list[OrderLine]":
        """The lines, oldest month first."""
        return _lines_by_month.all(order=self.pk)

    @property
    def description(self) -> str:
        """What is sold, as the confirmation names it (user guide, step 7)."""
        periods = [line.period for line in self.lines_by_month]
        return f"{self.get_kind_display()}: {months.several(periods)}"

    @property
    def names_another_person(self) -> bool:
        """Whether the boleta names somebody other than the member whose dues are paid."""
        member = (self.member.document_type, self.member.document_number)
        return self.document == TaxDocument.BOLETA and (self.buyer_document_type, self.buyer_document_number) != member

    @property
    def buyer(self) -> str:
        """The buyer as pages show it: name and document."""
        return f"{self.buyer_name}, {self.get_buyer_document_type_display()} {self.buyer_document_number}"

    @property
    def payer_name(self) -> str:
        """The name of the account that pays, or of a link's buyer.

        The gateway never reports the card holder's name (Niubiz reference §10).
        """
        if self.paid_by_other:
            return self.buyer_name
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
    def as_json(cls, order: models.Expression | F) -> ArraySubquery:
        """Selects an order's lines, oldest first, as JSON within a query of the order; see `from_json`."""
        amount = Cast("amount", models.CharField())  # JSON knows no decimals
        lines = cls.objects.filter(order=order).order_by("period")
        return ArraySubquery(lines.values_list(JSONObject(pk="pk", due="due_id", period="period", amount=amount)))

    @classmethod
    def from_json(cls, *, pk: int, due: int, period: str, amount: str) -> "OrderLine":
        return cls(pk=pk, due_id=due, period=date.fromisoformat(period), amount=Decimal(amount))


@kept_query
def _lines_by_month() -> "models.QuerySet[OrderLine]":
    return OrderLine.objects.filter(order=parameter("order")).order_by("period")
