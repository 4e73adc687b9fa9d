"""Which affectation a concept has on a day: what the accountant recorded last before it, else unaffected."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from django.db.models import QuerySet
from django.utils import timezone

from base.postgres.kept_queries import kept_query
from receipts.models import Affectation, AffectationCode


@dataclass(frozen=True)
class Affectations:
    """All that is recorded, read once for many documents (`recorded`)."""

    recorded: tuple[Affectation, ...]

    @classmethod
    def of(cls, recorded: Iterable[Affectation]) -> Self:
        return cls(tuple(sorted(recorded, key=lambda affectation: affectation.valid_from)))

    def on(self, kind: str, moment: datetime) -> str:
        """The code of catalogue 07 for what was paid then. The day is Lima's, and that of the payment: a document
        issued late, or again in another's name, states the tax of the day on which the money came."""
        day = timezone.localdate(moment)
        return next((known.code for known in reversed(self.recorded) if self._holds(known, kind, day)), _DEFAULT)

    @staticmethod
    def _holds(known: Affectation, kind: str, day: date) -> bool:
        return known.kind == kind and known.valid_from <= day


@kept_query
def recorded() -> QuerySet[Affectation]:
    return Affectation.objects.all()


_DEFAULT = AffectationCode.UNAFFECTED.value
