"""Refunds, their lines, and the proposals that wait for a second person."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from base.postgres.triggers import legal_transitions, never_deleted
from dues.models import Operation
from payments.models.attempts import Attempt
from payments.models.disputed import not_while_disputed
from payments.models.orders import OrderLine
from payments.states import LIVE_REFUND_STATES, REFUND_TRANSITIONS, RefundState

NOT_DISPUTED = ["void", "refund", "other"]


class RefundQuerySet(models.QuerySet["Refund"]):
    def live(self) -> Self:
        return self.filter(state__in=LIVE_REFUND_STATES)


class Refund(models.Model):
    """Money on its way back: a void (the same day, whole) or a refund to the card (later, whole or by due).

    Money that left by other means or by a chargeback has its row too, which begins as done.
    """

    class Method(models.TextChoices):
        VOID = "void", "Anulación"
        REFUND = "refund", "Devolución"
        # Money that left elsewhere; the gateway is asked nothing and the row begins as done.
        OTHER = "other", "Devolución por otro medio"
        CHARGEBACK = "chargeback", "Contracargo"

    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="refunds", verbose_name="intento")
    method = models.CharField("modo", max_length=10, choices=Method)
    amount = models.DecimalField("monto (S/)", max_digits=9, decimal_places=2)
    reason = models.CharField("motivo", max_length=200)
    author = models.CharField("pedida por", max_length=254)
    requested_at = models.DateTimeField("pedida", default=timezone.now)
    state = models.CharField("estado", max_length=10, choices=RefundState, default=RefundState.REQUESTED)
    next_question_at = models.DateTimeField("próxima consulta", null=True, blank=True)
    concluded_at = models.DateTimeField("concluida", null=True, blank=True)
    gateway_reference = models.CharField("referencia de la pasarela", max_length=40, blank=True)
    code = models.CharField("código de la pasarela", max_length=10, blank=True)
    # How it went back, as the member is told; empty for what the portal sent to the card.
    means = models.CharField("cómo se devolvió", max_length=150, blank=True)
    # Of a refused one: two people decided that the member is owed nothing any more.
    waived = models.BooleanField("ya no corresponde", default=False)

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
            not_while_disputed(
                "a_disputed_charge_gives_nothing_back", "NEW.attempt_id", pgtrigger.Q(new__method__in=NOT_DISPUTED)
            ),
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

    class Means(models.TextChoices):
        """How the money goes back; the last says that it does not."""

        CARD = "card", "A la tarjeta, por la pasarela"
        PANEL = "panel", "Ya devuelto en el panel de la pasarela"
        TRANSFER = "transfer", "Ya devuelto por transferencia"
        CHEQUE = "cheque", "Ya devuelto por cheque o efectivo"
        NONE = "none", "No se devuelve: ya no corresponde"

    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="proposals", verbose_name="intento")
    means = models.CharField("medio", max_length=8, choices=Means, default=Means.CARD)
    # Of money that went back elsewhere: the operation's number, its day, what shows it.
    reference = models.CharField("número de la operación", max_length=40, blank=True)
    given_back_on = models.DateField("fecha de la devolución", null=True, blank=True)
    evidence = models.CharField("evidencia", max_length=300, blank=True)
    voucher = models.BinaryField("constancia", null=True, blank=True)
    voucher_type = models.CharField("tipo de archivo", max_length=20, blank=True)
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
                condition=Q(decided_at=None) | ~Q(rejection="") | ~Q(decided_by=F("author")),
                name="a_second_person_approves_a_refund",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, refund=None, rejection="")
                | (
                    Q(decided_at__isnull=False, decided_by__isnull=False)
                    & ((Q(refund=None) ^ Q(rejection="")) | Q(means="none", refund=None))
                ),
                name="a_decision_names_its_person_and_outcome",
            ),
            models.CheckConstraint(
                condition=Q(means__in=["card", "none"], reference="", given_back_on=None, evidence="")
                | (
                    Q(means__in=["panel", "transfer", "cheque"], given_back_on__isnull=False)
                    & ~Q(reference="")
                    & ~Q(evidence="")
                ),
                name="money_given_back_elsewhere_has_its_evidence",
            ),
            # One transfer gives back one charge: the same operation twice would reopen dues for money that never left.
            models.UniqueConstraint(
                "means",
                Operation("reference"),
                condition=~Q(reference="") & Q(rejection=""),
                name="an_operation_gives_back_once",
            ),
            models.UniqueConstraint(
                fields=["attempt"], condition=Q(decided_at=None), name="an_attempt_has_one_open_proposal"
            ),
        ]
        triggers = [
            never_deleted("a_proposal_is_never_deleted"),
            pgtrigger.ReadOnly(
                name="a_proposal_keeps_what_was_proposed",
                fields=[
                    *("attempt", "amount", "reason", "author", "proposed_at"),
                    *("means", "reference", "given_back_on", "evidence"),
                ],
            ),
            pgtrigger.Protect(
                name="a_decision_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Devolver S/ {self.amount:,.2f} ({self.attempt})"
