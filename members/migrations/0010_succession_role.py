from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from members import roles


def let_the_webmaster_record_successions(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    roles.grant()


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0009_successions"),
    ]
    operations = [
        migrations.RunPython(let_the_webmaster_record_successions, migrations.RunPython.noop),
    ]
