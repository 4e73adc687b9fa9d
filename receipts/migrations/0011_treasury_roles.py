from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from members import roles


def let_the_treasury_replace_receipts(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    roles.grant()


class Migration(migrations.Migration):
    dependencies = [
        ("receipts", "0010_bounces"),
    ]
    operations = [
        migrations.RunPython(let_the_treasury_replace_receipts, migrations.RunPython.noop),
    ]
