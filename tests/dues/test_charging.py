"""Charging as the treasurer tells it: what is added, annulled, corrected, and what is never touched."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from base.peru import months
from dues import ledger, tasks
from dues.charging import ahead, monthly
from dues.charging.monthly import Charged, Count
from dues.charging.schedule import Relationship
from dues.imports import loading
from dues.models import DataLoad, Due, DueLine, Exemption, Hold, Kind, Repricing
from members.models import Member, MemberStatus
from tests.builders import a_due, a_member, a_settlement, an_exemption, month
from tests.dues.priced import colegiado_tariff, covers, semefa_tariff

NOVEMBER, DECEMBER, JANUARY = date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)


@pytest.fixture
def rosa(db: None) -> Member:
    return a_member(registered_date=date(2010, 3, 15))


def charge(period: date, *, today: date | None = None) -> Charged:
    """As on some day of that month, unless said."""
    return monthly.charge(period, today=today or period.replace(day=10))


def the_due(member: Member, period: date, kind: str = Kind.COLEGIADO) -> Due:
    return Due.objects.get(member=member, period=period, kind=kind)


def people(due: Due) -> list[tuple[str, int, str]]:
    lines = due.lines.filter(replaced_by=None).order_by("person")
    return [(line.relationship, line.age, str(line.amount)) for line in lines]


def pay(due: Due) -> None:
    a_settlement(due)


# --- Adding


def test_everybody_owes_the_month_once(rosa: Member) -> None:
    colegiado_tariff()
    a_member(), a_member()

    charged = charge(DECEMBER)

    assert charged.added == {"colegiado": Count(3, Decimal("90.00"))}
    due = the_due(rosa, DECEMBER)
    assert (due.amount, due.due_date) == (Decimal("30.00"), date(2026, 12, 31))
    assert due.basis == "Acuerdo de muestra 01-2020, 01/12/2019"


def test_charging_again_changes_nothing(rosa: Member) -> None:
    colegiado_tariff()
    semefa_tariff()
    covers(rosa)
    charge(DECEMBER)
    before = list(Due.objects.values()), list(DueLine.objects.values())

    again = charge(DECEMBER)

    assert again.changes_nothing
    assert again.kept.dues == 0
    assert (list(Due.objects.values()), list(DueLine.objects.values())) == before


def test_a_semefa_due_names_each_covered_person(rosa: Member) -> None:
    semefa_tariff()
    covers(rosa, born=date(1985, 1, 1))
    covers(rosa, Relationship.PARENT, born=date(1950, 6, 6))
    covers(rosa, Relationship.CHILD, born=date(2015, 6, 6))

    charge(DECEMBER)

    due = the_due(rosa, DECEMBER, Kind.SEMEFA)
    assert due.amount == Decimal("180.00")
    assert people(due) == [("holder", 41, "60.00"), ("parent", 76, "100.00"), ("child", 11, "20.00")]


def test_who_registered_this_month_owes_from_the_next(db: None) -> None:
    colegiado_tariff()
    newcomer = a_member(registered_date=date(2026, 11, 28))

    charge(NOVEMBER)
    assert not newcomer.dues.exists()

    charge(DECEMBER)
    assert the_due(newcomer, DECEMBER).amount == Decimal("30.00")


def test_a_year_abroad_is_owed_and_exempt(rosa: Member) -> None:
    """Rosa's exoneration was granted in October for a year: each month is charged and says why it is not paid."""
    colegiado_tariff()
    act = an_exemption(rosa, first_period=NOVEMBER, last_period=date(2027, 10, 1))

    charge(DECEMBER)

    assert the_due(rosa, DECEMBER).exemption == act
    assert not ledger.open_dues(rosa).exists()


def test_a_month_without_tariff_is_not_charged(rosa: Member) -> None:
    colegiado_tariff(JANUARY)

    charged = charge(DECEMBER)

    assert charged.without_tariff == ["colegiado", "semefa"]
    assert not Due.objects.exists()


def test_the_due_day_is_a_setting(rosa: Member, settings: Settings) -> None:
    settings.DUE_DAY = 29
    colegiado_tariff()

    for period in (JANUARY, date(2027, 2, 1)):
        charge(period)

    assert the_due(rosa, JANUARY).due_date == date(2027, 1, 29)
    assert the_due(rosa, date(2027, 2, 1)).due_date == date(2027, 2, 28)


