from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from members import roles


def make_roles(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The groups of the college's staff, so that a fresh install has them before its first staff account."""
    roles.grant()


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0002_shared_cache"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.RunPython(make_roles, migrations.RunPython.noop),
    ]
