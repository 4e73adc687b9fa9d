"""Which charge, refund or case each line of a payout report states, in SQL over all its lines at once."""

from django.db import connection

from payments.models import PayoutReport

# An unconfirmed report claims no operation: a confirmed one takes its matches back.
FORGET_UNCONFIRMED = """
    UPDATE payments_settlementline AS line SET result = 'unknown', attempt_id = NULL, refund_id = NULL
    FROM payments_settlementreport AS report
    WHERE report.id = line.report_id AND report.confirmed_at IS NULL AND report.withdrawn_at IS NULL
      AND report.id <> %s
"""

FORGET = """
    UPDATE payments_settlementline SET result = 'unknown', attempt_id = NULL, refund_id = NULL WHERE report_id = %s
"""

# A report without order numbers names card, amount and moment: of exactly one charge, or of none.
FIND = """
    UPDATE payments_settlementline AS line SET attempt_id = attempt.id FROM payments_attempt AS attempt
    WHERE line.report_id = %s AND attempt.purchase_number = line.purchase_number
"""
FIND_SALES_BY_CARD = """
    UPDATE payments_settlementline AS line SET attempt_id = likely.attempt_id FROM (
        SELECT stated.id, min(attempt.id) AS attempt_id FROM payments_settlementline AS stated
        JOIN payments_attempt AS attempt ON attempt.amount = stated.amount
         AND left(attempt.card, 6) = left(stated.card, 6) AND right(attempt.card, 4) = right(stated.card, 4)
         AND attempt.decided_at BETWEEN stated.happened_at - interval '10 minutes'
                                    AND stated.happened_at + interval '10 minutes'
        WHERE stated.report_id = %s AND stated.purchase_number IS NULL AND stated.operation = 'sale'
          AND length(stated.card) >= 10
          AND stated.authorization_code IN ('', attempt.authorization_code)
        GROUP BY stated.id HAVING count(*) = 1
    ) AS likely WHERE likely.id = line.id
"""
FIND_REFUNDS_BY_CARD = """
    UPDATE payments_settlementline AS line SET attempt_id = likely.attempt_id FROM (
        SELECT stated.id, min(attempt.id) AS attempt_id FROM payments_settlementline AS stated
        JOIN payments_refund AS refund ON refund.amount = stated.amount AND refund.state = 'done'
        JOIN payments_attempt AS attempt ON attempt.id = refund.attempt_id
         AND left(attempt.card, 6) = left(stated.card, 6) AND right(attempt.card, 4) = right(stated.card, 4)
        WHERE stated.report_id = %s AND stated.purchase_number IS NULL AND stated.operation = 'refund'
          AND length(stated.card) >= 10
        GROUP BY stated.id HAVING count(DISTINCT attempt.id) = 1
    ) AS likely WHERE likely.id = line.id
"""

# A voided charge is not paid out: a report that states it says that the void did not come through.
SALES = """
    UPDATE payments_settlementline AS line SET result = CASE
        WHEN attempt.state NOT IN ('approved', 'refunded') THEN 'unexpected'
        WHEN attempt.amount <> line.amount THEN 'amount'
        WHEN line.authorization_code NOT IN ('', attempt.authorization_code) THEN 'authorisation'
        WHEN EXISTS (
            SELECT FROM payments_settlementline AS other
            WHERE other.operation = 'sale' AND other.attempt_id = attempt.id AND other.id <> line.id
              AND NOT other.withdrawn
              AND (other.result = 'matched' OR other.report_id = line.report_id AND other.id < line.id)
        ) THEN 'unexpected'
        ELSE 'matched' END
    FROM payments_attempt AS attempt
    WHERE line.report_id = %s AND line.operation = 'sale' AND attempt.id = line.attempt_id
"""

# Two refunds of one sum and purchase are told apart by their order in time.
REFUNDS = """
    WITH stated AS (
        SELECT id, attempt_id, amount,
               row_number() OVER (PARTITION BY attempt_id, amount ORDER BY happened_at, id) AS place
        FROM payments_settlementline
        WHERE operation = 'refund' AND result <> 'matched' AND attempt_id IS NOT NULL AND report_id = %s
    ), done AS (
        SELECT refund.id, refund.attempt_id, refund.amount,
               row_number() OVER (
                   PARTITION BY refund.attempt_id, refund.amount ORDER BY refund.concluded_at, refund.id
               ) AS place
        FROM payments_refund AS refund JOIN payments_attempt AS attempt ON attempt.id = refund.attempt_id
        WHERE refund.state = 'done' AND refund.method <> 'chargeback' AND NOT EXISTS (
            SELECT FROM payments_settlementline AS known
            WHERE known.refund_id = refund.id AND known.result = 'matched' AND NOT known.withdrawn
        )
    )
    UPDATE payments_settlementline AS line SET result = 'matched', refund_id = done.id
    FROM stated JOIN done USING (attempt_id, amount, place) WHERE line.id = stated.id
"""

# A case is stated once; the file names no case number, so it is known by its charge and its sum.
CHARGEBACKS = """
    UPDATE payments_settlementline AS line SET attempt_id = attempt.id, refund_id = chargeback.refund_id,
           result = 'matched'
    FROM payments_attempt AS attempt JOIN payments_chargeback AS chargeback ON chargeback.attempt_id = attempt.id
    WHERE line.report_id = %s AND line.operation = 'chargeback' AND attempt.purchase_number = line.purchase_number
      AND chargeback.amount = line.amount AND line.place = 1
      AND NOT EXISTS (
          SELECT FROM payments_settlementline AS other
          WHERE other.operation = 'chargeback' AND other.purchase_number = line.purchase_number
            AND other.amount = line.amount AND other.result = 'matched' AND other.id <> line.id)
"""

REFUNDS_NOT_OURS = """
    UPDATE payments_settlementline SET result = 'unexpected'
    WHERE report_id = %s AND operation <> 'sale' AND result = 'unknown' AND attempt_id IS NOT NULL
"""

COMPARISONS = (
    FORGET_UNCONFIRMED,
    FORGET,
    FIND,
    FIND_SALES_BY_CARD,
    FIND_REFUNDS_BY_CARD,
    SALES,
    REFUNDS,
    CHARGEBACKS,
    REFUNDS_NOT_OURS,
)


def find(report: PayoutReport) -> None:
    """Match the lines anew, in the caller's transaction; an unconfirmed report loses what it had matched before."""
    with connection.cursor() as cursor:
        for statement in COMPARISONS:
            cursor.execute(statement, [report.pk])
