"""Numbers of a series: one after the other, none skipped, none twice.

The series' row is locked from the number's choice to the commit of the documents that carry it, so a rollback gives
the number back. That lock is taken by the job and never by a settlement: members who pay do not wait for each other.
"""

from collections.abc import Sequence

from django.conf import settings
from django.db import connection
from django.utils import timezone

from receipts.models import Paper, Receipt, Series

TAKE = """
    UPDATE receipts_series SET next_number = next_number + %(count)s
     WHERE document = %(document)s AND code = %(code)s
    RETURNING id, next_number
"""


def number(documents: Sequence[Receipt], *, corrects: str = "") -> None:
    """Give these documents of one type the next numbers of their series, and the time of issue. Save them in the same
    transaction, or none was taken.

    `corrects` is the document that a credit note takes back: boletas and facturas have notes of their own (2116).
    """
    series, numbers = take_numbers(documents[0].document, len(documents), corrects=corrects)
    # Under the lock as well, so that dates never run against the numbers.
    now = timezone.now()
    for document, taken in zip(documents, numbers, strict=True):
        document.series, document.number, document.name = series, taken, f"{series.code}-{taken}"
        document.issued_at, document.issue_date = now, timezone.localdate(now)


def take_numbers(document: str, count: int, *, corrects: str = "") -> tuple[Series, range]:
    """The series that the settings name for a document, and its next `count` numbers; its row is locked from now until
    the transaction ends."""
    code = _code(document, corrects)
    with connection.cursor() as cursor:
        while not (taken := cursor.execute(TAKE, {"count": count, "document": document, "code": code}).fetchone()):
            Series.objects.get_or_create(document=document, code=code)  # its first document
    series, following = taken
    return Series(pk=series, document=document, code=code, next_number=following), range(following - count, following)


def _code(document: str, corrects: str) -> str:
    codes: dict[tuple[str, str], str] = {
        (Paper.BOLETA, ""): settings.BOLETA_SERIES,
        (Paper.FACTURA, ""): settings.FACTURA_SERIES,
        (Paper.CREDIT_NOTE, Paper.BOLETA): settings.BOLETA_NOTE_SERIES,
        (Paper.CREDIT_NOTE, Paper.FACTURA): settings.FACTURA_NOTE_SERIES,
    }
    return codes[document, corrects]
