import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("receipts", "0003_filing"),
    ]

    operations = [
        migrations.CreateModel(
            name="Summary",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=17, verbose_name="resumen")),
                ("issued_on", models.DateField(verbose_name="comprobantes del día")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Pendiente de envío"),
                            ("waiting", "En proceso en SUNAT"),
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
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="hecho")),
                ("next_try_at", models.DateTimeField(blank=True, null=True, verbose_name="próximo intento")),
            ],
            options={
                "verbose_name": "resumen diario",
                "verbose_name_plural": "resúmenes diarios",
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="filing",
            name="a_filing_moves_legally",
        ),
        migrations.AlterField(
            model_name="filing",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "Pendiente de envío"),
                    ("sending", "Enviando"),
                    ("in_doubt", "En consulta con SUNAT"),
                    ("accepted", "Aceptado por SUNAT"),
                    ("observed", "Aceptado con observaciones"),
                    ("rejected", "Rechazado por SUNAT"),
                    ("in_summary", "En un resumen diario"),
                    ("returned", "Devuelto para corregir"),
                ],
                default="pending",
                max_length=10,
                verbose_name="estado",
            ),
        ),
        migrations.AlterField(
            model_name="filingstep",
            name="from_state",
            field=models.CharField(
                blank=True,
                choices=[
                    ("pending", "Pendiente de envío"),
                    ("sending", "Enviando"),
                    ("in_doubt", "En consulta con SUNAT"),
                    ("accepted", "Aceptado por SUNAT"),
                    ("observed", "Aceptado con observaciones"),
                    ("rejected", "Rechazado por SUNAT"),
                    ("in_summary", "En un resumen diario"),
                    ("returned", "Devuelto para corregir"),
                ],
                max_length=10,
                verbose_name="de",
            ),
        ),
        migrations.AlterField(
            model_name="filingstep",
            name="to_state",
            field=models.CharField(
                choices=[
                    ("pending", "Pendiente de envío"),
                    ("sending", "Enviando"),
                    ("in_doubt", "En consulta con SUNAT"),
                    ("accepted", "Aceptado por SUNAT"),
                    ("observed", "Aceptado con observaciones"),
                    ("rejected", "Rechazado por SUNAT"),
                    ("in_summary", "En un resumen diario"),
                    ("returned", "Devuelto para corregir"),
                ],
                max_length=10,
                verbose_name="a",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="filing",
            trigger=pgtrigger.compiler.Trigger(
                name="a_filing_moves_legally",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{in_doubt:sending,in_summary:accepted,in_summary:returned,pending:sending,returned:in_summary,returned:pending,sending:accepted,sending:in_doubt,sending:observed,sending:pending,sending:rejected,sending:returned}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="fc8d01d0a1670ade35fba7bb6ff524573e2e65be",
                    operation="UPDATE",
                    pgid="pgtrigger_a_filing_moves_legally_f14c2",
                    table="receipts_filing",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="summary",
            constraint=models.UniqueConstraint(fields=("name",), name="a_summary_has_its_own_name"),
        ),
        migrations.AddConstraint(
            model_name="summary",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "accepted"), _negated=True), ("cdr__isnull", False), _connector="OR"
                ),
                name="an_accepted_summary_has_its_constancy",
            ),
        ),
        migrations.AddConstraint(
            model_name="summary",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("next_try_at__isnull", False), ("state__in", ("pending", "waiting"))),
                    models.Q(
                        models.Q(("state__in", ("pending", "waiting")), _negated=True), ("next_try_at__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="an_open_summary_will_be_tried",
            ),
        ),
        migrations.AddConstraint(
            model_name="summary",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "waiting"), _negated=True),
                    models.Q(("ticket", ""), _negated=True),
                    _connector="OR",
                ),
                name="a_waiting_summary_has_its_ticket",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="summary",
            trigger=pgtrigger.compiler.Trigger(
                name="a_summary_moves_legally",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{pending:refused,pending:waiting,waiting:accepted,waiting:refused}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="57b9be4122ee672153149ec21823d9a9951327de",
                    operation="UPDATE",
                    pgid="pgtrigger_a_summary_moves_legally_1d15f",
                    table="receipts_summary",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="summary",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="summary",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
        migrations.AddField(
            model_name="filing",
            name="summary",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="filings",
                to="receipts.summary",
                verbose_name="resumen diario",
            ),
        ),
        migrations.AddConstraint(
            model_name="filing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "in_summary"), _negated=True), ("summary__isnull", False), _connector="OR"
                ),
                name="in_a_summary_by_its_name",
            ),
        ),
    ]
