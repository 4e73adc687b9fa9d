from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from members import roles


def let_the_treasury_close_days(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    roles.grant()


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0011_closing"),
    ]
    operations = [
        migrations.RunPython(let_the_treasury_close_days, migrations.RunPython.noop),
    ]
