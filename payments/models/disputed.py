"""The rule that a disputed charge gives nothing back, as a trigger of each table that takes money out of a charge."""

import pgtrigger

from payments.states import OPEN_CHARGEBACK_STATES

OPEN_SQL = ", ".join(f"'{state.value}'" for state in OPEN_CHARGEBACK_STATES)


def not_while_disputed(name: str, attempt: str, condition: pgtrigger.Condition | None = None) -> pgtrigger.Trigger:
    """Returns the trigger that refuses new rows while a chargeback of their charge is open.

    `attempt` is the SQL for the id of the charge of the row NEW.
    """
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Insert,
        when=pgtrigger.Before,
        condition=condition,
        func=f"""
        IF EXISTS (SELECT FROM payments_chargeback
                   WHERE attempt_id = {attempt} AND state IN ({OPEN_SQL})) THEN
            RAISE EXCEPTION 'a chargeback of this charge is open'
            USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
        END IF;
        RETURN NEW;
        """,
    )
