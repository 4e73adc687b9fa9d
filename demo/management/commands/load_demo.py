import argparse
import calendar
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from base.peru import months
from demo.history.rows import Split, split
from dues.charging.schedule import Relationship
from dues.imports import loading
from dues.models import CoveredPerson, DataLoad, Kind, Tariff, TariffBand
from members.models import Assignment, Member, User
from staff import roles

FOLDER = settings.BASE_DIR / "demo" / "data"
# The files' newest month (demo/data/make.py).
NEWEST = date(2026, 10, 1)
FILES = {
    "roll.csv": DataLoad.Content.ROLL,
    "dues.csv": DataLoad.Content.DUES,
    "exemptions.csv": DataLoad.Content.EXEMPTIONS,
    "payments.csv": DataLoad.Content.PAYMENTS,
}
# A demo's password: printed on its screen, refused outside PORTAL_MODE=local with the whole command.
PASSWORD = "demo-cmp-digital"  # noqa: S105
# Of the second factor of its staff; the demo's page of mails shows the codes.
SECOND_FACTOR = "CMPDIGITALDEMO2SECRETOFSTAFFABCD"


@dataclass(frozen=True)
class Account:
    role: str
    name: str
    email: str
    cmp: str
    password: str
    note: str
    second_factor: str = ""


ACCOUNTS = (
    Account("member", "Ana Quispe", "ana@example.com", "58213", PASSWORD, "debe 5 meses de colegiado y 3 de SEMEFA"),
    Account("member", "Bruno Salazar", "bruno@example.com", "72945", PASSWORD, "está al día"),
    Account("member", "Carla Ríos", "carla@example.com", "38410", PASSWORD, "debe más de tres años"),
    Account("member", "Diego Huamán", "diego@example.com", "103276", PASSWORD, "SEMEFA familiar, varias primas"),
    Account("member", "Elena Gutiérrez", "elena@example.com", "66502", PASSWORD, "tiene meses exonerados"),
    Account(
        "treasurer", "Teresa Paredes", "teresa@example.com", "", PASSWORD, "tesorería: revisa pagos", SECOND_FACTOR
    ),
    Account(
        "treasurer",
        "Úrsula Benites",
        "ursula@example.com",
        "",
        PASSWORD,
        "tesorería: aprueba lo que Teresa propone",
        SECOND_FACTOR,
    ),
    Account(
        "webmaster", "Walter Chumpitaz", "walter@example.com", "", PASSWORD, "webmaster: corrige CMP", SECOND_FACTOR
    ),
    Account("cashier", "Carmen Ríos", "caja@example.com", "", PASSWORD, "caja: responde y busca", SECOND_FACTOR),
    Account(
        "reviewer", "Renato Díaz", "revision@example.com", "", PASSWORD, "propone devoluciones y pases", SECOND_FACTOR
    ),
    Account("approver", "Adela Rojas", "aprobacion@example.com", "", PASSWORD, "aprueba lo propuesto", SECOND_FACTOR),
    Account("accountant", "Óscar Peña", "contabilidad@example.com", "", PASSWORD, "cierra y liquida", SECOND_FACTOR),
    Account(
        "auditor", "Alicia Torres", "auditoria@example.com", "", PASSWORD, "mira todo, no cambia nada", SECOND_FACTOR
    ),
    Account("board", "Dora Salinas", "directivos@example.com", "", PASSWORD, "solo lee informes", SECOND_FACTOR),
    Account("staff", "Administración", "admin@example.com", "", PASSWORD, "superusuario", SECOND_FACTOR),
)
#: Their dues stay as the note says.
CAST = frozenset(int(account.cmp) for account in ACCOUNTS if account.cmp)
GROUPS = {
    "treasurer": roles.TREASURY,
    "webmaster": roles.WEBMASTER,
    "cashier": roles.CASHIER,
    "reviewer": roles.REVIEWER,
    "approver": roles.APPROVER,
    "accountant": roles.ACCOUNTANT,
    "auditor": roles.AUDITOR,
    "board": roles.BOARD,
}


