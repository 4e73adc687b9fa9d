"""Refunds, their lines, and the proposals that wait for a second person."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from base.postgres.triggers import legal_transitions, never_deleted
from payments.models.attempts import Attempt
from payments.models.orders import OrderLine
from payments.states import LIVE_REFUND_STATES, REFUND_TRANSITIONS, RefundState


class RefundQuerySet(models.QuerySet["Refund"]):
    def live(self) -> Self:
        return self.filter(state__in=LIVE_REFUND_STATES)


class Refund(models.Model):
    """Money returned to a card: a void (same day, whole) or a refund (later, whole or by due)."""

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

    objects = RefundQuerySet.as_manager()

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
            legal_transitions("a_refund_moves_legally", REFUND_TRANSITIONS),
            never_deleted("a_refund_is_never_deleted"),
            pgtrigger.ReadOnly(name="a_refund_keeps_what_was_asked", fields=["attempt", "method", "amount", "author"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_method_display()} de S/ {self.amount:,.2f} ({self.attempt})"

    @property
    def number(self) -> str:
        """Our reference at the gateway, at most 20 characters, equal on every repetition."""
        return f"{self.attempt.number}-{self.pk}"


class RefundLine(models.Model):
    """One order line that a refund returns. `live` turns false if the gateway refuses."""

    refund = models.ForeignKey(Refund, models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="refund_lines")
    live = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line"], condition=Q(live=True), name="a_line_is_given_back_once"),
        ]

    def __str__(self) -> str:
        return f"{self.line} en {self.refund}"


class RefundProposalQuerySet(models.QuerySet["RefundProposal"]):
    def pending(self) -> Self:
        return self.filter(decided_at=None)


class RefundProposal(models.Model):
    """A refund proposed by one person of the treasury; a second person must approve.

    Without lines it covers the whole charge, or what is left of it.
    """

    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="proposals", verbose_name="intento")
    lines = models.ManyToManyField(OrderLine, related_name="+", blank=True, verbose_name="cuotas")
    amount = models.DecimalField("monto (S/)", max_digits=9, decimal_places=2)
    reason = models.CharField("motivo", max_length=150, validators=[MinLengthValidator(5)])
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="propuesta por", db_index=False
    )
    proposed_at = models.DateTimeField("propuesta", default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="decidida por",
        db_index=False,
    )
    decided_at = models.DateTimeField("decidida", null=True, blank=True)
    rejection = models.CharField("motivo del rechazo", max_length=150, blank=True)
    refund = models.OneToOneField(
        Refund, models.PROTECT, null=True, blank=True, related_name="proposal", verbose_name="devolución"
    )

    objects = RefundProposalQuerySet.as_manager()

    class Meta:
        verbose_name = "propuesta de devolución"
        verbose_name_plural = "propuestas de devolución"
        permissions = [
            ("approve_refund", "Puede aprobar o rechazar devoluciones"),
            ("settle_refund", "Puede cerrar devoluciones en duda"),
            ("ask_gateway", "Puede consultar a la pasarela"),
            ("release_hold", "Puede liberar reservas vencidas"),
            ("export_payments", "Puede exportar pagos"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_proposal_is_more_than_nothing"),
            models.CheckConstraint(
                condition=Q(refund=None) | (Q(decided_by__isnull=False) & ~Q(decided_by=F("author"))),
                name="a_second_person_approves_a_refund",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, refund=None, rejection="")
                | (Q(decided_at__isnull=False, decided_by__isnull=False) & (Q(refund=None) ^ Q(rejection=""))),
                name="a_decision_names_its_person_and_outcome",
            ),
            models.UniqueConstraint(
                fields=["attempt"], condition=Q(decided_at=None), name="an_attempt_has_one_open_proposal"
            ),
        ]
        triggers = [
            never_deleted("a_proposal_is_never_deleted"),
            pgtrigger.ReadOnly(
                name="a_proposal_keeps_what_was_proposed",
                fields=["attempt", "amount", "reason", "author", "proposed_at"],
            ),
            pgtrigger.Protect(
                name="a_decision_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Devolver S/ {self.amount:,.2f} ({self.attempt})"
