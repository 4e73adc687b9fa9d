from datetime import date

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def load_sample_rule(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A fresh install has a rule to show, marked as a sample on every page until the college enters its own."""
    apps.get_model("dues", "StandingRule").objects.create(
        valid_from=date(2000, 1, 1), months_tolerated=2, basis="Regla de muestra", is_sample=True
    )


class Migration(migrations.Migration):
    dependencies = [
        ("dues", "0002_initial"),
        ("members", "0002_shared_cache"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="StandingRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_from", models.DateField(verbose_name="vigente desde")),
                ("months_tolerated", models.PositiveSmallIntegerField(verbose_name="meses vencidos tolerados")),
                ("basis", models.CharField(max_length=200, verbose_name="base legal")),
                ("is_sample", models.BooleanField(default=False, verbose_name="es una muestra")),
            ],
            options={
                "verbose_name": "regla de habilidad",
                "verbose_name_plural": "reglas de habilidad",
                "constraints": [models.UniqueConstraint(fields=("valid_from",), name="a_day_begins_one_standing_rule")],
            },
        ),
        migrations.RunPython(load_sample_rule, migrations.RunPython.noop),
    ]