class Command(BaseCommand):
    help = "Carga los datos de demostración: unos 300 colegiados inventados, sus cuotas y las cuentas para entrar."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--history",
            nargs=2,
            type=Path,
            metavar=("PASARELA", "SUNAT"),
            help="también noventa días de pagos, archivos y cierres; los archivos de las dos simuladas",
        )
        parser.add_argument("--accounts-json", action="store_true", help="solo escribe las cuentas en JSON")

    def handle(self, *args: Any, accounts_json: bool, history: Sequence[Path] | None, **options: Any) -> None:
        if not settings.LOCAL:
            raise CommandError("Los datos de demostración solo se cargan con PORTAL_MODE=local.")
        if accounts_json:
            self.stdout.write(json.dumps([asdict(account) for account in ACCOUNTS], ensure_ascii=False))
            return
        with transaction.atomic():
            played = self.load_files(history=bool(history))
            set_tariffs()
            cover_families()
            for account in ACCOUNTS:
                open_account(account)
        if played and history:
            from demo.history.play import play

            paid = play(played, books=history[0], filed=history[1])
            self.stdout.write(f"{paid} pagos con tarjeta en noventa días")
        self.stdout.write(f"{len(ACCOUNTS)} cuentas; contraseña de todas: {PASSWORD}")

    def load_files(self, *, history: bool) -> Split | None:
        """Once: months that were moved to another today would fit neither what was loaded nor what was paid since.

        With `history`, the payments of ninety days are not loaded but returned, to be played one after the other.
        """
        if DataLoad.objects.filter(content=DataLoad.Content.DUES, file_name="dues.csv").exists():
            self.stdout.write("Los archivos de demostración ya estaban cargados.")
            return None
        by = months.between(NEWEST, months.month_of(timezone.localdate()))
        played = None
        with tempfile.TemporaryDirectory() as folder:
            for name, content in FILES.items():
                moved = Path(folder, name)
                text = (FOLDER / name).read_text(encoding="utf-8")
                if name != "roll.csv":  # its dates are of years ago and stay
                    text = move_months(text, by)
                if history and content == DataLoad.Content.PAYMENTS:
                    played = split(text, today=timezone.localdate(), without=CAST)
                    text = played.opening
                moved.write_text(text, encoding="utf-8")
                loaded = loading.load(loading.Request(content=content, path=moved))
                self.stdout.write(f"{name}: {loaded.added:,} filas nuevas")
        return played


# What colegiado costs in the files (demo/data/make.py), and SEMEFA by age.
TARIFFS = (
    (Kind.COLEGIADO, date(2023, 7, 1), "Acuerdo de muestra 008-2023", {0: "28.00"}),
    (Kind.COLEGIADO, date(2025, 1, 1), "Acuerdo de muestra 021-2024", {0: "30.00"}),
    (Kind.SEMEFA, date(2024, 1, 1), "SEMEFA de muestra 003-2023", {0: "24.50", 18: "42.50", 40: "61.00", 60: "98.00"}),
)
# Of each CMP: name, relationship, date of birth.
FAMILIES = {
    58213: (
        ("Ana Lucía Quispe Mamani", Relationship.HOLDER, date(1984, 9, 3)),
        ("Mateo Flores Quispe", Relationship.CHILD, date(2014, 2, 11)),
    ),
    72945: (("Bruno Salazar Ñahui", Relationship.HOLDER, date(1989, 11, 20)),),
    103276: (
        ("Diego Martín Huamán Peña", Relationship.HOLDER, date(1995, 6, 1)),
        ("Jesús Huamán Ccori", Relationship.PARENT, date(1961, 12, 25)),
        ("Rosa Peña Tello", Relationship.PARENT, date(1963, 8, 30)),
        ("Luciana Huamán Rojas", Relationship.CHILD, date(2024, 4, 5)),
    ),
}


def set_tariffs() -> None:
    """From here on the month is charged as it would be at the college: by tariff, and by whom SEMEFA covers."""
    if Tariff.objects.exists():
        return
    for kind, first_period, resolution, prices in TARIFFS:
        tariff = Tariff.objects.create(
            kind=kind,
            first_period=first_period,
            resolution=resolution,
            resolution_date=months.shift(first_period, -1),
            sample=True,
        )
        TariffBand.objects.bulk_create(
            TariffBand(tariff=tariff, from_age=age, amount=Decimal(amount)) for age, amount in prices.items()
        )


def cover_families() -> None:
    if CoveredPerson.objects.exists():
        return
    for member in Member.objects.filter(cmp_number__in=FAMILIES):
        CoveredPerson.objects.bulk_create(
            CoveredPerson(
                member=member, name=name, relationship=relationship, birth_date=born, first_period=date(2025, 1, 1)
            )
            for name, relationship, born in FAMILIES[member.cmp_number]
        )


def move_months(text: str, by: int) -> str:
    """Every `mm/yyyy` and `dd/mm/yyyy` of the text so many months later; the last day of a month stays the last."""

    def moved(match: re.Match[str]) -> str:
        day, month, year = match.groups()
        before = date(int(year), int(month), 1)
        after = months.shift(before, by)
        if not day:
            return f"{after:%m/%Y}"
        is_last = int(day) == calendar.monthrange(before.year, before.month)[1]
        last = calendar.monthrange(after.year, after.month)[1]
        return f"{last if is_last else min(int(day), last):02}/{after:%m/%Y}"

    return re.sub(r"\b(?:(\d{2})/)?(\d{2})/(\d{4})\b", moved, text)


def open_account(account: Account) -> None:
    """The account with its e-mail verified, its CMP and its role; nothing that is there already is changed."""
    if User.objects.filter(email=account.email).exists():
        return
    user = User.objects.create_user(
        account.email,
        name=account.name,
        is_staff=account.role != "member",
        is_superuser=account.role == "staff",
    )
    User.objects.filter(pk=user.pk).update(password=_hashed(account.password))
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if account.cmp:
        Assignment.objects.create(user=user, member=Member.objects.get(cmp_number=account.cmp))
    if account.second_factor:
        secret = {"secret": encrypt(account.second_factor)}
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data=secret)
    if account.role in GROUPS:
        user.groups.add(Group.objects.get(name=GROUPS[account.role]))


@cache
def _hashed(password: str) -> str:
    """All accounts share one password, and a hash takes a quarter of a second."""
    return make_password(password)
