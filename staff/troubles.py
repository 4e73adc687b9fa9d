"""What a trouble is, and what every kind of it shares (staff/watch.py lists the kinds)."""

from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse

#: Of each kind; a thousand letters tell no more than a hundred.
MOST = 100
#: Old failures were seen by somebody; a job that keeps failing is young again each time.
RECENT = timedelta(days=1)
UNSENT_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Trouble:
    """`key` names it as long as it lasts; `place` is the path of the page that cures or shows it.

    `mailed` is False for what the treasury is written of elsewhere: it stands on the home page only.
    """

    key: str
    words: str
    place: str
    mailed: bool = True


def page_of(order_id: int) -> str:
    return reverse("staff_payment", args=[order_id])
