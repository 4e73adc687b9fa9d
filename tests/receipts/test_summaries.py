"""A boleta that came too late for SUNAT to take it alone travels in a daily summary, and its outcome is its own."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import Settings

from members.models import User
from payments.models import Letter
from receipts.issuing.issue import issue
from receipts.models import Filing, Summary
from receipts.tax_office import filing, summaries
from receipts.tax_office.states import SUMMARY_TRANSITIONS, FilingState, SummaryState
from receipts.tax_office.sunat import Family, from_settings
from receipts.tax_office.sunat.base import Answer
from simulators.sunat.books import Entry
from simulators.sunat.server import RunningSunat, serve_in_thread
from tests.receipts.conftest import a_paid_order, news
from tests.receipts.test_refusals import refused
from tests.receipts.ubl_schemas import complaints

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    """No summary is sent in the first half hour of a day."""
    with time_machine.travel(timezone.localtime().replace(hour=12, minute=0), tick=True):
        yield


@pytest.fixture
def office(settings: Settings) -> Iterator[RunningSunat]:
    """A SUNAT on whose calendar our documents are six days old."""
    running = serve_in_thread()
    running.simulator.service.day = timezone.localdate() + timedelta(days=6)
    settings.SUNAT_ENVIRONMENT, settings.SUNAT_SIMULATOR_URL = "simulator", running.url
    settings.SUNAT_TIMEOUTS = (2, 5)
    yield running
    running.stop()


@pytest.fixture
def late(office: RunningSunat, ana: User, carla: User) -> list[Filing]:
    """Two boletas that SUNAT gave back: they may come in a summary only."""
    return [filing.file(filing.prepare(issue(a_paid_order(user).pk)).pk) for user in (ana, carla)]


def asked_again(summary: Summary) -> Summary:
    Summary.objects.filter(pk=summary.pk).update(next_try_at=timezone.now())
    assert summary.pk in summaries.to_try()
    return summaries.file(summary.pk)


def test_late_boletas_are_accepted_by_their_summary(late: list[Filing], office: RunningSunat) -> None:
    assert {(filed.state, filed.code) for filed in late} == {(FilingState.RETURNED, "1079")}

    [summary] = summaries.gather()
    assert complaints(bytes(summary.xml)) == []
    assert summary.name == f"RC-{timezone.localdate():%Y%m%d}-1"
    assert summaries.gather() == []
    assert summaries.file(summary.pk).state == SummaryState.WAITING
    assert asked_again(summary).state == SummaryState.ACCEPTED

    told = Filing.objects.filter(pk__in=[filed.pk for filed in late])
    assert {(filed.state, bool(filed.cdr)) for filed in told} == {(FilingState.ACCEPTED, True)}
    assert {row["code"] for row in office.control.documents().values()} == {"0"}


def test_a_summary_in_process_is_asked_about_again(late: list[Filing], office: RunningSunat) -> None:
    office.simulator.service.ticket_seconds = 60
    [summary] = summaries.gather()

    summaries.file(summary.pk)
    told = asked_again(summary)
    assert (told.state, told.code) == (SummaryState.WAITING, "98")
    assert told.next_try_at is not None


def test_a_summary_is_not_sent_before_its_pause_is_over(late: list[Filing], office: RunningSunat) -> None:
    [summary] = summaries.gather()
    summaries.file(summary.pk)
    summaries.file(summary.pk)

    assert office.control.calls()["sendSummary"] == 1
    assert "getStatus" not in office.control.calls()


def test_trouble_at_sunat_is_waited_out(late: list[Filing], office: RunningSunat) -> None:
    office.control.fault("sendSummary", "http_500")
    [summary] = summaries.gather()

    assert summaries.file(summary.pk).state == SummaryState.PENDING
    assert asked_again(summary).state == SummaryState.WAITING


def test_a_refused_summary_gives_its_boletas_back_and_is_told(late: list[Filing], office: RunningSunat) -> None:
    office.control.fault("sendSummary", "code", code="2278")
    [summary] = summaries.gather()

    summaries.file(summary.pk)
    assert asked_again(summary).state == SummaryState.REFUSED
    told = Filing.objects.filter(summary=summary)
    assert {(filed.state, filed.code) for filed in told} == {(FilingState.RETURNED, "2278")}
    assert summaries.gather() == []
    [alert] = news()
    assert alert.subject == f"SUNAT no aceptó el resumen {summary.name}: sus boletas esperan que se corrija la causa"


def sent_until_the_end(summary: Summary) -> Summary:
    summaries.file(summary.pk)
    return asked_again(summary)


def test_one_bad_line_is_out_and_the_rest_is_sent_again(late: list[Filing], office: RunningSunat) -> None:
    first, second = late
    # SUNAT has the first one already: another RC reported it.
    office.simulator.books.keep(Entry(name=f"03-{first.receipt.name}", code="0", total="1", cdr=b"", xml=b""))
    [summary] = summaries.gather()

    assert sent_until_the_end(summary).state == SummaryState.REFUSED
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.code) == (FilingState.IN_DOUBT, "2282")
    assert second.state == FilingState.IN_SUMMARY
    assert second.summary
    assert sent_until_the_end(second.summary).state == SummaryState.ACCEPTED
    second.refresh_from_db()
    assert second.state == FilingState.ACCEPTED
    alert = Letter.objects.get(key__startswith=f"filing:summary:{summary.pk}")
    assert f"SUNAT ya tenía {first.receipt.name}; lo demás se envía de nuevo" in alert.subject


def test_a_bad_line_that_sunat_does_not_name_is_found_by_halves(late: list[Filing], office: RunningSunat) -> None:
    office.simulator.service.names_lines = False
    first, second = late
    office.simulator.books.keep(Entry(name=f"03-{first.receipt.name}", code="0", total="1", cdr=b"", xml=b""))
    [summary] = summaries.gather()
    sent_until_the_end(summary)

    for half in Summary.objects.exclude(pk=summary.pk).order_by("pk"):
        sent_until_the_end(half)
    first.refresh_from_db()
    second.refresh_from_db()
    assert [first.state, second.state] == [FilingState.IN_DOUBT, FilingState.ACCEPTED]


def test_a_boleta_that_sunat_knows_is_not_sent_round_and_round(late: list[Filing], office: RunningSunat) -> None:
    filed = late[0]
    Filing.objects.filter(pk=filed.pk).update(state=FilingState.PENDING, next_try_at=timezone.now())
    Filing.objects.filter(pk=filed.pk).update(state=FilingState.SENDING)
    Filing.objects.filter(pk=filed.pk).update(state=FilingState.IN_DOUBT, code="2282", lost_at=timezone.now())

    told = filing.file(filed.pk)  # answered by 1079 once more
    assert (told.state, told.code) == (FilingState.IN_DOUBT, "2282")


def test_a_summary_whose_ticket_was_lost_is_in_doubt_and_buries_nothing(
    late: list[Filing], office: RunningSunat
) -> None:
    office.control.fault("sendSummary", "cut_after")
    [summary] = summaries.gather()
    summaries.file(summary.pk)

    told = asked_again(summary)
    assert (told.state, told.code, told.next_try_at is not None) == (SummaryState.IN_DOUBT, "2223", True)
    assert set(Filing.objects.values_list("state", flat=True)) == {FilingState.IN_SUMMARY}
    assert "No se sabe cómo quedó" in news().latest("pk").subject


def test_a_name_that_is_anothers_is_left_and_the_next_is_taken(late: list[Filing], office: RunningSunat) -> None:
    office.control.fault("sendSummary", "fault", code="2223")
    [summary] = summaries.gather()

    assert summaries.file(summary.pk).state == SummaryState.REFUSED
    [again] = Summary.objects.exclude(pk=summary.pk)
    assert again.name == f"RC-{timezone.localdate():%Y%m%d}-2"
    assert sent_until_the_end(again).state == SummaryState.ACCEPTED


def test_a_worker_killed_while_sending_leaves_a_lost_answer(late: list[Filing], office: RunningSunat) -> None:
    [summary] = summaries.gather()
    begun = summaries._begin(summary.pk)
    there = from_settings()
    assert begun
    assert there
    summaries._ask(there, begun)  # and it dies with the answer

    assert asked_again(summary).state == SummaryState.IN_DOUBT


def test_sunats_clock_behind_ours_is_waited_for(late: list[Filing], office: RunningSunat) -> None:
    office.simulator.service.day = timezone.localdate() - timedelta(days=1)
    [summary] = summaries.gather()

    told = summaries.file(summary.pk)
    assert (told.state, told.code) == (SummaryState.PENDING, "2236")
    office.simulator.service.day = timezone.localdate()
    assert asked_again(summary).state == SummaryState.WAITING
    assert asked_again(summary).state == SummaryState.ACCEPTED


def test_no_summary_is_made_in_the_first_half_hour_of_a_day(late: list[Filing]) -> None:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0) + timedelta(days=1)
    with time_machine.travel(midnight + timedelta(minutes=29)):
        assert summaries.gather() == []
    with time_machine.travel(midnight + timedelta(minutes=31)):
        assert len(summaries.gather()) == 1


def test_what_comes_too_late_twice_is_gathered_again(late: list[Filing], office: RunningSunat, teresa: User) -> None:
    """A refused summary leaves a boleta returned; signed and sent anew, it is told 1079 again."""
    office.control.fault("sendSummary", "code", code="2278")
    [summary] = summaries.gather()
    sent_until_the_end(summary)
    filing.sign_anew(late[0].pk, author=teresa)
    assert filing.file(late[0].pk).code == "1079"

    [again] = summaries.gather()
    assert sent_until_the_end(again).state == SummaryState.ACCEPTED
    assert Filing.objects.get(pk=late[0].pk).state == FilingState.ACCEPTED


def test_no_answer_leads_where_no_move_leads() -> None:
    for state in (SummaryState.PENDING, SummaryState.WAITING):
        for family in Family:
            if state == SummaryState.PENDING and family == Family.ACCEPTED:
                continue  # sendSummary answers with a ticket, never with a constancy
            after = summaries.state_after(Answer(family=family), Summary(state=state))
            assert after == state or after in SUMMARY_TRANSITIONS[state]


# --- The database's rules


def moved(summary: Summary, **fields: object) -> Callable[[], int]:
    return lambda: Summary.objects.filter(pk=summary.pk).update(**fields)


def test_a_summary_keeps_its_rules(late: list[Filing]) -> None:
    [summary] = summaries.gather()

    refused("a_summary_moves_legally", moved(summary, state=SummaryState.ACCEPTED, cdr=b"x", next_try_at=None))
    refused("a_waiting_summary_has_its_ticket", moved(summary, state=SummaryState.WAITING))
    refused("an_open_summary_will_be_tried", moved(summary, next_try_at=None))
    refused("a_summary_keeps_its_bytes", moved(summary, xml=b"<otro/>"))
    moved(summary, state=SummaryState.WAITING, ticket="1")()
    refused("an_accepted_summary_has_its_constancy", moved(summary, state=SummaryState.ACCEPTED, next_try_at=None))
    refused("a_summary_is_never_deleted", lambda: Summary.objects.filter(pk=summary.pk)._raw_delete("default"))


def test_a_summary_has_its_own_name(late: list[Filing]) -> None:
    [summary] = summaries.gather()
    with pytest.raises(IntegrityError, match="a_summary_has_its_own_name"), transaction.atomic():
        Summary.objects.create(name=summary.name, issued_on=summary.issued_on, xml=b"<x/>", next_try_at=timezone.now())


def test_in_a_summary_by_its_name(late: list[Filing]) -> None:
    refused(
        "in_a_summary_by_its_name",
        lambda: Filing.objects.filter(pk=late[0].pk).update(state=FilingState.IN_SUMMARY),
    )
