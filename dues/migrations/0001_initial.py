"""The tables of dues with their constraints, indexes and triggers."""

from datetime import date

import django.contrib.postgres.constraints
import django.contrib.postgres.functions
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

import base.postgres.create_models


def load_sample_rule(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A fresh install has a rule to show, marked as a sample on every page until the college enters its own."""
    apps.get_model("dues", "StandingRule").objects.create(
        valid_from=date(2000, 1, 1), months_tolerated=2, basis="Regla de muestra", is_sample=True
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("members", "0001_initial"),
    ]

    operations = [
        base.postgres.create_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Tariff",
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
                                verbose_name="tipo",
                            ),
                        ),
                        ("first_period", models.DateField(verbose_name="vigente desde el mes")),
                        ("resolution", models.CharField(max_length=90, verbose_name="resolución o acuerdo")),
                        ("resolution_date", models.DateField(verbose_name="fecha de la resolución")),
                        ("sample", models.BooleanField(default=False, verbose_name="de muestra")),
                    ],
                    options={
                        "verbose_name": "tarifa",
                        "verbose_name_plural": "tarifas",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("kind", "first_period"), name="a_month_begins_one_tariff_of_a_kind"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("first_period__day", 1)), name="a_tariff_begins_with_a_month"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_tariff_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="00cf755f0cb93bd1b8df3f284ec7a8e6855b0967",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_tariff_never_changes_36182",
                                    table="dues_tariff",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_tariff_in_force_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.first_period <= (now() AT TIME ZONE 'America/Lima')::date)",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="4685fc16021f543129f32cf198f07427bde9482f",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_tariff_in_force_is_never_deleted_fcf72",
                                    table="dues_tariff",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TariffBand",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "tariff",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bands",
                                to="dues.tariff",
                                verbose_name="tarifa",
                            ),
                        ),
                        ("from_age", models.PositiveSmallIntegerField(default=0, verbose_name="desde la edad (años)")),
                        (
                            "amount",
                            models.DecimalField(decimal_places=2, max_digits=8, verbose_name="monto mensual (S/)"),
                        ),
                    ],
                    options={
                        "verbose_name": "monto por edad",
                        "verbose_name_plural": "montos por edad",
                        "ordering": ["from_age"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tariff", "from_age"), name="an_age_begins_one_band_of_a_tariff"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="a_price_is_more_than_nothing"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_price_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="669f3a6f8b6e0cda7f5fb61271b1c71a79918c90",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_price_never_changes_47c00",
                                    table="dues_tariffband",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_price_in_force_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF EXISTS (SELECT FROM dues_tariff WHERE id = OLD.tariff_id AND first_period <= (now() AT TIME ZONE 'America/Lima')::date) THEN\n                        RAISE EXCEPTION 'a price in force is never deleted';\n                    END IF;\n                    RETURN OLD;\n                ",
                                    hash="3c2abdf3118ce19eb7088aa210da5a5b6f0f721e",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_price_in_force_is_never_deleted_435a5",
                                    table="dues_tariffband",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CoveredPerson",
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
                                related_name="covered_people",
                                to="members.member",
                                verbose_name="titular (colegiado)",
                            ),
                        ),
                        (
                            "relationship",
                            models.CharField(
                                choices=[
                                    ("holder", "titular"),
                                    ("parent", "padre o madre"),
                                    ("child", "hijo o hija"),
                                    ("grandchild", "nieto o nieta"),
                                ],
                                max_length=10,
                                verbose_name="parentesco",
                            ),
                        ),
                        ("name", models.CharField(max_length=200, verbose_name="nombre completo")),
                        ("birth_date", models.DateField(verbose_name="fecha de nacimiento")),
                        ("first_period", models.DateField(verbose_name="cubierta desde el mes")),
                        ("last_period", models.DateField(blank=True, null=True, verbose_name="cubierta hasta el mes")),
                    ],
                    options={
                        "verbose_name": "persona cubierta por SEMEFA",
                        "verbose_name_plural": "personas cubiertas por SEMEFA",
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("relationship", "holder")),
                                expressions=[
                                    (
                                        models.Func("member_id", "member_id", models.Value("[]"), function="int8range"),
                                        "&&",
                                    ),
                                    (
                                        models.Func(
                                            "first_period", "last_period", models.Value("[]"), function="daterange"
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="a_member_is_enrolled_once_at_a_time",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("last_period__isnull", True)),
                                fields=("member", "name", "birth_date"),
                                name="a_person_is_covered_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("first_period__day", 1),
                                    models.Q(("last_period__isnull", True), ("last_period__day", 1), _connector="OR"),
                                ),
                                name="a_cover_counts_whole_months",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("last_period__isnull", True),
                                    ("last_period__gte", models.F("first_period")),
                                    _connector="OR",
                                ),
                                name="a_cover_ends_after_it_begins",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_cover_is_only_ended",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."relationship" IS DISTINCT FROM (NEW."relationship") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."birth_date" IS DISTINCT FROM (NEW."birth_date") OR OLD."first_period" IS DISTINCT FROM (NEW."first_period"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="cebe618198292bb4a97bb45da86651df72e95068",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_cover_is_only_ended_d5237",
                                    table="dues_coveredperson",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_cover_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="5f6884dc290ba94a63889f2f60b6976f63bdbcad",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_cover_is_never_deleted_5a5e8",
                                    table="dues_coveredperson",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BankLayout",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=60, unique=True, verbose_name="nombre")),
                        (
                            "bank",
                            models.CharField(
                                help_text="Como se verá junto a cada operación: BCP, BBVA…",
                                max_length=12,
                                verbose_name="banco",
                            ),
                        ),
                        (
                            "shape",
                            models.CharField(
                                choices=[
                                    ("fixed", "Ancho fijo (posiciones)"),
                                    ("columns", "Columnas con nombre (CSV o Excel)"),
                                ],
                                max_length=8,
                                verbose_name="forma",
                            ),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="en uso")),
                        (
                            "detail_mark",
                            models.CharField(
                                blank=True,
                                help_text="Solo ancho fijo: DD, 02…",
                                max_length=10,
                                verbose_name="comienzo de una fila de pago",
                            ),
                        ),
                        (
                            "totals_mark",
                            models.CharField(
                                blank=True,
                                help_text="Solo ancho fijo: CC, 03…",
                                max_length=10,
                                verbose_name="comienzo de la fila de totales",
                            ),
                        ),
                        ("count_at", models.CharField(blank=True, max_length=60, verbose_name="cantidad de pagos")),
                        ("total_at", models.CharField(blank=True, max_length=60, verbose_name="suma de los pagos")),
                        (
                            "summed_at",
                            models.CharField(
                                blank=True,
                                help_text="Si no es el monto: las posiciones que suman el total.",
                                max_length=60,
                                verbose_name="qué se suma",
                            ),
                        ),
                        (
                            "code_at",
                            models.CharField(blank=True, max_length=60, verbose_name="código del depositante (CMP)"),
                        ),
                        (
                            "information_at",
                            models.CharField(
                                blank=True, max_length=60, verbose_name="información de retorno (tipo y mes)"
                            ),
                        ),
                        ("payer_at", models.CharField(blank=True, max_length=60, verbose_name="nombre")),
                        ("paid_on_at", models.CharField(max_length=60, verbose_name="fecha de pago")),
                        ("hour_at", models.CharField(blank=True, max_length=60, verbose_name="hora")),
                        ("amount_at", models.CharField(max_length=60, verbose_name="monto")),
                        ("office_at", models.CharField(blank=True, max_length=60, verbose_name="oficina")),
                        ("operation_at", models.CharField(max_length=60, verbose_name="número de operación")),
                        (
                            "extorno_at",
                            models.CharField(
                                blank=True,
                                help_text="Vacía o 0: pago válido. Otra cosa: devuelto.",
                                max_length=60,
                                verbose_name="marca de extorno",
                            ),
                        ),
                        (
                            "description_at",
                            models.CharField(
                                blank=True,
                                help_text="De un estado de cuenta: de ella se leen CMP, tipo y mes.",
                                max_length=60,
                                verbose_name="descripción",
                            ),
                        ),
                        (
                            "dates",
                            models.CharField(
                                choices=[
                                    ("aaaammdd", "AAAAMMDD"),
                                    ("ddmmaaaa", "DDMMAAAA"),
                                    ("separated", "dd/mm/aaaa, dd-mm-aaaa o aaaa-mm-dd"),
                                ],
                                default="aaaammdd",
                                max_length=9,
                                verbose_name="fechas",
                            ),
                        ),
                        (
                            "implied_decimals",
                            models.BooleanField(default=True, verbose_name="montos sin punto, dos decimales al final"),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("colegiado", "Cuota Colegiado"), ("semefa", "Cuota SEMEFA")],
                                default="colegiado",
                                help_text="De un pago que no dice cuál.",
                                max_length=10,
                                verbose_name="tipo de cuota",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "formato de banco",
                        "verbose_name_plural": "formatos de bancos",
                    },
                ),
                migrations.CreateModel(
                    name="CollectionAccount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=60, unique=True, verbose_name="nombre")),
                        (
                            "bank",
                            models.CharField(
                                choices=[
                                    ("BCP", "BCP"),
                                    ("BBVA", "BBVA"),
                                    ("SCOTIABANK", "Scotiabank"),
                                    ("INTERBANK", "Interbank"),
                                ],
                                max_length=12,
                                verbose_name="banco",
                            ),
                        ),
                        (
                            "company",
                            models.CharField(
                                default="COLEGIO MEDICO DEL PERU",
                                max_length=40,
                                verbose_name="empresa, como la nombra el banco",
                            ),
                        ),
                        (
                            "ruc",
                            models.CharField(
                                max_length=11,
                                validators=[django.core.validators.RegexValidator("^\\d*$", "Solo cifras.")],
                                verbose_name="RUC",
                            ),
                        ),
                        (
                            "branch",
                            models.CharField(
                                blank=True,
                                max_length=3,
                                validators=[django.core.validators.RegexValidator("^\\d*$", "Solo cifras.")],
                                verbose_name="oficina de la cuenta (BCP)",
                            ),
                        ),
                        (
                            "account",
                            models.CharField(
                                blank=True,
                                max_length=14,
                                validators=[django.core.validators.RegexValidator("^\\d*$", "Solo cifras.")],
                                verbose_name="número de cuenta",
                            ),
                        ),
                        (
                            "service",
                            models.CharField(
                                blank=True,
                                help_text="Lo da el banco con el contrato.",
                                max_length=10,
                                validators=[django.core.validators.RegexValidator("^\\d*$", "Solo cifras.")],
                                verbose_name="servicio o convenio",
                            ),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="en uso")),
                    ],
                    options={
                        "verbose_name": "cuenta de recaudación",
                        "verbose_name_plural": "cuentas de recaudación",
                        "permissions": [("write_debts_file", "Puede generar archivos de deudas para el banco")],
                    },
                ),
                migrations.CreateModel(
                    name="DataLoad",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "content",
                            models.CharField(
                                choices=[
                                    ("roll", "Padrón"),
                                    ("dues", "Cuotas"),
                                    ("payments", "Pagos hechos en otros canales"),
                                    ("exemptions", "Exoneraciones"),
                                ],
                                max_length=12,
                                verbose_name="contenido",
                            ),
                        ),
                        ("file_name", models.CharField(max_length=200, verbose_name="archivo")),
                        ("sha256", models.CharField(max_length=64)),
                        ("rows", models.PositiveIntegerField(verbose_name="filas")),
                        ("added", models.PositiveIntegerField(verbose_name="nuevas")),
                        ("changed", models.PositiveIntegerField(verbose_name="modificadas")),
                        ("rejected", models.PositiveIntegerField(default=0, verbose_name="rechazadas")),
                        (
                            "total",
                            models.DecimalField(
                                blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="suma (S/)"
                            ),
                        ),
                        (
                            "control_total",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                max_digits=14,
                                null=True,
                                verbose_name="total de control (S/)",
                            ),
                        ),
                        (
                            "waiting",
                            models.PositiveIntegerField(db_default=0, default=0, verbose_name="por identificar"),
                        ),
                        ("newest_payment", models.DateTimeField(blank=True, null=True, verbose_name="último pago")),
                        ("loaded_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="cargado")),
                        (
                            "author",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="autor",
                            ),
                        ),
                        (
                            "approver",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="confirmada por",
                            ),
                        ),
                        (
                            "began_at",
                            models.DateTimeField(
                                db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, null=True
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "carga de datos",
                        "verbose_name_plural": "cargas de datos",
                        "permissions": [("approve_dataload", "Puede confirmar cargas que otra persona subió")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("author", None),
                                    models.Q(
                                        ("approver__isnull", False),
                                        models.Q(("approver", models.F("author")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="a_second_person_confirms_a_load",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ImportDraft",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "content",
                            models.CharField(
                                choices=[
                                    ("roll", "Padrón"),
                                    ("dues", "Cuotas"),
                                    ("payments", "Pagos hechos en otros canales"),
                                    ("exemptions", "Exoneraciones"),
                                ],
                                max_length=12,
                                verbose_name="contenido",
                            ),
                        ),
                        ("file_name", models.CharField(max_length=200, verbose_name="archivo")),
                        ("size", models.PositiveBigIntegerField(default=0, verbose_name="bytes")),
                        ("control_total", models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                        (
                            "author",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL),
                        ),
                        ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("trying", "Revisando"),
                                    ("tried", "Por confirmar"),
                                    ("loading", "Cargando"),
                                    ("refused", "No se cargó"),
                                    ("loaded", "Cargado"),
                                ],
                                default="tried",
                                max_length=8,
                                verbose_name="estado",
                            ),
                        ),
                        ("progress", models.PositiveIntegerField(default=0, verbose_name="filas leídas")),
                        ("outcome", models.JSONField(default=dict)),
                        ("refusal", models.CharField(blank=True, max_length=500)),
                        (
                            "load",
                            models.ForeignKey(
                                blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to="dues.dataload"
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="DraftPiece",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "draft",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="pieces",
                                to="dues.importdraft",
                            ),
                        ),
                        ("place", models.PositiveIntegerField()),
                        ("data", models.BinaryField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("draft", "place"), name="a_file_has_each_piece_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Exemption",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "act",
                            models.CharField(
                                choices=[
                                    ("exoneration", "Exoneración"),
                                    ("condonation", "Condonación"),
                                    ("annulment", "Anulación"),
                                ],
                                default="exoneration",
                                max_length=12,
                                verbose_name="acto",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="exemptions",
                                to="members.member",
                                verbose_name="colegiado",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("colegiado", "Cuota Colegiado"), ("semefa", "Cuota SEMEFA")],
                                max_length=10,
                                verbose_name="tipo",
                            ),
                        ),
                        ("first_period", models.DateField(verbose_name="primer mes")),
                        ("last_period", models.DateField(verbose_name="último mes")),
                        ("reason", models.CharField(max_length=200, verbose_name="motivo")),
                        ("document", models.CharField(max_length=100, verbose_name="documento")),
                        ("granted_date", models.DateField(verbose_name="fecha del acto")),
                        (
                            "author",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="autor",
                            ),
                        ),
                        ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="revocada")),
                        (
                            "revoked_by",
                            models.CharField(
                                blank=True, db_default="", default="", max_length=254, verbose_name="revocada por"
                            ),
                        ),
                        (
                            "revocation_reason",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                max_length=200,
                                verbose_name="motivo de revocación",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "exoneración",
                        "verbose_name_plural": "exoneraciones",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("revoked_at__isnull", True)),
                                fields=("member", "kind", "first_period", "document"),
                                name="an_exemption_is_recorded_once",
                                violation_error_message="Este acto ya está registrado: mismo colegiado, tipo, primer mes y documento.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("last_period__gte", models.F("first_period"))),
                                name="an_exemption_has_months",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("revocation_reason", ""), ("revoked_at__isnull", True), ("revoked_by", "")
                                    ),
                                    models.Q(
                                        ("revoked_at__isnull", False),
                                        models.Q(("revoked_by", ""), _negated=True),
                                        models.Q(("revocation_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="a_revocation_names_its_author_and_reason",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="an_act_is_only_revoked",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."act" IS DISTINCT FROM (NEW."act") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."first_period" IS DISTINCT FROM (NEW."first_period") OR OLD."last_period" IS DISTINCT FROM (NEW."last_period") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."document" IS DISTINCT FROM (NEW."document") OR OLD."granted_date" IS DISTINCT FROM (NEW."granted_date") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="c3b33684a7a3a35adf884153ffb7ed82ad28a8e2",
                                    operation="UPDATE",
                                    pgid="pgtrigger_an_act_is_only_revoked_00820",
                                    table="dues_exemption",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_revocation_is_final",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."revoked_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="bd218aa615abfe7341f7bc41533ded978077e1be",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_revocation_is_final_d202f",
                                    table="dues_exemption",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="an_act_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="1eb544bf76e813382637fe885f00637d07b5beea",
                                    operation="DELETE",
                                    pgid="pgtrigger_an_act_is_never_deleted_e0588",
                                    table="dues_exemption",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Due",
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
                                related_name="dues",
                                to="members.member",
                                verbose_name="colegiado",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("colegiado", "Cuota Colegiado"), ("semefa", "Cuota SEMEFA")],
                                max_length=10,
                                verbose_name="tipo",
                            ),
                        ),
                        ("period", models.DateField(verbose_name="mes")),
                        ("amount", models.DecimalField(decimal_places=2, max_digits=8, verbose_name="monto (S/)")),
                        ("due_date", models.DateField(verbose_name="vence")),
                        ("basis", models.CharField(max_length=120, verbose_name="base legal")),
                        (
                            "exemption",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="dues",
                                to="dues.exemption",
                                verbose_name="exoneración",
                            ),
                        ),
                        (
                            "tariff",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="dues",
                                to="dues.tariff",
                                verbose_name="tarifa",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "cuota",
                        "verbose_name_plural": "cuotas",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("member", "kind", "period"), name="a_member_owes_a_month_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="a_due_is_more_than_nothing"
                            ),
                            models.CheckConstraint(condition=models.Q(("period__day", 1)), name="a_period_is_a_month"),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_due_being_paid_keeps_its_amount",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount"))',
                                    func="\n                IF EXISTS (SELECT FROM dues_hold WHERE due_id = OLD.id)\n                   OR EXISTS (SELECT FROM dues_settlement WHERE due_id = OLD.id AND reversed_at IS NULL) THEN\n                    RAISE EXCEPTION 'due % is paid or being paid', OLD.id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'a_due_being_paid_keeps_its_amount';\n                END IF;\n                RETURN NEW;\n                ",
                                    hash="c11ac1dbf34c22e004a8d8deff2b41e1b4815a06",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_due_being_paid_keeps_its_amount_a9a14",
                                    table="dues_due",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Repricing",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "due",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="repricings",
                                to="dues.due",
                                verbose_name="cuota",
                            ),
                        ),
                        (
                            "amount_before",
                            models.DecimalField(decimal_places=2, max_digits=8, verbose_name="monto anterior (S/)"),
                        ),
                        (
                            "amount_after",
                            models.DecimalField(decimal_places=2, max_digits=8, verbose_name="monto nuevo (S/)"),
                        ),
                        ("basis_before", models.CharField(max_length=120, verbose_name="base legal anterior")),
                        ("basis_after", models.CharField(max_length=120, verbose_name="base legal nueva")),
                        ("author", models.CharField(max_length=254, verbose_name="autor")),
                        ("reason", models.CharField(max_length=200, verbose_name="motivo")),
                        (
                            "corrected_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="corregida"),
                        ),
                    ],
                    options={
                        "verbose_name": "corrección de cuota",
                        "verbose_name_plural": "correcciones de cuotas",
                        "db_table": "dues_correction",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_correction_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="332861bb0ee3036f9a3fef6a5faab2cada5dfc34",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_a_correction_never_changes_7d069",
                                    table="dues_correction",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DueLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "due",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="dues.due",
                                verbose_name="cuota",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="dues.coveredperson",
                                verbose_name="persona",
                            ),
                        ),
                        ("name", models.CharField(max_length=200, verbose_name="nombre")),
                        (
                            "relationship",
                            models.CharField(
                                choices=[
                                    ("holder", "titular"),
                                    ("parent", "padre o madre"),
                                    ("child", "hijo o hija"),
                                    ("grandchild", "nieto o nieta"),
                                ],
                                max_length=10,
                                verbose_name="parentesco",
                            ),
                        ),
                        ("age", models.PositiveSmallIntegerField(verbose_name="edad")),
                        ("from_age", models.PositiveSmallIntegerField(verbose_name="banda: desde la edad")),
                        ("amount", models.DecimalField(decimal_places=2, max_digits=8, verbose_name="monto (S/)")),
                        (
                            "replaced_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="replaced",
                                to="dues.repricing",
                                verbose_name="reemplazada por",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "persona de una cuota SEMEFA",
                        "verbose_name_plural": "personas de cuotas SEMEFA",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="a_due_line_is_more_than_nothing"
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_due_line_is_only_replaced",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."due_id" IS DISTINCT FROM (NEW."due_id") OR OLD."person_id" IS DISTINCT FROM (NEW."person_id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."relationship" IS DISTINCT FROM (NEW."relationship") OR OLD."age" IS DISTINCT FROM (NEW."age") OR OLD."from_age" IS DISTINCT FROM (NEW."from_age") OR OLD."amount" IS DISTINCT FROM (NEW."amount"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="0cf814c9b3d5c6f4cc4ec302284a525beaed9e28",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_due_line_is_only_replaced_2c9d6",
                                    table="dues_dueline",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_due_line_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="d96373c61037ecdfe4e653c38b446c39208f446b",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_due_line_is_never_deleted_b0876",
                                    table="dues_dueline",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Hold",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "due",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="holds", to="dues.due"
                            ),
                        ),
                        ("holder", models.UUIDField(db_index=True)),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("due",), name="a_due_is_held_by_one_order")],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="only_an_open_due_is_held",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF EXISTS (SELECT FROM dues_due WHERE id = NEW.due_id AND exemption_id IS NOT NULL)\n                   OR EXISTS (SELECT FROM dues_settlement WHERE due_id = NEW.due_id AND reversed_at IS NULL) THEN\n                    RAISE EXCEPTION 'due % is settled or exempt', NEW.due_id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'only_an_open_due_is_held';\n                END IF;\n                RETURN NEW;\n                ",
                                    hash="46cee969f139a4d000832620e84880f658827f85",
                                    operation="INSERT",
                                    pgid="pgtrigger_only_an_open_due_is_held_265d3",
                                    table="dues_hold",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ActProposal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "act",
                            models.CharField(
                                choices=[
                                    ("exoneration", "Exoneración"),
                                    ("condonation", "Condonación"),
                                    ("annulment", "Anulación"),
                                ],
                                default="exoneration",
                                max_length=12,
                                verbose_name="acto",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="act_proposals",
                                to="members.member",
                                verbose_name="colegiado",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("colegiado", "Cuota Colegiado"), ("semefa", "Cuota SEMEFA")],
                                max_length=10,
                                verbose_name="tipo",
                            ),
                        ),
                        ("first_period", models.DateField(verbose_name="primer mes")),
                        ("last_period", models.DateField(verbose_name="último mes")),
                        (
                            "reason",
                            models.CharField(
                                max_length=200,
                                validators=[django.core.validators.MinLengthValidator(5)],
                                verbose_name="motivo",
                            ),
                        ),
                        ("document", models.CharField(max_length=100, verbose_name="documento")),
                        ("granted_date", models.DateField(verbose_name="fecha del acto")),
                        ("evidence", models.BinaryField(verbose_name="archivo del acto")),
                        (
                            "evidence_type",
                            models.CharField(
                                choices=[("application/pdf", "PDF"), ("image/jpeg", "JPG")],
                                max_length=20,
                                verbose_name="tipo del archivo",
                            ),
                        ),
                        (
                            "worth",
                            models.DecimalField(
                                decimal_places=2, max_digits=10, null=True, verbose_name="cuotas que libera (S/)"
                            ),
                        ),
                        (
                            "second_person_above",
                            models.DecimalField(
                                decimal_places=2, max_digits=10, verbose_name="tope de una sola persona (S/)"
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
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
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="decidido por",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decidido")),
                        ("rejection", models.CharField(blank=True, max_length=200, verbose_name="motivo del rechazo")),
                        (
                            "exemption",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="proposal",
                                to="dues.exemption",
                                verbose_name="acto registrado",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "acto propuesto",
                        "verbose_name_plural": "actos propuestos",
                        "permissions": [("approve_act", "Puede aprobar o rechazar actos propuestos")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("last_period__gte", models.F("first_period"))),
                                name="a_proposed_act_has_months",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("first_period__day", 1), ("last_period__day", 1)),
                                name="a_proposed_act_counts_whole_months",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at", None),
                                        ("decided_by", None),
                                        ("exemption", None),
                                        ("rejection", ""),
                                    ),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        models.Q(("exemption", None), ("rejection", ""), _connector="XOR"),
                                    ),
                                    _connector="OR",
                                ),
                                name="a_decided_act_names_its_person_and_outcome",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("exemption", None),
                                    models.Q(("decided_by", models.F("author")), _negated=True),
                                    models.Q(("worth__isnull", False), ("worth__lte", models.F("second_person_above"))),
                                    _connector="OR",
                                ),
                                name="a_second_person_approves_an_act",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_proposed_act_stays_as_proposed",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."act" IS DISTINCT FROM (NEW."act") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."first_period" IS DISTINCT FROM (NEW."first_period") OR OLD."last_period" IS DISTINCT FROM (NEW."last_period") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."document" IS DISTINCT FROM (NEW."document") OR OLD."granted_date" IS DISTINCT FROM (NEW."granted_date") OR OLD."evidence" IS DISTINCT FROM (NEW."evidence") OR OLD."evidence_type" IS DISTINCT FROM (NEW."evidence_type") OR OLD."worth" IS DISTINCT FROM (NEW."worth") OR OLD."second_person_above" IS DISTINCT FROM (NEW."second_person_above") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."proposed_at" IS DISTINCT FROM (NEW."proposed_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="1928b1e64108a99344fa53e445839a7ec6f15cb5",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_proposed_act_stays_as_proposed_4e51c",
                                    table="dues_actproposal",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_decided_act_is_final",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."decided_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="ce65ea88b33c681c2e536f494ddf21ee43a3c420",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_decided_act_is_final_20349",
                                    table="dues_actproposal",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_proposed_act_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="42aec3e800a15d9f74e5ebe1bf835f2336b29afb",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_proposed_act_is_never_deleted_ad0ad",
                                    table="dues_actproposal",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RevocationProposal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "exemption",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="revocations",
                                to="dues.exemption",
                                verbose_name="acto",
                            ),
                        ),
                        ("reason", models.CharField(max_length=200, verbose_name="motivo")),
                        (
                            "author",
                            models.ForeignKey(
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
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="decidido por",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decidido")),
                        ("rejection", models.CharField(blank=True, max_length=200, verbose_name="motivo del rechazo")),
                    ],
                    options={
                        "verbose_name": "revocación propuesta",
                        "verbose_name_plural": "revocaciones propuestas",
                        "default_permissions": (),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("decided_at", None)),
                                fields=("exemption",),
                                name="an_act_has_one_open_revocation",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at", None), ("decided_by", None), ("rejection", "")),
                                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="a_decided_revocation_names_its_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_at", None),
                                    models.Q(("rejection", ""), _negated=True),
                                    models.Q(("decided_by", models.F("author")), _negated=True),
                                    _connector="OR",
                                ),
                                name="a_second_person_revokes_an_act",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_proposed_revocation_stays_as_proposed",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."exemption_id" IS DISTINCT FROM (NEW."exemption_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."proposed_at" IS DISTINCT FROM (NEW."proposed_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="8e64c8746ce3cf2fabf573f490cadb346da92326",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_proposed_revocation_stays_as_proposed_d65e0",
                                    table="dues_revocationproposal",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_decided_revocation_is_final",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."decided_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="ffebbc95b7dc1dcd783d7a77261b0d7689c94f0f",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_decided_revocation_is_final_8c4d2",
                                    table="dues_revocationproposal",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_proposed_revocation_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="f6aeb716099d52dee9ce72eeb9c91f1c5aa8f92a",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_proposed_revocation_is_never_deleted_77fab",
                                    table="dues_revocationproposal",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Settlement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "due",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="settlements",
                                to="dues.due",
                                verbose_name="cuota",
                            ),
                        ),
                        ("amount", models.DecimalField(decimal_places=2, max_digits=8, verbose_name="monto (S/)")),
                        (
                            "channel",
                            models.CharField(
                                choices=[
                                    ("card", "Pago en el portal"),
                                    ("bank", "Banco"),
                                    ("payroll", "Planilla"),
                                    ("opening", "Saldo inicial"),
                                    ("manual", "Registrado por tesorería"),
                                ],
                                max_length=10,
                                verbose_name="canal",
                            ),
                        ),
                        ("reference", models.CharField(max_length=60, verbose_name="referencia")),
                        ("paid_at", models.DateTimeField(verbose_name="pagada")),
                        (
                            "recorded_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="registrada"),
                        ),
                        ("reversed_at", models.DateTimeField(blank=True, null=True, verbose_name="revertida")),
                        ("reversed_by", models.CharField(blank=True, max_length=254, verbose_name="revertida por")),
                        (
                            "reversal_reason",
                            models.CharField(blank=True, max_length=500, verbose_name="motivo de la reversión"),
                        ),
                    ],
                    options={
                        "verbose_name": "pago de cuota",
                        "verbose_name_plural": "pagos de cuotas",
                        "indexes": [
                            models.Index(fields=["reference"], name="settlement_by_reference"),
                            django.contrib.postgres.indexes.BrinIndex(fields=["recorded_at"], name="settlement_by_day"),
                            models.Index(
                                condition=models.Q(("reversed_at__isnull", False)),
                                fields=["reversed_at"],
                                name="settlement_by_reversal",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("reversed_at__isnull", True)),
                                fields=("due",),
                                name="a_due_is_settled_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="a_settlement_is_more_than_nothing"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("reversal_reason", ""), ("reversed_at__isnull", True), ("reversed_by", "")
                                    ),
                                    models.Q(
                                        ("reversed_at__isnull", False),
                                        models.Q(("reversed_by", ""), _negated=True),
                                        models.Q(("reversal_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="a_reversal_names_its_author_and_reason",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_settlement_is_only_reversed",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."due_id" IS DISTINCT FROM (NEW."due_id") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."channel" IS DISTINCT FROM (NEW."channel") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."paid_at" IS DISTINCT FROM (NEW."paid_at") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="53ee992ed8a2d4684b74eb0a4c6e65f694cb465a",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_settlement_is_only_reversed_4b524",
                                    table="dues_settlement",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_reversal_is_final",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."reversed_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="4e5153bc49bccca759ce822294f0f04b03fd869e",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_reversal_is_final_2e6b1",
                                    table="dues_settlement",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_settlement_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="536f1047f653ac8613f731ca4d0263942e6a44ce",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_settlement_is_never_deleted_d560d",
                                    table="dues_settlement",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Surplus",
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
                                related_name="surpluses",
                                to="members.member",
                                verbose_name="colegiado",
                            ),
                        ),
                        (
                            "due",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="surpluses",
                                to="dues.due",
                                verbose_name="cuota",
                            ),
                        ),
                        ("amount", models.DecimalField(decimal_places=2, max_digits=8, verbose_name="monto (S/)")),
                        (
                            "channel",
                            models.CharField(
                                choices=[
                                    ("card", "Pago en el portal"),
                                    ("bank", "Banco"),
                                    ("payroll", "Planilla"),
                                    ("opening", "Saldo inicial"),
                                    ("manual", "Registrado por tesorería"),
                                ],
                                max_length=10,
                                verbose_name="canal",
                            ),
                        ),
                        ("reference", models.CharField(max_length=60, verbose_name="referencia")),
                        ("paid_at", models.DateTimeField(verbose_name="pagado")),
                        ("reason", models.CharField(max_length=200, verbose_name="motivo")),
                        (
                            "recorded_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="registrado"),
                        ),
                        ("resolved_at", models.DateTimeField(blank=True, null=True, verbose_name="resuelto")),
                        ("resolved_by", models.CharField(blank=True, max_length=254, verbose_name="resuelto por")),
                        ("resolution", models.CharField(blank=True, max_length=200, verbose_name="cómo se resolvió")),
                        (
                            "exemption",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="surpluses",
                                to="dues.exemption",
                                verbose_name="acto",
                            ),
                        ),
                        (
                            "withdrawn",
                            models.BooleanField(
                                db_default=False, default=False, verbose_name="sin efecto: el acto se revocó"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "saldo a favor",
                        "verbose_name_plural": "saldos a favor",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("resolved_at__isnull", True)),
                                fields=["member"],
                                name="surplus_open_by_member",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("withdrawn", False)),
                                fields=("due", "channel", "reference"),
                                name="a_surplus_is_recorded_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("withdrawn", False),
                                    models.Q(("exemption__isnull", False), ("resolved_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="a_surplus_is_withdrawn_with_its_act",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="a_surplus_is_more_than_nothing"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("resolution", ""), ("resolved_at__isnull", True), ("resolved_by", "")),
                                    models.Q(
                                        ("resolved_at__isnull", False),
                                        models.Q(("resolved_by", ""), _negated=True),
                                        models.Q(("resolution", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="a_resolved_surplus_says_by_whom_and_how",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_surplus_is_only_resolved",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."due_id" IS DISTINCT FROM (NEW."due_id") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."channel" IS DISTINCT FROM (NEW."channel") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."paid_at" IS DISTINCT FROM (NEW."paid_at") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."exemption_id" IS DISTINCT FROM (NEW."exemption_id"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="f8906182191b83ba875958718edebd5b8b2a001a",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_surplus_is_only_resolved_05c78",
                                    table="dues_surplus",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_surplus_is_resolved_once",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."resolved_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="594e5d8df9a62b956e875b539d282190860246ba",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_surplus_is_resolved_once_51e17",
                                    table="dues_surplus",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_surplus_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="185fc3c75c3d181a672ef2961aed6e1fdd904468",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_surplus_is_never_deleted_5e647",
                                    table="dues_surplus",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StandingRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("valid_from", models.DateField(verbose_name="vigente desde")),
                        ("months_tolerated", models.PositiveSmallIntegerField(verbose_name="meses vencidos tolerados")),
                        ("basis", models.CharField(max_length=200, verbose_name="base legal")),
                        ("is_sample", models.BooleanField(default=False, verbose_name="es una muestra")),
                    ],
                    options={
                        "verbose_name": "regla de habilidad",
                        "verbose_name_plural": "reglas de habilidad",
                        "constraints": [
                            models.UniqueConstraint(fields=("valid_from",), name="a_day_begins_one_standing_rule")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UnidentifiedPayment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "load",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="unidentified",
                                to="dues.dataload",
                                verbose_name="carga",
                            ),
                        ),
                        ("line", models.PositiveIntegerField(blank=True, null=True, verbose_name="línea")),
                        ("key", models.CharField(max_length=250, verbose_name="clave")),
                        (
                            "channel",
                            models.CharField(
                                choices=[
                                    ("card", "Pago en el portal"),
                                    ("bank", "Banco"),
                                    ("payroll", "Planilla"),
                                    ("opening", "Saldo inicial"),
                                    ("manual", "Registrado por tesorería"),
                                ],
                                default="bank",
                                max_length=10,
                                verbose_name="canal",
                            ),
                        ),
                        ("reference", models.CharField(blank=True, max_length=60, verbose_name="referencia")),
                        ("code", models.CharField(blank=True, max_length=40, verbose_name="código en el archivo")),
                        ("payer", models.CharField(blank=True, max_length=100, verbose_name="nombre en el archivo")),
                        (
                            "kind",
                            models.CharField(
                                blank=True,
                                choices=[("colegiado", "Cuota Colegiado"), ("semefa", "Cuota SEMEFA")],
                                max_length=10,
                                verbose_name="tipo",
                            ),
                        ),
                        ("period", models.DateField(blank=True, null=True, verbose_name="mes")),
                        (
                            "amount",
                            models.DecimalField(
                                blank=True, decimal_places=2, max_digits=9, null=True, verbose_name="monto (S/)"
                            ),
                        ),
                        ("paid_at", models.DateTimeField(blank=True, null=True, verbose_name="pagado")),
                        ("reason", models.CharField(max_length=300, verbose_name="por qué espera")),
                        ("said", models.JSONField(default=dict, verbose_name="lo que dijo el archivo")),
                        (
                            "recorded_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="registrado"),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="members.member",
                                verbose_name="colegiado",
                            ),
                        ),
                        ("resolved_at", models.DateTimeField(blank=True, null=True, verbose_name="resuelto")),
                        ("resolved_by", models.CharField(blank=True, max_length=254, verbose_name="resuelto por")),
                        ("resolution", models.CharField(blank=True, max_length=300, verbose_name="cómo se resolvió")),
                    ],
                    options={
                        "verbose_name": "pago por identificar",
                        "verbose_name_plural": "pagos por identificar",
                        "permissions": [("identify_payment", "Puede identificar pagos")],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("resolved_at__isnull", True)),
                                fields=["recorded_at"],
                                name="unidentified_waiting",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("key",), name="a_payment_waits_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("resolution", ""), ("resolved_at__isnull", True), ("resolved_by", "")),
                                    models.Q(
                                        ("resolved_at__isnull", False),
                                        models.Q(("resolved_by", ""), _negated=True),
                                        models.Q(("resolution", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="an_identified_payment_says_by_whom_and_how",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_waiting_payment_keeps_what_the_bank_said",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."line" IS DISTINCT FROM (NEW."line") OR OLD."key" IS DISTINCT FROM (NEW."key") OR OLD."channel" IS DISTINCT FROM (NEW."channel") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."payer" IS DISTINCT FROM (NEW."payer") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."paid_at" IS DISTINCT FROM (NEW."paid_at") OR OLD."said" IS DISTINCT FROM (NEW."said"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="b971379d782150c58608bebbfe5d7aaaa21b4e72",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_waiting_payment_keeps_what_the_bank_said_46a37",
                                    table="dues_unidentifiedpayment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_payment_is_identified_once",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."resolved_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="c3eabe435324f7e5652509ee1a0e6154d46dc9b7",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_payment_is_identified_once_fabe8",
                                    table="dues_unidentifiedpayment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_waiting_payment_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="1204c01fbec6ed8c12ee7fb63162984b5cba0f4e",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_waiting_payment_is_never_deleted_2f0fc",
                                    table="dues_unidentifiedpayment",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
            ],
        ),
        migrations.RunPython(load_sample_rule, migrations.RunPython.noop),
    ]
