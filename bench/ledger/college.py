"""The members, their families and tariffs, made in the database; and the file of what they owe."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.db import connection
from django.utils import timezone

from base.peru import months
from dues.models import Kind, Tariff, TariffBand

MONTHS = 36
FIRST_CMP = 10_000
PRICES = {"colegiado": "30.00", "semefa": "61.00"}
BASIS = "Acuerdo de muestra 021-2024"

MEMBERS = """
    INSERT INTO members_member (cmp_number, surnames, given_names, document_type, document_number, regional_council_id,
                                registered_date, status)
    SELECT %(first)s + n, 'Prueba Ledger', 'Médico ' || n, '1', lpad(n::text, 8, '0'), 1 + n %% 27, '2005-03-15',
           'active'
    FROM generate_series(1, %(members)s) AS n
"""
# Everybody is covered by SEMEFA; three in ten have a child in it.
COVERED = """
    INSERT INTO dues_coveredperson (member_id, relationship, name, birth_date, first_period)
    SELECT id, 'holder', given_names || ' ' || surnames, date '1980-05-10', date '2020-01-01' FROM members_member
    UNION ALL
    SELECT id, 'child', 'Hijo de ' || surnames, date '2015-08-20', date '2020-01-01'
    FROM members_member WHERE cmp_number % 10 < 3
"""


def found(members: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO members_regionalcouncil (number, roman, name) "
            "SELECT n, n::text, 'Consejo ' || n FROM generate_series(1, 27) AS n"
        )
        cursor.execute(MEMBERS, {"first": FIRST_CMP, "members": members})
        cursor.execute(COVERED)
        cursor.execute("VACUUM ANALYZE members_member, dues_coveredperson")
    for kind, prices in ((Kind.COLEGIADO, {0: "30.00"}), (Kind.SEMEFA, {0: "24.50", 40: "61.00"})):
        tariff = Tariff.objects.create(
            kind=kind, first_period=date(2020, 1, 1), resolution=BASIS, resolution_date=date(2019, 12, 1)
        )
        for age, amount in prices.items():
            TariffBand.objects.create(tariff=tariff, from_age=age, amount=Decimal(amount))


def write_dues(path: Path, members: int) -> Path:
    """The dues of the last MONTHS, as the college's system would hand them out: member by member, month by month."""
    last = months.month_of(timezone.localdate())
    periods = [months.shift(last, -back) for back in reversed(range(MONTHS))]
    cells = [
        (kind, f"{period:%m/%Y}", PRICES[kind], f"28/{period:%m/%Y}", BASIS) for period in periods for kind in PRICES
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["cmp", "tipo", "mes", "monto", "vence", "base_legal"])
        for number in range(1, members + 1):
            writer.writerows([f"{FIRST_CMP + number:06}", *row] for row in cells)
    return path
