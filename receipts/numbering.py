"""Numbers of a series: one after the other, none skipped, none twice.

The series' row is locked from the number's choice to the commit of the documents that carry it, so a rollback gives
the number back. That lock is taken by the job and never by a settlement: members who pay do not wait for each other.
"""

from django.conf import settings

from payments.models import TaxDocument
from receipts.models import Series


def lock_series(document: str) -> Series:
    """The series of boletas or facturas named in the settings, its row locked until the transaction ends."""
    code = {TaxDocument.BOLETA: settings.BOLETA_SERIES, TaxDocument.FACTURA: settings.FACTURA_SERIES}[
        TaxDocument(document)
    ]
    Series.objects.get_or_create(document=document, code=code)
    return Series.objects.select_for_update().get(document=document, code=code)


def take_numbers(series: Series, count: int) -> range:
    """The next `count` numbers of a locked series. Keep them in the same transaction, or none was taken."""
    numbers = range(series.next_number, series.next_number + count)
    series.next_number = numbers.stop
    series.save(update_fields=["next_number"])
    return numbers
