"""A receipt on its way to SUNAT: sent until there is an outcome, by a server process of its own, whatever gets lost."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as settings_of_django
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from demo.mailbox import Mailbox
from members.models import User
from payments.models import Letter
from receipts import tasks
from receipts.exceptions import NotReturned
from receipts.issuing.issue import issue
from receipts.models import Filing, FilingStep, FilingStop, Receipt, Representation
from receipts.printing import pdf
from receipts.tax_office import brakes, filing, trials, waits
from receipts.tax_office.certificate import make_pkcs12
from receipts.tax_office.deadlines import NoLimit, days_to_file, read_limits
from receipts.tax_office.signature import loaded_certificate, verify
from receipts.tax_office.states import FILING_TRANSITIONS, FilingState
from receipts.tax_office.sunat import Family
from receipts.tax_office.sunat.base import Answer
from receipts.tax_office.sunat.constancy import Constancy
from simulators.sunat.server import RunningSunat, serve_in_thread
from tests.builders import client_of
from tests.receipts.conftest import FACTURA, a_paid_order, news
from tests.receipts.test_refusals import refused
from tests.receipts.ubl_schemas import complaints

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(settings: Settings) -> Iterator[RunningSunat]:
    """SUNAT's stand-in on a port of its own, with empty books; the portal is pointed at it."""
    running = serve_in_thread()
    settings.SUNAT_ENVIRONMENT, settings.SUNAT_SIMULATOR_URL = "simulator", running.url
    settings.SUNAT_TIMEOUTS = (2, 5)
    yield running
    running.stop()


@pytest.fixture
def receipt(ana: User) -> Receipt:
    return issue(a_paid_order(ana).pk)


@pytest.fixture
def filed(office: RunningSunat, receipt: Receipt) -> Filing:
    """Ana's boleta, signed and ready to be sent to the stand-in."""
    return filing.prepare(receipt)


def when_due(filed: Filing) -> Filing:
    """The filing after its pause: the next try is now."""
    Filing.objects.filter(pk=filed.pk).update(next_try_at=timezone.now())
    assert filed.pk in filing.to_try()
    return filing.file(filed.pk)


# --- The way it should go


def test_a_boleta_that_lost_its_job_is_filed_by_the_sweep(
    receipt: Receipt, office: RunningSunat, run_jobs: Callable[..., int]
) -> None:
    tasks.file_sweep(timestamp=0)
    assert run_jobs("receipts.file") == 1
    assert Filing.objects.get(receipt=receipt).state == FilingState.ACCEPTED


def test_one_that_was_lost_long_ago_is_filed_by_the_sweep_of_the_night(
    receipt: Receipt, office: RunningSunat, run_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "A_WEEK", timedelta(days=-1))  # it was issued before that
    tasks.file_sweep(timestamp=0)
    assert run_jobs("receipts.file") == 0
    tasks.sweep_all(timestamp=0)
    assert run_jobs("receipts.file") == 1
    assert Filing.objects.get(receipt=receipt).state == FilingState.ACCEPTED


def test_a_boleta_is_signed_sent_and_accepted(filed: Filing, office: RunningSunat) -> None:
    told = filing.file(filed.pk)

    assert (told.state, told.code, told.next_try_at) == (FilingState.ACCEPTED, "0", None)
    assert complaints(bytes(told.xml)) == []
    ruc = told.receipt.statement["issuer"]["ruc"]
    assert Constancy.read(bytes(told.cdr or b""), ruc=ruc, document=told.receipt.name).code == "0"
    assert office.control.documents()[f"03-{told.receipt.name}"]["total"] == str(told.receipt.total)


def test_a_factura_of_semefa_is_accepted_too(office: RunningSunat, ana: User) -> None:
    receipt = issue(a_paid_order(ana, kind="semefa", amount="85.50", months=36, **FACTURA).pk)

    assert filing.file(filing.prepare(receipt).pk).state == FilingState.ACCEPTED


