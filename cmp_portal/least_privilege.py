"""What the database lets the portal do: web and worker connect with a role that owns nothing.

The owner's role makes the tables (`migrate`) and nobody serves pages with it. The application's role reads and writes
rows. It cannot alter tables, switch triggers off, or change a row that no code may change. docs/operations.md, "Two
roles", sets both up.
"""

import pgtrigger
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

#: PostgreSQL's word for each operation that a trigger may refuse altogether.
REFUSED = {pgtrigger.Update: "UPDATE", pgtrigger.Delete: "DELETE", pgtrigger.Insert: "INSERT"}


def grant_to_application() -> None:
    """Give the role DATABASE_APPLICATION_ROLE what the portal needs and take the rest. To be run by the owner.

    Nothing is done while that setting is empty: one role owns and uses the tables, as in the demo.
    """
    role = settings.DATABASE_APPLICATION_ROLE
    if role:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements(role):
                cursor.execute(statement)


def statements(role: str) -> list[sql.Composed]:
    """Every statement of the grant, in order. `role` exists already."""
    names = {"role": sql.Identifier(role), "migrations": sql.Identifier(MigrationRecorder.Migration._meta.db_table)}
    return [
        *(sql.SQL(text).format(**names) for text in GRANTS),
        *(
            sql.SQL("REVOKE {operations} ON {table} FROM {role}").format(
                operations=sql.SQL(", ").join(map(sql.SQL, sorted(operations))), table=sql.Identifier(table), **names
            )
            for table, operations in sorted(frozen_tables().items())
        ),
        *(sql.SQL(text).format(**names) for text in (TRIGGERS_LOOK_AT_OUR_TABLES, NOBODY_SKIPS_TRIGGERS)),
    ]


def frozen_tables() -> dict[str, set[str]]:
    """The operations that a trigger refuses for every row, by table: the role does not get them either."""
    frozen: dict[str, set[str]] = {}
    for model, trigger in pgtrigger.registered():
        if type(trigger) is pgtrigger.Protect and trigger.condition is None:
            frozen.setdefault(model._meta.db_table, set()).update(_operations(trigger))
    return frozen


def _operations(trigger: pgtrigger.Trigger) -> list[str]:
    words = str(trigger.operation)
    return [word for word in REFUSED.values() if word in words]


GRANTS = (
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    # After a restore the sequence leaps beyond the numbers that the gateway knows (payments/books/recovery.py).
    "GRANT UPDATE ON SEQUENCE payments_purchase_number TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON {migrations} FROM {role}",
)

# A temporary table of the same name would be found first, and a rule that reads another table would read that.
TRIGGERS_LOOK_AT_OUR_TABLES = """
DO $$
DECLARE found regprocedure;
BEGIN
    FOR found IN SELECT oid::regprocedure FROM pg_proc
                 WHERE pronamespace = 'public'::regnamespace AND prorettype = 'trigger'::regtype
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = public, pg_temp', found);
    END LOOP;
END $$
"""

# django-pgtrigger lets any session skip triggers by setting a variable; its tests need that, production does not.
NOBODY_SKIPS_TRIGGERS = """
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name NAME) RETURNS BOOLEAN AS $$
BEGIN
    RETURN FALSE;
END $$ LANGUAGE plpgsql
"""
