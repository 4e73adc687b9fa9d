"""Chargebacks: a cardholder disputes a charge at their bank, and the gateway takes the money back unless we answer."""

import pgtrigger
from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from base.postgres.triggers import frozen, legal_transitions, never_deleted
from payments.models.attempts import Attempt
from payments.models.refunds import Refund
from payments.states import CHARGEBACK_TRANSITIONS, FINAL_LOSSES, OPEN_CHARGEBACK_STATES, ChargebackState


class Chargeback(models.Model):
    """One notice of the gateway about one charge, and how it ended.

    While it is open nothing else takes the money of the charge. To give it up or to book its loss takes two people:
    `proposed_by` says so and `decided_by` confirms.
    """

    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="chargebacks", verbose_name="intento")
    reference = models.CharField("número del caso", max_length=40)
    amount = models.DecimalField("monto disputado (S/)", max_digits=9, decimal_places=2)
    notified_on = models.DateField("fecha del aviso")
    reason = models.CharField("motivo según la pasarela", max_length=200, validators=[MinLengthValidator(3)])
    answer_by = models.DateField("responder hasta")
    state = models.CharField("estado", max_length=10, choices=ChargebackState, default=ChargebackState.RECEIVED)
    # None: it came with a payout report.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="registrado por",
        db_index=False,
    )
    recorded_at = models.DateTimeField("registrado", default=timezone.now)
    proposed_end = models.CharField("desenlace propuesto", max_length=10, choices=ChargebackState, blank=True)
    proposed_reason = models.CharField("motivo del desenlace", max_length=150, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="desenlace propuesto por",
        db_index=False,
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="cerrado por",
        db_index=False,
    )
    decided_at = models.DateTimeField("cerrado", null=True, blank=True)
    refund = models.OneToOneField(
        Refund, models.PROTECT, null=True, blank=True, related_name="chargeback", verbose_name="devolución"
    )

    class Meta:
        verbose_name = "contracargo"
        verbose_name_plural = "contracargos"
        permissions = [("close_chargeback", "Puede cerrar contracargos")]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_chargeback_is_more_than_nothing"),
            models.UniqueConstraint(fields=["attempt", "reference"], name="a_chargeback_is_recorded_once"),
            models.UniqueConstraint(
                fields=["attempt"],
                condition=Q(state__in=OPEN_CHARGEBACK_STATES),
                name="a_charge_has_one_open_chargeback",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=FINAL_LOSSES)
                | (Q(proposed_by__isnull=False, decided_by__isnull=False) & ~Q(proposed_by=F("decided_by"))),
                name="a_second_person_closes_a_lost_chargeback",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_CHARGEBACK_STATES, decided_at=None, decided_by=None)
                | (~Q(state__in=OPEN_CHARGEBACK_STATES) & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="a_closed_chargeback_names_its_person",
            ),
            models.CheckConstraint(
                condition=Q(refund=None) | Q(state__in=FINAL_LOSSES), name="only_a_lost_chargeback_takes_money"
            ),
        ]
        indexes = [
            models.Index(fields=["answer_by"], condition=Q(state__in=OPEN_CHARGEBACK_STATES), name="chargeback_open"),
        ]
        triggers = [
            legal_transitions("a_chargeback_moves_legally", CHARGEBACK_TRANSITIONS),
            never_deleted("a_chargeback_is_never_deleted"),
            pgtrigger.ReadOnly(
                name="a_chargeback_keeps_what_was_notified",
                fields=["attempt", "reference", "amount", "notified_on", "author", "recorded_at"],
            ),
        ]

    def __str__(self) -> str:
        return f"Contracargo {self.reference} de S/ {self.amount:,.2f}"

    @property
    def open(self) -> bool:
        return self.state in OPEN_CHARGEBACK_STATES


class ChargebackPaper(models.Model):
    """What was sent to the gateway, or came from it: a note, with a file or without."""

    chargeback = models.ForeignKey(Chargeback, models.PROTECT, related_name="papers", verbose_name="contracargo")
    note = models.CharField("qué es", max_length=200, validators=[MinLengthValidator(5)])
    content = models.BinaryField("archivo", null=True, blank=True)
    media_type = models.CharField("tipo de archivo", max_length=20, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="agregado por", db_index=False
    )
    added_at = models.DateTimeField("agregado", default=timezone.now)

    class Meta:
        verbose_name = "documento de un contracargo"
        verbose_name_plural = "documentos de contracargos"
        triggers = [frozen("a_chargeback_paper_never_changes")]

    def __str__(self) -> str:
        return self.note