def test_the_jobs_sign_and_send_what_was_issued(
    office: RunningSunat, ana: User, run_jobs: Callable[[str], int]
) -> None:
    receipt = issue(a_paid_order(ana).pk)

    assert run_jobs("receipts.file") == 1
    assert Filing.objects.get(receipt=receipt).state == FilingState.ACCEPTED


def test_a_document_is_signed_once_however_often_it_is_asked_for(filed: Filing) -> None:
    again = filing.prepare(filed.receipt)

    assert bytes(again.xml) == bytes(filed.xml)
    verify(bytes(again.xml))


def test_one_that_has_its_outcome_is_not_sent_again(filed: Filing, office: RunningSunat) -> None:
    filing.file(filed.pk)
    filing.file(filed.pk)

    assert office.control.calls() == {"sendBill": 1}


def test_every_step_can_be_read_afterwards(filed: Filing) -> None:
    filing.file(filed.pk, actor="teresa@example.com")

    steps = [(step.from_state, step.to_state, step.actor) for step in FilingStep.objects.filter(filing=filed)]
    assert steps == [
        ("", "pending", "portal"),
        ("pending", "sending", "teresa@example.com"),
        ("sending", "accepted", "teresa@example.com"),
    ]


# --- Lost, late and refused


@pytest.mark.parametrize("kind", ["cut_after", "cut_mid_answer", "garbage", "forged"])
def test_an_answer_that_is_lost_is_asked_for_and_never_guessed(kind: Any, office: RunningSunat, ana: User) -> None:
    filed = filing.prepare(issue(a_paid_order(ana, **FACTURA).pk))
    office.control.fault("sendBill", kind)

    assert filing.file(filed.pk).state == FilingState.IN_DOUBT
    told = when_due(filed)
    assert (told.state, told.code) == (FilingState.ACCEPTED, "0")
    assert len(office.control.documents()) == 1


def test_a_boleta_whose_answer_was_lost_stays_in_doubt(filed: Filing, office: RunningSunat) -> None:
    office.control.fault("sendBill", "cut_after")
    filing.file(filed.pk)

    told = when_due(filed)
    assert (told.state, told.code) == (FilingState.IN_DOUBT, "1033")
    assert told.lost_at is not None


def test_a_constancy_of_what_we_never_sent_proves_nothing(office: RunningSunat, ana: User) -> None:
    """Another portal, or this one before a restore, gave out the number: 1033 at the first try."""
    filed = filing.prepare(issue(a_paid_order(ana, **FACTURA).pk))
    office_before = filing.from_settings()
    assert office_before
    office_before.send_bill(type="01", name=filed.receipt.name, content=bytes(filed.xml))

    told = filing.file(filed.pk)
    assert (told.state, told.code, told.cdr) == (FilingState.IN_DOUBT, "1033", None)
    assert when_due(filed).state == FilingState.IN_DOUBT


def test_what_was_voided_or_rejected_before_is_not_signed_anew_in_a_loop(
    filed: Filing, office: RunningSunat, teresa: User
) -> None:
    office.control.fault("sendBill", "fault", code="1032")

    told = filing.file(filed.pk)
    assert (told.state, told.code) == (FilingState.IN_DOUBT, "1032")
    with pytest.raises(NotReturned):
        filing.sign_anew(filed.pk, author=teresa)


@pytest.mark.parametrize("code", ["2335", "3103", "3244", "2800"])
def test_a_fault_without_a_constancy_spends_no_number(
    code: str, filed: Filing, office: RunningSunat, teresa: User
) -> None:
    office.control.fault("sendBill", "fault", code=code)

    told = filing.file(filed.pk)
    assert (told.state, told.code, told.cdr) == (FilingState.RETURNED, code, None)
    filing.sign_anew(filed.pk, author=teresa)
    assert filing.file(filed.pk).state == FilingState.ACCEPTED
    assert len(office.control.documents()) == 1


