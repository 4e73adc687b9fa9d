"""Writes the demo's files: python -m demo.data.make

Every person, amount and agreement is invented. The same files come out each time; `manage.py load_demo` moves their
months so that the newest due is the current month's.
"""

import calendar
import csv
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
# The month of the newest dues in the files.
NEWEST: Final = date(2026, 10, 1)
MEMBERS: Final = 300
LONG_HISTORY, SHORT_HISTORY = 56, 22

COUNCILS: Final = {
    "I": "Trujillo",
    "II": "Iquitos",
    "III": "Lima",
    "IV": "Junín",
    "V": "Arequipa",
    "VI": "Cusco",
    "VII": "Piura",
    "VIII": "Chiclayo",
    "IX": "Ica",
    "X": "Huánuco",
    "XI": "Huaraz",
}
SURNAMES: Final = """
Quispe Flores Sánchez Rodríguez García Rojas Huamán Mamani Díaz Chávez Ramos López Torres Ramírez Vásquez Gonzales
Espinoza Castillo Mendoza Gutiérrez Cruz Fernández Vargas Castro Ruiz Pérez Martínez Reyes Romero Silva Salazar Aguilar
Condori Ñahui Ñaupari Muñoz Núñez Peña Yáñez Ibáñez Zúñiga Nuñovero Ordóñez Acuña Piñeiro Saldaña Campaña Yupanqui
Chumpitaz Cárdenas Córdova Velásquez Gálvez Ríos Tello Palomino Ccori Apaza Huanca Choque Ticona Villanueva Alarcón
Cáceres Zevallos
""".split()  # noqa: SIM905
WOMEN: Final = """
María Rosa Carmen Ana Luz Elena Julia Patricia Milagros Sofía Lucía Verónica Mónica Cecilia Inés Beatriz Begoña Nélida
Flor Yolanda Maribel Gladys Roxana Karina Jimena Valeria Fiorella Úrsula
""".split()  # noqa: SIM905
MEN: Final = """
José Luis Carlos Juan Jorge Víctor Miguel César Raúl Óscar Andrés Jesús Martín Héctor Iván Rubén Ángel Álvaro Hernán
Wilmer Percy Édgar Adrián Nicolás Joaquín Rodrigo Íñigo Tomás
""".split()  # noqa: SIM905


@dataclass(frozen=True)
class Tariff:
    first: date
    amount: Decimal
    basis: str


COLEGIADO: Final = (
    Tariff(date(2000, 1, 1), Decimal("25.00"), "Acuerdo de muestra 014-2019"),
    Tariff(date(2023, 7, 1), Decimal("28.00"), "Acuerdo de muestra 008-2023"),
    Tariff(date(2025, 1, 1), Decimal("30.00"), "Acuerdo de muestra 021-2024"),
)
# Premium of each covered person (titular by age band, then relatives): samples.
PREMIUMS: Final = {
    "titular hasta 39": Decimal("42.50"),
    "titular 40-59": Decimal("61.00"),
    "titular desde 60": Decimal("98.00"),
    "hijo": Decimal("24.50"),
    "padre": Decimal("83.00"),
    "nieto": Decimal("19.90"),
}


@dataclass(frozen=True)
class Person:
    cmp: int
    surnames: str
    given_names: str
    document: tuple[str, str]
    council: str
    registered: date
    status: str = "activo"


@dataclass(frozen=True)
class Account:
    """What one member owes of one kind: months of history, of which the last `owed` are unpaid but for the exempt."""

    person: Person
    kind: str
    history: int
    owed: int
    family: Sequence[tuple[int, tuple[str, ...]]] = ()  # from so many months back on, who is covered
    exempt: tuple[int, int] | None = None  # months back, first and last
    reason: str = ""


def months_back(back: int) -> date:
    year, month = divmod(NEWEST.year * 12 + NEWEST.month - 1 - back, 12)
    return date(year, month + 1, 1)


