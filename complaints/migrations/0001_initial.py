"""The tables of complaints with their constraints, indexes and triggers."""

import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models

import base.postgres.create_models
import complaints.models.sheets


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("members", "0001_initial"),
    ]

    operations = [
        base.postgres.create_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Complaint",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("year", models.PositiveSmallIntegerField(verbose_name="año")),
                        ("number", models.PositiveIntegerField(verbose_name="número")),
                        (
                            "code",
                            models.CharField(
                                default=complaints.models.sheets.sheet_code,
                                max_length=22,
                                unique=True,
                                verbose_name="código",
                            ),
                        ),
                        ("made_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="presentada")),
                        ("answer_by", models.DateField(verbose_name="responder hasta")),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="complaints",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="cuenta",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("reclamo", "Reclamo"), ("queja", "Queja")], max_length=10, verbose_name="tipo"
                            ),
                        ),
                        ("name", models.CharField(max_length=250, verbose_name="nombre completo")),
                        (
                            "document_type",
                            models.CharField(
                                choices=[("1", "DNI"), ("4", "Carné de extranjería"), ("6", "RUC"), ("7", "Pasaporte")],
                                max_length=1,
                                verbose_name="tipo de documento",
                            ),
                        ),
                        ("document_number", models.CharField(max_length=15, verbose_name="número de documento")),
                        ("address", models.CharField(max_length=250, verbose_name="domicilio")),
                        ("telephone", models.CharField(blank=True, max_length=30, verbose_name="teléfono")),
                        ("email", models.EmailField(max_length=254, verbose_name="correo")),
                        ("guardian", models.CharField(blank=True, max_length=250, verbose_name="padre, madre o tutor")),
                        (
                            "item",
                            models.CharField(
                                choices=[("servicio", "Servicio"), ("producto", "Producto")],
                                default="servicio",
                                max_length=10,
                                verbose_name="bien contratado",
                            ),
                        ),
                        ("item_description", models.CharField(max_length=250, verbose_name="descripción")),
                        (
                            "amount",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                max_digits=9,
                                null=True,
                                verbose_name="monto reclamado (S/)",
                            ),
                        ),
                        ("detail", models.TextField(max_length=3000, verbose_name="detalle")),
                        ("request", models.TextField(max_length=1000, verbose_name="pedido")),
                        ("answer", models.TextField(blank=True, max_length=3000, verbose_name="respuesta")),
                        ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="respondida")),
                        (
                            "answered_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="respondida por",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "hoja de reclamación",
                        "verbose_name_plural": "hojas de reclamación",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("answered_at", None)),
                                fields=["answer_by"],
                                name="complaint_to_answer",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("year", "number"), name="a_complaint_has_its_own_number"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("answer", ""), ("answered_at", None), ("answered_by", None)),
                                    models.Q(
                                        ("answer__regex", "\\S"),
                                        ("answered_at__isnull", False),
                                        ("answered_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="an_answered_complaint_says_by_whom_and_what",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("answer_by__gte", models.F("made_at__date"))),
                                name="a_complaint_is_answered_after_it_is_made",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_complaint_keeps_its_words",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."year" IS DISTINCT FROM (NEW."year") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."made_at" IS DISTINCT FROM (NEW."made_at") OR OLD."answer_by" IS DISTINCT FROM (NEW."answer_by") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."document_type" IS DISTINCT FROM (NEW."document_type") OR OLD."document_number" IS DISTINCT FROM (NEW."document_number") OR OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."telephone" IS DISTINCT FROM (NEW."telephone") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."guardian" IS DISTINCT FROM (NEW."guardian") OR OLD."item" IS DISTINCT FROM (NEW."item") OR OLD."item_description" IS DISTINCT FROM (NEW."item_description") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."detail" IS DISTINCT FROM (NEW."detail") OR OLD."request" IS DISTINCT FROM (NEW."request"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="4506a12295e8d030ed08357f4078b14cf313811d",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_complaint_keeps_its_words_db2c6",
                                    table="complaints_complaint",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="an_answer_to_a_complaint_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."answered_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="24d3a83a97f96ecd70c31f91fc6b36ca89503559",
                                    operation="UPDATE",
                                    pgid="pgtrigger_an_answer_to_a_complaint_stays_499c0",
                                    table="complaints_complaint",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_complaint_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="c8edc4c63b8e479f70aa46c305dfe1c4ec17a206",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_complaint_is_never_deleted_a0127",
                                    table="complaints_complaint",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                )
            ],
        ),
    ]