@pytest.mark.parametrize("text", ["connect timed out after 30000 ms", "El RUC 20131312955 no respondió"])
def test_digits_within_a_sentence_are_no_code(text: str, filed: Filing, office: RunningSunat) -> None:
    office.control.fault("sendBill", "fault", text=text)

    told = filing.file(filed.pk)
    assert (told.state, told.code) == (FilingState.IN_DOUBT, "")
    assert when_due(filed).state == FilingState.ACCEPTED


def test_trouble_at_sunat_is_waited_out_with_growing_pauses(filed: Filing, office: RunningSunat) -> None:
    office.control.fault("sendBill", "code", code="0130", times=3)
    pauses = []
    for _ in range(3):
        told = when_due(filed)
        assert (told.state, told.code) == (FilingState.PENDING, "0130")
        assert told.next_try_at is not None
        pauses.append(round((told.next_try_at - timezone.now()).total_seconds() / 60))

    assert pauses == [1, 5, 15]
    assert when_due(filed).state == FilingState.ACCEPTED


def test_a_worker_killed_while_asking_leaves_nothing_undone(filed: Filing, office: RunningSunat) -> None:
    filing._begin(filed.pk, filing.from_settings(), actor="portal")
    assert filing.file(filed.pk).state == FilingState.SENDING
    assert office.control.calls() == {}

    told = when_due(filed)
    assert told.state == FilingState.ACCEPTED
    assert FilingState.IN_DOUBT in FilingStep.objects.filter(filing=filed).values_list("to_state", flat=True)


def test_an_observation_is_kept_with_the_acceptance(filed: Filing, office: RunningSunat) -> None:
    office.control.fault("sendBill", "code", code="4093")

    told = filing.file(filed.pk)
    assert told.state == FilingState.OBSERVED
    assert "4093 - " in told.message


def test_a_rejection_spends_the_number_and_is_told_to_the_treasury(
    filed: Filing, office: RunningSunat, mailbox: Mailbox, run_jobs: Callable[[str], int]
) -> None:
    office.control.fault("sendBill", "code", code="2800")

    told = filing.file(filed.pk)
    assert (told.state, told.code, bool(told.cdr)) == (FilingState.REJECTED, "2800", True)
    with pytest.raises(NotReturned):
        filing.sign_anew(filed.pk, author=told.receipt.order.user)
    run_jobs("payments.post")
    [mail] = mailbox
    assert told.receipt.name in mail.subject
    assert "El número quedó gastado" in mail.text


def test_what_sunat_gave_back_is_signed_anew_and_sent_with_the_same_number(
    filed: Filing, office: RunningSunat, teresa: User
) -> None:
    office.control.fault("sendBill", "code", code="1036")
    assert filing.file(filed.pk).state == FilingState.RETURNED
    assert filed.pk not in filing.to_try()

    filing.sign_anew(filed.pk, author=teresa)
    told = filing.file(filed.pk)
    assert (told.state, told.receipt.name) == (FilingState.ACCEPTED, filed.receipt.name)


def test_a_refused_password_stops_everything_until_staff_resume(
    filed: Filing, office: RunningSunat, settings: Settings, teresa: User, carla: User
) -> None:
    settings.SUNAT_PASSWORD = "mal escrita"
    other = filing.prepare(issue(a_paid_order(carla).pk))

    assert filing.file(filed.pk).state == FilingState.PENDING
    assert filing.file(other.pk).state == FilingState.PENDING
    assert office.control.calls() == {"sendBill": 1}
    assert filing.to_try() == []
    assert news().get().subject == "Los envíos a SUNAT están detenidos"

    settings.SUNAT_PASSWORD = "MODDATOS"
    filing.resume(teresa)
    assert when_due(filed).state == FilingState.ACCEPTED
    assert FilingStop.objects.get().author == teresa


def test_nothing_is_sent_while_filing_is_off(filed: Filing, office: RunningSunat, settings: Settings) -> None:
    settings.SUNAT_ENVIRONMENT = "off"

    assert filing.file(filed.pk).state == FilingState.PENDING
    assert filing.to_try() == []


