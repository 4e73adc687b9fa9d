from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from members import roles


def make_the_roles_of_the_staff(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """One group a task, so that no person needs more than the task does."""
    roles.grant()


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0007_assignments_are_only_ended"),
    ]
    operations = [
        migrations.RunPython(make_the_roles_of_the_staff, migrations.RunPython.noop),
    ]
