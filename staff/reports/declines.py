"""Declines by code and brand over the last day, and a plain answer to «¿está caída Niubiz?»."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from base.peru.lima import wall_clock
from payments.gateway.action_codes import explain
from payments.states import Way
from staff.reports.report import Answer, Bars, Choice, Column, Row, Shape, sums
from staff.reports.sql import listing, read

HOURS = 24
#: Fewer attempts in an hour prove nothing.
ENOUGH = 3

CONCLUDED = """
      FROM payments_attempt AS attempt JOIN payments_order AS pedido ON pedido.id = attempt.order_id
      JOIN members_member AS member ON member.id = pedido.member_id
     WHERE attempt.created_at >= %(from)s - interval '7 days' AND attempt.authorising_since >= %(from)s
       AND (%(kind)s::text IS NULL OR pedido.kind = %(kind)s)
       AND (%(council)s::int IS NULL OR member.regional_council_id = %(council)s)
"""
SUMS = f"""
    SELECT attempt.state, attempt.action_code, attempt.brand, attempt.way, count(*), sum(attempt.amount),
           max(attempt.authorising_since)
      {CONCLUDED} GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 2, 3
"""
BY_HOUR = f"""
    SELECT date_trunc('hour', attempt.authorising_since AT TIME ZONE 'America/Lima'),
           count(*) FILTER (WHERE attempt.state IN ('approved', 'voided', 'refunded')),
           count(*) FILTER (WHERE attempt.state = 'declined'),
           count(*) FILTER (WHERE attempt.state IN ('authorising', 'in_doubt', 'absent'))
      {CONCLUDED} GROUP BY 1
"""
ROWS = f"""
    SELECT attempt.authorising_since AT TIME ZONE 'America/Lima', attempt.purchase_number, member.cmp_number,
           attempt.brand, attempt.way, attempt.action_code, attempt.action_description, attempt.amount
      {CONCLUDED} AND attempt.state = %(state)s AND attempt.action_code = %(code)s AND attempt.brand = %(brand)s
      AND attempt.way = %(way)s
     ORDER BY attempt.authorising_since DESC
"""
COLUMNS = (
    Column("Resultado"), Column("Código"), Column("Qué significa"), Column("Marca"), Column("Forma"),
    Column("Intentos", Shape.COUNT), Column("Monto", Shape.MONEY), Column("Último"),
)  # fmt: skip
ROW_COLUMNS = (
    Column("Enviado"), Column("Número de pedido"), Column("CMP"), Column("Marca"), Column("Forma"), Column("Código"),
    Column("Descripción"), Column("Monto", Shape.MONEY),
)  # fmt: skip
OUTCOMES = {
    "approved": "Aprobado", "voided": "Aprobado, luego anulado", "refunded": "Aprobado, luego devuelto",
    "declined": "Denegado", "authorising": "Sin respuesta aún", "in_doubt": "En verificación", "absent": "No realizado",
}  # fmt: skip
NOTES = (f"Intentos enviados a la pasarela en las últimas {HOURS} horas. «En verificación»: no llegó una respuesta.",)


def answer(choice: Choice) -> Answer:
    now = timezone.now()
    start = now - timedelta(hours=HOURS)
    rows = tuple(_row(*values) for values in read(SUMS, choice, **{"from": start}))
    hours = {hour: tuple(counts) for hour, *counts in read(BY_HOUR, choice, **{"from": start})}
    last_hour = read(BY_HOUR, choice, **{"from": now - timedelta(hours=1)})
    recent = [sum(counts) for counts in zip(*(row[1:] for row in last_hour), strict=True)] or [0, 0, 0]
    return Answer(COLUMNS, rows, sums(COLUMNS, rows), verdict(*recent), NOTES, _bars(hours, now))


def behind(choice: Choice, key: str, limit: int | None) -> Answer:
    """The attempts of the line `state:code:brand:way`, newest first."""
    state, code, brand, way = key.split(":")
    start = timezone.now() - timedelta(hours=HOURS)
    values = {"state": state, "code": code, "brand": brand, "way": way, "from": start}
    return listing(ROW_COLUMNS, ROWS, choice, limit, **values)


def verdict(approved: int, declined: int, silent: int) -> str:
    """Answers whether the gateway is down, by the attempts of the last hour."""
    count = approved + declined + silent
    told = f"En la última hora: {approved} aprobados, {declined} denegados, {silent} sin respuesta."
    if count < ENOUGH:
        return f"No se puede saber si Niubiz está caída: hubo muy pocos intentos. {told}"
    if silent * 2 >= count:
        return f"Sí, parece caída: la mitad o más de los intentos quedó sin respuesta. {told}"
    if approved:
        return f"No: Niubiz responde y aprueba pagos. {told}"
    return f"Niubiz responde, pero no aprueba ninguno: vea los códigos; si son del comercio, llame a Niubiz. {told}"


def _row(state: str, code: str, brand: str, way: str, count: int, amount: Decimal, last: datetime) -> Row:
    meaning = explain(code).support if state == "declined" else ""
    cells = (OUTCOMES[state], code, meaning, brand or "sin marca", Way(way).label, count, amount)
    return Row((*cells, f"{wall_clock(last):%d/%m %H:%M}"), f"{state}:{code}:{brand}:{way}")


def _bars(hours: dict[datetime, tuple[Any, ...]], now: datetime) -> Bars:
    current = wall_clock(now).replace(minute=0, second=0)
    shown = [current - timedelta(hours=back) for back in reversed(range(HOURS))]
    columns = tuple((f"{hour:%H} h", tuple(Decimal(count) for count in hours.get(hour, (0, 0, 0)))) for hour in shown)
    return Bars("Intentos por hora", ("Aprobados", "Denegados", "Sin respuesta"), columns)
