from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from members import roles


def let_the_treasury_reconcile(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    roles.grant()


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0009_settlements"),
    ]
    operations = [
        migrations.RunPython(let_the_treasury_reconcile, migrations.RunPython.noop),
    ]