def last_day(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


# --- The people that log in, and the crowd

ANA = Person(58213, "Quispe Mamani", "Ana Lucía", ("DNI", "41230981"), "III", date(2011, 4, 12))
BRUNO = Person(72945, "Salazar Ñahui", "Bruno", ("DNI", "44871203"), "V", date(2016, 5, 20))
CARLA = Person(38410, "Ríos Vásquez", "Carla Inés", ("DNI", "08123456"), "III", date(2001, 3, 9))
DIEGO = Person(103276, "Huamán Peña", "Diego Martín", ("DNI", "70456128"), "VI", date(2023, 2, 17))
ELENA = Person(66502, "Gutiérrez Muñoz", "Elena", ("CE", "001284563"), "I", date(2014, 6, 25))

CAST: Final = (
    Account(ANA, "colegiado", LONG_HISTORY, 5),
    Account(ANA, "semefa", 30, 3, family=[(30, ("titular hasta 39", "hijo")), (14, ("titular 40-59", "hijo"))]),
    Account(BRUNO, "colegiado", LONG_HISTORY, 0),
    Account(BRUNO, "semefa", 24, 0, family=[(24, ("titular hasta 39",))]),
    Account(CARLA, "colegiado", LONG_HISTORY, 46),
    Account(DIEGO, "colegiado", 43, 2),
    Account(
        DIEGO,
        "semefa",
        26,
        8,
        family=[
            (26, ("titular hasta 39", "padre")),
            (11, ("titular hasta 39", "padre", "hijo")),
            (4, ("titular hasta 39", "padre", "padre", "hijo")),
        ],
    ),
    Account(ELENA, "colegiado", LONG_HISTORY, 12, exempt=(9, 4), reason="Estudios en el extranjero"),
)


def crowd(dice: random.Random) -> Iterator[Person]:
    """Numbers grow with the years and pass from five to six digits about 2023, as the college's did."""
    taken = {account.person.cmp for account in CAST}
    numbers = sorted(set(dice.sample(range(14_000, 116_000), MEMBERS)) - taken)[: MEMBERS - len(taken)]
    for number in numbers:
        foreign = dice.random() < 0.04
        document = ("CE", f"{dice.randrange(10**6, 10**7):09}") if foreign else ("DNI", f"{dice.randrange(10**8):08}")
        yield Person(
            cmp=number,
            surnames=f"{dice.choice(SURNAMES)} {dice.choice(SURNAMES)}",
            given_names=" ".join(dice.sample(dice.choice([WOMEN, MEN]), dice.choice([1, 2, 2]))),
            document=document,
            council=dice.choices(list(COUNCILS), weights=[9, 3, 45, 6, 10, 7, 6, 7, 5, 3, 3])[0],
            registered=date(year_of(number), dice.randint(1, 12), dice.randint(1, 28)),
            status="activo" if dice.random() < 0.97 else dice.choice(["fallecido", "retirado"]),
        )


def year_of(number: int) -> int:
    """The year in which this number was given: the hundred-thousandth in 2023."""
    if number < 100_000:
        return 1978 + (number - 14_000) * 45 // 86_000
    return 2023 + (number - 100_000) * 2 // 16_000


def accounts_of(person: Person, dice: random.Random) -> Iterator[Account]:
    history = LONG_HISTORY if dice.random() < 0.15 and person.registered.year < 2022 else SHORT_HISTORY
    history = min(history, (NEWEST.year - person.registered.year) * 12 + NEWEST.month - person.registered.month)
    owed = dice.choices([0, dice.randint(1, 3), dice.randint(4, 14), history], weights=[62, 24, 11, 3])[0]
    exempt = (dice.randint(8, 14), dice.randint(2, 7)) if dice.random() < 0.04 else None
    reason = dice.choice(["Residencia en el extranjero", "Enfermedad prolongada"]) if exempt else ""
    yield Account(person, "colegiado", history, owed, exempt=exempt, reason=reason)
    if dice.random() < 0.2:
        yield Account(person, "semefa", 18, dice.choice([0, 0, 0, 1, 2, 4]), family=_family(dice))


def _family(dice: random.Random) -> list[tuple[int, tuple[str, ...]]]:
    bands = ["titular hasta 39", "titular 40-59", "titular desde 60"]
    band = dice.randrange(3)
    relatives = tuple(dice.choices(["hijo", "hijo", "padre", "nieto"], k=dice.randint(0, 4)))
    birthday = dice.randint(3, 15)
    return [(18, (bands[band], *relatives)), (birthday, (bands[min(band + 1, 2)], *relatives))]


# --- The rows


def tariff(account: Account, back: int) -> tuple[Decimal, str]:
    if account.kind == "colegiado":
        valid = [tariff for tariff in COLEGIADO if tariff.first <= months_back(back)][-1]
        return valid.amount, valid.basis
    covered = [people for since, people in account.family if since >= back][-1]
    return sum((PREMIUMS[person] for person in covered), Decimal(0)), f"SEMEFA de muestra: {', '.join(covered)}"


def is_exempt(account: Account, back: int) -> bool:
    return account.exempt is not None and account.exempt[1] <= back <= account.exempt[0]


def due_rows(accounts: Iterable[Account]) -> Iterator[list[str]]:
    for account in accounts:
        for back in reversed(range(account.history)):
            month = months_back(back)
            amount, basis = tariff(account, back)
            number = f"{account.person.cmp:06}"
            yield [number, account.kind, f"{month:%m/%Y}", f"{amount}", f"{last_day(month):%d/%m/%Y}", basis]


def payment_rows(accounts: Iterable[Account], dice: random.Random) -> Iterator[list[str]]:
    for account in accounts:
        by_payroll = dice.random() < 0.3
        for back in reversed(range(account.owed, account.history)):
            if not is_exempt(account, back):
                month = months_back(back)
                channel = _channel(back, month, by_payroll=by_payroll, dice=dice)
                amount, _ = tariff(account, back)
                yield [str(account.person.cmp), account.kind, f"{month:%m/%Y}", f"{amount}", *channel]


def _channel(back: int, month: date, *, by_payroll: bool, dice: random.Random) -> tuple[str, str, str]:
    """Channel, reference and moment. The newest month was paid in the month before: never in the future."""
    paid = (months_back(1) if back == 0 else month).replace(day=dice.randint(2, 27))
    if back >= 40:
        return "saldo inicial", f"SI-{month:%y%m}", f"{last_day(month):%d/%m/%Y}"
    if by_payroll:
        return "planilla", f"PLA-{month:%y%m}", f"{paid.replace(day=25):%d/%m/%Y}"
    hour = f"{dice.randint(8, 20):02}:{dice.randint(0, 59):02}:{dice.randint(0, 59):02}"
    return "banco", f"OP-{dice.randrange(10**6):06}", f"{paid:%d/%m/%Y} {hour}"


def exemption_rows(accounts: Iterable[Account]) -> Iterator[list[str]]:
    acts = [(account, account.exempt) for account in accounts if account.exempt]
    for number, (account, exempt) in enumerate(acts, start=1):
        first, last = (months_back(back) for back in exempt)
        document = f"Resolución de muestra {number:03}-CN"
        granted = months_back(exempt[0] + 1).replace(day=18)
        months = [f"{first:%m/%Y}", f"{last:%m/%Y}"]
        yield [str(account.person.cmp), account.kind, *months, account.reason, document, f"{granted:%d/%m/%Y}"]


def roll_rows(people: Iterable[Person]) -> Iterator[list[str]]:
    for person in sorted(people, key=lambda person: person.cmp):
        names = [person.surnames, person.given_names, *person.document, person.council, COUNCILS[person.council]]
        address = f"cmp{person.cmp}@correo.example.com"
        yield [f"{person.cmp:06}", *names, f"{person.registered:%d/%m/%Y}", person.status, address]


def write(name: str, header: str, rows: Iterable[list[str]]) -> None:
    with (FOLDER / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(header.split())
        writer.writerows(rows)


def main() -> None:
    dice = random.Random(1964)  # noqa: S311
    people = list(crowd(dice))
    accounts = [*CAST, *(account for person in people for account in accounts_of(person, dice))]
    write(
        "roll.csv",
        "cmp apellidos nombres tipo_documento numero_documento consejo sede fecha_colegiacion estado correo",
        roll_rows([*people, *dict.fromkeys(account.person for account in CAST)]),
    )
    write("dues.csv", "cmp tipo mes monto vence base_legal", due_rows(accounts))
    write("payments.csv", "cmp tipo mes monto canal referencia fecha_pago", payment_rows(accounts, dice))
    write("exemptions.csv", "cmp tipo primer_mes ultimo_mes motivo documento fecha", exemption_rows(accounts))


if __name__ == "__main__":
    main()