def test_an_answer_that_comes_late_changes_no_outcome(filed: Filing) -> None:
    filing.file(filed.pk)

    late = filing.conclude(filed.pk, Answer(family=Family.REJECTED, code="2335"))
    assert (late.state, late.code) == (FilingState.ACCEPTED, "0")


def test_no_answer_leads_where_no_move_leads() -> None:
    for family in Family:
        for code in ("", "0130"):
            answer = Answer(family=family, code=code)
            assert filing.state_after(answer) in FILING_TRANSITIONS[FilingState.SENDING]


# --- Days


def test_the_treasury_is_told_before_the_certificate_ends(settings: Settings) -> None:
    brakes.warn_of_certificate()
    assert not news().exists()

    ends = loaded_certificate().expires
    for days, told in ((31, 0), (29, 1), (16, 1), (14, 2), (4, 3), (3, 3), (1, 4)):
        with time_machine.travel(ends - timedelta(days=days)):
            brakes.warn_of_certificate()
            brakes.warn_of_certificate()
        assert news().count() == told
    assert "vence el" in news().latest("pk").subject


def a_certificate_file(file: Path, **life: datetime) -> Path:
    ruc = life.pop("ruc", settings_of_django.COLLEGE["ruc"])
    file.write_bytes(make_pkcs12(str(ruc), "clave", **life))
    return file


@pytest.fixture
def certificate_file(tmp_path: Path, settings: Settings) -> Path:
    settings.SIGNING_CERTIFICATE, settings.SIGNING_PASSWORD = str(tmp_path / "firma.p12"), "clave"
    return a_certificate_file(tmp_path / "firma.p12")


NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("life", "why"),
    [
        ({"begins": NOW - timedelta(days=400), "ends": NOW - timedelta(days=30)}, "venció el"),
        ({"begins": NOW + timedelta(days=3000), "ends": NOW + timedelta(days=3400)}, "vale desde el"),
        ({"ruc": "20100066603"}, "es del RUC 20100066603"),
    ],
)
def test_an_unfit_certificate_signs_nothing_and_its_renewal_is_taken_up(
    life: Any, why: str, certificate_file: Path, receipt: Receipt, office: RunningSunat
) -> None:
    a_certificate_file(certificate_file, **life)

    assert filing.sign_and_file(receipt.pk) is None
    assert office.control.calls() == {}
    assert not Filing.objects.exists()
    brakes.warn_of_certificate()
    brakes.warn_of_certificate()
    assert why in Letter.objects.get(key__startswith="filing:certificate-unfit").body
    assert why in waits.why_nothing_is_signed()

    a_certificate_file(certificate_file)
    told = filing.sign_and_file(receipt.pk)
    assert told
    assert told.state == FilingState.ACCEPTED


def test_what_an_ended_certificate_signed_is_signed_again_before_it_leaves(
    certificate_file: Path, receipt: Receipt, office: RunningSunat
) -> None:
    now = timezone.now()
    a_certificate_file(certificate_file, ends=now + timedelta(hours=1))
    filed = filing.prepare(receipt)
    signed_before = bytes(filed.xml)

    with time_machine.travel(now + timedelta(hours=2)):
        Filing.objects.update(next_try_at=timezone.now())
        assert filing.file(filed.pk).state == FilingState.PENDING
        assert office.control.calls() == {}
        a_certificate_file(certificate_file, ends=now + timedelta(days=300))
        told = filing.file(filed.pk)
    assert told.state == FilingState.ACCEPTED
    assert bytes(told.xml) != signed_before