# --- A rise


def test_a_rise_never_prices_a_past_month_again(rosa: Member) -> None:
    """January's rise is decided in December. November and December are charged again in January: not a sol moves."""
    colegiado_tariff()
    charge(NOVEMBER)
    charge(DECEMBER)
    colegiado_tariff(JANUARY, "35.00")

    charge(JANUARY)
    for period in (NOVEMBER, DECEMBER):
        assert charge(period, today=JANUARY).changes_nothing

    assert [str(due.amount) for due in rosa.dues.order_by("period")] == ["30.00", "30.00", "35.00"]


def test_a_tariff_entered_late_leaves_the_past_month_as_it_was(rosa: Member) -> None:
    colegiado_tariff()
    charge(NOVEMBER)
    colegiado_tariff(NOVEMBER, "35.00")

    charged = charge(NOVEMBER, today=DECEMBER)

    assert charged.changes_nothing
    assert charged.kept == Count(1, Decimal("30.00"))
    assert the_due(rosa, NOVEMBER).amount == Decimal("30.00")


def test_an_unpaid_due_of_this_month_is_corrected_and_says_so(rosa: Member) -> None:
    """Rosa's son should have been on the roll of covered people since October."""
    semefa_tariff()
    covers(rosa, born=date(1985, 1, 1))
    charge(NOVEMBER)
    covers(rosa, Relationship.CHILD, born=date(2015, 6, 6), since=date(2026, 10, 1))

    charged = charge(NOVEMBER)

    due = the_due(rosa, NOVEMBER, Kind.SEMEFA)
    assert charged.corrected == Count(1, Decimal("20.00"))
    assert due.amount == Decimal("80.00")
    assert people(due) == [("holder", 41, "60.00"), ("child", 11, "20.00")]
    correction = Repricing.objects.get(due=due)
    assert (correction.amount_before, correction.amount_after) == (Decimal("60.00"), Decimal("80.00"))
    assert correction.author == "charge_dues"
    assert [str(line.amount) for line in correction.replaced.all()] == ["60.00"]
    assert charge(NOVEMBER).changes_nothing


def test_another_person_at_the_same_price_is_a_correction_too(rosa: Member) -> None:
    semefa_tariff()
    covers(rosa)
    child = covers(rosa, Relationship.CHILD, born=date(2015, 6, 6), name="Luz")
    charge(NOVEMBER)
    child.last_period = date(2026, 10, 1)
    child.save(update_fields=["last_period"])
    covers(rosa, Relationship.CHILD, born=date(2016, 6, 6), name="Sol")

    charge(NOVEMBER)

    live = the_due(rosa, NOVEMBER, Kind.SEMEFA).lines.filter(replaced_by=None)
    assert {line.name for line in live} == {"holder 1980", "Sol"}


# --- What should not exist


def test_a_due_charged_after_a_death_is_annulled_by_an_act(rosa: Member) -> None:
    """The college learns in December that Rosa died in October."""
    colegiado_tariff()
    charge(NOVEMBER)
    charge(DECEMBER)
    leaves(rosa, date(2026, 10, 20))

    charged = [charge(period, today=DECEMBER) for period in (NOVEMBER, DECEMBER)]

    assert [c.annulled.dues for c in charged] == [1, 1]
    due = the_due(rosa, NOVEMBER)
    assert due.exemption is not None
    assert (due.exemption.reason[:7], due.exemption.document) == ("Anulada", "Cargo de cuotas de noviembre 2026")
    assert due.amount == Decimal("30.00")
    assert not ledger.open_dues(rosa).exists()
    assert charge(NOVEMBER, today=DECEMBER).changes_nothing
    assert Exemption.objects.count() == 2


def test_a_cover_that_ended_annuls_the_month_after(rosa: Member) -> None:
    semefa_tariff()
    holder = covers(rosa)
    charge(NOVEMBER)
    charge(DECEMBER)
    holder.last_period = NOVEMBER
    holder.save(update_fields=["last_period"])

    charge(NOVEMBER, today=DECEMBER)
    charge(DECEMBER)

    assert the_due(rosa, NOVEMBER, Kind.SEMEFA).exemption is None
    assert the_due(rosa, DECEMBER, Kind.SEMEFA).exemption is not None


