"""A statement that is written once reads what a plain queryset reads, each time with its own values."""

from collections.abc import Callable
from threading import Thread
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import django
import pytest
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, transaction
from django.db.models import Exists, FilteredRelation, Model, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import TruncDate
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from base.postgres.kept_queries import KeptQuery, kept_query, parameter, read_both
from dues.models import Due, Hold, Settlement
from members.models import Assignment, User
from members.numbers import assignments
from tests.round_trips import RoundTrips


@kept_query
def account_of() -> "QuerySet[User]":
    return User.objects.filter(email=parameter("email"), is_active=True)


def test_each_reads_its_own(ana: User, bruno: User) -> None:
    assert [account_of.get(email=user.email) for user in (ana, bruno, ana)] == [ana, bruno, ana]


def test_threads_do_not_mix_their_values(transactional_db: None, ana: User, bruno: User) -> None:
    seen: dict[str, set[User]] = {ana.email: set(), bruno.email: set()}

    def read(email: str) -> None:
        for _ in range(50):
            seen[email].add(account_of.get(email=email))
        connection.close()

    threads = [Thread(target=read, args=[email]) for email in seen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {ana.email: {ana}, bruno.email: {bruno}}


def test_nobody_is_nobody(db: None) -> None:
    assert account_of.first(email="nadie@example.com") is None
    with pytest.raises(User.DoesNotExist):
        account_of.get(email="nadie@example.com")


def test_a_value_that_nobody_gave_is_missed(db: None) -> None:
    with pytest.raises(KeyError, match="email"):
        account_of.all()


def test_a_value_is_never_part_of_the_text(ana: User) -> None:
    assert account_of.first(email="' OR true --") is None


def test_a_constant_stands_in_the_text_whatever_is_in_it(ana: User) -> None:
    @kept_query
    def odd() -> "QuerySet[User, tuple[int, str]]":
        return User.objects.filter(pk=parameter("account")).values_list("pk", Value("100%s '%%'"))

    assert odd.get(account=ana.pk) == (ana.pk, "100%s '%%'")


def test_related_rows_come_along(ana: User) -> None:
    with CaptureQueriesContext(connection) as asked:
        whom = assignments.pays_for(ana)
        assert whom.claimed
        assert whom.claimed.regional_council.name
    assert len(asked) == 1
    assert whom.claimed == Assignment.objects.get(user=ana, ended_at=None).member


def test_a_lock_needs_a_transaction(transactional_db: None, ana: User) -> None:
    locked: KeptQuery[User] = kept_query(lambda: User.objects.select_for_update().filter(pk=parameter("account")))
    with transaction.atomic():
        assert locked.get(account=ana.pk) == ana
    with pytest.raises(TransactionManagementError):
        locked.get(account=ana.pk)


def test_the_server_keeps_the_plan(ana: User) -> None:
    for _ in range(4):
        account_of.get(email=ana.email)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%is_active%%email%%'")
        assert cursor.fetchone() != (0,)


# --- Pinned to a version of Django

# base/postgres/kept_queries.py replaces a compiler's execute_sql and get_converters, a query's get_compiler and a
# queryset's _iterable_class. None of these is public: Django may change them in any release.
CHECKED_WITH = "5.2"

KINDS: dict[str, Callable[[Any], QuerySet[Any]]] = {
    "rows": lambda account: User.objects.filter(pk=account),
    "in order": lambda account: Due.objects.filter(member__assignments__user=account).order_by("-period", "pk"),
    "values": lambda account: User.objects.filter(pk=account).values_list("pk", "email", "date_joined"),
    "one value": lambda account: Due.objects.filter(member__assignments__user=account).values_list("amount"),
    "related": lambda account: Assignment.objects.filter(user=account).select_related(
        "member__regional_council", "user"
    ),
    "no related row": lambda account: Due.objects.filter(member__assignments__user=account).select_related("tariff"),
    "deferred": lambda account: Assignment.objects.filter(user=account).select_related("user").defer("user__password"),
    "only": lambda account: Due.objects.filter(member__assignments__user=account).only("amount"),
    "annotated": lambda account: User.objects.filter(pk=account).annotate(
        owed=Sum("assignments__member__dues__amount"), staff=Q(is_staff=True), joined=TruncDate("date_joined")
    ),
    "subquery": lambda account: Due.objects.filter(member__assignments__user=account).annotate(
        settled=Exists(Settlement.objects.filter(due=OuterRef("pk"))),
        months=ArraySubquery(Due.objects.filter(member=OuterRef("member")).order_by("period").values("period")),
    ),
    "filtered relation": lambda account: (
        User.objects.alias(now=FilteredRelation("assignments", condition=Q(assignments__ended_at=None)))
        .filter(pk=account)
        .select_related("now__member")
    ),
    "filtered relation without a row": lambda account: (
        User.objects.alias(report=FilteredRelation("reports", condition=Q(reports__closed_at=None)))
        .filter(pk=account)
        .select_related("report__member")
    ),
    "locked": lambda account: (
        Assignment.objects.select_for_update(of=("self",)).filter(user=account).select_related("user")
    ),
    "limited": lambda account: Due.objects.filter(member__assignments__user=account).order_by("kind", "period")[1:3],
}


def test_django_is_the_version_that_the_kept_queries_were_checked_with() -> None:
    major_minor = ".".join(map(str, django.VERSION[:2]))
    assert major_minor == CHECKED_WITH, (
        "base/postgres/kept_queries.py leans on private parts of Django (SQLCompiler.execute_sql and get_converters, "
        "Query.get_compiler, QuerySet._iterable_class). Read what became of them in this version, run these tests, "
        f"and then set CHECKED_WITH to {major_minor}."
    )


def everything_of(row: Any, depth: int = 3) -> Any:
    """All that a row carries, with the rows that came along, so many deep; deferred fields stay deferred."""
    if not isinstance(row, Model):
        return row
    if not depth:
        return row.pk
    carried = {name: value for name, value in vars(row).items() if name != "_state"} | row._state.fields_cache
    values = {name: everything_of(value, depth - 1) for name, value in carried.items()}
    return type(row), values, row._state.db, row._state.adding


@pytest.mark.parametrize("kind", KINDS)
def test_a_kept_query_reads_what_the_plain_one_reads(ana: User, kind: str) -> None:
    build = KINDS[kind]
    kept: KeptQuery[Any] = kept_query(lambda: build(parameter("account")))
    plain = [everything_of(row) for row in build(ana.pk)]
    assert plain
    # The third time and later psycopg sends a prepared statement.
    for _ in range(7):
        with CaptureQueriesContext(connection) as asked:
            assert [everything_of(row) for row in kept.all(account=ana.pk)] == plain
        assert len(asked) == 1
    assert everything_of(kept.first(account=ana.pk)) == plain[0]
    assert everything_of(kept.get(account=ana.pk)) == plain[0]
    assert kept.first(account=10**9) is None
    with pytest.raises(build(ana.pk).model.DoesNotExist):
        kept.get(account=10**9)


def test_reading_what_came_along_asks_nothing_more(ana: User) -> None:
    kept: KeptQuery[Any] = kept_query(lambda: KINDS["filtered relation"](parameter("account")))
    with CaptureQueriesContext(connection) as asked:
        assert kept.get(account=ana.pk).now.member.surnames == "Quispe Mamani"
    assert len(asked) == 1


def test_a_deferred_field_is_read_when_it_is_asked_for(ana: User) -> None:
    kept: KeptQuery[Any] = kept_query(lambda: KINDS["deferred"](parameter("account")))
    user = kept.get(account=ana.pk).user
    with CaptureQueriesContext(connection) as asked:
        assert user.password == User.objects.get(pk=ana.pk).password
    assert len(asked) == 2


def test_a_lock_holds_until_the_transaction_ends(transactional_db: None, ana: User) -> None:
    kept: KeptQuery[Any] = kept_query(lambda: KINDS["locked"](parameter("account")))
    seen: list[int] = []

    def look() -> None:
        seen.append(len(Assignment.objects.select_for_update(skip_locked=True).filter(user=ana)))

    for expected, lock in ((0, True), (1, False)):
        with transaction.atomic():
            if lock:
                kept.get(account=ana.pk)
            other = Thread(target=in_transaction, args=[look])
            other.start()
            other.join()
        assert seen.pop() == expected


def in_transaction(do: Callable[[], None]) -> None:
    with transaction.atomic():
        do()
    connection.close()


def test_two_queries_in_one_round_trip_read_what_each_reads_alone(ana: User, bruno: User) -> None:
    lock: KeptQuery[Any] = kept_query(lambda: KINDS["locked"](parameter("account")))
    read: KeptQuery[Any] = kept_query(lambda: KINDS["related"](parameter("account")))
    for user in (ana, bruno, ana):
        with RoundTrips() as asked:
            locked, rows = read_both(lock, read, account=user.pk)
        assert (asked.queries, asked.count) == (2, 1)
        assert locked == rows == list(Assignment.objects.filter(user=user))


def test_what_waited_for_the_lock_is_read_as_it_stands_then(transactional_db: None, ana: User) -> None:
    """The second query begins when the first has its lock."""
    lock: KeptQuery[Any] = kept_query(lambda: User.objects.select_for_update().filter(pk=parameter("account")))
    read: KeptQuery[Any] = kept_query(lambda: Hold.objects.filter(due__member__assignments__user=parameter("account")))
    seen: list[int] = []

    def lock_and_look() -> None:
        with transaction.atomic():
            seen.append(len(read_both(lock, read, account=ana.pk)[1]))
        connection.close()

    with transaction.atomic():
        lock.get(account=ana.pk)
        other = Thread(target=lock_and_look)
        other.start()
        wait_for_a_lock()
        Hold.objects.create(due=Due.objects.filter(member__assignments__user=ana)[0], holder=uuid4())
    other.join()
    assert seen == [1]


def wait_for_a_lock() -> None:
    give_up = monotonic() + 10
    while monotonic() < give_up:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone() != (0,):
                return
        sleep(0.02)
    raise AssertionError("nobody waits for a lock")
