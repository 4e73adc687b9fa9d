"""The demo's data: the same door as the college's files, months that end today, and people to log in as."""

import json
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from demo.mailbox import Mailbox
from demo.management.commands import load_demo
from demo.management.commands.load_demo import move_months
from dues import ledger, oldest_first
from dues.models import Due, Kind
from members import tasks
from members.models import Claim, Member, User
from members.numbers import assignments, proof, registrations
from staff import roles
from tests.builders import a_user, this_month


@pytest.fixture
def demo(db: None) -> None:
    call_command("load_demo", verbosity=0)


def member_of(email: str) -> Member:
    member = assignments.current_member(User.objects.get(email=email))
    assert member is not None
    return member


def test_everyone_owes_what_the_demo_says(demo: None) -> None:
    ana, bruno, carla, diego, elena = (
        member_of(f"{name}@example.com") for name in ("ana", "bruno", "carla", "diego", "elena")
    )

    assert Member.objects.count() == 300
    assert Due.objects.latest("period").period == this_month()
    assert ledger.open_dues(ana, kind=Kind.COLEGIADO).count() == 5
    assert ledger.open_dues(ana, kind=Kind.SEMEFA).count() == 3
    assert not ledger.open_dues(bruno).exists()
    assert ledger.totals_before(ledger.open_dues(carla), oldest_first.window_start(timezone.localdate()))
    assert len({due.amount for due in ledger.open_dues(diego, kind=Kind.SEMEFA)}) > 1
    exempt = elena.dues.exclude(exemption=None)
    assert exempt.count() == 6
    assert ledger.open_dues(elena).filter(period__gt=exempt.latest("period").period).exists()


def test_each_account_of_the_list_can_log_in(demo: None, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    call_command("load_demo", accounts_json=True)
    accounts = json.loads(capsys.readouterr().out)

    assert {account["role"] for account in accounts} == {"member", "staff", *load_demo.GROUPS}
    assert set(load_demo.GROUPS.values()) == set(roles.PERMISSIONS)
    for account in accounts:
        response = Client().post("/cuenta/login/", {"login": account["email"], "password": account["password"]})
        assert response.status_code == 302, account


def test_loading_again_changes_nothing(demo: None) -> None:
    before = (Due.objects.count(), User.objects.count())

    call_command("load_demo", verbosity=0)

    assert (Due.objects.count(), User.objects.count()) == before


def test_a_real_portal_refuses_the_demo(db: None, settings: Settings) -> None:
    settings.LOCAL = False

    with pytest.raises(CommandError, match="PORTAL_MODE=local"):
        call_command("load_demo")


@pytest.mark.parametrize(
    ("text", "by", "moved"),
    [
        ("11/2025", 2, "01/2026"),
        ("30/11/2025", 3, "28/02/2026"),
        ("28/02/2026", 1, "31/03/2026"),
        ("05/03/2025 10:22:01", -3, "05/12/2024 10:22:01"),
        ("Acuerdo de muestra 021-2024", 5, "Acuerdo de muestra 021-2024"),
    ],
)
def test_moved_dates_keep_their_day_and_month_ends(text: str, by: int, moved: str) -> None:
    assert move_months(text, by) == moved


def test_the_files_are_what_their_script_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from demo.data import make

    monkeypatch.setattr(make, "FOLDER", tmp_path)
    make.main()

    assert make.NEWEST == load_demo.NEWEST == date(2026, 10, 1)
    for name in load_demo.FILES:
        assert (tmp_path / name).read_bytes() == (load_demo.FOLDER / name).read_bytes()


def test_a_newcomer_proves_who_he_is_by_the_demos_inbox(demo: None, mailbox: Mailbox) -> None:
    """The address of the roll is one of the demo's: whatever is sent there shows on its page of mails."""
    physician = Member.objects.get(cmp_number=14_180)
    newcomer = a_user(email="nuevo@example.com")
    typed = (physician.cmp_number, physician.document_type, physician.document_number)
    registrations.declare(newcomer, registrations.Declared(*typed, physician.given_names, physician.surnames))
    registrations.confirmed(newcomer)
    claim = Claim.objects.get(user=newcomer)
    assert [way.channel for way in proof.ways(claim)] == ["email"]
    code = proof.send_code(claim, "email")
    tasks.send_code(code.pk)

    [letter] = mailbox
    assert letter.recipients == ("cmp14180@correo.example.com",)
    assert proof.check_code(claim, proof.digits_of(code)) == physician


def test_the_demo_has_two_treasurers(demo: None) -> None:
    assert User.objects.filter(groups__name="Tesorería").count() == 2
