"""The tables of receipts with their constraints, indexes and triggers."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models

import base.postgres.create_models
import receipts.models.attestations
import receipts.models.receipts


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("members", "0001_initial"),
        ("payments", "0001_initial"),
    ]

    operations = [
        base.postgres.create_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Affectation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("colegiado", "Cuota Colegiado"), ("semefa", "Cuota SEMEFA")],
                                max_length=10,
                                verbose_name="concepto",
                            ),
                        ),
                        (
                            "code",
                            models.CharField(
                                choices=[
                                    ("30", "30: inafecto, sin IGV"),
                                    ("10", "10: gravado, IGV 18 % incluido en la cuota"),
                                ],
                                max_length=2,
                                verbose_name="afectación",
                            ),
                        ),
                        ("valid_from", models.DateField(default=django.utils.timezone.localdate, verbose_name="desde")),
                        (
                            "basis",
                            models.CharField(
                                help_text="Norma, informe o consulta que lo dice.",
                                max_length=200,
                                verbose_name="sustento",
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="registrada por",
                            ),
                        ),
                        (
                            "recorded_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, editable=False, verbose_name="registrada"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "afectación al IGV",
                        "verbose_name_plural": "afectaciones al IGV",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("kind", "valid_from"),
                                name="a_day_begins_one_affectation_of_a_concept",
                                violation_error_message="Ese concepto ya tiene una afectación desde ese día.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("code__in", ["30", "10"])),
                                name="an_affectation_is_one_the_documents_know",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="an_affectation_begins_no_earlier_than_today",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.valid_from < (now() AT TIME ZONE 'America/Lima')::date)",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;",
                                    hash="9f565a18083c76b86cec3f3c7f5c887872043f4e",
                                    operation="INSERT",
                                    pgid="pgtrigger_an_affectation_begins_no_earlier_than_today_7a123",
                                    table="receipts_affectation",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="an_affectation_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="fa2bc2c79d47fff916d224f95ab278f5df03f104",
                                    operation="UPDATE",
                                    pgid="pgtrigger_an_affectation_never_changes_2d69a",
                                    table="receipts_affectation",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="an_affectation_in_force_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.valid_from <= (now() AT TIME ZONE 'America/Lima')::date)",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="8f637853e0f37135be514d759db66d5665845d27",
                                    operation="DELETE",
                                    pgid="pgtrigger_an_affectation_in_force_is_never_deleted_5c00e",
                                    table="receipts_affectation",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Attestation",
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
                                related_name="attestations",
                                to="members.member",
                                verbose_name="colegiado",
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="pedida por",
                            ),
                        ),
                        ("first_day", models.DateField(verbose_name="desde")),
                        ("last_day", models.DateField(verbose_name="hasta")),
                        ("total", models.DecimalField(decimal_places=2, max_digits=10, verbose_name="total (S/)")),
                        (
                            "code",
                            models.CharField(
                                default=receipts.models.attestations.attestation_code,
                                max_length=22,
                                unique=True,
                                verbose_name="código",
                            ),
                        ),
                        ("issued_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="emitida")),
                        ("sample", models.BooleanField(verbose_name="de muestra")),
                        ("statement", models.JSONField(verbose_name="contenido")),
                        ("pdf", models.BinaryField(blank=True, null=True, verbose_name="PDF")),
                    ],
                    options={
                        "verbose_name": "constancia de pagos",
                        "verbose_name_plural": "constancias de pagos",
                        "indexes": [models.Index(fields=["author", "-issued_at"], name="attestation_by_author")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("last_day__gte", models.F("first_day"))),
                                name="an_attestation_has_days",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("total__gt", 0)), name="an_attestation_attests_something"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="an_attestation_keeps_its_words",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."first_day" IS DISTINCT FROM (NEW."first_day") OR OLD."last_day" IS DISTINCT FROM (NEW."last_day") OR OLD."total" IS DISTINCT FROM (NEW."total") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."issued_at" IS DISTINCT FROM (NEW."issued_at") OR OLD."sample" IS DISTINCT FROM (NEW."sample") OR OLD."statement" IS DISTINCT FROM (NEW."statement"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="64ccd017f444dcac7daf79eb7f3273730ecf2e9b",
                                    operation="UPDATE",
                                    pgid="pgtrigger_an_attestation_keeps_its_words_8d655",
                                    table="receipts_attestation",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="an_attestation_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="cde65ab6b332eb55aa9985e4ede5823aa251ee0e",
                                    operation="DELETE",
                                    pgid="pgtrigger_an_attestation_is_never_deleted_21e6a",
                                    table="receipts_attestation",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Series",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "document",
                            models.CharField(
                                choices=[("03", "Boleta"), ("01", "Factura"), ("07", "Nota de crédito")],
                                max_length=2,
                                verbose_name="tipo de comprobante",
                            ),
                        ),
                        ("code", models.CharField(max_length=4, verbose_name="serie")),
                        ("next_number", models.PositiveIntegerField(default=1, verbose_name="próximo número")),
                    ],
                    options={
                        "verbose_name": "serie",
                        "verbose_name_plural": "series",
                        "constraints": [
                            models.UniqueConstraint(fields=("document", "code"), name="a_series_is_one_run_of_numbers"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("code__regex", "^B[A-Z0-9]{3}$"), ("document", "03")),
                                    models.Q(("code__regex", "^F[A-Z0-9]{3}$"), ("document", "01")),
                                    models.Q(("code__regex", "^[BF][A-Z0-9]{3}$"), ("document", "07")),
                                    _connector="OR",
                                ),
                                name="the_letter_of_a_series_tells_its_document",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_series_keeps_its_code",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."document" IS DISTINCT FROM (NEW."document") OR OLD."code" IS DISTINCT FROM (NEW."code"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="fa8d85ed445221d21c26e1fe59c9ee70fc7a0591",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_series_keeps_its_code_80090",
                                    table="receipts_series",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="numbers_only_go_up",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."next_number" < (OLD."next_number"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="42d65261f0d23f1a68b6345099ea42b36ef7de8c",
                                    operation="UPDATE",
                                    pgid="pgtrigger_numbers_only_go_up_8a77c",
                                    table="receipts_series",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_series_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="2c9ee92402c1bf611abf86fabd8e306aeb0e3d90",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_series_is_never_deleted_d6b24",
                                    table="receipts_series",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Receipt",
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
                                related_name="documents",
                                to="payments.order",
                                verbose_name="pedido",
                            ),
                        ),
                        (
                            "receipt_of",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipt",
                                to="payments.order",
                                verbose_name="primero del pedido",
                            ),
                        ),
                        (
                            "corrects",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="notes",
                                to="receipts.receipt",
                                verbose_name="corrige a",
                            ),
                        ),
                        (
                            "replaces",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="replacement",
                                to="receipts.receipt",
                                verbose_name="reemplaza a",
                            ),
                        ),
                        (
                            "series",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipts",
                                to="receipts.series",
                                verbose_name="serie",
                            ),
                        ),
                        ("number", models.PositiveIntegerField(verbose_name="número")),
                        ("name", models.CharField(max_length=13, unique=True, verbose_name="comprobante")),
                        (
                            "document",
                            models.CharField(
                                choices=[("03", "Boleta"), ("01", "Factura"), ("07", "Nota de crédito")],
                                max_length=2,
                                verbose_name="tipo de comprobante",
                            ),
                        ),
                        (
                            "code",
                            models.CharField(
                                default=receipts.models.receipts.unguessable_code,
                                max_length=22,
                                unique=True,
                                verbose_name="código de descarga",
                            ),
                        ),
                        ("issued_at", models.DateTimeField(verbose_name="emitido")),
                        ("issue_date", models.DateField(verbose_name="fecha de emisión")),
                        ("buyer_number", models.CharField(max_length=15, verbose_name="RUC o documento")),
                        ("buyer_name", models.CharField(max_length=250, verbose_name="comprador")),
                        ("total", models.DecimalField(decimal_places=2, max_digits=9, verbose_name="total")),
                        ("currency", models.CharField(max_length=3, verbose_name="moneda")),
                        ("sample", models.BooleanField(verbose_name="de muestra")),
                        ("statement", models.JSONField(verbose_name="contenido")),
                    ],
                    options={
                        "verbose_name": "comprobante",
                        "verbose_name_plural": "comprobantes",
                        "permissions": [
                            ("replace_receipt", "Puede emitir de nuevo lo rechazado y cambiar boleta por factura")
                        ],
                        "indexes": [models.Index(fields=["issue_date"], name="receipt_by_day")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("corrects", None),
                                        ("receipt_of", models.F("order")),
                                        ("receipt_of__isnull", False),
                                        ("replaces", None),
                                        models.Q(("document", "07"), _negated=True),
                                    ),
                                    models.Q(
                                        ("corrects", None),
                                        ("receipt_of", None),
                                        ("replaces__isnull", False),
                                        models.Q(("document", "07"), _negated=True),
                                    ),
                                    models.Q(("corrects__isnull", False), ("document", "07"), ("receipt_of", None)),
                                    _connector="OR",
                                ),
                                name="a_document_comes_first_corrects_or_replaces",
                            ),
                            models.UniqueConstraint(fields=("series", "number"), name="a_number_names_one_receipt"),
                            models.CheckConstraint(
                                condition=models.Q(("number__gte", 1), ("number__lte", 99999999)),
                                name="a_receipt_number_has_1_to_8_digits",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("total__gt", 0)), name="a_receipt_is_more_than_nothing"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="an_issued_document_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="a201961d5820dc8c49fd1800d3a2f8336a3b7800",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_an_issued_document_never_changes_36ef4",
                                    table="receipts_receipt",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="numbers_of_a_series_have_no_gaps",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE expected integer;",
                                    func="\n                SELECT coalesce(max(number), 0) + 1 INTO expected\n                FROM receipts_receipt WHERE series_id = NEW.series_id;\n                IF NEW.number <> expected THEN\n                    RAISE EXCEPTION 'the next number of this series is %, not %', expected, NEW.number\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'numbers_of_a_series_have_no_gaps';\n                END IF;\n                RETURN NEW;\n                ",
                                    hash="2ca0c4d0be76f49d3e522385a4dbc814e91fe527",
                                    operation="INSERT",
                                    pgid="pgtrigger_numbers_of_a_series_have_no_gaps_318f6",
                                    table="receipts_receipt",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="only_a_paid_order_has_a_receipt",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF NOT EXISTS (SELECT FROM payments_order WHERE id = NEW.order_id AND paid_at IS NOT NULL) THEN\n                    RAISE EXCEPTION 'order % is not paid', NEW.order_id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'only_a_paid_order_has_a_receipt';\n                END IF;\n                RETURN NEW;\n                ",
                                    hash="b11078decc57e4579c0a73f0f174d60c6d099d6b",
                                    operation="INSERT",
                                    pgid="pgtrigger_only_a_paid_order_has_a_receipt_b669c",
                                    table="receipts_receipt",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_note_stays_within_its_document",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."corrects_id" IS NOT NULL)',
                                    declare="DECLARE available numeric; credited numeric;",
                                    func="\n                SELECT total INTO available FROM receipts_receipt\n                WHERE id = NEW.corrects_id AND order_id = NEW.order_id AND document <> '07' FOR NO KEY UPDATE;\n                SELECT coalesce(sum(note.total), 0) INTO credited FROM receipts_receipt AS note\n                WHERE note.corrects_id = NEW.corrects_id AND note.id IS DISTINCT FROM NEW.replaces_id\n                  AND NOT EXISTS (SELECT FROM receipts_receipt AS later WHERE later.replaces_id = note.id);\n                IF available IS NULL OR credited + NEW.total > available THEN\n                    RAISE EXCEPTION 'a note of % on top of % exceeds %', NEW.total, credited, available\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'a_note_stays_within_its_document';\n                END IF;\n                RETURN NEW;\n                ",
                                    hash="001633fecd66f73f61c920dd5470631498cf7887",
                                    operation="INSERT",
                                    pgid="pgtrigger_a_note_stays_within_its_document_09507",
                                    table="receipts_receipt",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_replaced_document_is_worth_nothing",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."replaces_id" IS NOT NULL)',
                                    declare="DECLARE worthless boolean;",
                                    func="\n                SELECT filing.state IN ('rejected', 'voided', 'withdrawn') OR gone.total <= (\n                    SELECT coalesce(sum(note.total), 0) FROM receipts_receipt AS note\n                    WHERE note.corrects_id = gone.id\n                      AND NOT EXISTS (SELECT FROM receipts_receipt AS later WHERE later.replaces_id = note.id))\n                INTO worthless FROM receipts_receipt AS gone\n                LEFT JOIN receipts_filing AS filing ON filing.receipt_id = gone.id\n                WHERE gone.id = NEW.replaces_id AND gone.order_id = NEW.order_id;\n                IF worthless IS NOT TRUE THEN\n                    RAISE EXCEPTION 'document % still stands', NEW.replaces_id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'a_replaced_document_is_worth_nothing';\n                END IF;\n                RETURN NEW;\n                ",
                                    hash="d965aee65af951116ef3f7599375a12a43f19e48",
                                    operation="INSERT",
                                    pgid="pgtrigger_a_replaced_document_is_worth_nothing_92be9",
                                    table="receipts_receipt",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Credit",
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
                                related_name="credits",
                                to="payments.order",
                                verbose_name="pedido",
                            ),
                        ),
                        (
                            "refund",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="credit",
                                to="payments.refund",
                                verbose_name="devolución",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("01", "Anulación de la operación"),
                                    ("06", "Devolución total"),
                                    ("07", "Devolución por ítem"),
                                ],
                                max_length=2,
                                verbose_name="motivo",
                            ),
                        ),
                        ("description", models.CharField(max_length=250, verbose_name="sustento")),
                        (
                            "periods",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.DateField(), size=None, verbose_name="meses"
                            ),
                        ),
                        (
                            "instead",
                            models.JSONField(blank=True, null=True, verbose_name="comprobante que lo reemplaza"),
                        ),
                        ("author", models.CharField(max_length=254, verbose_name="pedida por")),
                        (
                            "requested_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="pedida"),
                        ),
                        (
                            "note",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="credit",
                                to="receipts.receipt",
                                verbose_name="nota",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "nota de crédito por emitir",
                        "verbose_name_plural": "notas de crédito por emitir",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("note", None)), fields=["requested_at"], name="credit_to_issue"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("periods", []), _negated=True), name="a_credit_takes_something_back"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("instead__isnull", False), ("note", None)),
                                fields=("order",),
                                name="an_order_has_one_replacement_under_way",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_credit_keeps_its_wish",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."refund_id" IS DISTINCT FROM (NEW."refund_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."description" IS DISTINCT FROM (NEW."description") OR OLD."periods" IS DISTINCT FROM (NEW."periods") OR OLD."instead" IS DISTINCT FROM (NEW."instead") OR OLD."author" IS DISTINCT FROM (NEW."author") OR OLD."requested_at" IS DISTINCT FROM (NEW."requested_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="c828bbe9e746249b0f092927cf1f3a33953e2098",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_credit_keeps_its_wish_cb0dd",
                                    table="receipts_credit",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_credit_is_issued_once",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."note_id" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="04877999347d1a9d1249d17bef574e00bd7f74de",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_credit_is_issued_once_559de",
                                    table="receipts_credit",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_credit_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="c432f4710c51154ca31157ab80c3e7dfbd20e4c2",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_credit_is_never_deleted_482c3",
                                    table="receipts_credit",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Representation",
                    fields=[
                        (
                            "receipt",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="representation",
                                serialize=False,
                                to="receipts.receipt",
                                verbose_name="comprobante",
                            ),
                        ),
                        ("pdf", models.BinaryField(verbose_name="PDF")),
                        ("made_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="hecha")),
                    ],
                    options={
                        "verbose_name": "representación impresa",
                        "verbose_name_plural": "representaciones impresas",
                    },
                ),
                migrations.CreateModel(
                    name="Delivery",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "receipt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deliveries",
                                to="receipts.receipt",
                                verbose_name="comprobante",
                            ),
                        ),
                        ("email", models.EmailField(max_length=254, verbose_name="correo")),
                        ("intent", models.CharField(max_length=80, verbose_name="motivo")),
                        (
                            "author",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="pedido por",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("queued", "Por enviar"),
                                    ("sent", "Enviado"),
                                    ("failed", "No se pudo enviar"),
                                    ("bounced", "Devuelto por el correo"),
                                ],
                                default="queued",
                                max_length=10,
                                verbose_name="estado",
                            ),
                        ),
                        ("message_id", models.CharField(max_length=200, unique=True, verbose_name="Message-ID")),
                        ("attempts", models.PositiveIntegerField(default=0, verbose_name="intentos")),
                        ("last_error", models.CharField(blank=True, max_length=300, verbose_name="último error")),
                        ("queued_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="pedido")),
                        ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="enviado")),
                    ],
                    options={
                        "verbose_name": "envío",
                        "verbose_name_plural": "envíos",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "queued")), fields=["queued_at"], name="delivery_to_send"
                            ),
                            models.Index(fields=["author", "queued_at"], name="delivery_by_author"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("intent",), name="an_intent_is_one_delivery"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("sent_at__isnull", False), ("state__in", ["sent", "bounced"])),
                                    models.Q(
                                        models.Q(("state__in", ["sent", "bounced"]), _negated=True),
                                        ("sent_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="sent_at_is_set_exactly_when_sent",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ("failed", "bounced")), _negated=True),
                                    models.Q(("last_error", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="a_failed_delivery_says_why",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_delivery_is_concluded_once",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE _is_valid_transition BOOLEAN;",
                                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{queued:sent,queued:failed,sent:bounced}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                                    hash="299b9b6ae0a9edb46fa0cea0399b243b23fd340d",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_delivery_is_concluded_once_adcb8",
                                    table="receipts_delivery",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_delivery_keeps_its_address",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."receipt_id" IS DISTINCT FROM (NEW."receipt_id") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."intent" IS DISTINCT FROM (NEW."intent") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."message_id" IS DISTINCT FROM (NEW."message_id") OR OLD."queued_at" IS DISTINCT FROM (NEW."queued_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="2065f75456af53f4dbb985ac044b863e464534f0",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_delivery_keeps_its_address_67d29",
                                    table="receipts_delivery",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_delivery_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="e437bf76c3c7c1d4b00f26e1554ff871af70cbeb",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_delivery_is_never_deleted_1f2c1",
                                    table="receipts_delivery",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FilingStop",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=6, verbose_name="código")),
                        ("message", models.TextField(blank=True, verbose_name="respuesta")),
                        (
                            "fingerprint",
                            models.CharField(blank=True, max_length=64, verbose_name="huella del certificado"),
                        ),
                        (
                            "stopped_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="detenido"),
                        ),
                        ("resumed_at", models.DateTimeField(blank=True, null=True, verbose_name="reanudado")),
                        (
                            "author",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="reanudado por",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "detención de envíos a SUNAT",
                        "verbose_name_plural": "detenciones de envíos a SUNAT",
                        "constraints": [
                            models.UniqueConstraint(
                                models.Value(1),
                                condition=models.Q(("resumed_at__isnull", True)),
                                name="filing_is_stopped_once",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_stop_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="a597e39558bdca4f4253d79a6550297d140400fc",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_stop_is_never_deleted_245d5",
                                    table="receipts_filingstop",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StandingCertificate",
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
                                related_name="standing_certificates",
                                to="members.member",
                                verbose_name="colegiado",
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="pedida por",
                            ),
                        ),
                        (
                            "code",
                            models.CharField(
                                default=receipts.models.attestations.attestation_code,
                                max_length=22,
                                unique=True,
                                verbose_name="código",
                            ),
                        ),
                        ("issued_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="emitida")),
                        ("valid_until", models.DateField(verbose_name="vale hasta")),
                        ("sample", models.BooleanField(verbose_name="de muestra")),
                        ("statement", models.JSONField(verbose_name="contenido")),
                        ("pdf", models.BinaryField(blank=True, null=True, verbose_name="PDF")),
                        ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="anulada")),
                        (
                            "revoked_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="anulada por",
                            ),
                        ),
                        (
                            "revocation_reason",
                            models.CharField(blank=True, max_length=200, verbose_name="motivo de la anulación"),
                        ),
                    ],
                    options={
                        "verbose_name": "constancia de habilidad",
                        "verbose_name_plural": "constancias de habilidad",
                        "indexes": [models.Index(fields=["author", "-issued_at"], name="certificate_by_author")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("valid_until__gte", models.F("issued_at__date"))),
                                name="a_standing_certificate_is_valid_for_days",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("revocation_reason", ""), ("revoked_at", None), ("revoked_by", None)),
                                    models.Q(
                                        ("revocation_reason__regex", "\\S"),
                                        ("revoked_at__isnull", False),
                                        ("revoked_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="a_revoked_certificate_says_by_whom_and_why",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_standing_certificate_keeps_its_words",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."issued_at" IS DISTINCT FROM (NEW."issued_at") OR OLD."valid_until" IS DISTINCT FROM (NEW."valid_until") OR OLD."sample" IS DISTINCT FROM (NEW."sample") OR OLD."statement" IS DISTINCT FROM (NEW."statement"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="3418db301103bc39b45b01f81b7fe270a3b298e0",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_standing_certificate_keeps_its_words_b5a3a",
                                    table="receipts_standingcertificate",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_revoked_certificate_stays_revoked",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."revoked_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="1b0ad2e06e457f3630f3101cca8c893057fffea1",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_revoked_certificate_stays_revoked_47ab2",
                                    table="receipts_standingcertificate",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_standing_certificate_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="4ed023dc0d1ce74813ff0fa8c2c20440c1848196",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_standing_certificate_is_never_deleted_aca07",
                                    table="receipts_standingcertificate",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Finding",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "filing",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="findings",
                                to="receipts.filing",
                                verbose_name="comprobante",
                            ),
                        ),
                        (
                            "summary",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="findings",
                                to="receipts.summary",
                                verbose_name="resumen o baja",
                            ),
                        ),
                        (
                            "shows",
                            models.CharField(
                                choices=[
                                    ("accepted", "Figura aceptado"),
                                    ("rejected", "Figura rechazado"),
                                    ("voided", "Figura dado de baja"),
                                    ("absent", "No figura"),
                                ],
                                max_length=10,
                                verbose_name="en SUNAT",
                            ),
                        ),
                        (
                            "source",
                            models.CharField(
                                choices=[("register", "Consulta integrada de SUNAT"), ("people", "Dos personas")],
                                max_length=10,
                                verbose_name="según",
                            ),
                        ),
                        ("stood", models.CharField(max_length=10, verbose_name="estado de entonces")),
                        (
                            "evidence",
                            models.CharField(
                                max_length=300,
                                validators=[django.core.validators.MinLengthValidator(10)],
                                verbose_name="evidencia",
                            ),
                        ),
                        ("picture", models.BinaryField(blank=True, null=True, verbose_name="captura")),
                        (
                            "picture_type",
                            models.CharField(blank=True, max_length=20, verbose_name="tipo de la captura"),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="declarada por",
                            ),
                        ),
                        (
                            "stated_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="declarada"),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="decidida por",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decidida")),
                        ("rejection", models.CharField(blank=True, max_length=150, verbose_name="motivo del rechazo")),
                    ],
                    options={
                        "verbose_name": "constatación en SUNAT",
                        "verbose_name_plural": "constataciones en SUNAT",
                        "permissions": [("confirm_finding", "Puede confirmar lo que muestra SUNAT")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("filing", None), ("summary__isnull", False)),
                                    models.Q(("filing__isnull", False), ("summary", None)),
                                    _connector="OR",
                                ),
                                name="a_finding_is_about_one_thing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("source", "people"), _negated=True),
                                    ("decided_at", None),
                                    models.Q(("rejection", ""), _negated=True),
                                    models.Q(
                                        ("decided_by__isnull", False),
                                        models.Q(("decided_by", models.F("author")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="a_second_person_confirms_a_finding",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("author", None),
                                        ("decided_at__isnull", False),
                                        ("decided_by", None),
                                        ("rejection", ""),
                                        ("source", "register"),
                                    ),
                                    models.Q(
                                        ("author__isnull", False),
                                        ("decided_at", None),
                                        ("decided_by", None),
                                        ("rejection", ""),
                                        ("source", "people"),
                                    ),
                                    models.Q(
                                        ("author__isnull", False),
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("source", "people"),
                                    ),
                                    _connector="OR",
                                ),
                                name="a_finding_names_who_stands_behind_it",
                            ),
                            models.CheckConstraint(
                                condition=django.db.models.lookups.GreaterThanOrEqual(
                                    django.db.models.functions.text.Length("evidence"), 10
                                ),
                                name="a_finding_says_where_it_was_seen",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("decided_at", None), ("filing__isnull", False)),
                                fields=("filing",),
                                name="a_document_has_one_open_finding",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("decided_at", None), ("summary__isnull", False)),
                                fields=("summary",),
                                name="a_file_has_one_open_finding",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_finding_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="74a1746cebb1bd994ee0ea7b72df21edfd20fdd0",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_finding_is_never_deleted_fcbde",
                                    table="receipts_finding",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_finding_keeps_what_was_stated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."filing_id" IS DISTINCT FROM (NEW."filing_id") OR OLD."summary_id" IS DISTINCT FROM (NEW."summary_id") OR OLD."shows" IS DISTINCT FROM (NEW."shows") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."stood" IS DISTINCT FROM (NEW."stood") OR OLD."evidence" IS DISTINCT FROM (NEW."evidence") OR OLD."picture" IS DISTINCT FROM (NEW."picture") OR OLD."picture_type" IS DISTINCT FROM (NEW."picture_type") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."stated_at" IS DISTINCT FROM (NEW."stated_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="9afdc0811777698933e94d25cabe8ab15d9c6621",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_finding_keeps_what_was_stated_65fe5",
                                    table="receipts_finding",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_decided_finding_is_final",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."decided_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="4e2222350588ae1c07041030be8c5c571cccbaa8",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_decided_finding_is_final_fa1c3",
                                    table="receipts_finding",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Summary",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=17, verbose_name="resumen")),
                        ("issued_on", models.DateField(verbose_name="comprobantes del día")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("pending", "Pendiente de envío"),
                                    ("waiting", "En proceso en SUNAT"),
                                    ("in_doubt", "En duda: SUNAT lo tiene y no dice cómo quedó"),
                                    ("accepted", "Aceptado por SUNAT"),
                                    ("refused", "No aceptado por SUNAT"),
                                ],
                                default="pending",
                                max_length=10,
                                verbose_name="estado",
                            ),
                        ),
                        ("xml", models.BinaryField(verbose_name="XML firmado")),
                        ("ticket", models.CharField(blank=True, max_length=40, verbose_name="ticket")),
                        ("cdr", models.BinaryField(blank=True, null=True, verbose_name="constancia (CDR)")),
                        ("attempts", models.PositiveIntegerField(default=0, verbose_name="intentos")),
                        ("code", models.CharField(blank=True, max_length=6, verbose_name="código")),
                        ("message", models.TextField(blank=True, verbose_name="respuesta")),
                        ("asking", models.BooleanField(default=False, verbose_name="preguntando")),
                        ("lost_at", models.DateTimeField(blank=True, null=True, verbose_name="respuesta perdida")),
                        ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="última respuesta")),
                        (
                            "finding",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="receipts.finding",
                                verbose_name="constatación",
                            ),
                        ),
                        ("made_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="hecho")),
                        ("next_try_at", models.DateTimeField(blank=True, null=True, verbose_name="próximo intento")),
                    ],
                    options={
                        "verbose_name": "resumen diario",
                        "verbose_name_plural": "resúmenes diarios",
                        "constraints": [
                            models.UniqueConstraint(fields=("name",), name="a_summary_has_its_own_name"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "accepted"), _negated=True),
                                    ("cdr__isnull", False),
                                    ("finding__isnull", False),
                                    _connector="OR",
                                ),
                                name="an_accepted_summary_has_its_constancy",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("next_try_at__isnull", False),
                                        ("state__in", ("pending", "waiting", "in_doubt")),
                                    ),
                                    models.Q(
                                        models.Q(("state__in", ("pending", "waiting", "in_doubt")), _negated=True),
                                        ("next_try_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="an_open_summary_will_be_tried",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "waiting"), _negated=True),
                                    models.Q(("ticket", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="a_waiting_summary_has_its_ticket",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_summary_moves_legally",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE _is_valid_transition BOOLEAN;",
                                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{in_doubt:accepted,in_doubt:refused,pending:in_doubt,pending:refused,pending:waiting,waiting:accepted,waiting:in_doubt,waiting:refused}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                                    hash="f9b7ee882d1d50a0fc40cb3468689d69a37f55da",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_summary_moves_legally_1d15f",
                                    table="receipts_summary",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_summary_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="e0900b762ef166d7f5519eaf1e71f0ca2064d0a8",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_summary_is_never_deleted_7b6c5",
                                    table="receipts_summary",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_summary_keeps_its_bytes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."issued_on" IS DISTINCT FROM (NEW."issued_on") OR OLD."xml" IS DISTINCT FROM (NEW."xml"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="55079b34e446238b81649fbb0fb208822b4be0ed",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_summary_keeps_its_bytes_50b4c",
                                    table="receipts_summary",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="only_a_confirmed_finding_counts",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."finding_id" IS NOT NULL AND NEW."finding_id" IS DISTINCT FROM (OLD."finding_id"))',
                                    func="\n        IF NOT EXISTS (\n            SELECT FROM receipts_finding WHERE id = NEW.finding_id AND decided_at IS NOT NULL AND rejection = ''\n            AND summary_id = NEW.id\n        ) THEN\n            RAISE EXCEPTION 'finding % does not count here', NEW.finding_id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'only_a_confirmed_finding_counts';\n        END IF;\n        RETURN NEW;\n        ",
                                    hash="609919f8a4a26c23692351dfd1cc261c8cb321c9",
                                    operation="UPDATE",
                                    pgid="pgtrigger_only_a_confirmed_finding_counts_22de0",
                                    table="receipts_summary",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Filing",
                    fields=[
                        (
                            "receipt",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="filing",
                                serialize=False,
                                to="receipts.receipt",
                                verbose_name="comprobante",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("pending", "Pendiente de envío"),
                                    ("sending", "Enviando"),
                                    ("in_doubt", "En consulta con SUNAT"),
                                    ("accepted", "Aceptado por SUNAT"),
                                    ("observed", "Aceptado con observaciones"),
                                    ("rejected", "Rechazado por SUNAT"),
                                    ("in_summary", "En un resumen diario"),
                                    ("voided", "Dado de baja"),
                                    ("withdrawn", "Sin efecto: SUNAT no lo recibió"),
                                    ("returned", "Devuelto para corregir"),
                                ],
                                default="pending",
                                max_length=10,
                                verbose_name="estado",
                            ),
                        ),
                        ("xml", models.BinaryField(verbose_name="XML firmado")),
                        ("digest", models.CharField(max_length=44, verbose_name="valor resumen")),
                        ("cdr", models.BinaryField(blank=True, null=True, verbose_name="constancia (CDR)")),
                        ("environment", models.CharField(blank=True, max_length=10, verbose_name="ambiente")),
                        ("attempts", models.PositiveIntegerField(default=0, verbose_name="intentos")),
                        ("code", models.CharField(blank=True, max_length=6, verbose_name="código")),
                        ("message", models.TextField(blank=True, verbose_name="respuesta")),
                        ("due_on", models.DateField(verbose_name="plazo")),
                        (
                            "summary",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="filings",
                                to="receipts.summary",
                                verbose_name="resumen diario",
                            ),
                        ),
                        ("lost_at", models.DateTimeField(blank=True, null=True, verbose_name="respuesta perdida")),
                        (
                            "finding",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="receipts.finding",
                                verbose_name="constatación",
                            ),
                        ),
                        ("signed_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="firmado")),
                        ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="última respuesta")),
                        ("next_try_at", models.DateTimeField(blank=True, null=True, verbose_name="próximo intento")),
                    ],
                    options={
                        "verbose_name": "presentación a SUNAT",
                        "verbose_name_plural": "presentaciones a SUNAT",
                        "permissions": [("file_receipts", "Puede enviar comprobantes a SUNAT y consultarlos")],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("next_try_at__isnull", False)),
                                fields=["next_try_at"],
                                name="filing_to_try",
                            ),
                            models.Index(
                                condition=models.Q(("next_try_at__isnull", False)),
                                fields=["due_on"],
                                name="filing_by_deadline",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ("accepted", "observed")), _negated=True),
                                    ("cdr__isnull", False),
                                    ("finding__isnull", False),
                                    _connector="OR",
                                ),
                                name="an_acceptance_has_its_constancy",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "rejected"), _negated=True),
                                    ("cdr__isnull", False),
                                    ("finding__isnull", False),
                                    _connector="OR",
                                ),
                                name="a_number_is_spent_by_a_constancy",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "withdrawn"), _negated=True),
                                    ("finding__isnull", False),
                                    _connector="OR",
                                ),
                                name="two_persons_give_up_a_number",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "in_summary"), _negated=True),
                                    ("summary__isnull", False),
                                    _connector="OR",
                                ),
                                name="in_a_summary_by_its_name",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("next_try_at__isnull", False),
                                        ("state__in", ("pending", "sending", "in_doubt")),
                                    ),
                                    models.Q(
                                        models.Q(("state__in", ("pending", "sending", "in_doubt")), _negated=True),
                                        ("next_try_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="an_open_filing_will_be_tried",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_filing_moves_legally",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE _is_valid_transition BOOLEAN;",
                                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{accepted:pending,accepted:voided,in_doubt:accepted,in_doubt:pending,in_doubt:rejected,in_doubt:sending,in_doubt:voided,in_summary:accepted,in_summary:in_doubt,in_summary:returned,observed:pending,observed:voided,pending:returned,pending:sending,returned:in_summary,returned:pending,returned:withdrawn,sending:accepted,sending:in_doubt,sending:observed,sending:pending,sending:rejected,sending:returned}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                                    hash="9c47b0de8319cad183be62465cb8c71bfc7cfd2a",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_filing_moves_legally_f14c2",
                                    table="receipts_filing",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_filing_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="b27bbb21162951c297effd2a18d71c05a5c07c58",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_filing_is_never_deleted_b2d94",
                                    table="receipts_filing",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_signed_document_keeps_its_bytes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."xml" IS DISTINCT FROM (NEW."xml") AND NOT (OLD."state" = \'returned\'))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="7a87ef5fabf8100524d222aa88ecd1631e0c4fdc",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_signed_document_keeps_its_bytes_bf971",
                                    table="receipts_filing",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_constancy_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."cdr" IS NOT NULL AND OLD."cdr" IS DISTINCT FROM (NEW."cdr") AND NOT (OLD."environment" IN (\'beta\', \'simulator\')))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="5f85f75ab0c1897416e4c5fda36873768f3a9589",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_constancy_never_changes_909c9",
                                    table="receipts_filing",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="only_a_trial_is_filed_again",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.\"state\" IN ('accepted', 'observed') AND NEW.\"state\" = 'pending' AND NOT (OLD.\"environment\" IN ('beta', 'simulator')))",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="6b5af1dd3d5bd1a2be8aba9a187cd1be38a3bbf5",
                                    operation="UPDATE",
                                    pgid="pgtrigger_only_a_trial_is_filed_again_e82a1",
                                    table="receipts_filing",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="only_a_confirmed_finding_counts",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."finding_id" IS NOT NULL AND NEW."finding_id" IS DISTINCT FROM (OLD."finding_id"))',
                                    func="\n        IF NOT EXISTS (\n            SELECT FROM receipts_finding WHERE id = NEW.finding_id AND decided_at IS NOT NULL AND rejection = ''\n            AND filing_id = NEW.receipt_id\n        ) THEN\n            RAISE EXCEPTION 'finding % does not count here', NEW.finding_id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'only_a_confirmed_finding_counts';\n        END IF;\n        RETURN NEW;\n        ",
                                    hash="9e70836d04d7b5b46a17daab2f7f30415ec03d1b",
                                    operation="UPDATE",
                                    pgid="pgtrigger_only_a_confirmed_finding_counts_0b5b1",
                                    table="receipts_filing",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FilingStep",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "filing",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="steps",
                                to="receipts.filing",
                                verbose_name="presentación",
                            ),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="fecha")),
                        ("actor", models.CharField(max_length=120, verbose_name="quién")),
                        (
                            "from_state",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("pending", "Pendiente de envío"),
                                    ("sending", "Enviando"),
                                    ("in_doubt", "En consulta con SUNAT"),
                                    ("accepted", "Aceptado por SUNAT"),
                                    ("observed", "Aceptado con observaciones"),
                                    ("rejected", "Rechazado por SUNAT"),
                                    ("in_summary", "En un resumen diario"),
                                    ("voided", "Dado de baja"),
                                    ("withdrawn", "Sin efecto: SUNAT no lo recibió"),
                                    ("returned", "Devuelto para corregir"),
                                ],
                                max_length=10,
                                verbose_name="de",
                            ),
                        ),
                        (
                            "to_state",
                            models.CharField(
                                choices=[
                                    ("pending", "Pendiente de envío"),
                                    ("sending", "Enviando"),
                                    ("in_doubt", "En consulta con SUNAT"),
                                    ("accepted", "Aceptado por SUNAT"),
                                    ("observed", "Aceptado con observaciones"),
                                    ("rejected", "Rechazado por SUNAT"),
                                    ("in_summary", "En un resumen diario"),
                                    ("voided", "Dado de baja"),
                                    ("withdrawn", "Sin efecto: SUNAT no lo recibió"),
                                    ("returned", "Devuelto para corregir"),
                                ],
                                max_length=10,
                                verbose_name="a",
                            ),
                        ),
                        ("code", models.CharField(blank=True, max_length=6, verbose_name="código")),
                        ("message", models.TextField(blank=True, verbose_name="respuesta")),
                    ],
                    options={
                        "verbose_name": "paso",
                        "verbose_name_plural": "pasos",
                        "ordering": ["pk"],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_filing_step_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="402110de5f0daa7a1f01f5a36710ea9bd1848fd8",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_a_filing_step_never_changes_c9800",
                                    table="receipts_filingstep",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Voiding",
                    fields=[
                        (
                            "filing",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="voiding",
                                serialize=False,
                                to="receipts.filing",
                                verbose_name="comprobante",
                            ),
                        ),
                        (
                            "summary",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="voidings",
                                to="receipts.summary",
                                verbose_name="comunicación",
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="pedida por",
                            ),
                        ),
                        ("reason", models.CharField(max_length=100, verbose_name="motivo")),
                        (
                            "requested_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="pedida"),
                        ),
                    ],
                    options={
                        "verbose_name": "baja de un comprobante",
                        "verbose_name_plural": "bajas de comprobantes",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_voiding_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."filing_id" IS DISTINCT FROM (NEW."filing_id") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."requested_at" IS DISTINCT FROM (NEW."requested_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="b1f16ad302fe07798967b52e6d099463ed968151",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_voiding_never_changes_d40f5",
                                    table="receipts_voiding",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_voiding_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="27a083251bc570479e07bfc101b5b52d2f033dc3",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_voiding_is_never_deleted_57240",
                                    table="receipts_voiding",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
