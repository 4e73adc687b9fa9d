"""Money on its way back to a card is not given back as a surplus too. `dues` knows no refunds, so the rule stands here."""

from django.db import migrations

CREATE = """
    CREATE FUNCTION a_surplus_waits_for_its_refund() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (
            SELECT FROM payments_refundline AS given
            JOIN payments_refund AS refund ON refund.id = given.refund_id
             AND refund.state IN ('requested', 'sending', 'in_doubt')
            JOIN payments_attempt AS attempt ON attempt.id = refund.attempt_id
             AND attempt.purchase_number::text = NEW.reference
            JOIN payments_orderline AS line ON line.id = given.line_id
            LEFT JOIN payments_moveline AS moved ON moved.line_id = line.id
            LEFT JOIN dues_settlement AS paid ON paid.id = moved.settlement_id
            WHERE coalesce(paid.due_id, line.due_id) = NEW.due_id
        ) THEN
            RAISE EXCEPTION 'the payment of surplus % is being given back', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_surplus_waits_for_its_refund';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER a_surplus_waits_for_its_refund BEFORE UPDATE ON dues_surplus FOR EACH ROW
    WHEN (NEW.channel = 'card' AND OLD.resolved_at IS NULL AND NEW.resolved_at IS NOT NULL AND NOT NEW.withdrawn)
    EXECUTE FUNCTION a_surplus_waits_for_its_refund();
"""
DROP = """
    DROP TRIGGER a_surplus_waits_for_its_refund ON dues_surplus;
    DROP FUNCTION a_surplus_waits_for_its_refund();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("dues", "0009_revoked_acts"),
        ("payments", "0020_forms_opened"),
    ]

    operations = [migrations.RunSQL(CREATE, DROP)]
