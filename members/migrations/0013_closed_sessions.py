import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0012_sessions_and_login_tries"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="session",
            trigger=pgtrigger.compiler.Trigger(
                name="a_closed_session_stays_closed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.expire_date <= clock_timestamp())",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="cb075711f13b6af96cb175ca5447ba4ceac2d6e4",
                    operation="UPDATE",
                    pgid="pgtrigger_a_closed_session_stays_closed_1a492",
                    table="members_session",
                    when="BEFORE",
                ),
            ),
        ),
    ]
