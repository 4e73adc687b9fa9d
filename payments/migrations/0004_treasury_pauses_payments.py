from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from members import roles


def let_the_treasury_pause(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    roles.grant()


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0003_refunds_letters_pauses"),
        ("members", "0003_roles"),
    ]
    operations = [
        migrations.RunPython(let_the_treasury_pause, migrations.RunPython.noop),
    ]