def leaves(member: Member, day: date) -> None:
    member.status, member.left_date = MemberStatus.DECEASED, day
    member.save(update_fields=["status", "left_date"])


# --- What is never touched


def test_a_paid_due_stays_however_wrong(rosa: Member) -> None:
    colegiado_tariff()
    charge(DECEMBER)
    pay(the_due(rosa, DECEMBER))
    leaves(rosa, date(2026, 10, 20))

    charged = charge(DECEMBER)

    assert charged.changes_nothing
    assert charged.kept == Count(1, Decimal("30.00"))
    assert the_due(rosa, DECEMBER).exemption is None


def test_a_due_in_an_unfinished_order_stays(rosa: Member) -> None:
    semefa_tariff()
    covers(rosa)
    charge(DECEMBER)
    due = the_due(rosa, DECEMBER, Kind.SEMEFA)
    Hold.objects.create(due=due, holder=uuid4())
    covers(rosa, Relationship.CHILD, born=date(2015, 6, 6))

    assert charge(DECEMBER).kept.dues == 1
    Hold.objects.all().delete()
    assert charge(DECEMBER).corrected.dues == 1


def test_what_the_college_loaded_is_its_word(rosa: Member) -> None:
    """Dues of its own system, of another amount or of somebody who left, are not charging's to change."""
    colegiado_tariff()
    loaded = a_due(rosa, period=DECEMBER, amount="12.00")
    leaves(rosa, date(2026, 10, 20))

    assert charge(DECEMBER).changes_nothing
    loaded.refresh_from_db()
    assert (loaded.amount, loaded.exemption) == (Decimal("12.00"), None)


def test_a_later_file_of_the_college_overrules_the_charge(rosa: Member, tmp_path: Path) -> None:
    colegiado_tariff()
    charge(DECEMBER)
    file = tmp_path / "dues.csv"
    file.write_text(
        f"cmp;tipo;mes;monto;vence;base_legal\n{rosa.cmp_number};colegiado;12/2026;12.00;31/12/2026;Acuerdo 9-2026\n"
    )

    loading.load(loading.Request(content=DataLoad.Content.DUES, path=file))

    assert charge(DECEMBER).changes_nothing
    assert the_due(rosa, DECEMBER).amount == Decimal("12.00")


def test_an_exempt_due_stays_exempt(rosa: Member) -> None:
    colegiado_tariff()
    charge(DECEMBER)
    act = an_exemption(rosa, the_due(rosa, DECEMBER))

    assert charge(DECEMBER).changes_nothing
    assert the_due(rosa, DECEMBER).exemption == act


# --- Months ahead


def test_a_year_ahead_is_offered_at_today_s_tariff(rosa: Member, settings: Settings) -> None:
    colegiado_tariff()
    colegiado_tariff(date(2027, 3, 1), "35.00")

    dues = ahead.months_ahead(rosa, Kind.COLEGIADO, date(2026, 11, 22))

    assert [due.period for due in dues] == [months.shift(DECEMBER, n) for n in range(12)]
    assert {due.amount for due in dues} == {Decimal("30.00")}
    again = ahead.months_ahead(rosa, Kind.COLEGIADO, date(2026, 11, 22))
    assert [due.pk for due in again] == [due.pk for due in dues]


def test_a_due_paid_ahead_is_not_touched_by_a_later_tariff_and_an_unpaid_one_is(rosa: Member) -> None:
    colegiado_tariff()
    january, february = ahead.months_ahead(rosa, Kind.COLEGIADO, date(2026, 11, 22))[1:3]
    pay(january)
    colegiado_tariff(JANUARY, "35.00")

    charge(JANUARY)
    charge(february.period)

    january.refresh_from_db()
    february.refresh_from_db()
    assert (january.amount, february.amount) == (Decimal("30.00"), Decimal("35.00"))
    assert Repricing.objects.get().due == february


