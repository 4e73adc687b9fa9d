"""A statement that is written once reads what a plain queryset reads, each time with its own values."""

from threading import Thread

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet, Value
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from base.postgres.kept_queries import KeptQuery, given, kept_query
from members.models import Assignment, User
from members.numbers import assignments


@kept_query
def account_of() -> "QuerySet[User]":
    return User.objects.filter(email=given("email"), is_active=True)


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
        return User.objects.filter(pk=given("account")).values_list("pk", Value("100%s '%%'"))

    assert odd.get(account=ana.pk) == (ana.pk, "100%s '%%'")


def test_related_rows_come_along(ana: User) -> None:
    with CaptureQueriesContext(connection) as asked:
        whom = assignments.pays_for(ana)
        assert whom.claimed
        assert whom.claimed.regional_council.name
    assert len(asked) == 1
    assert whom.claimed == Assignment.objects.get(user=ana, ended_at=None).member


def test_a_lock_needs_a_transaction(transactional_db: None, ana: User) -> None:
    locked: KeptQuery[User] = kept_query(lambda: User.objects.select_for_update().filter(pk=given("account")))
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
