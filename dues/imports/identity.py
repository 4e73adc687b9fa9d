"""When two rows are one payment, in SQL: the same operation, however its number is written.

`048937` and `48937`, `A-0012` and `a0012` are one operation. Where both say office and day, these are a part of it:
a bank uses its numbers again. The reference of a bank's payment is `048937 · BCP 111017` (dues/imports/bank_files.py).
"""

from dues.models import BY_HAND, Operation

SEPARATOR = " · "
#: Ends the key of what was over from a payment.
OVER = "|sobra"
DAY = "(({}) AT TIME ZONE 'America/Lima')::date"
#: Staged rows with the due that they name.
STAGED = """
    staged_payments
    JOIN members_member AS member ON member.cmp_number = cmp
    JOIN dues_due AS due ON due.member_id = member.id AND due.kind = tipo AND due.period = mes
"""


def operation_of(reference: str) -> str:
    """The SQL of the operation's number alone, without signs, leading zeros and the mark of what was typed by hand."""
    number = f"split_part({reference}, '{SEPARATOR}', 1)"
    return Operation.template % {"expressions": f"regexp_replace({number}, '^{BY_HAND}[^:]*: ', '')"}


def place_of(reference: str) -> str:
    """The SQL of bank and office; empty when the reference names none."""
    return f"split_part({reference}, '{SEPARATOR}', 2)"


def same_payment(recorded: str) -> str:
    """The SQL condition that a recorded row (alias `recorded`) is the staged payment: channel, operation, and office
    and day where both name them. What a person wrote by hand and took back is no payment of the bank."""
    return f"""
        {recorded}.channel = canal
        AND {operation_of(f"{recorded}.reference")} = {operation_of("referencia")}
        AND ('' IN ({place_of(f"{recorded}.reference")}, {place_of("referencia")})
             OR ({place_of(f"{recorded}.reference")}, {DAY.format(f"{recorded}.paid_at")})
              = ({place_of("referencia")}, {DAY.format("fecha_pago")}))
    """


#: A payment that was reversed counts as recorded: an overlapping file must not bring it back. One that the treasury
#: wrote by hand and took back does not: the bank's own word comes after it.
NOT_BY_HAND_AND_REVERSED = f"NOT (s.reversed_at IS NOT NULL AND starts_with(s.reference, '{BY_HAND}'))"
RECORDED_FOR_DUE = f"""
    (EXISTS (SELECT FROM dues_settlement AS s
             WHERE s.due_id = due.id AND {NOT_BY_HAND_AND_REVERSED} AND {same_payment("s")})
     OR EXISTS (SELECT FROM dues_surplus AS s WHERE s.due_id = due.id AND {same_payment("s")}))
"""  # noqa: S608
RECORDED_FOR_MEMBER = f"""
    (EXISTS (SELECT FROM dues_settlement AS s JOIN dues_due AS paid ON paid.id = s.due_id
             WHERE paid.member_id = member.id AND {NOT_BY_HAND_AND_REVERSED} AND {same_payment("s")})
     OR EXISTS (SELECT FROM dues_surplus AS s WHERE s.member_id = member.id AND {same_payment("s")}))
"""  # noqa: S608

#: What makes a row of nobody the same row in an overlapping file (dues_unidentifiedpayment.key).
KEY = f"""
    concat_ws('|', canal, {operation_of("referencia")}, {place_of("referencia")},
              CASE WHEN {place_of("referencia")} <> '' THEN {DAY.format("fecha_pago")}::text END,
              coalesce(nullif(ltrim(codigo, '0'), ''), cmp::text, ''), coalesce(tipo, ''), coalesce(mes::text, ''),
              monto::text)
"""
