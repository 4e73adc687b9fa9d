"""Whoever steals the connection of the web server reads rows and writes rows, and rewrites nothing that is history."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from psycopg import sql
from pytest_django import Settings

from cmp_portal.least_privilege import frozen_tables
from demo.mailbox import Mailbox
from members.models import User
from payments import trail, trail_heads
from payments.models import Event, Order, TrailHead
from payments.refunds import refunds
from payments.states import OrderState
from receipts.issuing import issue
from simulators.niubiz.server import RunningSimulator
from tests.migrated_template import migrated_template
from tests.payments.browser import Browser, attempt_of, text
from tests.payments.test_refunds import open_dues

# Of the whole server, not of one database: each worker has its own.
ROLE = f"cmp-portal-under-attack-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("not_at_midnight")]


def url_of(name: str, **changed: str) -> str:
    connection.ensure_connection()
    return psycopg.conninfo.make_conninfo(connection.connection.info.dsn, dbname=name, **changed)


@contextmanager
def connected(**changed: str) -> Iterator[None]:
    """The portal's connection leads to another database, or is another role's."""
    usual = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(changed)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(usual)


@pytest.fixture
def owner() -> str:
    """The role that owns the tables, asked before the connection becomes another's."""
    return str(connection.settings_dict["USER"])


@pytest.fixture
def guarded(settings: Settings, owner: str) -> Iterator[str]:
    """A database of the owner's with every table, in which the application's role has been granted what it may do."""
    name = f"guarded_{connection.settings_dict['NAME']}"[:60]
    of_it, role = sql.Identifier(name), sql.Identifier(ROLE)
    with psycopg.connect(url_of("postgres"), autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(of_it))
        server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(role))
        server.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(of_it, sql.Identifier(migrated_template())))
        settings.DATABASE_APPLICATION_ROLE = ROLE
        with connected(NAME=name):
            call_command("migrate", verbosity=0)
        yield name
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(of_it))
        server.execute(sql.SQL("DROP ROLE {}").format(role))


@pytest.fixture
def stolen(guarded: str) -> Iterator[None]:
    """What the portal does from here on, it does as the application's role."""
    with connected(NAME=guarded, USER=ROLE):
        yield


@pytest.fixture
def order(stolen: None, ana: User, simulator: RunningSimulator) -> Order:
    browser = Browser(ana, simulator)
    order = browser.order_of(open_dues(ana)[0])
    assert "Su pago fue aprobado" in text(browser.pay(order))
    return order


def refused(statement: str) -> str:
    """What PostgreSQL says to the application's role."""
    with pytest.raises(psycopg.Error) as refusal, psycopg.connect(**stolen_connection()) as session:
        session.execute(statement)  # type: ignore[call-overload]
    return str(refusal.value)


def stolen_connection() -> dict[str, str]:
    connection.ensure_connection()
    return {"conninfo": connection.connection.info.dsn}


def test_a_day_of_payments_goes_as_it_goes_for_the_owner(order: Order, ana: User) -> None:
    receipt = issue.issue(order.pk)
    refund = refunds.request(attempt_of(order).pk, author="personal:1", reason="pedido del colegiado")
    refunds.send(refund.pk)

    assert receipt.total == order.total
    assert Order.objects.get().state == OrderState.REFUNDED
    assert trail.verify() > 0


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE payments_event SET actor = 'nadie'",
        "DELETE FROM payments_event",
        "TRUNCATE payments_event",
        "ALTER TABLE payments_event DISABLE TRIGGER ALL",
        "ALTER TABLE payments_event ADD COLUMN nota text",
        "DROP TRIGGER pgtrigger_an_event_never_changes_1 ON payments_event",
        "DROP TABLE payments_event CASCADE",
        "SET session_replication_role = replica",
        "CREATE TABLE public.payments_events (id int)",
        "CREATE FUNCTION public.nada() RETURNS trigger AS 'BEGIN RETURN NULL; END' LANGUAGE plpgsql",
        "CREATE TRIGGER nada BEFORE INSERT ON payments_event EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "UPDATE payments_trailhead SET events = 0",
        "UPDATE receipts_receipt SET total = 1",
        "DELETE FROM payments_order",
        "DELETE FROM django_migrations",
        "SET ROLE postgres",
    ],
)
def test_the_trail_cannot_be_rewritten_by_the_role_that_writes_it(order: Order, attack: str) -> None:
    assert any(word in refused(attack) for word in ("permission denied", "must be owner", "does not exist"))
    assert trail.verify() == Event.objects.count() > 0