def test_months_ahead_of_semefa_follow_birthdays(rosa: Member) -> None:
    """Rosa turns 40 in January: from February she is in the next band, at today's prices."""
    semefa_tariff()
    covers(rosa, born=date(1987, 1, 15))

    dues = ahead.months_ahead(rosa, Kind.SEMEFA, date(2026, 11, 22))

    assert [str(due.amount) for due in dues][:4] == ["40.00", "40.00", "60.00", "60.00"]
    assert people(dues[2]) == [("holder", 40, "60.00")]
    assert charge(date(2027, 2, 1)).changes_nothing


def test_nobody_pays_ahead_what_they_will_not_owe(rosa: Member, settings: Settings) -> None:
    settings.PAY_AHEAD_MONTHS = 3
    colegiado_tariff()
    act = an_exemption(rosa, first_period=JANUARY, last_period=JANUARY)

    dues = ahead.months_ahead(rosa, Kind.COLEGIADO, date(2026, 11, 22))
    assert [due.exemption for due in dues] == [None, act, None]
    assert ahead.months_ahead(rosa, Kind.SEMEFA, date(2026, 11, 22)) == []

    leaves(rosa, date(2026, 11, 20))
    charge(DECEMBER)
    assert the_due(rosa, DECEMBER).exemption is not None


# --- The command and the job


def test_the_treasurer_reads_what_was_charged(rosa: Member, capsys: pytest.CaptureFixture[str]) -> None:
    colegiado_tariff()

    call_command("charge_dues", month=DECEMBER)

    told = capsys.readouterr().out
    assert "diciembre 2026: Cuota Colegiado, 1 cuota por S/ 30.00, nuevas" in told
    assert "no hay tarifa de Cuota SEMEFA" in told


def test_a_dry_run_says_it_all_and_keeps_nothing(rosa: Member, capsys: pytest.CaptureFixture[str]) -> None:
    colegiado_tariff()

    call_command("charge_dues", month=DECEMBER, dry_run=True)

    assert "1 cuota por S/ 30.00" in capsys.readouterr().out
    assert not Due.objects.exists()


def test_it_tells_how_far_it_is(rosa: Member) -> None:
    told: list[float] = []
    monthly.charge(date(2026, 1, 1), today=date(2026, 1, 1), progress=told.append)

    assert told == sorted(told)
    assert told[-1] == 1.0


def test_several_months_are_charged_one_by_one(rosa: Member) -> None:
    colegiado_tariff()

    call_command("charge_dues", "--since", "2026-11", "--month", "2027-01", verbosity=0)

    assert [due.period for due in rosa.dues.order_by("period")] == [NOVEMBER, DECEMBER, JANUARY]


@pytest.mark.parametrize("text", ["2026-13", "12/2026", "diciembre"])
def test_a_month_that_is_none_is_refused(db: None, text: str) -> None:
    with pytest.raises(CommandError, match="no es un mes"):
        call_command("charge_dues", f"--month={text}")


def test_the_job_charges_the_month_that_begins(rosa: Member) -> None:
    colegiado_tariff()

    tasks.charge_month(timestamp=0)

    assert the_due(rosa, month()).period == months.month_of(timezone.localdate())


class PowerCut(Exception):
    pass


def test_an_interrupted_run_leaves_the_month_as_it_was_and_can_be_repeated(
    rosa: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut in the second of three months: the first stands, the second is untouched, and the next run does the rest."""
    colegiado_tariff()
    charged: list[date] = []
    original = monthly._Run.counts

    def cut(run: monthly._Run, statement: str) -> dict[str, Count]:
        result = original(run, statement)
        charged.append(run.parameters["period"])
        if len(charged) == 2:
            raise PowerCut
        return result

    monkeypatch.setattr(monthly._Run, "counts", cut)
    with pytest.raises(PowerCut):
        call_command("charge_dues", month=JANUARY, since=NOVEMBER)
    assert [due.period for due in rosa.dues.order_by("period")] == [NOVEMBER]

    call_command("charge_dues", month=JANUARY, since=NOVEMBER)

    assert [due.period for due in rosa.dues.order_by("period")] == [NOVEMBER, DECEMBER, JANUARY]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname = 'wanted'")
        assert cursor.fetchone() == (0,)
