"""Numbers of a series: one after the other, none skipped, none twice.

The series' row is locked from the number's choice to the commit of the documents that carry it, so a rollback gives
the number back. That lock is taken by the job and never by a settlement: members who pay do not wait for each other.
"""

from django.conf import settings

from receipts.models import Paper, Series


def lock_series(document: str, *, corrects: str = "") -> Series:
    """The series named in the settings for a document, its row locked until the transaction ends.

    `corrects` is the document that a credit note takes back: boletas and facturas have notes of their own (2116).
    """
    code = {
        (Paper.BOLETA, ""): settings.BOLETA_SERIES,
        (Paper.FACTURA, ""): settings.FACTURA_SERIES,
        (Paper.CREDIT_NOTE, Paper.BOLETA): settings.BOLETA_NOTE_SERIES,
        (Paper.CREDIT_NOTE, Paper.FACTURA): settings.FACTURA_NOTE_SERIES,
    }[Paper(document), corrects]
    named = Series.objects.select_for_update().filter(document=document, code=code)
    found = named.first()
    if found is None:  # its first document
        Series.objects.get_or_create(document=document, code=code)
        found = named.get()
    return found


def take_numbers(series: Series, count: int) -> range:
    """The next `count` numbers of a locked series. Keep them in the same transaction, or none was taken."""
    numbers = range(series.next_number, series.next_number + count)
    series.next_number = numbers.stop
    series.save(update_fields=["next_number"])
    return numbers
