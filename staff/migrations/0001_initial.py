"""The tables of staff with their constraints, indexes and triggers."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models

import base.postgres.create_models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("members", "0001_initial"),
    ]

    operations = [
        base.postgres.create_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="JournalLayout",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=60, unique=True, verbose_name="nombre")),
                        (
                            "columns",
                            models.TextField(
                                help_text="Una por línea: «Título: {campo}». Campos: subdiario, voucher, fecha, moneda, glosa, cuenta, anexo, debe_haber, debe, haber, importe, tipo_documento, numero_documento, fecha_documento, tipo_referencia, numero_referencia, fecha_referencia, tipo_cambio.",
                                verbose_name="columnas",
                            ),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="en uso")),
                        ("sub_journal", models.CharField(default="05", max_length=4, verbose_name="subdiario")),
                        (
                            "card_account",
                            models.CharField(
                                default="1629101", max_length=12, verbose_name="cuenta de lo cobrado por la pasarela"
                            ),
                        ),
                        (
                            "bank_account",
                            models.CharField(
                                default="1041101", max_length=12, verbose_name="cuenta de lo cobrado por bancos"
                            ),
                        ),
                        (
                            "payroll_account",
                            models.CharField(
                                default="1629102", max_length=12, verbose_name="cuenta de lo cobrado por planilla"
                            ),
                        ),
                        (
                            "manual_account",
                            models.CharField(
                                default="1011101", max_length=12, verbose_name="cuenta de lo registrado por tesorería"
                            ),
                        ),
                        (
                            "colegiado_account",
                            models.CharField(
                                default="7599101", max_length=12, verbose_name="cuenta de ingresos por Cuota Colegiado"
                            ),
                        ),
                        (
                            "semefa_account",
                            models.CharField(
                                default="7599102", max_length=12, verbose_name="cuenta de ingresos por SEMEFA"
                            ),
                        ),
                        (
                            "tax_account",
                            models.CharField(default="4011101", max_length=12, verbose_name="cuenta del IGV"),
                        ),
                    ],
                    options={
                        "verbose_name": "formato de asiento contable",
                        "verbose_name_plural": "formatos de asientos contables",
                    },
                ),
                migrations.CreateModel(
                    name="KeptReport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("slug", models.SlugField(max_length=30, verbose_name="informe")),
                        ("choice", models.CharField(max_length=80, verbose_name="selección")),
                        ("answer", models.JSONField(verbose_name="contenido")),
                        ("made_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="calculado")),
                        ("seconds", models.FloatField(verbose_name="segundos que tomó")),
                        (
                            "read_on",
                            models.DateField(
                                default=django.utils.timezone.localdate, verbose_name="leído por última vez"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "informe guardado",
                        "verbose_name_plural": "informes guardados",
                        "permissions": (
                            ("see_collection", "Puede ver el informe de recaudación"),
                            ("see_ageing", "Puede ver el informe de antigüedad de la deuda"),
                            ("see_standing", "Puede ver el informe de hábiles e inhábiles"),
                            ("see_semefa", "Puede ver el informe de SEMEFA"),
                            ("see_declines", "Puede ver el informe de rechazos de tarjetas"),
                            ("see_exempted", "Puede ver el informe de exoneraciones"),
                            ("see_councils", "Puede ver el estado de los consejos regionales"),
                            ("see_sales_register", "Puede ver y descargar el registro de ventas"),
                            ("see_journal", "Puede ver y descargar el asiento contable"),
                        ),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("slug", "choice"), name="a_report_is_kept_once_for_a_choice"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReportSubscription",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="report_subscriptions",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="cuenta",
                            ),
                        ),
                        ("slug", models.SlugField(max_length=30, verbose_name="informe")),
                        (
                            "every",
                            models.CharField(
                                choices=[("week", "cada lunes"), ("month", "el primer día de cada mes")],
                                max_length=5,
                                verbose_name="cada cuánto",
                            ),
                        ),
                        ("since", models.DateTimeField(default=django.utils.timezone.now, verbose_name="desde")),
                    ],
                    options={
                        "verbose_name": "suscripción a un informe",
                        "verbose_name_plural": "suscripciones a informes",
                        "constraints": [
                            models.UniqueConstraint(fields=("user", "slug"), name="a_person_gets_a_report_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CouncilShare",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "council",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shares",
                                to="members.regionalcouncil",
                                verbose_name="consejo regional",
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
                        ("valid_from", models.DateField(verbose_name="vigente desde")),
                        ("percent", models.DecimalField(decimal_places=2, max_digits=5, verbose_name="porcentaje")),
                        (
                            "basis",
                            models.CharField(
                                max_length=200,
                                validators=[django.core.validators.MinLengthValidator(5)],
                                verbose_name="acuerdo o resolución",
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
                        (
                            "rejection",
                            models.CharField(
                                blank=True, db_default="", default="", max_length=150, verbose_name="motivo del rechazo"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "participación de un consejo regional",
                        "verbose_name_plural": "participaciones de los consejos regionales",
                        "permissions": [
                            ("approve_councilshare", "Puede aprobar o rechazar participaciones de los consejos")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("percent__gte", 0), ("percent__lte", 100)),
                                name="a_share_is_a_percentage",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("rejection", "")),
                                fields=("council", "kind", "valid_from"),
                                name="a_day_begins_one_share_of_a_council",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at", None), ("decided_by", None), ("rejection", "")),
                                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="a_decided_share_names_its_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_at", None),
                                    models.Q(("rejection", ""), _negated=True),
                                    models.Q(("decided_by", models.F("author")), _negated=True),
                                    _connector="OR",
                                ),
                                name="a_second_person_approves_a_share",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_share_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="b6861242cad6a93825e4a87558f304f5e40120f1",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_share_is_never_deleted_49475",
                                    table="staff_councilshare",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_share_keeps_what_was_proposed",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."council_id" IS DISTINCT FROM (NEW."council_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."valid_from" IS DISTINCT FROM (NEW."valid_from") OR OLD."percent" IS DISTINCT FROM (NEW."percent") OR OLD."basis" IS DISTINCT FROM (NEW."basis") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."proposed_at" IS DISTINCT FROM (NEW."proposed_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="6e0c341dcd0e7333e1e3cd145698c2abaa912bc4",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_share_keeps_what_was_proposed_e2f01",
                                    table="staff_councilshare",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_decided_share_is_final",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."decided_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="a9b7b06b5b72bf3d760f2bdfee5bffb368d2c8c1",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_decided_share_is_final_3dace",
                                    table="staff_councilshare",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_share_changes_no_past_statement",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF NEW.rejection = '' AND EXISTS (\n                    SELECT FROM staff_councilshare AS former\n                    WHERE former.council_id = NEW.council_id AND former.kind = NEW.kind AND former.id <> NEW.id\n                      AND former.decided_at IS NOT NULL AND former.rejection = ''\n                      AND (former.valid_from >= NEW.valid_from\n                           OR NEW.valid_from < (now() AT TIME ZONE 'America/Lima')::date)\n                ) THEN\n                    RAISE EXCEPTION 'council % has a share already; a new one begins today or later', NEW.council_id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'a_share_changes_no_past_statement';\n                END IF;\n                RETURN NEW;\n                ",
                                    hash="d5f16c92635f86867fcab90947e0db4a9cc592b8",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_a_share_changes_no_past_statement_d2e8d",
                                    table="staff_councilshare",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
