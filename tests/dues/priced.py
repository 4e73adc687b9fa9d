"""Tariffs and covered people for the stories about charging."""

from datetime import date
from decimal import Decimal
from typing import Any

from dues.charging.schedule import Relationship
from dues.models import CoveredPerson, Kind, Tariff, TariffBand
from members.models import Member

SEMEFA_PRICES = {0: "20.00", 18: "40.00", 40: "60.00", 60: "100.00"}


def a_tariff(kind: str, first_period: date, prices: dict[int, str] | str, **fields: Any) -> Tariff:
    """A tariff of one price, or of one for each age."""
    defaults = {"resolution": f"Acuerdo de muestra {first_period:%m-%Y}", "resolution_date": date(2019, 12, 1)}
    tariff = Tariff.objects.create(kind=kind, first_period=first_period, **(defaults | fields))
    prices = {0: prices} if isinstance(prices, str) else prices
    TariffBand.objects.bulk_create(
        TariffBand(tariff=tariff, from_age=age, amount=Decimal(amount)) for age, amount in prices.items()
    )
    return tariff


def colegiado_tariff(first_period: date = date(2020, 1, 1), amount: str = "30.00") -> Tariff:
    return a_tariff(Kind.COLEGIADO, first_period, amount)


def semefa_tariff(first_period: date = date(2020, 1, 1), prices: dict[int, str] | None = None) -> Tariff:
    return a_tariff(Kind.SEMEFA, first_period, prices or SEMEFA_PRICES)


def covers(
    member: Member,
    relationship: str = Relationship.HOLDER,
    born: date = date(1980, 5, 10),
    since: date = date(2024, 1, 1),
    until: date | None = None,
    name: str = "",
) -> CoveredPerson:
    """SEMEFA covers somebody of this member's family, in these months; the holder unless said."""
    return CoveredPerson.objects.create(
        member=member,
        relationship=relationship,
        name=name or f"{relationship} {born.year}",
        birth_date=born,
        first_period=since,
        last_period=until,
    )
