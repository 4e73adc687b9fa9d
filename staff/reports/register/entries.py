"""The entries of SUNAT's sales register, and the documents of earlier months that came to nothing since.

A month is written as it stood at its end, so that a register once presented does not change: a document that SUNAT
rejected or that was voided by then stands with zeros, and what fell later is a correction in the month it fell.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.conf import settings

from receipts.tax_office.states import SPENT_STATES
from staff.reports.report import Choice
from staff.reports.sql import read


class Opportunity(StrEnum):
    """Field 35 of the register 14.1: when the operation is written down."""

    IN_ITS_MONTH = "1"
    # Voided, rejected or given up before the month's register was made.
    WORTHLESS = "2"
    # It stands in an earlier month's register and came to nothing since.
    CORRECTS_EARLIER = "9"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One document. Amounts are soles as it states them; a credit note's are negative.

    `worth` is 1, or 0 when the document came to nothing: what the register writes is each amount times it. `fell_on` is
    the day in Lima on which it came to nothing.
    """

    receipt_id: int
    opportunity: str
    worth: int
    fell_on: date | None
    period: date
    document: str
    series: str
    number: int
    issued_on: date
    buyer_type: str
    buyer_number: str
    buyer_name: str
    kind: str
    unaffected: Decimal
    taxed: Decimal
    igv: Decimal
    total: Decimal
    corrected_on: date | None
    corrected_document: str
    corrected_series: str
    corrected_number: int | None


#: A receipt issued in these months, or one of an earlier month that fell in them. `at` is when it fell.
CANDIDATES = """
    SELECT receipt.id, fell.at, date_trunc('month', fell.at AT TIME ZONE 'America/Lima')::date AS fell_month,
           date_trunc('month', receipt.issue_date)::date AS period, false AS earlier
      FROM receipts_receipt AS receipt
      LEFT JOIN receipts_filing AS filing ON filing.receipt_id = receipt.id AND filing.state = ANY (%(spent)s)
      LEFT JOIN LATERAL (SELECT min(step.at) AS at FROM receipts_filingstep AS step
                          WHERE step.filing_id = filing.receipt_id AND step.to_state = ANY (%(spent)s)) AS fell ON true
     WHERE receipt.issue_date >= %(first)s AND receipt.issue_date <= %(last)s
    UNION ALL
    SELECT receipt.id, step.at, date_trunc('month', step.at AT TIME ZONE 'America/Lima')::date,
           date_trunc('month', receipt.issue_date)::date, true
      FROM receipts_filing AS filing
      JOIN receipts_filingstep AS step ON step.filing_id = filing.receipt_id AND step.to_state = ANY (%(spent)s)
      JOIN receipts_receipt AS receipt ON receipt.id = filing.receipt_id
     WHERE filing.state = ANY (%(spent)s) AND step.at >= %(since)s AND step.at < %(until)s
       AND date_trunc('month', step.at AT TIME ZONE 'America/Lima') > date_trunc('month', receipt.issue_date::timestamp)
"""
ENTRIES = f"""
    SELECT receipt.id, found.opportunity, CASE WHEN found.opportunity = '1' THEN 1 ELSE 0 END AS worth,
           (found.at AT TIME ZONE 'America/Lima')::date AS fell_on, found.period, receipt.document,
           series.code AS series, receipt.number, receipt.issue_date,
           coalesce(receipt.statement -> 'buyer' ->> 'document_type', '') AS buyer_type,
           receipt.buyer_number, receipt.buyer_name, placed.kind,
           sign.of * coalesce((receipt.statement -> 'totals' ->> 'unaffected')::numeric, 0.00) AS unaffected,
           sign.of * coalesce((receipt.statement -> 'totals' ->> 'taxed')::numeric, 0.00) AS taxed,
           sign.of * coalesce((receipt.statement -> 'totals' ->> 'igv')::numeric, 0.00) AS igv,
           sign.of * receipt.total AS total,
           original.issue_date AS corrected_on, coalesce(original.document, '') AS corrected_document,
           coalesce(original_series.code, '') AS corrected_series, original.number AS corrected_number
      FROM (SELECT candidate.*, CASE WHEN earlier THEN '9' WHEN fell_month <= period THEN '2' ELSE '1' END
                   AS opportunity
              FROM ({CANDIDATES}) AS candidate) AS found
      JOIN receipts_receipt AS receipt ON receipt.id = found.id AND receipt.sample = %(sample)s
      CROSS JOIN LATERAL (SELECT CASE WHEN receipt.document = '07' THEN -1 ELSE 1 END) AS sign (of)
      JOIN receipts_series AS series ON series.id = receipt.series_id
      JOIN payments_order AS placed ON placed.id = receipt.order_id
      JOIN members_member AS member ON member.id = placed.member_id
      LEFT JOIN receipts_receipt AS original ON original.id = receipt.corrects_id
      LEFT JOIN receipts_series AS original_series ON original_series.id = original.series_id
     WHERE (%(kind)s::text IS NULL OR placed.kind = %(kind)s)
       AND (%(council)s::int IS NULL OR member.regional_council_id = %(council)s)
"""  # noqa: S608


def parameters() -> dict[str, object]:
    """Of ENTRIES beside the choice's: the states of a document worth nothing, and whether documents are samples."""
    return {"spent": [str(state) for state in SPENT_STATES], "sample": settings.SAMPLE_DATA}


def entries(choice: Choice) -> list[Entry]:
    """The documents of these months by series and number, then the corrections of earlier ones."""
    sql = f"{ENTRIES} ORDER BY found.opportunity = '9', receipt.document, series.code, receipt.number"
    return [
        Entry(**dict(zip(Entry.__dataclass_fields__, row, strict=True))) for row in read(sql, choice, **parameters())
    ]
