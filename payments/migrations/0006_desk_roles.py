from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from members import roles


def let_the_treasury_work_at_the_desk(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    roles.grant()


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0005_desk"),
    ]
    operations = [
        migrations.RunPython(let_the_treasury_work_at_the_desk, migrations.RunPython.noop),
    ]