@pytest.mark.parametrize("code", ["2325", "2326", "2327", "2328"])
def test_a_certificate_that_sunat_refuses_signs_no_more(
    code: str, certificate_file: Path, receipt: Receipt, carla: User, office: RunningSunat, teresa: User
) -> None:
    filed = filing.prepare(receipt)
    office.control.fault("sendBill", "fault", code=code)

    assert filing.file(filed.pk).state == FilingState.PENDING
    assert news().get().subject == "Los envíos a SUNAT están detenidos"
    other = issue(a_paid_order(carla).pk)
    assert filing.sign_and_file(other.pk) is None
    assert code in waits.why_nothing_is_signed()

    a_certificate_file(certificate_file)
    filing.resume(teresa)
    told = filing.sign_and_file(other.pk)
    assert told
    assert told.state == when_due(filed).state == FilingState.ACCEPTED
    assert office.control.calls()["sendBill"] == 3


@pytest.mark.parametrize("code", ["0102", "0103", "0104", "0105", "0106", "0112", "0113"])
def test_a_refused_user_stops_everything_after_the_first(
    code: str, filed: Filing, office: RunningSunat, carla: User
) -> None:
    other = filing.prepare(issue(a_paid_order(carla).pk))
    office.control.fault("sendBill", "fault", code=code, times=9)

    filing.file(filed.pk)
    filing.file(other.pk)
    assert office.control.calls() == {"sendBill": 1}
    assert news().count() == FilingStop.objects.count() == 1


def test_a_run_of_no_profile_stops_and_a_single_one_does_not(filed: Filing, office: RunningSunat) -> None:
    office.control.fault("sendBill", "fault", code="0111", times=brakes.RUN_OF_REFUSALS)
    for _ in range(brakes.RUN_OF_REFUSALS - 1):
        assert when_due(filed).state == FilingState.PENDING
        assert not brakes.stopped()

    when_due(filed)
    assert FilingStop.objects.get(resumed_at=None).code == "0111"
    assert news().count() == 1


def test_a_document_keeps_the_limit_of_its_own_day(settings: Settings) -> None:
    settings.SUNAT_FILING_DAYS = {"factura": "2018-01-01:7,2023-01-01:3", "boleta": "2019-01-01:5"}

    assert days_to_file("01", date(2022, 12, 31)) == 7
    assert days_to_file("01", date(2023, 1, 1)) == 3
    assert days_to_file("03", date(2026, 11, 23)) == 5
    assert days_to_file("07", date(2026, 11, 23), letter="F") == 3
    with pytest.raises(NoLimit):
        days_to_file("03", date(2018, 1, 1))


@pytest.mark.parametrize("text", ["", "3", "2023-13-01:3", "2023-01-01:tres", "2023-01-01:-1"])
def test_a_limit_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(NoLimit, match="factura"):
        read_limits({"factura": text})


# --- From a trial to production


def test_what_a_trial_accepted_is_filed_when_it_counts(filed: Filing, office: RunningSunat, settings: Settings) -> None:
    filing.file(filed.pk)
    Filing.objects.update(environment="beta")
    assert trials.file_after_trials() == 0

    settings.SUNAT_ENVIRONMENT, settings.SUNAT_OSE_URL = "ose", f"{office.url}/billService"
    office.simulator.service.ose = True
    office.simulator.books._connection.execute("DELETE FROM document")
    tried = Filing.objects.get()
    assert (tried.is_valid, tried.shown_state) == (False, "Pendiente de envío")
    assert trials.file_after_trials() == 1
    assert (Filing.objects.get().state, Filing.objects.get().cdr) == (FilingState.PENDING, None)
    told = when_due(filed)
    assert (told.state, told.environment) == (FilingState.ACCEPTED, "ose")
    assert trials.file_after_trials() == 0


def test_what_was_filed_in_earnest_is_not_filed_again(filed: Filing, office: RunningSunat) -> None:
    filing.file(filed.pk)
    Filing.objects.update(environment="production")
    again = {"state": FilingState.PENDING, "next_try_at": timezone.now()}
    refused("only_a_trial_is_filed_again", lambda: Filing.objects.update(**again))


# --- What people see


