"""The tables of base with their constraints, indexes and triggers."""

import django.utils.timezone
import pgtrigger.compiler
from django.db import migrations, models

import base.postgres.create_models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        base.postgres.create_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="PeriodicRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=40, verbose_name="trabajo")),
                        ("day", models.DateField(verbose_name="día")),
                        ("done_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="hecho")),
                    ],
                    options={
                        "verbose_name": "trabajo periódico",
                        "verbose_name_plural": "trabajos periódicos",
                        "constraints": [
                            models.UniqueConstraint(fields=("name", "day"), name="periodic_work_is_done_once_for_a_day")
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="a_periodic_run_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="6bcd2bb7e8918cc2ea65ca6f8a72b3e2df9c9e09",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_a_periodic_run_never_changes_e7c2c",
                                    table="base_periodicrun",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                )
            ],
        ),
    ]
