"""Hábiles and inhábiles: how many by year of registration, who came back, and what reminders brought.

The standing at a past moment counts the payments recorded until then. Exemptions count as they are today.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from base.peru.lima import midnight
from dues.standing import rule_on
from members.models import MemberStatus
from staff.reports.report import Answer, Bars, Choice, Column, Row, Shape, percent, sums
from staff.reports.sql import listing, read

#: A payment so soon after a reminder counts as brought by it.
BROUGHT_WITHIN = timedelta(days=7)

STATES = """
    WITH debt AS (
        SELECT due.member_id,
               count(*) FILTER (WHERE due.due_date < %(began_on)s AND (paid.recorded_at IS NULL
                                OR paid.recorded_at >= %(began)s)) AS before,
               count(*) FILTER (WHERE due.due_date < %(ended_on)s AND (paid.recorded_at IS NULL
                                OR paid.recorded_at >= %(ended)s)) AS after
          FROM dues_due AS due
          LEFT JOIN dues_settlement AS paid ON paid.due_id = due.id AND paid.reversed_at IS NULL
         WHERE due.kind = 'colegiado' AND due.exemption_id IS NULL AND due.due_date < %(ended_on)s
           AND (paid.id IS NULL OR paid.recorded_at >= %(began)s)
         GROUP BY due.member_id
    ), state AS (
        SELECT member.id, member.cmp_number, member.surnames || ' ' || member.given_names AS name,
               extract(year FROM member.registered_date)::int AS cohort, member.registered_date,
               coalesce(debt.before, 0) AS before, coalesce(debt.after, 0) AS after
          FROM members_member AS member LEFT JOIN debt ON debt.member_id = member.id
         WHERE member.status = %(active)s
           AND (%(council)s::int IS NULL OR member.regional_council_id = %(council)s)
    )
"""
COHORTS = f"""{STATES}
    SELECT cohort, count(*), count(*) FILTER (WHERE after <= %(tolerated)s),
           count(*) FILTER (WHERE after > %(tolerated)s),
           count(*) FILTER (WHERE before > %(tolerated)s AND after <= %(tolerated)s),
           count(*) FILTER (WHERE before <= %(tolerated)s AND after > %(tolerated)s)
      FROM state GROUP BY cohort ORDER BY cohort DESC
"""  # noqa: S608
ROWS = f"""{STATES}
    SELECT cmp_number, name, registered_date, before, after,
           CASE WHEN before <= %(tolerated)s THEN 'hábil' ELSE 'inhábil' END,
           CASE WHEN after <= %(tolerated)s THEN 'hábil' ELSE 'inhábil' END
      FROM state WHERE cohort = %(cohort)s ORDER BY cmp_number
"""  # noqa: S608
REMINDED = """
    SELECT count(*), count(*) FILTER (WHERE brought.amount > 0), coalesce(sum(brought.amount), 0.00)
      FROM payments_letter AS letter, LATERAL (
           SELECT sum(paid.amount) AS amount FROM dues_settlement AS paid
            WHERE paid.due_id IN (SELECT due.value::bigint
                                    FROM jsonb_array_elements_text(letter.about -> 'dues') AS due)
              AND paid.reversed_at IS NULL AND paid.paid_at >= letter.sent_at
              AND paid.paid_at < letter.sent_at + %(within)s) AS brought
     WHERE letter.about ? 'dues' AND letter.state = 'sent' AND letter.written_at >= %(since)s
       AND letter.written_at < %(until)s
"""
COLUMNS = (
    Column("Año de colegiación"),
    Column("Colegiados activos", Shape.COUNT),
    Column("Hábiles", Shape.COUNT),
    Column("Inhábiles", Shape.COUNT),
    Column("Hábiles (%)", Shape.PERCENT),
    Column("Volvieron a ser hábiles", Shape.COUNT),
    Column("Dejaron de serlo", Shape.COUNT),
)
ROW_COLUMNS = (
    Column("CMP"), Column("Colegiado"), Column("Colegiación"), Column("Meses vencidos al inicio", Shape.COUNT),
    Column("Meses vencidos al final", Shape.COUNT), Column("Al inicio"), Column("Al final"),
)  # fmt: skip


def answer(choice: Choice) -> Answer:
    values = _parameters(choice)
    if values is None:
        return Answer(COLUMNS, (), verdict="No hay una regla de habilidad vigente: registre la regla y su fecha.")
    rows = tuple(
        Row((cohort, count, habil, inhabil, percent(habil, count), back, gone), str(cohort))
        for cohort, count, habil, inhabil, back, gone in read(COHORTS, choice, **values)
    )
    total = list(sums(COLUMNS, rows))
    total[4] = percent(total[2], total[1])  # type: ignore[arg-type]
    return Answer(COLUMNS, rows, tuple(total), _verdict(total), (_reminded(choice), *NOTES), _bars(rows))


NOTES = (
    "Al inicio: la víspera del primer mes; al final: el último día de los meses, u hoy. Un pago cuenta desde que se "
    "registró; las exoneraciones, como están hoy.",
    "SEMEFA no cambia la habilidad.",
)


def behind(choice: Choice, key: str, limit: int | None) -> Answer:
    """The members registered in the year `key`, with their standing at both ends."""
    values = _parameters(choice)
    return listing(ROW_COLUMNS, ROWS, choice, limit, cohort=int(key), **values) if values else Answer(ROW_COLUMNS, ())


def _parameters(choice: Choice) -> dict[str, Any] | None:
    """Both moments, and the rule of the later one; None before the first rule."""
    began_on, last = choice.days
    ended_on = min(last + timedelta(days=1), timezone.localdate())
    rule = rule_on(ended_on)
    moments = {"began_on": began_on, "began": midnight(began_on), "ended_on": ended_on}
    # What was paid today counts: a standing of today is that of now.
    ended = max(midnight(ended_on), timezone.now()) if ended_on == timezone.localdate() else midnight(ended_on)
    more = {"ended": ended, "active": MemberStatus.ACTIVE.value}
    return {**moments, **more, "tolerated": rule.months_tolerated} if rule else None


def _reminded(choice: Choice) -> str:
    [(sent, brought, amount)] = read(REMINDED, choice, within=BROUGHT_WITHIN)
    if not sent:
        return "No se envió ningún recordatorio en esos meses."
    return (
        f"Recordatorios enviados: {sent:,}. Pagaron dentro de {BROUGHT_WITHIN.days} días: {brought:,} "
        f"({percent(brought, sent)} %), S/ {amount:,.2f}."
    )


def _verdict(total: list[Any]) -> str:
    return (
        f"{total[4] or 0} % de los colegiados activos es hábil: {total[2]:,} de {total[1]:,}. Volvieron {total[5]:,}."
    )


def _bars(rows: tuple[Row, ...]) -> Bars:
    newest = [row.cells for row in rows[:25]][::-1]
    columns = tuple((str(cells[0]), (Decimal(cells[2]), Decimal(cells[3]))) for cells in newest)  # type: ignore[arg-type]
    return Bars("Hábiles e inhábiles por año de colegiación", ("Hábiles", "Inhábiles"), columns)
