"""The members: made in bulk, logged in by sessions written straight to the database, sent to pay in many threads."""

import random
import threading
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import Error, connection, transaction
from django.utils import timezone

from bench.chaos.member import Account, GaveUpError, Scene, Visit
from dues import ledger
from dues.exceptions import LedgerRule
from dues.models import Channel, Due, Kind
from members.models import Assignment, DocumentType, Member, RegionalCouncil, User

AMOUNTS = {Kind.COLEGIADO: Decimal("30.00"), Kind.SEMEFA: Decimal("85.50")}
BANK_TRIES = 20


def bulk_create(members: int, *, months: int) -> list[Account]:
    """So many members, each owing the last `months` of both kinds, each with two sessions."""
    council, _ = RegionalCouncil.objects.get_or_create(number=3, defaults={"roman": "III", "name": "Lima"})
    roll = Member.objects.bulk_create(
        Member(
            cmp_number=500_000 + number,
            surnames="Prueba Caos",
            given_names=f"Médico {number}",
            document_type=DocumentType.DNI,
            document_number=f"{30_000_000 + number}",
            regional_council=council,
            registered_date=date(2010, 3, 15),
        )
        for number in range(members)
    )
    users = User.objects.bulk_create(
        # No password opens these accounts: their sessions are made below.
        User(email=f"medico-{number}@example.com", name=member.full_name, password=f"!{number}")
        for number, member in enumerate(roll)
    )
    EmailAddress.objects.bulk_create(EmailAddress(user=u, email=u.email, verified=True, primary=True) for u in users)
    Assignment.objects.bulk_create(Assignment(user=u, member=m) for u, m in zip(users, roll, strict=True))
    dues = _owe(roll, months)
    return [
        _account(number, user, dues[member.pk]) for number, (user, member) in enumerate(zip(users, roll, strict=True))
    ]


def _owe(roll: Iterable[Member], months: int) -> dict[int, list[Due]]:
    today = timezone.localdate().replace(day=1)
    periods = [today]
    while len(periods) < months:
        periods.append((periods[-1] - timedelta(days=1)).replace(day=1))
    made = Due.objects.bulk_create(
        (
            Due(
                member=member,
                kind=kind,
                period=period,
                amount=amount,
                due_date=period + timedelta(days=27),
                basis="Acuerdo de muestra 01-2020",
            )
            for member in roll
            for kind, amount in AMOUNTS.items()
            for period in periods
        ),
        batch_size=2000,
    )
    owed: dict[int, list[Due]] = {}
    for due in made:
        owed.setdefault(due.member_id, []).append(due)
    return owed


def _account(number: int, user: User, dues: list[Due]) -> Account:
    return Account(
        number=number,
        email=user.email,
        address=f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
        session_keys=(_log_in(user), _log_in(user)),
        amounts={due.pk: due.amount for due in dues},
        kinds={due.pk: due.kind for due in dues},
    )


def _log_in(user: User) -> str:
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


_bank_numbers = iter(range(1, 10**9))


def bank_pays(dues: list[tuple[int, Decimal]]) -> bool:
    """A bank's payment is recorded as an import does it; False when the dues were paid already."""
    reference = f"BCO-{next(_bank_numbers):07d}"
    for _ in range(BANK_TRIES):
        try:
            with transaction.atomic():
                ledger.settle(dues, channel=Channel.BANK, reference=reference, paid_at=timezone.now())
        except LedgerRule:
            return False
        except Error:
            threading.Event().wait(0.3)  # PostgreSQL was killed; the bank's file is loaded again
        else:
            return True
        finally:
            connection.close()
    return False


class Crowd:
    """Sends `payments` visits, `workers` at a time; no member is in two visits at once."""

    def __init__(self, accounts: list[Account], scene: Scene, *, troubles: dict[int, str], seed: int) -> None:
        self.accounts = accounts
        self.scene = scene
        self.troubles = troubles
        self.seed = seed
        self.endings: Counter[str] = Counter()
        self._busy = [threading.Lock() for _ in accounts]
        self._pool: ThreadPoolExecutor | None = None
        self._left = 0
        self._left_over: list[str] = []
        self._counting = threading.Lock()

    @property
    def done(self) -> int:
        return sum(self.endings.values())

    @property
    def gone(self) -> bool:
        return self.done >= self._left

    def come(self, payments: int, *, workers: int) -> None:
        self._left = payments
        self._pool = ThreadPoolExecutor(workers)
        order = [number % len(self.accounts) for number in range(payments)]
        random.Random(f"order {self.seed}").shuffle(order)
        for number, account in enumerate(order):
            self._pool.submit(self._visit, number, account)

    def leave(self) -> None:
        """Nobody starts anew; those under way finish their step."""
        self.scene.over.set()
        if self._pool:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _visit(self, number: int, place: int) -> None:
        visit = Visit(self.accounts[place], self.scene, random.Random(f"visit {self.seed} {number}"))
        visit.trouble = self._trouble_of(number)
        try:
            with self._busy[place]:
                ending = visit.run()
        except GaveUpError as why:
            ending = str(why)
        except Exception as error:  # a fault of the harness must show and not pass for a quiet member
            ending = f"harness fault: {error!r}"[:120]
        with self._counting:
            self.endings[ending] += 1
            if visit.trouble:
                self._left_over.append(visit.trouble)

    def _trouble_of(self, number: int) -> str:
        """Its own, else one that an earlier visit did not come to."""
        with self._counting:
            return self.troubles.get(number) or (self._left_over.pop() if self._left_over else "")
