"""Yape in the gateway's own form (Niubiz reference §9 and §11.3).

The payer types telephone and code in the form, the browser posts a token, and the charge is authorised as a card's is.
Only the gateway's answer says that it was a Yape: `dataMap.YAPE_ID`.
"""

from decimal import Decimal

from django.conf import settings

#: Soles a day that Yape lets an account spend on the internet unless its holder raised it (sandbox numbers of §9).
USUAL_LIMIT = Decimal("500.00")


def offered() -> bool:
    """Whether pages name Yape. The gateway's form shows it by the college's contract, whatever this says."""
    return bool(settings.YAPE)
