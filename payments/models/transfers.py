"""Transfers of payments that were credited to the wrong physician. The payment itself stays unchanged."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from base.postgres.triggers import never_deleted
from dues.models import Settlement
from members.models import Member
from payments.models.disputed import not_while_disputed
from payments.models.orders import Order, OrderLine


class TransferQuerySet(models.QuerySet["Transfer"]):
    def pending(self) -> Self:
        return self.filter(decided_at=None)

    def done(self) -> Self:
        return self.filter(decided_at__isnull=False, rejection="")


class Transfer(models.Model):
    """A proposal of the treasury to transfer an order's payment to another physician; a second person decides."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="transfers", verbose_name="pedido")
    member = models.ForeignKey(Member, models.PROTECT, related_name="transfers", verbose_name="a quien corresponde")
    reason = models.CharField("motivo", max_length=150, validators=[MinLengthValidator(5)])
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="propuesto por", db_index=False
    )
    proposed_at = models.DateTimeField("propuesto", default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="decidido por",
        db_index=False,
    )
    decided_at = models.DateTimeField("decidido", null=True, blank=True)
    rejection = models.CharField("motivo del rechazo", max_length=150, blank=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        db_table = "payments_move"
        verbose_name = "pase de un pago a otro colegiado"
        verbose_name_plural = "pases de pagos a otro colegiado"
        permissions = [("approve_transfer", "Puede aprobar o rechazar pases de pagos a otro colegiado")]
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=Q(rejection=""), name="an_order_is_moved_once"),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, rejection="")
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="a_decided_move_names_its_person",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None) | ~Q(rejection="") | ~Q(decided_by=F("author")),
                name="a_second_person_approves_a_move",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="a_move_keeps_what_was_proposed", exclude=["decided_by", "decided_at", "rejection"]
            ),
            pgtrigger.Protect(
                name="a_decided_move_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False),
            ),
            never_deleted("a_move_is_never_deleted"),
        ]

    def __str__(self) -> str:
        return f"{self.order} pasa a {self.member}"

    @property
    def done(self) -> bool:
        return self.decided_at is not None and not self.rejection


class TransferLine(models.Model):
    """The due of the right physician that one order line pays since the transfer, by `settlement`."""

    transfer = models.ForeignKey(
        Transfer, models.PROTECT, related_name="lines", verbose_name="pase", db_column="move_id"
    )
    line = models.OneToOneField(OrderLine, models.PROTECT, related_name="transferred", verbose_name="cuota del pedido")
    settlement = models.OneToOneField(
        Settlement, models.PROTECT, related_name="transfer_line", verbose_name="pago de cuota"
    )

    class Meta:
        db_table = "payments_moveline"
        verbose_name = "cuota pasada"
        verbose_name_plural = "cuotas pasadas"
        triggers = [
            pgtrigger.Protect(name="a_moved_line_never_changes", operation=pgtrigger.Update | pgtrigger.Delete),
            not_while_disputed(
                "a_disputed_charge_is_not_moved",
                """(SELECT attempt.id FROM payments_attempt AS attempt
                     JOIN payments_move AS move ON move.order_id = attempt.order_id
                    WHERE move.id = NEW.move_id AND attempt.settles_order)""",
            ),
            pgtrigger.Trigger(
                name="a_moved_line_keeps_its_sum_and_payment",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func="""
                IF NOT EXISTS (
                    SELECT FROM payments_orderline AS line
                    JOIN payments_move AS move ON move.id = NEW.move_id AND move.order_id = line.order_id
                    JOIN payments_attempt AS attempt ON attempt.order_id = line.order_id AND attempt.settles_order
                    JOIN dues_settlement AS paid ON paid.id = NEW.settlement_id AND paid.amount = line.amount
                     AND paid.reference = attempt.purchase_number::text
                    JOIN dues_due AS due ON due.id = paid.due_id AND due.member_id = move.member_id
                    WHERE line.id = NEW.line_id
                      AND NOT EXISTS (SELECT FROM dues_settlement AS former
                                      WHERE former.due_id = line.due_id AND former.reference = paid.reference
                                        AND former.reversed_at IS NULL)
                ) THEN
                    RAISE EXCEPTION 'line % was not moved whole to the right physician', NEW.line_id
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'a_moved_line_keeps_its_sum_and_payment';
                END IF;
                RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} → {self.settlement}"
