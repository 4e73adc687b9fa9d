"""Pago automático: the member's consent and card on file, the announced charges, and their tries.

Only payments/ways/automatic/ writes these tables.
"""

import uuid
from datetime import date
from decimal import Decimal
from typing import Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from base.peru import months
from base.postgres.triggers import frozen, legal_transitions, never_deleted
from dues.models import Due, Kind
from members.models import Member
from payments.models.letters import Letter
from payments.models.orders import Order
from payments.models.ways.automatic_states import (
    CHARGE_TRANSITIONS,
    FIRST_DAY,
    LAST_DAY,
    MOST_TRIES,
    NOTICE_DAYS,
    PLAN_TRANSITIONS,
    WAITING_STATES,
    ChargeState,
    PlanState,
    StopReason,
)


class AutomaticPlanQuerySet(models.QuerySet["AutomaticPlan"]):
    def active(self) -> Self:
        return self.filter(state=PlanState.ACTIVE)

    def current(self) -> Self:
        return self.exclude(state=PlanState.STOPPED)


class AutomaticPlan(models.Model):
    """One consent of one account, with its card. A new consent after a stop is a new plan."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="cuenta")
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name="colegiado")
    kinds = ArrayField(models.CharField(max_length=10, choices=Kind), verbose_name="tipos de cuota")
    ceiling = models.DecimalField("tope por cobro (S/)", max_digits=8, decimal_places=2)
    day = models.PositiveSmallIntegerField(
        "día del mes", validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
    )
    text_version = models.CharField("versión del consentimiento", max_length=20)
    consented_at = models.DateTimeField("aceptado", default=timezone.now)
    state = models.CharField("estado", max_length=10, choices=PlanState, default=PlanState.PENDING)
    stopped_at = models.DateTimeField("detenido", null=True, blank=True)
    stop_reason = models.CharField("motivo", max_length=20, choices=StopReason, blank=True)
    # The gateway's token, encrypted by base/cipher.py. It is erased when the plan stops.
    card_token = models.TextField("tarjeta guardada (cifrada)", blank=True, editable=False)
    brand = models.CharField("marca", max_length=20, blank=True)
    last_four = models.CharField("últimos cuatro dígitos", max_length=4, blank=True)
    card_expires = models.DateField("vencimiento de la tarjeta", null=True, blank=True)
    # Whether a charge of this card was approved: the gateway treats the first one apart.
    card_used = models.BooleanField("tarjeta ya cobrada", default=False)

    objects = AutomaticPlanQuerySet.as_manager()

    class Meta:
        verbose_name = "pago automático"
        verbose_name_plural = "pagos automáticos"
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=~Q(state=PlanState.STOPPED), name="an_account_has_one_automatic_payment"
            ),
            models.CheckConstraint(
                condition=Q(kinds__len__gt=0, kinds__contained_by=list(Kind.values)),
                name="an_automatic_payment_names_its_kinds",
            ),
            models.CheckConstraint(condition=Q(ceiling__gt=0), name="an_automatic_payment_has_a_ceiling"),
            models.CheckConstraint(
                condition=Q(day__gte=FIRST_DAY, day__lte=LAST_DAY), name="an_automatic_payment_has_a_day_of_each_month"
            ),
            models.CheckConstraint(
                condition=(
                    Q(state=PlanState.ACTIVE, card_expires__isnull=False)
                    & ~Q(card_token="")
                    & Q(last_four__regex=r"^[0-9]{4}$")
                )
                | (~Q(state=PlanState.ACTIVE) & Q(card_token="")),
                name="only_an_active_automatic_payment_has_a_card",
            ),
            models.CheckConstraint(
                condition=(Q(state=PlanState.STOPPED, stopped_at__isnull=False) & ~Q(stop_reason=""))
                | (~Q(state=PlanState.STOPPED) & Q(stopped_at=None, stop_reason="")),
                name="a_stopped_automatic_payment_says_when_and_why",
            ),
        ]
        triggers = [
            legal_transitions("an_automatic_payment_moves_legally", PLAN_TRANSITIONS),
            never_deleted("an_automatic_payment_is_never_deleted"),
            pgtrigger.ReadOnly(name="an_automatic_payment_stays_with_its_account", fields=["user", "member"]),
        ]

    def __str__(self) -> str:
        return f"Pago automático de {self.member}"

    @property
    def active(self) -> bool:
        return self.state == PlanState.ACTIVE

    @property
    def card(self) -> str:
        """The card as pages and letters name it: `Visa terminada en 8059`."""
        return f"{self.brand.capitalize() or 'Tarjeta'} terminada en {self.last_four}" if self.last_four else ""

    @property
    def kind_labels(self) -> str:
        return " y ".join(Kind(kind).label for kind in sorted(self.kinds))

    def card_expired(self, day: date) -> bool:
        return self.card_expires is not None and self.card_expires < day


class AutomaticChargeQuerySet(models.QuerySet["AutomaticCharge"]):
    def waiting(self) -> Self:
        return self.filter(state__in=WAITING_STATES)

    def charging(self) -> Self:
        return self.filter(state=ChargeState.CHARGING)


class AutomaticCharge(models.Model):
    """A charge as its letter announced it."""

    # What the letter's link names.
    ref = models.UUIDField("referencia", default=uuid.uuid4, unique=True, editable=False)
    plan = models.ForeignKey(AutomaticPlan, models.PROTECT, related_name="charges", verbose_name="pago automático")
    kind = models.CharField("tipo de cuota", max_length=10, choices=Kind)
    month = models.DateField("mes")
    charge_on = models.DateField("fecha del cobro")
    amount = models.DecimalField("monto anunciado (S/)", max_digits=9, decimal_places=2)
    card = models.CharField("tarjeta anunciada", max_length=60)
    # The one that named the day of the next try: the announcement, later the news of the last decline.
    letter = models.OneToOneField(Letter, models.PROTECT, related_name="+", verbose_name="carta")
    state = models.CharField("estado", max_length=10, choices=ChargeState, default=ChargeState.ANNOUNCED)
    # The day of the next try: the announced one, later that of a repetition.
    next_on = models.DateField("próximo intento")
    reason = models.CharField("motivo", max_length=200, blank=True)
    # When a worker was last asked to make the charge; another is asked when nothing came of it.
    queued_at = models.DateTimeField("encargado", null=True, blank=True)
    started_at = models.DateTimeField("último intento", null=True, blank=True)
    finished_at = models.DateTimeField("terminado", null=True, blank=True)

    objects = AutomaticChargeQuerySet.as_manager()

    class Meta:
        verbose_name = "cobro automático"
        verbose_name_plural = "cobros automáticos"
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "kind", "month"],
                condition=~Q(state=ChargeState.DROPPED),
                name="a_month_has_one_automatic_charge",
            ),
            models.UniqueConstraint(
                fields=["plan", "kind"],
                condition=Q(state=ChargeState.CHARGING),
                name="an_automatic_payment_charges_once_at_a_time",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="an_automatic_charge_is_more_than_nothing"),
            models.CheckConstraint(
                condition=Q(month__day=1, charge_on__gte=F("month"), next_on__gte=F("charge_on")),
                name="an_automatic_charge_is_made_on_its_day_or_later",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[ChargeState.DROPPED, ChargeState.FAILED, ChargeState.RETRYING]) | ~Q(reason=""),
                name="an_automatic_charge_not_made_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["next_on", "id"], condition=Q(state__in=WAITING_STATES), name="automatic_to_charge"),
            models.Index(fields=["id"], condition=Q(state=ChargeState.CHARGING), name="automatic_charging"),
        ]
        triggers = [
            legal_transitions("an_automatic_charge_moves_legally", CHARGE_TRANSITIONS),
            never_deleted("an_automatic_charge_is_never_deleted"),
            pgtrigger.ReadOnly(
                name="an_automatic_charge_keeps_what_its_letter_says",
                fields=["ref", "plan", "kind", "month", "charge_on", "amount", "card"],
            ),
            pgtrigger.Trigger(
                name="an_automatic_charge_has_a_letter_of_three_days",
                operation=pgtrigger.Update | pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__state=ChargeState.CHARGING),
                func=f"""
                IF NOT EXISTS (
                    SELECT FROM payments_letter AS letter WHERE letter.id = NEW.letter_id AND letter.state = 'sent'
                       AND letter.sent_at <= NEW.started_at - interval '{NOTICE_DAYS} days'
                ) THEN
                    RAISE EXCEPTION 'automatic charge % has no letter that left three days before', NEW.id
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'an_automatic_charge_has_a_letter_of_three_days';
                END IF;
                RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, cobro del {self.charge_on:%d/%m/%Y}"

    @property
    def waiting(self) -> bool:
        return self.state in WAITING_STATES

    @property
    def description(self) -> str:
        """What the letter announced: `Cuota Colegiado: julio y agosto 2026`."""
        return f"{self.get_kind_display()}: {months.several(sorted(line.due.period for line in self.lines.all()))}"

    @property
    def last_order(self) -> Order | None:
        """The order of the last try; None before the first."""
        tries = sorted(self.tries.all(), key=lambda made: made.number)
        return tries[-1].order if tries else None

    @property
    def shown_amount(self) -> Decimal:
        """Soles that were charged, which may be less than announced; until then the announced ones."""
        order = self.last_order
        return order.total if order and self.state == ChargeState.PAID else self.amount