def test_a_trigger_is_not_skipped_by_a_variable(order: Order) -> None:
    """django-pgtrigger looks at this one; the state machine of orders holds all the same."""
    names = [str(trigger.name) for model in (Order,) for trigger in model._meta.triggers]  # type: ignore[attr-defined]
    ignored = "{" + ",".join(f"pgtrigger_{name}" for name in names) + "}"
    pgids = "SELECT array_agg(tgname)::text FROM pg_trigger WHERE NOT tgisinternal"
    with psycopg.connect(**stolen_connection()) as session:
        row = session.execute(pgids).fetchone()
        assert row
        session.execute("SELECT set_config('pgtrigger.ignore', %s, false)", [row[0] or ignored])
        with pytest.raises(psycopg.errors.RaiseException):
            session.execute("UPDATE payments_order SET state = 'draft'")


def test_a_rule_is_not_misled_by_a_temporary_table(order: Order) -> None:
    """Every trigger's function looks for tables in `public` first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND prorettype = 'trigger'::regtype AND proconfig IS DISTINCT FROM ARRAY['search_path=public, pg_temp']"
        )
        assert cursor.fetchone() == (0,)


def test_what_a_trigger_refuses_for_every_row_is_not_granted() -> None:
    frozen = frozen_tables()
    assert frozen["payments_event"] == {"UPDATE", "DELETE"}
    assert frozen["dues_settlement"] == {"DELETE"}


def test_the_auditors_lines_show_a_trail_rewritten_by_the_owner(
    order: Order, owner: str, mailbox: Mailbox, settings: Settings, tmp_path: Path
) -> None:
    """Somebody with the owner's role and the settings too makes a chain that is whole: the mailed line differs."""
    settings.AUDITOR_EMAIL = "auditoria@example.org"
    tomorrow = timezone.localdate() + timedelta(days=1)
    [head] = trail_heads.write(tomorrow)
    assert trail_heads.write(tomorrow) == []
    trail_heads.mail(head.day)
    letter = mailbox.wait_for("Bitácora de pagos")
    kept = tmp_path / "auditor.txt"
    kept.write_text(letter.text)
    call_command("verify_audit", lines=kept)

    with connected(USER=owner), connection.cursor() as cursor:
        last = order.events.latest("sequence")
        last.cause = "nada que ver"
        cursor.execute("ALTER TABLE payments_event DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE payments_event SET cause = %s, hash = %s WHERE id = %s",
            [last.cause, trail.fingerprint(last), last.pk],
        )
        trail.verify()
        with pytest.raises(CommandError, match="no son los que se firmaron"):
            call_command("verify_audit")
        cursor.execute("ALTER TABLE payments_trailhead DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM payments_trailhead")
        trail_heads.write(tomorrow)
        call_command("verify_audit")
        with pytest.raises(CommandError, match="que guardó el auditor"):
            call_command("verify_audit", lines=kept)


def test_without_the_key_nobody_forges_an_event(order: Order, settings: Settings) -> None:
    settings.TRAIL_KEY = "otra-clave-que-quien-solo-tiene-la-base-de-datos-inventa"
    with pytest.raises(trail.BrokenChain, match="fue modificado"):
        trail.verify()


def test_days_without_payments_have_their_line_too(order: Order) -> None:
    in_three_days = timezone.localdate() + timedelta(days=3)
    heads = trail_heads.write(in_three_days)
    assert [head.events > 0 for head in heads] == [True, False, False]
    assert trail_heads.verify() == TrailHead.objects.count() == 3
