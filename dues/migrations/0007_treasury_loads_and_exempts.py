from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from members import roles


def let_the_treasury_load_and_exempt(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    roles.grant()


class Migration(migrations.Migration):
    dependencies = [
        ("dues", "0006_surpluses_acts_and_drafts"),
    ]
    operations = [
        migrations.RunPython(let_the_treasury_load_and_exempt, migrations.RunPython.noop),
    ]