class AutomaticLine(models.Model):
    """A due that a letter announced, with its amount that day."""

    charge = models.ForeignKey(AutomaticCharge, models.PROTECT, related_name="lines", verbose_name="cobro")
    due = models.ForeignKey(Due, models.PROTECT, related_name="+", verbose_name="cuota")
    amount = models.DecimalField("monto (S/)", max_digits=8, decimal_places=2)

    class Meta:
        verbose_name = "cuota anunciada"
        verbose_name_plural = "cuotas anunciadas"
        constraints = [models.UniqueConstraint(fields=["charge", "due"], name="a_letter_announces_a_due_once")]
        triggers = [frozen("an_announced_due_stays_announced")]

    def __str__(self) -> str:
        return f"{self.due} S/ {self.amount:,.2f}"


class AutomaticTry(models.Model):
    """One order by which the worker tried to charge. Its attempt has a purchase number of its own, as any other."""

    charge = models.ForeignKey(AutomaticCharge, models.PROTECT, related_name="tries", verbose_name="cobro")
    order = models.OneToOneField(Order, models.PROTECT, related_name="automatic_try", verbose_name="pedido")
    number = models.PositiveSmallIntegerField("intento")
    made_at = models.DateTimeField("hecho", default=timezone.now)

    class Meta:
        verbose_name = "intento de cobro automático"
        verbose_name_plural = "intentos de cobro automático"
        constraints = [
            models.UniqueConstraint(fields=["charge", "number"], name="an_automatic_try_is_counted_once"),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=MOST_TRIES), name="an_automatic_charge_is_tried_three_times"
            ),
        ]
        triggers = [frozen("an_automatic_try_never_changes")]

    def __str__(self) -> str:
        return f"{self.charge}, intento {self.number}"


class AutomaticEvent(models.Model):
    """A step of a plan, for the member and for whoever asks later what was agreed."""

    plan = models.ForeignKey(AutomaticPlan, models.PROTECT, related_name="events", verbose_name="pago automático")
    at = models.DateTimeField("fecha", default=timezone.now)
    actor = models.CharField("quién", max_length=60)
    what = models.CharField("qué", max_length=200)
    # The terms as they were agreed: kinds, ceiling, day and version of the text. No token is ever in it.
    terms = models.JSONField("lo acordado", default=dict, blank=True)

    class Meta:
        verbose_name = "historia de pago automático"
        verbose_name_plural = "historia de pagos automáticos"
        triggers = [frozen("an_automatic_payments_history_never_changes")]

    def __str__(self) -> str:
        return f"{self.at:%d/%m/%Y} {self.what}"
