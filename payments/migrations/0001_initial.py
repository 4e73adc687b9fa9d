"""The tables of payments with their constraints, indexes and triggers."""

import uuid
from decimal import Decimal

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models

import base.postgres.create_models
import dues.models.settled

# Money on its way back to a card is not given back as a surplus too. `dues` knows no refunds: the rule stands here.
SURPLUS_WAITS = """
    CREATE FUNCTION a_surplus_waits_for_its_refund() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (
            SELECT FROM payments_refundline AS given
            JOIN payments_refund AS refund ON refund.id = given.refund_id
             AND refund.state IN ('requested', 'sending', 'in_doubt')
            JOIN payments_attempt AS attempt ON attempt.id = refund.attempt_id
             AND attempt.purchase_number::text = NEW.reference
            JOIN payments_orderline AS line ON line.id = given.line_id
            LEFT JOIN payments_moveline AS moved ON moved.line_id = line.id
            LEFT JOIN dues_settlement AS paid ON paid.id = moved.settlement_id
            WHERE coalesce(paid.due_id, line.due_id) = NEW.due_id
        ) THEN
            RAISE EXCEPTION 'the payment of surplus % is being given back', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_surplus_waits_for_its_refund';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER a_surplus_waits_for_its_refund BEFORE UPDATE ON dues_surplus FOR EACH ROW
    WHEN (NEW.channel = 'card' AND OLD.resolved_at IS NULL AND NEW.resolved_at IS NOT NULL AND NOT NEW.withdrawn)
    EXECUTE FUNCTION a_surplus_waits_for_its_refund();
"""
SURPLUS_WAITS_NO_MORE = """
    DROP TRIGGER a_surplus_waits_for_its_refund ON dues_surplus;
    DROP FUNCTION a_surplus_waits_for_its_refund();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("dues", "0001_initial"),
        ("members", "0001_initial"),
    ]

    operations = [
        # NO CYCLE: a purchase number is never used twice. To start elsewhere: ALTER SEQUENCE … RESTART (README).
        migrations.RunSQL(
            "CREATE SEQUENCE payments_purchase_number AS integer MINVALUE 1 MAXVALUE 999999999 NO CYCLE",
            "DROP SEQUENCE payments_purchase_number",
        ),
        base.postgres.create_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Alert",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=60, verbose_name="qué")),
                        ("words", models.CharField(max_length=400, verbose_name="descripción")),
                        ("place", models.CharField(max_length=200, verbose_name="página")),
                        ("opened_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="desde")),
                        ("cured_at", models.DateTimeField(blank=True, null=True, verbose_name="resuelta")),
                    ],
                    options={
                        "verbose_name": "alerta",
                        "verbose_name_plural": "alertas",
                        "indexes": [models.Index(fields=["-opened_at"], name="alert_newest")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("cured_at", None)), fields=("key",), name="a_trouble_is_told_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Order",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "ref",
                            models.UUIDField(
                                default=uuid.uuid4, editable=False, unique=True, verbose_name="referencia"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="orders",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="cuenta",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="orders",
                                to="members.member",
                                verbose_name="colegiado",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("colegiado", "Cuota Colegiado"), ("semefa", "Cuota SEMEFA")],
                                max_length=10,
                                verbose_name="tipo de cuota",
                            ),
                        ),
                        (
                            "document",
                            models.CharField(
                                choices=[("03", "Boleta"), ("01", "Factura")], max_length=2, verbose_name="comprobante"
                            ),
                        ),
                        ("email", models.EmailField(max_length=254, verbose_name="correo para el comprobante")),
                        (
                            "buyer_document_type",
                            models.CharField(
                                choices=[("1", "DNI"), ("4", "Carné de extranjería"), ("6", "RUC"), ("7", "Pasaporte")],
                                max_length=1,
                                verbose_name="documento del comprador",
                            ),
                        ),
                        (
                            "buyer_document_number",
                            models.CharField(max_length=15, verbose_name="número de documento del comprador"),
                        ),
                        ("buyer_name", models.CharField(max_length=250, verbose_name="nombre o razón social")),
                        (
                            "buyer_address",
                            models.CharField(blank=True, max_length=250, verbose_name="dirección del comprador"),
                        ),
                        ("total", models.DecimalField(decimal_places=2, max_digits=9, verbose_name="total (S/)")),
                        ("currency", models.CharField(default="PEN", max_length=3, verbose_name="moneda")),
                        ("terms_version", models.CharField(max_length=20, verbose_name="versión de los términos")),
                        ("terms_accepted_at", models.DateTimeField(verbose_name="términos aceptados")),
                        (
                            "paid_by_other",
                            models.BooleanField(default=False, verbose_name="por enlace, de otra persona"),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Por confirmar"),
                                    ("awaiting_payment", "Esperando el pago"),
                                    ("paid", "Pagado"),
                                    ("partly_refunded", "Devuelto en parte"),
                                    ("refunded", "Devuelto"),
                                    ("expired", "Vencido"),
                                    ("cancelled", "Cancelado"),
                                ],
                                default="draft",
                                max_length=20,
                                verbose_name="estado",
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="creado")),
                        ("expires_at", models.DateTimeField(verbose_name="vence")),
                        ("paid_at", models.DateTimeField(blank=True, null=True, verbose_name="pagado")),
                    ],
                    options={
                        "verbose_name": "pedido",
                        "verbose_name_plural": "pedidos",
                        "indexes": [
                            models.Index(fields=["user", "-created_at"], name="order_history"),
                            models.Index(
                                condition=models.Q(("state__in", ("draft", "awaiting_payment"))),
                                fields=["expires_at"],
                                name="order_to_expire",
                            ),
                            models.Index(django.db.models.functions.text.Lower("email"), name="order_by_email"),
                            models.Index(fields=["buyer_document_number"], name="order_by_buyer"),
                            models.Index(
                                condition=models.Q(("paid_at__isnull", False)),
                                fields=["paid_at"],
                                name="order_by_day_paid",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("total__gt", 0)), name="an_order_is_more_than_nothing"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("paid_at__isnull", False),
                                        ("state__in", ["paid", "partly_refunded", "refunded"]),
                                    ),
                                    models.Q(
                                        ("paid_at__isnull", True),
                                        models.Q(("state__in", ["paid", "partly_refunded", "refunded"]), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="paid_at_is_set_exactly_when_paid",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("document", "03"),
                                    models.Q(
                                        ("buyer_document_type", "6"),
                                        ("document", "01"),
                                        models.Q(("buyer_address", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="a_factura_names_a_ruc_and_its_address",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("buyer_name__regex", "\\S.+\\S"),
                                    models.Q(
                                        models.Q(
                                            ("buyer_document_number__regex", "^[0-9]{8}$"), ("buyer_document_type", "1")
                                        ),
                                        models.Q(
                                            ("buyer_document_number__regex", "^[0-9]{11}$"),
                                            ("buyer_document_type", "6"),
                                        ),
                                        models.Q(
                                            ("buyer_document_number__regex", "\\S"),
                                            ("buyer_document_type__in", ["4", "7"]),
                                        ),
                                        _connector="OR",
                                    ),
                                ),
                                name="a_buyer_has_a_name_and_a_fitting_document",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("draft", "awaiting_payment"))),
                                fields=("user", "kind"),
                                name="an_account_has_one_unfinished_order",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="an_order_moves_legally",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE _is_valid_transition BOOLEAN;",
                                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{awaiting_payment:cancelled,awaiting_payment:expired,awaiting_payment:paid,cancelled:paid,draft:awaiting_payment,draft:cancelled,draft:expired,expired:paid,paid:partly_refunded,paid:refunded,partly_refunded:refunded}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                                    hash="3ca2504c8a1500ec8cfdcc1e40544e08d2816c51",
                                    operation="UPDATE",
                                    pgid="pgtrigger_an_order_moves_legally_d0391",
                                    table="payments_order",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="an_order_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="ce1f71b6e52d585982ba7d3e6170c1d19ea4a9fa",
                                    operation="DELETE",
                                    pgid="pgtrigger_an_order_is_never_deleted_16eff",
                                    table="payments_order",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_successor_pays_only_semefa",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF EXISTS (\n                    SELECT FROM members_succession AS heir WHERE heir.user_id = NEW.user_id AND heir.ended_at IS NULL\n                       AND (NEW.kind <> 'semefa' OR NEW.member_id <> heir.member_id OR (NEW.document = '03'\n                            AND (NEW.buyer_document_type, NEW.buyer_document_number)\n                                <> (heir.document_type, heir.document_number)))\n                ) THEN\n                    RAISE EXCEPTION 'account % took over a SEMEFA and pays only that, in its own name', NEW.user_id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'a_successor_pays_only_semefa';\n                END IF;\n                RETURN NEW;\n                ",
                                    hash="d8c244927155287beeef8363f08d2b56e800bda6",
                                    operation="INSERT",
                                    pgid="pgtrigger_a_successor_pays_only_semefa_4d6d0",
                                    table="payments_order",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="an_order_keeps_what_was_chosen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."document" IS DISTINCT FROM (NEW."document") OR OLD."total" IS DISTINCT FROM (NEW."total") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."terms_version" IS DISTINCT FROM (NEW."terms_version") OR OLD."paid_by_other" IS DISTINCT FROM (NEW."paid_by_other") OR OLD."buyer_document_type" IS DISTINCT FROM (NEW."buyer_document_type") OR OLD."buyer_document_number" IS DISTINCT FROM (NEW."buyer_document_number") OR OLD."buyer_name" IS DISTINCT FROM (NEW."buyer_name") OR OLD."buyer_address" IS DISTINCT FROM (NEW."buyer_address"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="69b14e13a4ec31e5be2e04b8f09f36e4b0e5ae61",
                                    operation="UPDATE",
                                    pgid="pgtrigger_an_order_keeps_what_was_chosen_3ff08",
                                    table="payments_order",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OrderLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="payments.order",
                                verbose_name="pedido",
                            ),
                        ),
                        (
                            "due",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="order_lines",
                                to="dues.due",
                                verbose_name="cuota",
                            ),
                        ),
                        ("period", models.DateField(verbose_name="mes")),
                        ("amount", models.DecimalField(decimal_places=2, max_digits=8, verbose_name="monto (S/)")),
                    ],
                    options={
                        "verbose_name": "cuota del pedido",
                        "verbose_name_plural": "cuotas del pedido",
                        "constraints": [
                            models.UniqueConstraint(fields=("order", "due"), name="an_order_names_a_due_once"),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="a_line_is_more_than_nothing"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_line_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="aa6bd98e5458ae45d7ed501985addd20f3f5584a",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_line_never_changes_a96cf",
                                    table="payments_orderline",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_line_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="ac2420bca4b06e50bd8736f87e06c9758e770e0f",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_line_is_never_deleted_7496d",
                                    table="payments_orderline",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Attempt",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="attempts",
                                to="payments.order",
                                verbose_name="pedido",
                            ),
                        ),
                        (
                            "purchase_number",
                            models.PositiveIntegerField(
                                db_default=models.Func(models.Value("payments_purchase_number"), function="nextval"),
                                editable=False,
                                unique=True,
                                verbose_name="número de pedido",
                            ),
                        ),
                        ("environment", models.CharField(max_length=12, verbose_name="entorno")),
                        ("merchant_id", models.CharField(max_length=12, verbose_name="código de comercio")),
                        ("amount", models.DecimalField(decimal_places=2, max_digits=9, verbose_name="monto (S/)")),
                        ("currency", models.CharField(default="PEN", max_length=3, verbose_name="moneda")),
                        (
                            "way",
                            models.CharField(
                                choices=[
                                    ("card", "Tarjeta"),
                                    ("yape", "Yape"),
                                    ("pagoefectivo", "PagoEfectivo"),
                                    ("automatic", "Pago automático"),
                                ],
                                default="card",
                                max_length=12,
                                verbose_name="forma de pago",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("created", "Creado"),
                                    ("form_open", "Formulario abierto"),
                                    ("authorising", "Autorizando"),
                                    ("approved", "Aprobado"),
                                    ("declined", "Denegado"),
                                    ("in_doubt", "En verificación"),
                                    ("absent", "No realizado"),
                                    ("abandoned", "Abandonado"),
                                    ("voided", "Anulado"),
                                    ("refunded", "Devuelto"),
                                ],
                                default="created",
                                max_length=12,
                                verbose_name="estado",
                            ),
                        ),
                        (
                            "client_address",
                            models.GenericIPAddressField(blank=True, null=True, verbose_name="dirección del navegador"),
                        ),
                        ("forms_opened", models.PositiveIntegerField(default=0, verbose_name="formularios abiertos")),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="creado")),
                        (
                            "authorising_since",
                            models.DateTimeField(blank=True, null=True, verbose_name="enviado a autorizar"),
                        ),
                        ("concluded_at", models.DateTimeField(blank=True, null=True, verbose_name="concluido")),
                        ("settles_order", models.BooleanField(default=False, verbose_name="paga el pedido")),
                        ("staff_reason", models.CharField(blank=True, max_length=200, verbose_name="para revisión")),
                        (
                            "given_back",
                            models.DecimalField(
                                decimal_places=2, default=Decimal("0.00"), max_digits=9, verbose_name="devuelto (S/)"
                            ),
                        ),
                        (
                            "charged",
                            models.DecimalField(
                                decimal_places=2,
                                max_digits=11,
                                null=True,
                                verbose_name="cobrado según la pasarela (S/)",
                            ),
                        ),
                        (
                            "undone_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="anulado según la pasarela"),
                        ),
                        ("questions_asked", models.PositiveIntegerField(default=0, verbose_name="consultas hechas")),
                        (
                            "next_question_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="próxima consulta"),
                        ),
                        ("action_code", models.CharField(blank=True, max_length=10, verbose_name="código de acción")),
                        (
                            "action_description",
                            models.CharField(
                                blank=True, max_length=200, verbose_name="descripción del código de acción"
                            ),
                        ),
                        ("card", models.CharField(blank=True, max_length=25, verbose_name="tarjeta")),
                        ("brand", models.CharField(blank=True, max_length=20, verbose_name="marca")),
                        (
                            "authorization_code",
                            models.CharField(blank=True, max_length=20, verbose_name="código de autorización"),
                        ),
                        (
                            "transaction_id",
                            models.CharField(blank=True, max_length=40, verbose_name="id de transacción"),
                        ),
                        (
                            "signature",
                            models.CharField(blank=True, max_length=64, verbose_name="firma de la operación"),
                        ),
                        ("trace_number", models.CharField(blank=True, max_length=20, verbose_name="número de traza")),
                        (
                            "transaction_date",
                            models.CharField(blank=True, max_length=12, verbose_name="fecha según la pasarela"),
                        ),
                        (
                            "decided_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="decidido por la pasarela"),
                        ),
                        ("yape_id", models.CharField(blank=True, max_length=64, verbose_name="id de Yape")),
                        (
                            "yape_phone_end",
                            models.CharField(blank=True, max_length=3, verbose_name="fin del celular de Yape"),
                        ),
                        (
                            "instalments",
                            models.PositiveSmallIntegerField(
                                blank=True, null=True, verbose_name="cuotas de la tarjeta"
                            ),
                        ),
                        (
                            "instalment_amount",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                max_digits=9,
                                null=True,
                                verbose_name="monto de cada cuota (S/)",
                            ),
                        ),
                        (
                            "instalments_deferred",
                            models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="meses de diferido"),
                        ),
                    ],
                    options={
                        "verbose_name": "intento de pago",
                        "verbose_name_plural": "intentos de pago",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ("authorising", "in_doubt"))),
                                fields=["next_question_at"],
                                name="attempt_to_ask_about",
                            ),
                            models.Index(fields=["-created_at", "-id"], name="attempt_newest"),
                            models.Index(fields=["state", "-created_at", "-id"], name="attempt_newest_by_state"),
                            models.Index(
                                django.db.models.functions.text.Right("card", 4),
                                condition=models.Q(("card", ""), _negated=True),
                                name="attempt_by_card_end",
                            ),
                            models.Index(
                                condition=models.Q(("authorization_code", ""), _negated=True),
                                fields=["authorization_code"],
                                name="attempt_by_authorisation",
                            ),
                            models.Index(fields=["amount", "-created_at"], name="attempt_by_amount"),
                            models.Index(
                                condition=models.Q(("transaction_id", ""), _negated=True),
                                fields=["transaction_id"],
                                name="attempt_by_transaction",
                            ),
                            models.Index(
                                condition=models.Q(("settles_order", False), ("state", "approved")),
                                fields=["created_at"],
                                name="double_payments",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("created", "form_open", "authorising", "in_doubt"))),
                                fields=("order",),
                                name="an_order_has_one_live_attempt",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("settles_order", True)),
                                fields=("order",),
                                name="an_order_is_settled_by_one_attempt",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("purchase_number__gte", 1), ("purchase_number__lte", 999999999)),
                                name="a_purchase_number_has_1_to_9_digits",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("settles_order", False),
                                    ("state__in", ["approved", "voided", "refunded"]),
                                    _connector="OR",
                                ),
                                name="only_an_approval_settles",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("way__in", ["card", "yape", "pagoefectivo", "automatic"])),
                                name="an_attempt_is_paid_in_a_known_way",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("way", "yape"), models.Q(("yape_id", ""), ("yape_phone_end", "")), _connector="OR"
                                ),
                                name="only_a_yape_has_a_yape_id",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("instalment_amount", None),
                                        ("instalments", None),
                                        ("instalments_deferred", None),
                                    ),
                                    models.Q(
                                        ("instalments__gte", 2),
                                        ("instalments__isnull", False),
                                        ("instalments__lte", 48),
                                    ),
                                    _connector="OR",
                                ),
                                name="instalments_are_two_or_more",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="an_attempt_is_more_than_nothing"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("given_back__gte", 0), ("given_back__lte", models.F("amount"))),
                                name="no_more_is_given_back_than_was_charged",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ("authorising", "in_doubt")), _negated=True),
                                    ("next_question_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="an_attempt_in_doubt_will_be_asked_about",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="an_attempt_moves_legally",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE _is_valid_transition BOOLEAN;",
                                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{absent:approved,approved:refunded,approved:voided,authorising:approved,authorising:declined,authorising:in_doubt,created:abandoned,created:authorising,created:form_open,form_open:abandoned,form_open:authorising,in_doubt:absent,in_doubt:approved,in_doubt:declined,in_doubt:voided}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                                    hash="8c20dd4327bcb5c0e70c24f2db9804faa0c1d4e8",
                                    operation="UPDATE",
                                    pgid="pgtrigger_an_attempt_moves_legally_15b3d",
                                    table="payments_attempt",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="an_attempt_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="5825b184554379cca085b2e4ee9a2f23f070d0aa",
                                    operation="DELETE",
                                    pgid="pgtrigger_an_attempt_is_never_deleted_ee21e",
                                    table="payments_attempt",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="an_attempt_keeps_its_number_and_amount",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."purchase_number" IS DISTINCT FROM (NEW."purchase_number") OR OLD."merchant_id" IS DISTINCT FROM (NEW."merchant_id") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."currency" IS DISTINCT FROM (NEW."currency"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="f8be2427ba7d4006a7da09350d8f30c03c47cdb5",
                                    operation="UPDATE",
                                    pgid="pgtrigger_an_attempt_keeps_its_number_and_amount_a2e41",
                                    table="payments_attempt",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ClearedPair",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "first",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="payments.attempt",
                                verbose_name="primero",
                            ),
                        ),
                        (
                            "second",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="payments.attempt",
                                verbose_name="segundo",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                max_length=150,
                                validators=[django.core.validators.MinLengthValidator(5)],
                                verbose_name="motivo",
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="revisado por",
                            ),
                        ),
                        (
                            "cleared_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="revisado"),
                        ),
                    ],
                    options={
                        "verbose_name": "par revisado",
                        "verbose_name_plural": "pares revisados",
                        "constraints": [
                            models.UniqueConstraint(fields=("first", "second"), name="a_pair_is_cleared_once")
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_cleared_pair_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="7de7a034d52f70dc2826a75a184a7d315fb5e492",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_cleared_pair_is_never_deleted_222ca",
                                    table="payments_clearedpair",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_cleared_pair_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="b880ae672351b9cd49a25b0536e7bb4a439bdfc0",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_cleared_pair_never_changes_70f06",
                                    table="payments_clearedpair",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Refund",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "attempt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="refunds",
                                to="payments.attempt",
                                verbose_name="intento",
                            ),
                        ),
                        (
                            "method",
                            models.CharField(
                                choices=[
                                    ("void", "Anulación"),
                                    ("refund", "Devolución"),
                                    ("other", "Devolución por otro medio"),
                                    ("chargeback", "Contracargo"),
                                ],
                                max_length=10,
                                verbose_name="modo",
                            ),
                        ),
                        ("amount", models.DecimalField(decimal_places=2, max_digits=9, verbose_name="monto (S/)")),
                        ("reason", models.CharField(max_length=200, verbose_name="motivo")),
                        ("author", models.CharField(max_length=254, verbose_name="pedida por")),
                        (
                            "requested_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="pedida"),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("requested", "Por enviar"),
                                    ("sending", "Enviando"),
                                    ("done", "Devuelto"),
                                    ("refused", "Rechazado por la pasarela"),
                                    ("in_doubt", "En verificación"),
                                ],
                                default="requested",
                                max_length=10,
                                verbose_name="estado",
                            ),
                        ),
                        (
                            "next_question_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="próxima consulta"),
                        ),
                        ("concluded_at", models.DateTimeField(blank=True, null=True, verbose_name="concluida")),
                        (
                            "gateway_reference",
                            models.CharField(blank=True, max_length=40, verbose_name="referencia de la pasarela"),
                        ),
                        ("code", models.CharField(blank=True, max_length=10, verbose_name="código de la pasarela")),
                        ("means", models.CharField(blank=True, max_length=150, verbose_name="cómo se devolvió")),
                        ("waived", models.BooleanField(default=False, verbose_name="ya no corresponde")),
                    ],
                    options={
                        "verbose_name": "devolución",
                        "verbose_name_plural": "devoluciones",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="a_refund_is_more_than_nothing"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("requested", "sending", "in_doubt"))),
                                fields=("attempt",),
                                name="an_attempt_has_one_live_refund",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_refund_moves_legally",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE _is_valid_transition BOOLEAN;",
                                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{in_doubt:done,in_doubt:refused,in_doubt:requested,requested:refused,requested:sending,sending:done,sending:in_doubt,sending:refused}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                                    hash="d48faaf7f6105972b7175435cd2f2a8fb5ce9b46",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_refund_moves_legally_bf453",
                                    table="payments_refund",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_refund_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="7b5417bf5961452c6421491aea6c389593646ac3",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_refund_is_never_deleted_b38d6",
                                    table="payments_refund",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_disputed_charge_gives_nothing_back",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.\"method\" IN ('void', 'refund', 'other'))",
                                    func="\n        IF EXISTS (SELECT FROM payments_chargeback\n                   WHERE attempt_id = NEW.attempt_id AND state IN ('received', 'contested')) THEN\n            RAISE EXCEPTION 'a chargeback of this charge is open'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_disputed_charge_gives_nothing_back';\n        END IF;\n        RETURN NEW;\n        ",
                                    hash="e2ba8217268c1c5f3ee7f472073780e8699ab864",
                                    operation="INSERT",
                                    pgid="pgtrigger_a_disputed_charge_gives_nothing_back_9c8c9",
                                    table="payments_refund",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_refund_keeps_what_was_asked",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."attempt_id" IS DISTINCT FROM (NEW."attempt_id") OR OLD."method" IS DISTINCT FROM (NEW."method") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."author" IS DISTINCT FROM (NEW."author"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="73a684cf17e8f406378de3ce27a95cdfc12aa263",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_refund_keeps_what_was_asked_79328",
                                    table="payments_refund",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RefundLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "refund",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="payments.refund"
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="refund_lines",
                                to="payments.orderline",
                            ),
                        ),
                        ("live", models.BooleanField(default=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("live", True)), fields=("line",), name="a_line_is_given_back_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RefundProposal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "attempt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="proposals",
                                to="payments.attempt",
                                verbose_name="intento",
                            ),
                        ),
                        (
                            "means",
                            models.CharField(
                                choices=[
                                    ("card", "A la tarjeta, por la pasarela"),
                                    ("panel", "Ya devuelto en el panel de la pasarela"),
                                    ("transfer", "Ya devuelto por transferencia"),
                                    ("cheque", "Ya devuelto por cheque o efectivo"),
                                    ("none", "No se devuelve: ya no corresponde"),
                                ],
                                default="card",
                                max_length=8,
                                verbose_name="medio",
                            ),
                        ),
                        (
                            "reference",
                            models.CharField(blank=True, max_length=40, verbose_name="número de la operación"),
                        ),
                        (
                            "given_back_on",
                            models.DateField(blank=True, null=True, verbose_name="fecha de la devolución"),
                        ),
                        ("evidence", models.CharField(blank=True, max_length=300, verbose_name="evidencia")),
                        ("voucher", models.BinaryField(blank=True, null=True, verbose_name="constancia")),
                        ("voucher_type", models.CharField(blank=True, max_length=20, verbose_name="tipo de archivo")),
                        ("amount", models.DecimalField(decimal_places=2, max_digits=9, verbose_name="monto (S/)")),
                        (
                            "reason",
                            models.CharField(
                                max_length=150,
                                validators=[django.core.validators.MinLengthValidator(5)],
                                verbose_name="motivo",
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="propuesta por",
                            ),
                        ),
                        (
                            "proposed_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="propuesta"),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="decidida por",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decidida")),
                        ("rejection", models.CharField(blank=True, max_length=150, verbose_name="motivo del rechazo")),
                        (
                            "refund",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="proposal",
                                to="payments.refund",
                                verbose_name="devolución",
                            ),
                        ),
                        (
                            "lines",
                            models.ManyToManyField(
                                blank=True, related_name="+", to="payments.orderline", verbose_name="cuotas"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "propuesta de devolución",
                        "verbose_name_plural": "propuestas de devolución",
                        "permissions": [
                            ("approve_refund", "Puede aprobar o rechazar devoluciones"),
                            ("settle_refund", "Puede cerrar devoluciones en duda"),
                            ("ask_gateway", "Puede consultar a la pasarela"),
                            ("release_hold", "Puede liberar reservas vencidas"),
                            ("export_payments", "Puede exportar pagos"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="a_proposal_is_more_than_nothing"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_at", None),
                                    models.Q(("rejection", ""), _negated=True),
                                    models.Q(("decided_by", models.F("author")), _negated=True),
                                    _connector="OR",
                                ),
                                name="a_second_person_approves_a_refund",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at", None), ("decided_by", None), ("refund", None), ("rejection", "")
                                    ),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        models.Q(
                                            models.Q(("refund", None), ("rejection", ""), _connector="XOR"),
                                            models.Q(("means", "none"), ("refund", None)),
                                            _connector="OR",
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="a_decision_names_its_person_and_outcome",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("evidence", ""),
                                        ("given_back_on", None),
                                        ("means__in", ["card", "none"]),
                                        ("reference", ""),
                                    ),
                                    models.Q(
                                        ("given_back_on__isnull", False),
                                        ("means__in", ["panel", "transfer", "cheque"]),
                                        models.Q(("reference", ""), _negated=True),
                                        models.Q(("evidence", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="money_given_back_elsewhere_has_its_evidence",
                            ),
                            models.UniqueConstraint(
                                models.F("means"),
                                dues.models.settled.Operation("reference"),
                                condition=models.Q(models.Q(("reference", ""), _negated=True), ("rejection", "")),
                                name="an_operation_gives_back_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("decided_at", None)),
                                fields=("attempt",),
                                name="an_attempt_has_one_open_proposal",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_proposal_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="2557c09a639ca1e269626317107371d33ea0b5e6",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_proposal_is_never_deleted_b19b6",
                                    table="payments_refundproposal",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_proposal_keeps_what_was_proposed",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."attempt_id" IS DISTINCT FROM (NEW."attempt_id") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."proposed_at" IS DISTINCT FROM (NEW."proposed_at") OR OLD."means" IS DISTINCT FROM (NEW."means") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."given_back_on" IS DISTINCT FROM (NEW."given_back_on") OR OLD."evidence" IS DISTINCT FROM (NEW."evidence"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="3dca40212f5d04c38718b2c5d3185a01fda4e55a",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_proposal_keeps_what_was_proposed_a1f0f",
                                    table="payments_refundproposal",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_decision_is_final",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."decided_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="98894920056d642253b2485284eeb404711ede40",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_decision_is_final_c62ce",
                                    table="payments_refundproposal",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Chargeback",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "attempt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="chargebacks",
                                to="payments.attempt",
                                verbose_name="intento",
                            ),
                        ),
                        ("reference", models.CharField(max_length=40, verbose_name="número del caso")),
                        (
                            "amount",
                            models.DecimalField(decimal_places=2, max_digits=9, verbose_name="monto disputado (S/)"),
                        ),
                        ("notified_on", models.DateField(verbose_name="fecha del aviso")),
                        (
                            "reason",
                            models.CharField(
                                max_length=200,
                                validators=[django.core.validators.MinLengthValidator(3)],
                                verbose_name="motivo según la pasarela",
                            ),
                        ),
                        ("answer_by", models.DateField(verbose_name="responder hasta")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("received", "Recibido"),
                                    ("contested", "Respondido"),
                                    ("won", "Ganado"),
                                    ("lost", "Perdido"),
                                    ("accepted", "Aceptado"),
                                ],
                                default="received",
                                max_length=10,
                                verbose_name="estado",
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="registrado por",
                            ),
                        ),
                        (
                            "recorded_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="registrado"),
                        ),
                        (
                            "proposed_end",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("received", "Recibido"),
                                    ("contested", "Respondido"),
                                    ("won", "Ganado"),
                                    ("lost", "Perdido"),
                                    ("accepted", "Aceptado"),
                                ],
                                max_length=10,
                                verbose_name="desenlace propuesto",
                            ),
                        ),
                        (
                            "proposed_reason",
                            models.CharField(blank=True, max_length=150, verbose_name="motivo del desenlace"),
                        ),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="desenlace propuesto por",
                            ),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="cerrado por",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="cerrado")),
                        (
                            "refund",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="chargeback",
                                to="payments.refund",
                                verbose_name="devolución",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "contracargo",
                        "verbose_name_plural": "contracargos",
                        "permissions": [("close_chargeback", "Puede cerrar contracargos")],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ("received", "contested"))),
                                fields=["answer_by"],
                                name="chargeback_open",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="a_chargeback_is_more_than_nothing"
                            ),
                            models.UniqueConstraint(
                                fields=("attempt", "reference"), name="a_chargeback_is_recorded_once"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("received", "contested"))),
                                fields=("attempt",),
                                name="a_charge_has_one_open_chargeback",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ("lost", "accepted")), _negated=True),
                                    models.Q(
                                        ("decided_by__isnull", False),
                                        ("proposed_by__isnull", False),
                                        models.Q(("proposed_by", models.F("decided_by")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="a_second_person_closes_a_lost_chargeback",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at", None),
                                        ("decided_by", None),
                                        ("state__in", ("received", "contested")),
                                    ),
                                    models.Q(
                                        models.Q(("state__in", ("received", "contested")), _negated=True),
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="a_closed_chargeback_names_its_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("refund", None), ("state__in", ("lost", "accepted")), _connector="OR"
                                ),
                                name="only_a_lost_chargeback_takes_money",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_chargeback_moves_legally",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE _is_valid_transition BOOLEAN;",
                                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{contested:accepted,contested:lost,contested:won,received:accepted,received:contested,received:lost,received:won}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                                    hash="d0b152574e1674729bdd3ff13f16d3944af16aa1",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_chargeback_moves_legally_97805",
                                    table="payments_chargeback",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_chargeback_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="a629d4a2ad597a767a19e907de75e2742eb4c7f3",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_chargeback_is_never_deleted_d24f6",
                                    table="payments_chargeback",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_chargeback_keeps_what_was_notified",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."attempt_id" IS DISTINCT FROM (NEW."attempt_id") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."notified_on" IS DISTINCT FROM (NEW."notified_on") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="940ee14767938aee775b6fbf3dedb05388e5f7ca",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_chargeback_keeps_what_was_notified_b7d3e",
                                    table="payments_chargeback",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChargebackPaper",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "chargeback",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="papers",
                                to="payments.chargeback",
                                verbose_name="contracargo",
                            ),
                        ),
                        (
                            "note",
                            models.CharField(
                                max_length=200,
                                validators=[django.core.validators.MinLengthValidator(5)],
                                verbose_name="qué es",
                            ),
                        ),
                        ("content", models.BinaryField(blank=True, null=True, verbose_name="archivo")),
                        ("media_type", models.CharField(blank=True, max_length=20, verbose_name="tipo de archivo")),
                        (
                            "author",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="agregado por",
                            ),
                        ),
                        ("added_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="agregado")),
                    ],
                    options={
                        "verbose_name": "documento de un contracargo",
                        "verbose_name_plural": "documentos de contracargos",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_chargeback_paper_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="4c456499267fd8d389383badeb1bc4b884e73863",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_a_chargeback_paper_never_changes_d995f",
                                    table="payments_chargebackpaper",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DailyClose",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField(verbose_name="día")),
                        ("charged", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="cobrado (S/)")),
                        (
                            "given_back",
                            models.DecimalField(decimal_places=2, max_digits=12, verbose_name="devuelto (S/)"),
                        ),
                        (
                            "ledger",
                            models.DecimalField(
                                decimal_places=2, max_digits=12, verbose_name="según el libro de cuotas (S/)"
                            ),
                        ),
                        (
                            "receipts",
                            models.DecimalField(
                                decimal_places=2, max_digits=12, verbose_name="según los comprobantes (S/)"
                            ),
                        ),
                        (
                            "surplus",
                            models.DecimalField(decimal_places=2, max_digits=12, verbose_name="pagos dobles (S/)"),
                        ),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="observación")),
                        ("closed_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="cerrado")),
                        (
                            "author",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="cerrado por",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "cierre diario",
                        "verbose_name_plural": "cierres diarios",
                        "constraints": [models.UniqueConstraint(fields=("day",), name="a_day_is_closed_once")],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_closed_day_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="c5eeed7981ab1cf414a1169a59ac0d1e68e4b2e9",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_a_closed_day_never_changes_83ac4",
                                    table="payments_dailyclose",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CloseEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "close",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="payments.dailyclose",
                                verbose_name="cierre",
                            ),
                        ),
                        (
                            "attempt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="close_entries",
                                to="payments.attempt",
                                verbose_name="intento",
                            ),
                        ),
                        (
                            "refund",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="payments.refund",
                                verbose_name="devolución",
                            ),
                        ),
                        ("happened_at", models.DateTimeField(verbose_name="fecha y hora")),
                        ("amount", models.DecimalField(decimal_places=2, max_digits=9, verbose_name="monto (S/)")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("colegiado", "Cuota Colegiado"), ("semefa", "Cuota SEMEFA")],
                                max_length=10,
                                verbose_name="tipo de cuota",
                            ),
                        ),
                        (
                            "council",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="members.regionalcouncil",
                                verbose_name="consejo regional",
                            ),
                        ),
                        (
                            "document",
                            models.CharField(
                                choices=[("03", "Boleta"), ("01", "Factura")], max_length=2, verbose_name="comprobante"
                            ),
                        ),
                        ("receipt", models.CharField(blank=True, max_length=13, verbose_name="número del comprobante")),
                        ("brand", models.CharField(blank=True, max_length=20, verbose_name="marca")),
                    ],
                    options={
                        "verbose_name": "movimiento del cierre",
                        "verbose_name_plural": "movimientos del cierre",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("refund", None)),
                                fields=("attempt",),
                                name="a_charge_is_counted_once",
                            ),
                            models.UniqueConstraint(fields=("refund",), name="a_refund_is_counted_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("amount__gt", 0), ("refund", None)),
                                    models.Q(("amount__lt", 0), ("refund__isnull", False)),
                                    _connector="OR",
                                ),
                                name="a_refund_is_counted_as_less",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_counted_movement_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="e99cd968c55c0dbeeebe0b8751571010e644a480",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_a_counted_movement_never_changes_01e9a",
                                    table="payments_closeentry",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Confirmation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("step", models.CharField(max_length=40, verbose_name="paso")),
                        ("note", models.CharField(max_length=500, verbose_name="qué se comprobó")),
                        ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="cuándo")),
                        (
                            "author",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="quién",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "confirmación de la puesta en marcha",
                        "verbose_name_plural": "confirmaciones de la puesta en marcha",
                        "ordering": ("-at",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("note", ""), _negated=True),
                                name="a_confirmation_says_what_was_seen",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_confirmation_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="3d1a4db9f5956daa768af0ce03cc0ec785684c1c",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_a_confirmation_never_changes_c48e7",
                                    table="payments_confirmation",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FileReversal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "settlement",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="file_reversals",
                                to="dues.settlement",
                                verbose_name="pago de cuota",
                            ),
                        ),
                        (
                            "load",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reversals",
                                to="dues.dataload",
                                verbose_name="carga",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                max_length=150,
                                validators=[django.core.validators.MinLengthValidator(5)],
                                verbose_name="motivo",
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="propuesta por",
                            ),
                        ),
                        (
                            "proposed_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="propuesta"),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="decidida por",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decidida")),
                        ("rejected", models.BooleanField(default=False, verbose_name="rechazada")),
                    ],
                    options={
                        "verbose_name": "reversión de pagos de un archivo",
                        "verbose_name_plural": "reversiones de pagos de archivos",
                        "permissions": [("confirm_filereversal", "Puede confirmar reversiones de pagos de archivos")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("load__isnull", False), ("settlement", None)),
                                    models.Q(("load", None), ("settlement__isnull", False)),
                                    _connector="OR",
                                ),
                                name="a_file_reversal_is_of_a_row_or_a_load",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("rejected", False)),
                                fields=("settlement",),
                                name="a_file_payment_is_taken_back_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("rejected", False)),
                                fields=("load",),
                                name="a_load_is_taken_back_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at", None), ("decided_by", None), ("rejected", False)),
                                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="a_file_reversal_names_its_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_at", None),
                                    ("rejected", True),
                                    models.Q(("decided_by", models.F("author")), _negated=True),
                                    _connector="OR",
                                ),
                                name="a_second_person_takes_a_file_payment_back",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_file_reversal_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="75d007f1c488a777e41b1f4cc0d0cbedfe4e6585",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_file_reversal_is_never_deleted_51e92",
                                    table="payments_filereversal",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_file_reversal_keeps_what_was_proposed",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."settlement_id" IS DISTINCT FROM (NEW."settlement_id") OR OLD."load_id" IS DISTINCT FROM (NEW."load_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."proposed_at" IS DISTINCT FROM (NEW."proposed_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="b31b10988f5847e011a591273288b161930251e0",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_file_reversal_keeps_what_was_proposed_88903",
                                    table="payments_filereversal",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_file_reversal_is_final",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."decided_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="c853ebec0a4b227cdbcbd5d926766834e6ee0ccf",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_file_reversal_is_final_2c192",
                                    table="payments_filereversal",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Letter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=80, verbose_name="asunto interno")),
                        (
                            "attempt",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="letters",
                                to="payments.attempt",
                                verbose_name="intento",
                            ),
                        ),
                        ("to", models.EmailField(max_length=254, verbose_name="para")),
                        ("subject", models.CharField(max_length=200, verbose_name="asunto")),
                        ("body", models.TextField(verbose_name="texto")),
                        ("headers", models.JSONField(blank=True, default=dict, verbose_name="encabezados")),
                        ("written_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="escrita")),
                        ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="enviada")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("queued", "Por enviar"),
                                    ("sent", "Enviada"),
                                    ("failed", "No se pudo enviar"),
                                    ("withdrawn", "Retirada: ya no correspondía"),
                                ],
                                default="queued",
                                max_length=10,
                                verbose_name="estado",
                            ),
                        ),
                        ("attempts", models.PositiveIntegerField(default=0, verbose_name="intentos")),
                        ("next_try_at", models.DateTimeField(blank=True, null=True, verbose_name="próximo intento")),
                        ("last_error", models.CharField(blank=True, max_length=300, verbose_name="último error")),
                        ("about", models.JSONField(blank=True, default=dict, verbose_name="de qué trata")),
                    ],
                    options={
                        "verbose_name": "carta",
                        "verbose_name_plural": "cartas",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "queued")), fields=["written_at"], name="letter_to_send"
                            ),
                            models.Index(
                                condition=models.Q(("state", "failed")), fields=["written_at"], name="letter_failed"
                            ),
                            models.Index(fields=["to"], name="letter_by_address"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("key",), name="a_letter_is_written_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("sent_at__isnull", False), ("state", "sent")),
                                    models.Q(models.Q(("state", "sent"), _negated=True), ("sent_at", None)),
                                    _connector="OR",
                                ),
                                name="a_letter_is_sent_exactly_when_it_says_when",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["queued", "sent"]),
                                    models.Q(("last_error", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="a_letter_not_sent_says_why",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_letter_moves_legally",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE _is_valid_transition BOOLEAN;",
                                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{queued:failed,queued:sent,queued:withdrawn}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                                    hash="0e65a643fc02d9b2b60f4fc499dee5e16191f47c",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_letter_moves_legally_ff81b",
                                    table="payments_letter",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MismatchDecision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "attempt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="mismatch_decisions",
                                to="payments.attempt",
                                verbose_name="intento",
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("accept", "Aceptar lo cobrado: las cuotas quedan pagadas"),
                                    ("give_back", "Devolverlo: las cuotas quedan pendientes"),
                                    ("disown", "No es de este pedido, según la pasarela"),
                                ],
                                max_length=10,
                                verbose_name="decisión",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                max_length=150,
                                validators=[django.core.validators.MinLengthValidator(5)],
                                verbose_name="motivo y lo que dice la pasarela",
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="propuesta por",
                            ),
                        ),
                        (
                            "proposed_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="propuesta"),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="decidida por",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decidida")),
                        ("rejected", models.BooleanField(default=False, verbose_name="rechazada")),
                    ],
                    options={
                        "verbose_name": "decisión sobre un cobro que no coincide",
                        "verbose_name_plural": "decisiones sobre cobros que no coinciden",
                        "permissions": [
                            ("confirm_mismatch", "Puede confirmar qué se hace con un cobro que no coincide")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("decided_at", None)),
                                fields=("attempt",),
                                name="an_attempt_has_one_open_decision",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at", None), ("decided_by", None), ("rejected", False)),
                                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="a_mismatch_decision_names_its_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_at", None),
                                    ("rejected", True),
                                    models.Q(("decided_by", models.F("author")), _negated=True),
                                    _connector="OR",
                                ),
                                name="a_second_person_confirms_a_mismatch",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_mismatch_decision_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="c595fa9464922ab55d2b3314c617586e57ceb942",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_mismatch_decision_is_never_deleted_093c3",
                                    table="payments_mismatchdecision",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_mismatch_decision_keeps_what_was_proposed",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."attempt_id" IS DISTINCT FROM (NEW."attempt_id") OR OLD."outcome" IS DISTINCT FROM (NEW."outcome") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."proposed_at" IS DISTINCT FROM (NEW."proposed_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="e318771f4cbdcc5893b30a50d503f9af2c890a06",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_mismatch_decision_keeps_what_was_proposed_bc23c",
                                    table="payments_mismatchdecision",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_mismatch_decision_is_final",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."decided_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="dd03a54635a05d2dcea603273638481090cfe801",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_mismatch_decision_is_final_30da8",
                                    table="payments_mismatchdecision",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OfflinePayment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="offline_payments",
                                to="members.member",
                                verbose_name="colegiado",
                            ),
                        ),
                        (
                            "channel",
                            models.CharField(
                                choices=[
                                    ("bank", "Banco"),
                                    ("payroll", "Planilla"),
                                    ("manual", "Registrado por tesorería"),
                                ],
                                max_length=10,
                                verbose_name="canal",
                            ),
                        ),
                        ("reference", models.CharField(max_length=40, verbose_name="número de operación")),
                        ("paid_on", models.DateField(verbose_name="fecha del pago")),
                        ("amount", models.DecimalField(decimal_places=2, max_digits=9, verbose_name="monto (S/)")),
                        (
                            "evidence",
                            models.CharField(
                                max_length=300,
                                validators=[django.core.validators.MinLengthValidator(10)],
                                verbose_name="evidencia",
                            ),
                        ),
                        ("voucher", models.BinaryField(verbose_name="constancia")),
                        ("voucher_type", models.CharField(max_length=20, verbose_name="tipo de archivo")),
                        (
                            "second_person_above",
                            models.DecimalField(
                                db_default=0,
                                decimal_places=2,
                                default=0,
                                max_digits=9,
                                verbose_name="tope de una sola persona (S/)",
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="registrado por",
                            ),
                        ),
                        (
                            "recorded_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="registrado"),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="decidido por",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decidido")),
                        (
                            "rejection",
                            models.CharField(
                                blank=True, db_default="", default="", max_length=150, verbose_name="motivo del rechazo"
                            ),
                        ),
                        (
                            "reversed_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="revertido por",
                            ),
                        ),
                        ("reversed_at", models.DateTimeField(blank=True, null=True, verbose_name="revertido")),
                        (
                            "reversal_reason",
                            models.CharField(blank=True, max_length=200, verbose_name="motivo de la reversión"),
                        ),
                        ("dues", models.ManyToManyField(related_name="+", to="dues.due", verbose_name="cuotas")),
                    ],
                    options={
                        "verbose_name": "pago registrado a mano",
                        "verbose_name_plural": "pagos registrados a mano",
                        "db_table": "payments_paymentelsewhere",
                        "permissions": [
                            ("reverse_offlinepayment", "Puede revertir pagos registrados a mano"),
                            ("approve_offlinepayment", "Puede aprobar o rechazar pagos registrados a mano"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="a_payment_elsewhere_is_more_than_nothing"
                            ),
                            models.UniqueConstraint(
                                models.F("channel"),
                                dues.models.settled.Operation("reference"),
                                condition=models.Q(("rejection", ""), ("reversed_at", None)),
                                name="an_operation_is_recorded_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at", None), ("decided_by", None), ("rejection", "")),
                                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="a_decided_payment_names_its_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_at", None),
                                    models.Q(("rejection", ""), _negated=True),
                                    models.Q(("decided_by", models.F("author")), _negated=True),
                                    ("amount__lte", models.F("second_person_above")),
                                    _connector="OR",
                                ),
                                name="a_second_person_approves_a_payment_elsewhere",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("reversed_at", None),
                                    models.Q(("decided_at__isnull", False), ("rejection", "")),
                                    _connector="OR",
                                ),
                                name="only_a_payment_that_paid_is_reversed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reversal_reason", ""), ("reversed_at", None), ("reversed_by", None)),
                                    models.Q(
                                        ("reversed_at__isnull", False),
                                        ("reversed_by__isnull", False),
                                        models.Q(("reversal_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="a_payment_elsewhere_is_reversed_by_someone_for_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("reversed_by", None),
                                    models.Q(("reversed_by", models.F("author")), _negated=True),
                                    _connector="OR",
                                ),
                                name="a_second_person_reverses_a_payment_elsewhere",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_payment_elsewhere_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="8589d8241f6a221da959eafb77a26a02e042b6c6",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_payment_elsewhere_is_never_deleted_f4e7b",
                                    table="payments_paymentelsewhere",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_payment_elsewhere_is_only_reversed",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."channel" IS DISTINCT FROM (NEW."channel") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."paid_on" IS DISTINCT FROM (NEW."paid_on") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."evidence" IS DISTINCT FROM (NEW."evidence") OR OLD."voucher" IS DISTINCT FROM (NEW."voucher") OR OLD."voucher_type" IS DISTINCT FROM (NEW."voucher_type") OR OLD."second_person_above" IS DISTINCT FROM (NEW."second_person_above") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="5ef5a8c90a015903f58971267370b74b926a27dc",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_payment_elsewhere_is_only_reversed_33ef9",
                                    table="payments_paymentelsewhere",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_decided_payment_is_final",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."decided_at" IS NOT NULL AND (OLD."decided_at" IS DISTINCT FROM (NEW."decided_at") OR OLD."decided_by_id" IS DISTINCT FROM (NEW."decided_by_id") OR OLD."rejection" IS DISTINCT FROM (NEW."rejection")))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="a04fa8f4b46a47f021755df4e5ec02bf34406c76",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_decided_payment_is_final_72f6e",
                                    table="payments_paymentelsewhere",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_reversed_payment_stays_reversed",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."reversed_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="ec78882ca27ed6d40c444967a49b50f3299f5b4f",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_reversed_payment_stays_reversed_fa232",
                                    table="payments_paymentelsewhere",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Pause",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("notice", models.CharField(max_length=300, verbose_name="aviso para los colegiados")),
                        ("started_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="desde")),
                        ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="hasta")),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="autor",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "pausa de pagos",
                        "verbose_name_plural": "pausas de pagos",
                        "constraints": [
                            models.UniqueConstraint(
                                models.Value(1),
                                condition=models.Q(("ended_at__isnull", True)),
                                name="payments_are_paused_by_one_pause",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PayoutLayout",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "purchase_number",
                            models.CharField(
                                default="numero_pedido, Número de pedido, N° Pedido, Pedido",
                                max_length=120,
                                verbose_name="número de pedido",
                            ),
                        ),
                        (
                            "operation_id",
                            models.CharField(
                                blank=True,
                                default="ID Operación",
                                max_length=120,
                                verbose_name="identificador de la operación",
                            ),
                        ),
                        (
                            "operation",
                            models.CharField(
                                default="operacion, Tipo de Operación", max_length=120, verbose_name="operación"
                            ),
                        ),
                        (
                            "happened_at",
                            models.CharField(
                                default="fecha, Fecha y Hora de Operación", max_length=120, verbose_name="fecha y hora"
                            ),
                        ),
                        (
                            "authorization_code",
                            models.CharField(
                                default="autorizacion, Código Autorización", max_length=120, verbose_name="autorización"
                            ),
                        ),
                        (
                            "card",
                            models.CharField(blank=True, default="Tarjeta", max_length=120, verbose_name="tarjeta"),
                        ),
                        (
                            "currency",
                            models.CharField(blank=True, default="Moneda", max_length=120, verbose_name="moneda"),
                        ),
                        (
                            "amount",
                            models.CharField(
                                default="monto, Importe de Operación", max_length=120, verbose_name="monto"
                            ),
                        ),
                        (
                            "commission",
                            models.CharField(
                                default="comision, Comisión Total", max_length=120, verbose_name="comisión"
                            ),
                        ),
                        (
                            "igv",
                            models.CharField(
                                blank=True, default="IGV", max_length=120, verbose_name="IGV de la comisión"
                            ),
                        ),
                        (
                            "deposited",
                            models.CharField(
                                blank=True, default="Suma Depositada", max_length=120, verbose_name="suma depositada"
                            ),
                        ),
                        (
                            "deposited_on",
                            models.CharField(
                                blank=True,
                                default="Fecha de depósito",
                                max_length=120,
                                verbose_name="fecha de depósito",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(blank=True, default="Estado", max_length=120, verbose_name="estado"),
                        ),
                        (
                            "sale_words",
                            models.CharField(
                                default="venta, compra, consumo", max_length=200, verbose_name="palabras de un cobro"
                            ),
                        ),
                        (
                            "refund_words",
                            models.CharField(
                                default="devolucion, extorno", max_length=200, verbose_name="palabras de una devolución"
                            ),
                        ),
                        (
                            "chargeback_words",
                            models.CharField(
                                blank=True,
                                default="contracargo, controversia",
                                max_length=200,
                                verbose_name="palabras de un contracargo",
                            ),
                        ),
                        (
                            "deposit_words",
                            models.CharField(
                                default="niubiz, visanet, medios de pago",
                                max_length=200,
                                verbose_name="cómo nombra el banco los depósitos de la pasarela",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "formato de la liquidación",
                        "verbose_name_plural": "formato de la liquidación",
                        "db_table": "payments_settlementlayout",
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("pk", 1)), name="there_is_one_layout")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PayoutReport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("file_name", models.CharField(max_length=200, verbose_name="archivo")),
                        ("sha256", models.CharField(max_length=64)),
                        ("first_day", models.DateField(verbose_name="desde")),
                        ("last_day", models.DateField(verbose_name="hasta")),
                        ("rows", models.PositiveIntegerField(verbose_name="filas")),
                        ("known_before", models.PositiveIntegerField(default=0, verbose_name="filas ya conocidas")),
                        ("loaded_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="cargado")),
                        (
                            "author",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="cargado por",
                            ),
                        ),
                        ("signed_at", models.DateTimeField(blank=True, null=True, verbose_name="conforme")),
                        (
                            "signed_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="conforme de",
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="observación")),
                        ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="registrado")),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="deshecho")),
                        ("withdrawn_by", models.CharField(blank=True, max_length=254, verbose_name="deshecho por")),
                        (
                            "withdrawal_reason",
                            models.CharField(blank=True, max_length=300, verbose_name="por qué se deshizo"),
                        ),
                    ],
                    options={
                        "verbose_name": "liquidación de la pasarela",
                        "verbose_name_plural": "liquidaciones de la pasarela",
                        "db_table": "payments_settlementreport",
                        "permissions": [("sign_payoutreport", "Puede dar conformidad a liquidaciones")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("withdrawn_at", None)),
                                fields=("sha256",),
                                name="a_report_is_loaded_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("confirmed_at", None), ("withdrawn_at", None)),
                                fields=("confirmed_at",),
                                name="one_report_waits_to_be_confirmed",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("signed_at", None), ("confirmed_at__isnull", False), _connector="OR"
                                ),
                                name="a_signed_report_was_confirmed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("withdrawal_reason", ""), ("withdrawn_at", None), ("withdrawn_by", "")),
                                    models.Q(
                                        ("signed_at", None),
                                        ("withdrawn_at__isnull", False),
                                        models.Q(("withdrawn_by", ""), _negated=True),
                                        models.Q(("withdrawal_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="a_withdrawn_report_says_by_whom_and_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("signed_at", None), ("signed_by", None)),
                                    models.Q(("signed_at__isnull", False), ("signed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="a_signature_names_its_person",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_report_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="978a51ce5f917b40bb88166344323a12d7ff2a0e",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_report_is_never_deleted_9408e",
                                    table="payments_settlementreport",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_signed_report_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."signed_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="e6f0e7b49ec89a4a902d2e40dbc32ab3eae55da2",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_signed_report_never_changes_92161",
                                    table="payments_settlementreport",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PayoutLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "report",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="payments.payoutreport",
                                verbose_name="liquidación",
                            ),
                        ),
                        ("line", models.PositiveIntegerField(verbose_name="línea")),
                        (
                            "operation",
                            models.CharField(
                                choices=[("sale", "Cobro"), ("refund", "Devolución"), ("chargeback", "Contracargo")],
                                max_length=10,
                                verbose_name="operación",
                            ),
                        ),
                        (
                            "purchase_number",
                            models.PositiveBigIntegerField(blank=True, null=True, verbose_name="número de pedido"),
                        ),
                        ("operation_id", models.CharField(blank=True, max_length=40, verbose_name="identificador")),
                        ("card", models.CharField(blank=True, max_length=30, verbose_name="tarjeta")),
                        ("state", models.CharField(blank=True, max_length=30, verbose_name="estado")),
                        (
                            "authorization_code",
                            models.CharField(blank=True, max_length=20, verbose_name="autorización"),
                        ),
                        ("amount", models.DecimalField(decimal_places=2, max_digits=9, verbose_name="monto (S/)")),
                        (
                            "commission",
                            models.DecimalField(decimal_places=2, max_digits=9, verbose_name="comisión (S/)"),
                        ),
                        (
                            "igv",
                            models.DecimalField(
                                db_default=0,
                                decimal_places=2,
                                default=0,
                                max_digits=9,
                                verbose_name="IGV de la comisión (S/)",
                            ),
                        ),
                        (
                            "deposited",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                max_digits=9,
                                null=True,
                                verbose_name="suma depositada (S/)",
                            ),
                        ),
                        ("deposited_on", models.DateField(blank=True, null=True, verbose_name="fecha de depósito")),
                        (
                            "withdrawn",
                            models.BooleanField(
                                db_default=False, default=False, verbose_name="deshecha con su liquidación"
                            ),
                        ),
                        ("happened_at", models.DateTimeField(verbose_name="fecha y hora")),
                        ("place", models.PositiveSmallIntegerField(default=1, verbose_name="entre las iguales")),
                        (
                            "result",
                            models.CharField(
                                choices=[
                                    ("matched", "Coincide"),
                                    ("amount", "El monto es otro"),
                                    ("authorisation", "La autorización es otra"),
                                    ("unexpected", "Para nosotros no se cobró o no se devolvió"),
                                    ("unknown", "No conocemos ese número de pedido"),
                                ],
                                default="unknown",
                                max_length=13,
                                verbose_name="resultado",
                            ),
                        ),
                        (
                            "attempt",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payout_lines",
                                to="payments.attempt",
                                verbose_name="intento",
                            ),
                        ),
                        (
                            "refund",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payout_lines",
                                to="payments.refund",
                                verbose_name="devolución",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "línea de liquidación",
                        "verbose_name_plural": "líneas de liquidación",
                        "db_table": "payments_settlementline",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("withdrawn", False)),
                                fields=(
                                    "operation",
                                    "purchase_number",
                                    "operation_id",
                                    "card",
                                    "happened_at",
                                    "amount",
                                    "place",
                                ),
                                name="an_operation_is_stated_once",
                                nulls_distinct=False,
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("operation", "sale"), ("result", "matched")),
                                fields=("attempt",),
                                name="a_charge_is_settled_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("result", "matched")),
                                fields=("refund",),
                                name="a_refund_is_settled_once",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_settlement_line_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="1d51f8502458cc723407c693edd48c9542505daa",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_settlement_line_is_never_deleted_c1b10",
                                    table="payments_settlementline",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_settlement_line_keeps_what_was_stated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."report_id" IS DISTINCT FROM (NEW."report_id") OR OLD."line" IS DISTINCT FROM (NEW."line") OR OLD."operation" IS DISTINCT FROM (NEW."operation") OR OLD."purchase_number" IS DISTINCT FROM (NEW."purchase_number") OR OLD."operation_id" IS DISTINCT FROM (NEW."operation_id") OR OLD."card" IS DISTINCT FROM (NEW."card") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."authorization_code" IS DISTINCT FROM (NEW."authorization_code") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."commission" IS DISTINCT FROM (NEW."commission") OR OLD."igv" IS DISTINCT FROM (NEW."igv") OR OLD."deposited" IS DISTINCT FROM (NEW."deposited") OR OLD."deposited_on" IS DISTINCT FROM (NEW."deposited_on") OR OLD."happened_at" IS DISTINCT FROM (NEW."happened_at") OR OLD."place" IS DISTINCT FROM (NEW."place"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="afa9ab6b5540acf3da502b03eb94d8bebdc2bf92",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_settlement_line_keeps_what_was_stated_b2dd3",
                                    table="payments_settlementline",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReminderStep",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "days",
                            models.SmallIntegerField(
                                help_text="Negativo: antes de que venza. 0: el mismo día.",
                                validators=[
                                    django.core.validators.MinValueValidator(-60),
                                    django.core.validators.MaxValueValidator(365),
                                ],
                                verbose_name="días desde el vencimiento",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "recordatorio",
                        "verbose_name_plural": "recordatorios",
                        "ordering": ["days"],
                        "constraints": [
                            models.UniqueConstraint(fields=("days",), name="a_day_has_one_reminder"),
                            models.CheckConstraint(
                                condition=models.Q(("days__gte", -60), ("days__lte", 365)),
                                name="a_reminder_is_near_its_due_day",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReminderOptOut",
                    fields=[
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="cuenta",
                            ),
                        ),
                        ("since", models.DateTimeField(default=django.utils.timezone.now, verbose_name="desde")),
                    ],
                    options={
                        "verbose_name": "cuenta sin recordatorios",
                        "verbose_name_plural": "cuentas sin recordatorios",
                    },
                ),
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="payments.order",
                                verbose_name="pedido",
                            ),
                        ),
                        (
                            "attempt",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="payments.attempt",
                                verbose_name="intento",
                            ),
                        ),
                        ("sequence", models.PositiveIntegerField(verbose_name="paso")),
                        ("at", models.DateTimeField(verbose_name="cuándo")),
                        ("actor", models.CharField(max_length=254, verbose_name="quién")),
                        ("cause", models.CharField(max_length=200, verbose_name="causa")),
                        ("from_state", models.CharField(blank=True, max_length=20, verbose_name="de")),
                        ("to_state", models.CharField(blank=True, max_length=20, verbose_name="a")),
                        ("details", models.JSONField(default=dict, verbose_name="detalle")),
                        ("previous_hash", models.CharField(blank=True, max_length=64)),
                        ("hash", models.CharField(max_length=64)),
                    ],
                    options={
                        "verbose_name": "evento",
                        "verbose_name_plural": "eventos",
                        "ordering": ("order", "sequence"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("order", "sequence"), name="an_order_has_one_event_per_step"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("previous_hash", ""), ("sequence", 1)),
                                    models.Q(("sequence__gt", 1), models.Q(("previous_hash", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="an_event_follows_the_one_before",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("from_state", models.F("to_state")), _negated=True),
                                    ("from_state", ""),
                                    _connector="OR",
                                ),
                                name="a_move_changes_the_state",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="an_event_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="277736676366fcb03aa3ac5bbc9ba3886278dff9",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_an_event_never_changes_28f16",
                                    table="payments_event",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TrailHead",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField(verbose_name="día")),
                        ("events", models.PositiveIntegerField(verbose_name="eventos del día")),
                        ("signature", models.CharField(max_length=64, verbose_name="firma")),
                        ("written_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="escrita")),
                    ],
                    options={
                        "verbose_name": "firma diaria de la bitácora",
                        "verbose_name_plural": "firmas diarias de la bitácora",
                        "ordering": ("day",),
                        "constraints": [models.UniqueConstraint(fields=("day",), name="a_day_has_one_trail_head")],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_trail_head_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="2478651832dd85c5534262520f54926616b06da9",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_a_trail_head_never_changes_a03e6",
                                    table="payments_trailhead",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Transfer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="transfers",
                                to="payments.order",
                                verbose_name="pedido",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="transfers",
                                to="members.member",
                                verbose_name="a quien corresponde",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                max_length=150,
                                validators=[django.core.validators.MinLengthValidator(5)],
                                verbose_name="motivo",
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="propuesto por",
                            ),
                        ),
                        (
                            "proposed_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="propuesto"),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="decidido por",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decidido")),
                        ("rejection", models.CharField(blank=True, max_length=150, verbose_name="motivo del rechazo")),
                    ],
                    options={
                        "verbose_name": "pase de un pago a otro colegiado",
                        "verbose_name_plural": "pases de pagos a otro colegiado",
                        "db_table": "payments_move",
                        "permissions": [
                            ("approve_transfer", "Puede aprobar o rechazar pases de pagos a otro colegiado")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("rejection", "")), fields=("order",), name="an_order_is_moved_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at", None), ("decided_by", None), ("rejection", "")),
                                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="a_decided_move_names_its_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_at", None),
                                    models.Q(("rejection", ""), _negated=True),
                                    models.Q(("decided_by", models.F("author")), _negated=True),
                                    _connector="OR",
                                ),
                                name="a_second_person_approves_a_move",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_move_keeps_what_was_proposed",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."proposed_at" IS DISTINCT FROM (NEW."proposed_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="951e39a7b808ea52a287e82a71f8f1601c56a31c",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_move_keeps_what_was_proposed_30f39",
                                    table="payments_move",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_decided_move_is_final",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."decided_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="85a4681ce2ea228c20eb4cff1fdd9ebc69f1db9a",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_decided_move_is_final_3f773",
                                    table="payments_move",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_move_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="7dd54992fbe3adfd3d6804bcbec4587d1a1c35cd",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_move_is_never_deleted_7264c",
                                    table="payments_move",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TransferLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "transfer",
                            models.ForeignKey(
                                db_column="move_id",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="payments.transfer",
                                verbose_name="pase",
                            ),
                        ),
                        (
                            "line",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="transferred",
                                to="payments.orderline",
                                verbose_name="cuota del pedido",
                            ),
                        ),
                        (
                            "settlement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="transfer_line",
                                to="dues.settlement",
                                verbose_name="pago de cuota",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "cuota pasada",
                        "verbose_name_plural": "cuotas pasadas",
                        "db_table": "payments_moveline",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_moved_line_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="5d7a5fd4876d34ea7a46dc87dcd13122a10db718",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_a_moved_line_never_changes_a32b2",
                                    table="payments_moveline",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_disputed_charge_is_not_moved",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n        IF EXISTS (SELECT FROM payments_chargeback\n                   WHERE attempt_id = (SELECT attempt.id FROM payments_attempt AS attempt\n                     JOIN payments_move AS move ON move.order_id = attempt.order_id\n                    WHERE move.id = NEW.move_id AND attempt.settles_order) AND state IN ('received', 'contested')) THEN\n            RAISE EXCEPTION 'a chargeback of this charge is open'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_disputed_charge_is_not_moved';\n        END IF;\n        RETURN NEW;\n        ",
                                    hash="919b3ea977ece19c8a95dcc641dd9eb85b35a788",
                                    operation="INSERT",
                                    pgid="pgtrigger_a_disputed_charge_is_not_moved_95dd3",
                                    table="payments_moveline",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_moved_line_keeps_its_sum_and_payment",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF NOT EXISTS (\n                    SELECT FROM payments_orderline AS line\n                    JOIN payments_move AS move ON move.id = NEW.move_id AND move.order_id = line.order_id\n                    JOIN payments_attempt AS attempt ON attempt.order_id = line.order_id AND attempt.settles_order\n                    JOIN dues_settlement AS paid ON paid.id = NEW.settlement_id AND paid.amount = line.amount\n                     AND paid.reference = attempt.purchase_number::text\n                    JOIN dues_due AS due ON due.id = paid.due_id AND due.member_id = move.member_id\n                    WHERE line.id = NEW.line_id\n                      AND NOT EXISTS (SELECT FROM dues_settlement AS former\n                                      WHERE former.due_id = line.due_id AND former.reference = paid.reference\n                                        AND former.reversed_at IS NULL)\n                ) THEN\n                    RAISE EXCEPTION 'line % was not moved whole to the right physician', NEW.line_id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'a_moved_line_keeps_its_sum_and_payment';\n                END IF;\n                RETURN NEW;\n                ",
                                    hash="8647215eeeb84b39d0c22eb825211e2548995c9f",
                                    operation="INSERT",
                                    pgid="pgtrigger_a_moved_line_keeps_its_sum_and_payment_80113",
                                    table="payments_moveline",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UnmatchedCharge",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("purchase_number", models.PositiveBigIntegerField(verbose_name="número de pedido")),
                        ("environment", models.CharField(max_length=12, verbose_name="entorno")),
                        ("merchant_id", models.CharField(max_length=12, verbose_name="código de comercio")),
                        (
                            "attempt",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="unmatched_charges",
                                to="payments.attempt",
                                verbose_name="intento",
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(decimal_places=2, max_digits=11, null=True, verbose_name="monto"),
                        ),
                        ("currency", models.CharField(blank=True, max_length=3, verbose_name="moneda")),
                        ("card", models.CharField(blank=True, max_length=25, verbose_name="tarjeta")),
                        ("brand", models.CharField(blank=True, max_length=20, verbose_name="marca")),
                        (
                            "authorization_code",
                            models.CharField(blank=True, max_length=20, verbose_name="código de autorización"),
                        ),
                        (
                            "transaction_id",
                            models.CharField(blank=True, max_length=40, verbose_name="id de transacción"),
                        ),
                        (
                            "signature",
                            models.CharField(blank=True, max_length=64, verbose_name="firma de la operación"),
                        ),
                        ("trace_number", models.CharField(blank=True, max_length=20, verbose_name="número de traza")),
                        ("decided_at", models.DateTimeField(null=True, verbose_name="decidido por la pasarela")),
                        ("exchange", models.JSONField(default=dict, verbose_name="respuesta de la pasarela")),
                        (
                            "found_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="encontrado"),
                        ),
                        (
                            "resolution",
                            models.CharField(
                                blank=True,
                                max_length=300,
                                validators=[django.core.validators.MinLengthValidator(10)],
                                verbose_name="qué se hizo con este dinero",
                            ),
                        ),
                        ("resolved_at", models.DateTimeField(blank=True, null=True, verbose_name="resuelto")),
                        (
                            "resolved_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="resuelto por",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "cobro sin pedido",
                        "verbose_name_plural": "cobros sin pedido",
                        "db_table": "payments_unclaimedcharge",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("purchase_number", "merchant_id"), name="a_charge_is_held_for_staff_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("resolution", ""), ("resolved_at", None), ("resolved_by", None)),
                                    models.Q(
                                        ("resolved_at__isnull", False),
                                        ("resolved_by__isnull", False),
                                        models.Q(("resolution", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="an_unclaimed_charge_is_resolved_by_someone_in_words",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="an_unclaimed_charge_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="5af70cbf8ab0cab78e454c2624e8f18256ca2224",
                                    operation="DELETE",
                                    pgid="pgtrigger_an_unclaimed_charge_is_never_deleted_a4633",
                                    table="payments_unclaimedcharge",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="an_unclaimed_charge_keeps_what_was_told",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."purchase_number" IS DISTINCT FROM (NEW."purchase_number") OR OLD."environment" IS DISTINCT FROM (NEW."environment") OR OLD."merchant_id" IS DISTINCT FROM (NEW."merchant_id") OR OLD."attempt_id" IS DISTINCT FROM (NEW."attempt_id") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."card" IS DISTINCT FROM (NEW."card") OR OLD."brand" IS DISTINCT FROM (NEW."brand") OR OLD."authorization_code" IS DISTINCT FROM (NEW."authorization_code") OR OLD."transaction_id" IS DISTINCT FROM (NEW."transaction_id") OR OLD."signature" IS DISTINCT FROM (NEW."signature") OR OLD."trace_number" IS DISTINCT FROM (NEW."trace_number") OR OLD."decided_at" IS DISTINCT FROM (NEW."decided_at") OR OLD."exchange" IS DISTINCT FROM (NEW."exchange") OR OLD."found_at" IS DISTINCT FROM (NEW."found_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="2a11188d2d6f9b775c56df031b4c5ff3c1234b86",
                                    operation="UPDATE",
                                    pgid="pgtrigger_an_unclaimed_charge_keeps_what_was_told_20e71",
                                    table="payments_unclaimedcharge",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_resolved_charge_stays_resolved",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."resolved_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="e24995c77b62b41cf1224afc0116a757d928cac4",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_resolved_charge_stays_resolved_4bb46",
                                    table="payments_unclaimedcharge",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AutomaticPlan",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="cuenta",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="members.member",
                                verbose_name="colegiado",
                            ),
                        ),
                        (
                            "kinds",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[("colegiado", "Cuota Colegiado"), ("semefa", "Cuota SEMEFA")],
                                    max_length=10,
                                ),
                                size=None,
                                verbose_name="tipos de cuota",
                            ),
                        ),
                        (
                            "ceiling",
                            models.DecimalField(decimal_places=2, max_digits=8, verbose_name="tope por cobro (S/)"),
                        ),
                        (
                            "day",
                            models.PositiveSmallIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(6),
                                    django.core.validators.MaxValueValidator(28),
                                ],
                                verbose_name="día del mes",
                            ),
                        ),
                        ("text_version", models.CharField(max_length=20, verbose_name="versión del consentimiento")),
                        (
                            "consented_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="aceptado"),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("pending", "Falta la tarjeta"),
                                    ("active", "Activo"),
                                    ("stopped", "Detenido"),
                                ],
                                default="pending",
                                max_length=10,
                                verbose_name="estado",
                            ),
                        ),
                        ("stopped_at", models.DateTimeField(blank=True, null=True, verbose_name="detenido")),
                        (
                            "stop_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("member", "lo detuvo el colegiado"),
                                    ("never_finished", "no se registró ninguna tarjeta"),
                                    ("declined", "el banco rechazó la tarjeta varias veces"),
                                    ("card_refused", "el banco indicó que la tarjeta no se puede usar más"),
                                    ("card_expired", "la tarjeta venció"),
                                    ("card_unreadable", "la tarjeta guardada ya no se puede leer"),
                                    ("number_changed", "la cuenta ya no paga por ese CMP"),
                                    ("member_left", "el colegiado falleció o se retiró"),
                                ],
                                max_length=20,
                                verbose_name="motivo",
                            ),
                        ),
                        (
                            "card_token",
                            models.TextField(blank=True, editable=False, verbose_name="tarjeta guardada (cifrada)"),
                        ),
                        ("brand", models.CharField(blank=True, max_length=20, verbose_name="marca")),
                        (
                            "last_four",
                            models.CharField(blank=True, max_length=4, verbose_name="últimos cuatro dígitos"),
                        ),
                        (
                            "card_expires",
                            models.DateField(blank=True, null=True, verbose_name="vencimiento de la tarjeta"),
                        ),
                        ("card_used", models.BooleanField(default=False, verbose_name="tarjeta ya cobrada")),
                    ],
                    options={
                        "verbose_name": "pago automático",
                        "verbose_name_plural": "pagos automáticos",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "stopped"), _negated=True),
                                fields=("user",),
                                name="an_account_has_one_automatic_payment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kinds__contained_by", ["colegiado", "semefa"]), ("kinds__len__gt", 0)
                                ),
                                name="an_automatic_payment_names_its_kinds",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ceiling__gt", 0)), name="an_automatic_payment_has_a_ceiling"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("day__gte", 6), ("day__lte", 28)),
                                name="an_automatic_payment_has_a_day_of_each_month",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("card_expires__isnull", False),
                                        ("state", "active"),
                                        models.Q(("card_token", ""), _negated=True),
                                        ("last_four__regex", "^[0-9]{4}$"),
                                    ),
                                    models.Q(models.Q(("state", "active"), _negated=True), ("card_token", "")),
                                    _connector="OR",
                                ),
                                name="only_an_active_automatic_payment_has_a_card",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state", "stopped"),
                                        ("stopped_at__isnull", False),
                                        models.Q(("stop_reason", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("state", "stopped"), _negated=True),
                                        ("stop_reason", ""),
                                        ("stopped_at", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="a_stopped_automatic_payment_says_when_and_why",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="an_automatic_payment_moves_legally",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE _is_valid_transition BOOLEAN;",
                                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{active:stopped,pending:active,pending:stopped}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                                    hash="65a320241b9c910da42eb424cff3d68b10c5433e",
                                    operation="UPDATE",
                                    pgid="pgtrigger_an_automatic_payment_moves_legally_b843a",
                                    table="payments_automaticplan",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="an_automatic_payment_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="0ef960ae0cdd6966b798054214ee7d11a149f48c",
                                    operation="DELETE",
                                    pgid="pgtrigger_an_automatic_payment_is_never_deleted_63092",
                                    table="payments_automaticplan",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="an_automatic_payment_stays_with_its_account",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="d1511341d6e3fab64e02413292a303d2965992d3",
                                    operation="UPDATE",
                                    pgid="pgtrigger_an_automatic_payment_stays_with_its_account_a7f16",
                                    table="payments_automaticplan",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AutomaticCharge",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "ref",
                            models.UUIDField(
                                default=uuid.uuid4, editable=False, unique=True, verbose_name="referencia"
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="charges",
                                to="payments.automaticplan",
                                verbose_name="pago automático",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("colegiado", "Cuota Colegiado"), ("semefa", "Cuota SEMEFA")],
                                max_length=10,
                                verbose_name="tipo de cuota",
                            ),
                        ),
                        ("month", models.DateField(verbose_name="mes")),
                        ("charge_on", models.DateField(verbose_name="fecha del cobro")),
                        (
                            "amount",
                            models.DecimalField(decimal_places=2, max_digits=9, verbose_name="monto anunciado (S/)"),
                        ),
                        ("card", models.CharField(max_length=60, verbose_name="tarjeta anunciada")),
                        (
                            "letter",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="payments.letter",
                                verbose_name="carta",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("announced", "Anunciado"),
                                    ("charging", "En curso"),
                                    ("retrying", "Se reintentará"),
                                    ("paid", "Cobrado"),
                                    ("skipped", "Omitido"),
                                    ("dropped", "No se hizo"),
                                    ("failed", "Rechazado"),
                                ],
                                default="announced",
                                max_length=10,
                                verbose_name="estado",
                            ),
                        ),
                        ("next_on", models.DateField(verbose_name="próximo intento")),
                        ("reason", models.CharField(blank=True, max_length=200, verbose_name="motivo")),
                        ("queued_at", models.DateTimeField(blank=True, null=True, verbose_name="encargado")),
                        ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="último intento")),
                        ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="terminado")),
                    ],
                    options={
                        "verbose_name": "cobro automático",
                        "verbose_name_plural": "cobros automáticos",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ("announced", "retrying"))),
                                fields=["next_on", "id"],
                                name="automatic_to_charge",
                            ),
                            models.Index(
                                condition=models.Q(("state", "charging")), fields=["id"], name="automatic_charging"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "dropped"), _negated=True),
                                fields=("plan", "kind", "month"),
                                name="a_month_has_one_automatic_charge",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "charging")),
                                fields=("plan", "kind"),
                                name="an_automatic_payment_charges_once_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="an_automatic_charge_is_more_than_nothing"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("charge_on__gte", models.F("month")),
                                    ("month__day", 1),
                                    ("next_on__gte", models.F("charge_on")),
                                ),
                                name="an_automatic_charge_is_made_on_its_day_or_later",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ["dropped", "failed", "retrying"]), _negated=True),
                                    models.Q(("reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="an_automatic_charge_not_made_says_why",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="an_automatic_charge_moves_legally",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE _is_valid_transition BOOLEAN;",
                                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{announced:charging,announced:dropped,announced:skipped,charging:dropped,charging:failed,charging:paid,charging:retrying,retrying:charging,retrying:dropped,retrying:skipped}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                                    hash="fe6046045eec48f92bc572fe01cd2e4d219fe2b9",
                                    operation="UPDATE",
                                    pgid="pgtrigger_an_automatic_charge_moves_legally_c8289",
                                    table="payments_automaticcharge",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="an_automatic_charge_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="de5d5dbbc9fa5c2196b44d1c8b27140866f83978",
                                    operation="DELETE",
                                    pgid="pgtrigger_an_automatic_charge_is_never_deleted_751fe",
                                    table="payments_automaticcharge",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="an_automatic_charge_keeps_what_its_letter_says",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."ref" IS DISTINCT FROM (NEW."ref") OR OLD."plan_id" IS DISTINCT FROM (NEW."plan_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."month" IS DISTINCT FROM (NEW."month") OR OLD."charge_on" IS DISTINCT FROM (NEW."charge_on") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."card" IS DISTINCT FROM (NEW."card"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="c85b0b119eab03f68beac5640ad1f34b0c8ab5d3",
                                    operation="UPDATE",
                                    pgid="pgtrigger_an_automatic_charge_keeps_what_its_letter_says_3f852",
                                    table="payments_automaticcharge",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="an_automatic_charge_has_a_letter_of_three_days",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.\"state\" = 'charging')",
                                    func="\n                IF NOT EXISTS (\n                    SELECT FROM payments_letter AS letter WHERE letter.id = NEW.letter_id AND letter.state = 'sent'\n                       AND letter.sent_at <= NEW.started_at - interval '3 days'\n                ) THEN\n                    RAISE EXCEPTION 'automatic charge % has no letter that left three days before', NEW.id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'an_automatic_charge_has_a_letter_of_three_days';\n                END IF;\n                RETURN NEW;\n                ",
                                    hash="58ec8036aa61b2691bfe87f46368f8775e5ad50b",
                                    operation="UPDATE OR INSERT",
                                    pgid="pgtrigger_an_automatic_charge_has_a_letter_of_three_days_d3b50",
                                    table="payments_automaticcharge",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AutomaticLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "charge",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="payments.automaticcharge",
                                verbose_name="cobro",
                            ),
                        ),
                        (
                            "due",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="dues.due",
                                verbose_name="cuota",
                            ),
                        ),
                        ("amount", models.DecimalField(decimal_places=2, max_digits=8, verbose_name="monto (S/)")),
                    ],
                    options={
                        "verbose_name": "cuota anunciada",
                        "verbose_name_plural": "cuotas anunciadas",
                        "constraints": [
                            models.UniqueConstraint(fields=("charge", "due"), name="a_letter_announces_a_due_once")
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="an_announced_due_stays_announced",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="fcca89e06bb01bd52fbcc448b47d58f39c72c5f6",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_an_announced_due_stays_announced_8e8eb",
                                    table="payments_automaticline",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AutomaticTry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "charge",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tries",
                                to="payments.automaticcharge",
                                verbose_name="cobro",
                            ),
                        ),
                        (
                            "order",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="automatic_try",
                                to="payments.order",
                                verbose_name="pedido",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField(verbose_name="intento")),
                        ("made_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="hecho")),
                    ],
                    options={
                        "verbose_name": "intento de cobro automático",
                        "verbose_name_plural": "intentos de cobro automático",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("charge", "number"), name="an_automatic_try_is_counted_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("number__gte", 1), ("number__lte", 3)),
                                name="an_automatic_charge_is_tried_three_times",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="an_automatic_try_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="eb0e1a3eea6bf125d0e716b9a48ced4306640927",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_an_automatic_try_never_changes_e416d",
                                    table="payments_automatictry",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AutomaticEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="payments.automaticplan",
                                verbose_name="pago automático",
                            ),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="fecha")),
                        ("actor", models.CharField(max_length=60, verbose_name="quién")),
                        ("what", models.CharField(max_length=200, verbose_name="qué")),
                        ("terms", models.JSONField(blank=True, default=dict, verbose_name="lo acordado")),
                    ],
                    options={
                        "verbose_name": "historia de pago automático",
                        "verbose_name_plural": "historia de pagos automáticos",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="an_automatic_payments_history_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="9d6e7f52a5615d830ba9fdc213437c0b758e32c6",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_an_automatic_payments_history_never_changes_b8200",
                                    table="payments_automaticevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PaymentLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="links",
                                to="payments.order",
                                verbose_name="pedido",
                            ),
                        ),
                        ("token_hash", models.CharField(max_length=64, unique=True, verbose_name="huella del enlace")),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="creado")),
                        ("expires_at", models.DateTimeField(verbose_name="vence")),
                        ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="terminado")),
                        (
                            "end",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("revoked", "Anulado por el colegiado"),
                                    ("replaced", "Reemplazado por otro enlace"),
                                    ("member_pays", "El colegiado paga él mismo"),
                                ],
                                max_length=12,
                                verbose_name="por qué terminó",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "enlace de pago",
                        "verbose_name_plural": "enlaces de pago",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at", None)),
                                fields=("order",),
                                name="an_order_has_one_live_link",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("end", ""), ("ended_at", None)),
                                    models.Q(
                                        ("end__in", ["revoked", "replaced", "member_pays"]), ("ended_at__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="an_ended_link_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("created_at"))),
                                name="a_link_lives_for_a_while",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_link_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="3d083f0aa51d9f4e8e6279249c097d0824d82a18",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_link_is_never_deleted_ce725",
                                    table="payments_paymentlink",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_link_keeps_its_token",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."token_hash" IS DISTINCT FROM (NEW."token_hash") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="47bbc6dbb0425f7a3c82f42e8f8c5cfca19d3c6e",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_link_keeps_its_token_f4c5d",
                                    table="payments_paymentlink",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="an_ended_link_stays_ended",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."ended_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="a3f490e3dc9b015464e0a8d8eba6055ad3546834",
                                    operation="UPDATE",
                                    pgid="pgtrigger_an_ended_link_stays_ended_b29e8",
                                    table="payments_paymentlink",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
            ],
        ),
        migrations.RunSQL(SURPLUS_WAITS, SURPLUS_WAITS_NO_MORE),
    ]