def test_ana_downloads_the_very_bytes_that_sunat_has_and_carla_does_not(filed: Filing, ana: User, carla: User) -> None:
    xml, cdr = (reverse(name, args=[filed.receipt.code]) for name in ("receipt_xml", "receipt_cdr"))
    assert client_of(ana).get(cdr).status_code == 404

    filing.file(filed.pk)
    answer = client_of(ana).get(xml)
    assert answer.content == bytes(filed.xml)
    assert f'-03-{filed.receipt.name}.xml"' in answer["Content-Disposition"]
    assert client_of(ana).get(cdr).content.startswith(b"PK")
    assert client_of(carla).get(xml).status_code == client_of(carla).get(cdr).status_code == 404
    assert Client().get(xml).status_code == 302


def test_a_paper_made_while_sunat_answered_is_not_kept(filed: Filing, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = pdf.render

    def while_sunat_answers(receipt: Receipt, **told: str) -> bytes:
        filing.file(filed.pk)
        return draw(receipt, **told)

    with monkeypatch.context() as patched:
        patched.setattr(pdf, "render", while_sunat_answers)
        pdf.pdf_of(Receipt.objects.get(pk=filed.pk))
    assert not Representation.objects.exists()
    pdf.pdf_of(Receipt.objects.get(pk=filed.pk))
    assert Representation.objects.get().receipt == filed.receipt


def test_the_paper_carries_the_digest_and_says_how_it_stands(filed: Filing) -> None:
    assert pdf.tax_state(Filing.objects.get(pk=filed.pk)) == "Pendiente de envío a SUNAT"
    pdf.pdf_of(filed.receipt)
    filing.file(filed.pk)

    assert pdf.tax_state(Filing.objects.get(pk=filed.pk)) == "Aceptado por SUNAT"
    assert pdf.qr_content(filed.receipt, filing.document_of(filed.receipt).statement, filed.digest).endswith(
        f"|{filed.digest}"
    )
    assert not hasattr(Receipt.objects.get(pk=filed.receipt_id), "representation")


def test_teresa_sends_and_reads_in_the_admin_and_walter_sees_nothing(
    filed: Filing, office: RunningSunat, teresa: User, walter: User
) -> None:
    office.control.fault("sendBill", "code", code="1036")
    pages = reverse("admin:receipts_filing_changelist")
    chosen = {"action": "send_now", "_selected_action": [filed.pk]}

    shown = client_of(teresa).post(pages, chosen, follow=True).content.decode()
    assert "Devuelto para corregir" in shown
    again = client_of(teresa).post(pages, chosen | {"action": "sign_and_send"}, follow=True).content.decode()
    assert "Aceptado por SUNAT" in again
    page = client_of(teresa).get(reverse("admin:receipts_filing_change", args=[filed.pk])).content.decode()
    assert "Constancia (CDR)" in page
    assert client_of(walter).get(pages).status_code == 403


def test_teresa_resumes_what_was_stopped(filed: Filing, settings: Settings, teresa: User) -> None:
    settings.SUNAT_PASSWORD = "mal escrita"
    filing.file(filed.pk)
    stop = FilingStop.objects.get()
    pages = reverse("admin:receipts_filingstop_changelist")

    client_of(teresa).post(pages, {"action": "resume", "_selected_action": [stop.pk]})
    assert not brakes.stopped()


def test_the_command_sends_checks_and_counts(
    filed: Filing, office: RunningSunat, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("sunat", "send", filed.receipt.name)
    call_command("sunat", "send", day=filed.receipt.issue_date)
    call_command("sunat", "check", filed.receipt.name)
    call_command("sunat", "status")

    said = capsys.readouterr().out
    assert said.count("Aceptado por SUNAT 0") == 2
    # SUNAT gives no constancy of a boleta again.
    assert f"{filed.receipt.name}: unknown 0127" in said
    with pytest.raises(CommandError, match="B001-99999"):
        call_command("sunat", "send", "B001-99999")
    with pytest.raises(CommandError, match="Nombre comprobantes"):
        call_command("sunat", "send")
