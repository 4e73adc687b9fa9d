"""The tables of members with their constraints, indexes and triggers."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import pgtrigger.compiler
from django.conf import settings
from django.core.management import call_command
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

import base.postgres.create_models
import base.postgres.plain_names


def create_cache_table(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """allauth counts failed logins in the cache; several web processes must see one count."""
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        base.postgres.create_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                        (
                            "is_superuser",
                            models.BooleanField(
                                default=False,
                                help_text="Designates that this user has all permissions without explicitly assigning them.",
                                verbose_name="superuser status",
                            ),
                        ),
                        ("email", models.EmailField(max_length=254, unique=True, verbose_name="correo electrónico")),
                        ("name", models.CharField(blank=True, max_length=200, verbose_name="nombre")),
                        ("is_staff", models.BooleanField(default=False, verbose_name="personal del colegio")),
                        ("is_active", models.BooleanField(default=True, verbose_name="activa")),
                        (
                            "date_joined",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="registrada"),
                        ),
                        (
                            "groups",
                            models.ManyToManyField(
                                blank=True,
                                help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.group",
                                verbose_name="groups",
                            ),
                        ),
                        (
                            "user_permissions",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Specific permissions for this user.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.permission",
                                verbose_name="user permissions",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "cuenta",
                        "verbose_name_plural": "cuentas",
                        "constraints": [
                            models.UniqueConstraint(
                                django.db.models.functions.text.Lower("email"), name="an_email_has_one_account"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Session",
                    fields=[
                        (
                            "session_key",
                            models.CharField(
                                max_length=40, primary_key=True, serialize=False, verbose_name="session key"
                            ),
                        ),
                        ("session_data", models.TextField(verbose_name="session data")),
                        ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                        (
                            "account",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="sessions",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="cuenta",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "sesión",
                        "verbose_name_plural": "sesiones",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_closed_session_stays_closed",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.expire_date <= clock_timestamp())",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="cb075711f13b6af96cb175ca5447ba4ceac2d6e4",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_closed_session_stays_closed_1a492",
                                    table="members_session",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Tries",
                    fields=[
                        ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                        ("most", models.PositiveSmallIntegerField()),
                        ("seconds", models.PositiveIntegerField()),
                        ("at", django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), size=None)),
                    ],
                ),
                migrations.CreateModel(
                    name="MailProblem",
                    fields=[
                        (
                            "email",
                            models.EmailField(max_length=254, primary_key=True, serialize=False, verbose_name="correo"),
                        ),
                        ("why", models.CharField(max_length=300, verbose_name="motivo")),
                        ("since", models.DateTimeField(default=django.utils.timezone.now, verbose_name="desde")),
                    ],
                    options={
                        "verbose_name": "correo que no recibe",
                        "verbose_name_plural": "correos que no reciben",
                    },
                ),
                migrations.CreateModel(
                    name="RegionalCouncil",
                    fields=[
                        (
                            "number",
                            models.PositiveSmallIntegerField(primary_key=True, serialize=False, verbose_name="número"),
                        ),
                        ("roman", models.CharField(max_length=8, verbose_name="número romano")),
                        ("name", models.CharField(max_length=80, verbose_name="sede")),
                        (
                            "telephone",
                            models.CharField(blank=True, db_default="", max_length=60, verbose_name="teléfono"),
                        ),
                        (
                            "address",
                            models.CharField(blank=True, db_default="", max_length=160, verbose_name="dirección"),
                        ),
                    ],
                    options={
                        "verbose_name": "consejo regional",
                        "verbose_name_plural": "consejos regionales",
                    },
                ),
                migrations.CreateModel(
                    name="Member",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("cmp_number", models.PositiveIntegerField(unique=True, verbose_name="número CMP")),
                        ("surnames", models.CharField(max_length=100, verbose_name="apellidos")),
                        ("given_names", models.CharField(max_length=100, verbose_name="nombres")),
                        (
                            "folded_surnames",
                            models.GeneratedField(
                                db_persist=True,
                                expression=base.postgres.plain_names.WithoutAccents("surnames"),
                                output_field=models.CharField(max_length=100),
                                verbose_name="apellidos sin tildes",
                            ),
                        ),
                        (
                            "document_type",
                            models.CharField(
                                choices=[("1", "DNI"), ("4", "Carné de extranjería"), ("6", "RUC"), ("7", "Pasaporte")],
                                max_length=1,
                                verbose_name="tipo de documento",
                            ),
                        ),
                        ("document_number", models.CharField(max_length=15, verbose_name="número de documento")),
                        (
                            "regional_council",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                to="members.regionalcouncil",
                                verbose_name="consejo regional",
                            ),
                        ),
                        ("registered_date", models.DateField(verbose_name="fecha de colegiación")),
                        (
                            "status",
                            models.CharField(
                                choices=[("active", "Activo"), ("deceased", "Fallecido"), ("withdrawn", "Retirado")],
                                default="active",
                                max_length=10,
                                verbose_name="estado",
                            ),
                        ),
                        (
                            "left_date",
                            models.DateField(blank=True, null=True, verbose_name="fecha de fallecimiento o retiro"),
                        ),
                        (
                            "email",
                            models.EmailField(
                                blank=True, db_default="", default="", max_length=254, verbose_name="correo del padrón"
                            ),
                        ),
                        (
                            "mobile",
                            models.CharField(
                                blank=True, db_default="", default="", max_length=9, verbose_name="celular del padrón"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "colegiado",
                        "verbose_name_plural": "colegiados",
                        "indexes": [
                            models.Index(
                                django.contrib.postgres.indexes.OpClass("folded_surnames", name="text_pattern_ops"),
                                name="member_by_surnames",
                            ),
                            models.Index(fields=["document_number"], name="member_by_document"),
                            django.contrib.postgres.indexes.GinIndex(
                                django.contrib.postgres.search.SearchVector(
                                    "folded_surnames",
                                    base.postgres.plain_names.WithoutAccents("given_names"),
                                    config="simple",
                                ),
                                name="member_by_words_of_name",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("cmp_number__gte", 1), ("cmp_number__lte", 9999999)),
                                name="a_cmp_number_has_up_to_7_digits",
                            ),
                            models.UniqueConstraint(
                                fields=("document_type", "document_number"), name="a_document_is_one_member"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("left_date__isnull", True),
                                    models.Q(("status", "active"), _negated=True),
                                    _connector="OR",
                                ),
                                name="an_active_member_has_not_left",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("mobile__regex", "^(9[0-9]{8})?$")), name="a_mobile_has_nine_digits"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_succeeded_physician_stays_dead",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."left_date" IS DISTINCT FROM (NEW."left_date") OR OLD."status" IS DISTINCT FROM (NEW."status"))',
                                    func="\n                IF EXISTS (\n                    SELECT FROM members_succession WHERE member_id = NEW.id AND ended_at IS NULL\n                       AND NOT (NEW.status = 'deceased' AND NEW.left_date IS NOT NULL AND NEW.left_date < first_period)\n                ) THEN\n                    RAISE EXCEPTION 'a relative took over the SEMEFA of member % after a death', NEW.id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'a_succeeded_physician_stays_dead';\n                END IF;\n                RETURN NEW;\n                ",
                                    hash="b4c8086f751d6a2c4e0e1480fb1a2d8d0b129f58",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_succeeded_physician_stays_dead_bab71",
                                    table="members_member",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Absence",
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
                                related_name="absences",
                                to="members.member",
                                verbose_name="colegiado",
                            ),
                        ),
                        ("left_on", models.DateField(verbose_name="se retiró")),
                        ("returned_on", models.DateField(verbose_name="volvió")),
                    ],
                    options={
                        "verbose_name": "ausencia",
                        "verbose_name_plural": "ausencias",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("returned_on__gte", models.F("left_on"))),
                                name="an_absence_ends_after_it_begins",
                            ),
                            models.UniqueConstraint(fields=("member", "left_on"), name="an_absence_is_recorded_once"),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="an_absence_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="162c9243d47fd2415d307dd237e9c0d6c0fe355c",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_an_absence_never_changes_e9f0b",
                                    table="members_absence",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Assignment",
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
                                related_name="assignments",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="cuenta",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="assignments",
                                to="members.member",
                                verbose_name="colegiado",
                            ),
                        ),
                        ("started_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="desde")),
                        ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="hasta")),
                        (
                            "author",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="asignada por",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(default="Declarado en el registro", max_length=500, verbose_name="motivo"),
                        ),
                        (
                            "ended_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="terminada por",
                            ),
                        ),
                        ("end_reason", models.CharField(blank=True, max_length=500, verbose_name="motivo del fin")),
                    ],
                    options={
                        "verbose_name": "asignación de CMP",
                        "verbose_name_plural": "asignaciones de CMP",
                        "permissions": [("correct_assignment", "Puede corregir e intercambiar los CMP de las cuentas")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("user",),
                                name="an_account_claims_one_cmp",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("member",),
                                name="a_cmp_has_one_account",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ended_at__isnull", True),
                                    ("ended_at__gte", models.F("started_at")),
                                    _connector="OR",
                                ),
                                name="an_assignment_ends_after_it_starts",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("end_reason", ""), ("ended_at__isnull", True), ("ended_by__isnull", True)
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("ended_by__isnull", False),
                                        models.Q(("end_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="an_ended_assignment_says_by_whom_and_why",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="an_assignment_is_only_ended",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."started_at" IS DISTINCT FROM (NEW."started_at") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="895ce3ee638a49c27deb4de88bc4ebc0425fa253",
                                    operation="UPDATE",
                                    pgid="pgtrigger_an_assignment_is_only_ended_d3394",
                                    table="members_assignment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="an_ended_assignment_stays_ended",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."ended_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="dbf60abc7c5e1a3f89c7ec666ac85af11be83893",
                                    operation="UPDATE",
                                    pgid="pgtrigger_an_ended_assignment_stays_ended_a957b",
                                    table="members_assignment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="an_assignment_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="54f3279ed06fa84c39fdc699224979fcb27f6201",
                                    operation="DELETE",
                                    pgid="pgtrigger_an_assignment_is_never_deleted_33624",
                                    table="members_assignment",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Claim",
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
                                related_name="claims",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="cuenta",
                            ),
                        ),
                        ("cmp_number", models.PositiveIntegerField(verbose_name="número CMP declarado")),
                        (
                            "document_type",
                            models.CharField(
                                choices=[("1", "DNI"), ("4", "Carné de extranjería"), ("6", "RUC"), ("7", "Pasaporte")],
                                max_length=1,
                                verbose_name="tipo de documento declarado",
                            ),
                        ),
                        ("document_number", models.CharField(max_length=15, verbose_name="documento declarado")),
                        ("given_names", models.CharField(max_length=100, verbose_name="nombres declarados")),
                        ("surnames", models.CharField(max_length=100, verbose_name="apellidos declarados")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("unconfirmed", "Espera la confirmación del correo"),
                                    ("proving", "Espera que la persona pruebe quién es"),
                                    ("waiting", "Por revisar"),
                                    ("linked", "Asignada"),
                                    ("refused", "No asignada"),
                                ],
                                default="unconfirmed",
                                max_length=12,
                                verbose_name="estado",
                            ),
                        ),
                        ("made_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="registrada")),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decidida")),
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
                        (
                            "answer",
                            models.TextField(blank=True, max_length=1000, verbose_name="respuesta del webmaster"),
                        ),
                        (
                            "proof",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("email", "Código al correo del padrón"),
                                    ("mobile", "Código al celular del padrón"),
                                    ("photo", "Foto de la persona con su carné"),
                                    ("webmaster", "Asignación del webmaster fuera de la solicitud"),
                                    ("before", "Ninguna: registro de antes de pedir prueba"),
                                ],
                                db_default="",
                                default="",
                                max_length=10,
                                verbose_name="cómo se probó",
                            ),
                        ),
                        (
                            "photo",
                            models.BinaryField(blank=True, null=True, verbose_name="foto de la persona con su carné"),
                        ),
                    ],
                    options={
                        "verbose_name": "solicitud de registro",
                        "verbose_name_plural": "solicitudes de registro",
                        "indexes": [models.Index(fields=["cmp_number"], name="claim_by_number")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("unconfirmed", "proving", "waiting"))),
                                fields=("user",),
                                name="an_account_has_one_open_claim",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at__isnull", True),
                                        ("state__in", ("unconfirmed", "proving", "waiting")),
                                    ),
                                    models.Q(("decided_at__isnull", False), ("state__in", ["linked", "refused"])),
                                    _connector="OR",
                                ),
                                name="a_claim_is_decided_exactly_when_it_says_so",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "linked"), _negated=True),
                                    models.Q(("proof", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="a_linked_claim_was_proved",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("proof__in", ["photo", "webmaster"]), ("state", "linked"), _negated=True),
                                    ("decided_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="a_person_decides_what_no_code_proved",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AssignmentReport",
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
                                related_name="reports",
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
                                verbose_name="CMP mostrado",
                            ),
                        ),
                        ("note", models.TextField(blank=True, max_length=1000, verbose_name="nota del colegiado")),
                        ("attachment", models.BinaryField(blank=True, null=True, verbose_name="adjunto")),
                        (
                            "attachment_type",
                            models.CharField(
                                blank=True,
                                choices=[("application/pdf", "PDF"), ("image/jpeg", "JPG")],
                                max_length=20,
                                verbose_name="tipo del adjunto",
                            ),
                        ),
                        ("opened_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="abierto")),
                        ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="cerrado")),
                        (
                            "closed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="cerrado por",
                            ),
                        ),
                        (
                            "answer",
                            models.TextField(blank=True, max_length=1000, verbose_name="respuesta del webmaster"),
                        ),
                        (
                            "by_owner",
                            models.BooleanField(
                                db_default=False, default=False, verbose_name="avisó el titular del CMP"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "aviso de CMP equivocado",
                        "verbose_name_plural": "avisos de CMP equivocado",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("closed_at__isnull", True)),
                                fields=("user",),
                                name="an_account_has_one_open_report",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("attachment__isnull", True), ("attachment_type", "")),
                                    models.Q(
                                        ("attachment__isnull", False),
                                        ("attachment_type__in", ["application/pdf", "image/jpeg"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="an_attachment_is_a_pdf_or_a_photo",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProofCode",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "claim",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="codes", to="members.claim"
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="members.member"
                            ),
                        ),
                        (
                            "channel",
                            models.CharField(
                                choices=[
                                    ("email", "Código al correo del padrón"),
                                    ("mobile", "Código al celular del padrón"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("nonce", models.CharField(max_length=32)),
                        ("sent_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("wrong", models.PositiveSmallIntegerField(default=0)),
                        ("used_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("wrong__lte", 5)), name="a_code_is_tried_five_times"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NumberProposal",
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
                                related_name="number_proposals",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="cuenta del personal",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="members.member",
                                verbose_name="CMP propuesto",
                            ),
                        ),
                        ("reason", models.CharField(max_length=500, verbose_name="motivo")),
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
                        ("rejection", models.CharField(blank=True, max_length=500, verbose_name="motivo del rechazo")),
                    ],
                    options={
                        "verbose_name": "CMP propuesto para una cuenta del personal",
                        "verbose_name_plural": "CMP propuestos para cuentas del personal",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("decided_at", None)),
                                fields=("user",),
                                name="a_staff_account_has_one_open_proposal",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at", None), ("decided_by", None), ("rejection", "")),
                                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="a_decided_number_names_its_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_at", None),
                                    models.Q(("rejection", ""), _negated=True),
                                    models.Q(
                                        models.Q(("decided_by", models.F("author")), _negated=True),
                                        models.Q(("decided_by", models.F("user")), _negated=True),
                                        models.Q(("author", models.F("user")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="a_second_person_gives_staff_a_number",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_proposed_number_stays_as_proposed",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."proposed_at" IS DISTINCT FROM (NEW."proposed_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="61cca4a6d54162f52969f1519c0723fb39470298",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_proposed_number_stays_as_proposed_061e6",
                                    table="members_numberproposal",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_decided_number_is_final",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."decided_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="b5457781fc5397f9ade60e21af1a1e2114024bc4",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_decided_number_is_final_e527e",
                                    table="members_numberproposal",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_proposed_number_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="c674edc98261c72d82d7e8fe3729db45d4e550c5",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_proposed_number_is_never_deleted_724bb",
                                    table="members_numberproposal",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Succession",
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
                                related_name="successions",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="cuenta",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="successions",
                                to="members.member",
                                verbose_name="titular fallecido",
                            ),
                        ),
                        ("first_period", models.DateField(verbose_name="titular desde el mes")),
                        (
                            "document_type",
                            models.CharField(
                                choices=[("1", "DNI"), ("4", "Carné de extranjería"), ("6", "RUC"), ("7", "Pasaporte")],
                                max_length=1,
                                verbose_name="tipo de documento del sucesor",
                            ),
                        ),
                        (
                            "document_number",
                            models.CharField(max_length=15, verbose_name="número de documento del sucesor"),
                        ),
                        ("name", models.CharField(max_length=200, verbose_name="nombre del sucesor")),
                        ("attachment", models.BinaryField(verbose_name="documento que lo prueba")),
                        (
                            "attachment_type",
                            models.CharField(
                                choices=[("application/pdf", "PDF"), ("image/jpeg", "JPG")],
                                max_length=20,
                                verbose_name="tipo del documento",
                            ),
                        ),
                        ("reason", models.CharField(max_length=500, verbose_name="motivo")),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="registrada por",
                            ),
                        ),
                        (
                            "recorded_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="registrada"),
                        ),
                        ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="terminada")),
                        (
                            "ended_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="terminada por",
                            ),
                        ),
                        ("end_reason", models.CharField(blank=True, max_length=500, verbose_name="motivo del fin")),
                    ],
                    options={
                        "verbose_name": "sucesión de SEMEFA",
                        "verbose_name_plural": "sucesiones de SEMEFA",
                        "permissions": [
                            ("record_succession", "Puede registrar quién sucede a un titular fallecido de SEMEFA")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("user",),
                                name="an_account_succeeds_one_holder",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("member",),
                                name="a_holder_has_one_successor",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("first_period__day", 1)), name="a_succession_begins_with_a_month"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("attachment_type__in", ["application/pdf", "image/jpeg"])),
                                name="a_succession_is_proved_by_a_pdf_or_a_photo",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("name__regex", "\\S"),
                                    models.Q(
                                        models.Q(("document_number__regex", "^[0-9]{8}$"), ("document_type", "1")),
                                        models.Q(
                                            ("document_number__regex", "^[A-Z0-9]+$"), ("document_type__in", ["4", "7"])
                                        ),
                                        _connector="OR",
                                    ),
                                ),
                                name="a_successor_is_a_person_with_a_document",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("end_reason", ""), ("ended_at__isnull", True), ("ended_by__isnull", True)
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("ended_by__isnull", False),
                                        models.Q(("end_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="an_ended_succession_says_by_whom_and_why",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_succession_follows_a_death",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF NOT EXISTS (\n                    SELECT FROM members_member WHERE id = NEW.member_id AND status = 'deceased'\n                       AND left_date < NEW.first_period\n                ) THEN\n                    RAISE EXCEPTION 'member % had not died before %', NEW.member_id, NEW.first_period\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'a_succession_follows_a_death';\n                END IF;\n                RETURN NEW;\n                ",
                                    hash="583815ff260866e8e88e2179d844e99015074857",
                                    operation="INSERT",
                                    pgid="pgtrigger_a_succession_follows_a_death_a091e",
                                    table="members_succession",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_succession_is_only_ended",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."first_period" IS DISTINCT FROM (NEW."first_period") OR OLD."document_type" IS DISTINCT FROM (NEW."document_type") OR OLD."document_number" IS DISTINCT FROM (NEW."document_number") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."attachment" IS DISTINCT FROM (NEW."attachment") OR OLD."attachment_type" IS DISTINCT FROM (NEW."attachment_type") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="8e487ace8eb75d6ed6f63cea716ea1aaa15b1da9",
                                    operation="UPDATE",
                                    pgid="pgtrigger_a_succession_is_only_ended_660d6",
                                    table="members_succession",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="an_ended_succession_stays_ended",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."ended_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="30465051e190cb9b55f4140616a5586f33efb420",
                                    operation="UPDATE",
                                    pgid="pgtrigger_an_ended_succession_stays_ended_bb7e0",
                                    table="members_succession",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_succession_is_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="92a5bdc1d31f79c1306c559c5d99a66a1b7283ec",
                                    operation="DELETE",
                                    pgid="pgtrigger_a_succession_is_never_deleted_9f087",
                                    table="members_succession",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
            ],
        ),
        migrations.RunPython(create_cache_table, migrations.RunPython.noop),
    ]
