"""What no constancy tells is looked up in SUNAT's register, or stated by one person and confirmed by another."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from members.models import User
from receipts.delivery import letters
from receipts.exceptions import (
    AlreadyStated,
    FindingDecided,
    NotABoleta,
    NotInDoubt,
    SecondPersonLooks,
    TakenBack,
    TooLittleEvidence,
)
from receipts.issuing.contents import Buyer
from receipts.issuing.issue import issue
from receipts.models import Filing, Finding, Receipt, Shown, Summary
from receipts.notes import issue_notes, owed, reissue
from receipts.tax_office import filing, findings, summaries, voiding
from receipts.tax_office.findings import Evidence
from receipts.tax_office.states import FilingState, SummaryState
from simulators.sunat.server import RunningSunat, serve_in_thread
from staff import roles, watch
from tests.builders import a_user, client_of
from tests.receipts.conftest import FACTURA, a_paid_order, news
from tests.receipts.test_refusals import refused

pytestmark = pytest.mark.django_db

SEEN = Evidence(words="Consulta de validez del CPE, 30/11/2026 a las 10:00")
CLINIC = Buyer(document_type="6", document_number="20100066603", name="Clínica Ñusta S.A.C.", address="Av. Larco 100")


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    """No summary is sent in the first half hour of a day."""
    with time_machine.travel(timezone.localtime().replace(hour=12, minute=0) + timedelta(days=1), tick=True):
        yield


@pytest.fixture
def office(settings: Settings) -> Iterator[RunningSunat]:
    running = serve_in_thread()
    settings.SUNAT_ENVIRONMENT, settings.SUNAT_SIMULATOR_URL = "simulator", running.url
    settings.SUNAT_TIMEOUTS = (2, 5)
    yield running
    running.stop()


@pytest.fixture
def second() -> User:
    return a_user(email="walter.segundo@example.com", staff_role=roles.APPROVER)


@pytest.fixture
def doubtful(office: RunningSunat, ana: User) -> Filing:
    """Ana's boleta, which SUNAT accepted; its answer was lost."""
    filed = filing.prepare(issue(a_paid_order(ana).pk))
    office.control.fault("sendBill", "cut_after")
    filing.file(filed.pk)
    return asked_again(filed)


def asked_again(filed: Filing) -> Filing:
    Filing.objects.filter(pk=filed.pk).update(next_try_at=timezone.now())
    return findings.ask_again(filed.pk)


def agreed(about: Filing | Summary, shows: Shown, clerk: User, second: User) -> Finding:
    return findings.confirm(findings.state(about, shows, SEEN, author=clerk).pk, by=second)


# --- A boleta whose answer was lost


def test_two_persons_end_the_doubt_about_a_boleta(doubtful: Filing, teresa: User, second: User) -> None:
    assert (doubtful.state, doubtful.code) == (FilingState.IN_DOUBT, "1033")

    finding = findings.state(doubtful, Shown.ACCEPTED, SEEN, author=teresa)
    assert Filing.objects.get().state == FilingState.IN_DOUBT
    findings.confirm(finding.pk, by=second)

    told = Filing.objects.get()
    assert (told.state, told.cdr, told.finding) == (FilingState.ACCEPTED, None, finding)
    order = told.receipt.order
    credit = owed.change_to_factura(order, buyer=CLINIC, author="t", description="Pidió factura")
    assert issue_notes.issue(credit.pk)


def test_nothing_is_made_out_of_a_doubt(doubtful: Filing, teresa: User) -> None:
    with pytest.raises(NotABoleta):
        owed.change_to_factura(doubtful.receipt.order, buyer=CLINIC, author="t", description="Pidió factura")
    assert "Solo se da de baja" in voiding.obstacle(doubtful.receipt)


def test_sunats_register_ends_it_without_anybody(doubtful: Filing, settings: Settings) -> None:
    settings.SUNAT_QUERY_ID = settings.SUNAT_QUERY_SECRET = "consulta"

    told = asked_again(doubtful)
    assert told.state == FilingState.ACCEPTED
    assert told.finding
    assert told.finding.source == Finding.Source.REGISTER


@pytest.mark.parametrize("state", ["0", "4", "9", ""])
def test_a_register_that_is_not_certain_ends_nothing(
    state: str, doubtful: Filing, office: RunningSunat, settings: Settings
) -> None:
    settings.SUNAT_QUERY_ID = settings.SUNAT_QUERY_SECRET = "consulta"
    office.control.fault("validarcomprobante", "code", code=state or "x")

    assert asked_again(doubtful).state == FilingState.IN_DOUBT


def test_what_is_not_at_sunat_is_sent_again(office: RunningSunat, ana: User, teresa: User, second: User) -> None:
    filed = filing.prepare(issue(a_paid_order(ana).pk))
    office.control.fault("sendBill", "cut_before")
    filing.file(filed.pk)

    agreed(filed, Shown.ABSENT, teresa, second)
    assert Filing.objects.get().state == FilingState.PENDING
    assert asked_again(filed).state == FilingState.ACCEPTED


def test_a_number_that_sunat_never_took_is_given_up_by_two_and_another_is_issued(
    office: RunningSunat, ana: User, teresa: User, second: User
) -> None:
    filed = filing.prepare(issue(a_paid_order(ana).pk))
    office.control.fault("sendBill", "fault", code="2800")
    filing.file(filed.pk)

    agreed(filed, Shown.ABSENT, teresa, second)
    told = Filing.objects.get()
    assert told.state == FilingState.WITHDRAWN
    again = reissue.reissue(told.receipt, buyer=told.receipt.stated.buyer)
    assert (again.name, filing.file(filing.prepare(again).pk).state) == ("B001-2", FilingState.ACCEPTED)
    assert list(office.control.documents()) == ["03-B001-2"]


# --- One person is not two


def test_who_stated_it_does_not_confirm_it(doubtful: Filing, teresa: User, second: User) -> None:
    finding = findings.state(doubtful, Shown.ACCEPTED, SEEN, author=teresa)
    with pytest.raises(SecondPersonLooks):
        findings.confirm(finding.pk, by=teresa)
    with pytest.raises(AlreadyStated):
        findings.state(doubtful, Shown.REJECTED, SEEN, author=second)

    findings.reject(finding.pk, by=second, reason="Yo lo veo rechazado")
    assert Filing.objects.get().state == FilingState.IN_DOUBT
    with pytest.raises(FindingDecided):
        findings.confirm(finding.pk, by=second)


def test_what_sunat_answered_meanwhile_outweighs_it(
    doubtful: Filing, teresa: User, second: User, settings: Settings
) -> None:
    finding = findings.state(doubtful, Shown.REJECTED, SEEN, author=teresa)
    settings.SUNAT_QUERY_ID = settings.SUNAT_QUERY_SECRET = "consulta"
    asked_again(doubtful)

    with pytest.raises(NotInDoubt):
        findings.confirm(finding.pk, by=second)
    assert Filing.objects.get().state == FilingState.ACCEPTED


def test_only_a_doubt_is_stated_and_with_its_evidence(office: RunningSunat, ana: User, teresa: User) -> None:
    filed = filing.file(filing.prepare(issue(a_paid_order(ana).pk)).pk)
    with pytest.raises(NotInDoubt):
        findings.state(filed, Shown.REJECTED, SEEN, author=teresa)
    with pytest.raises(TooLittleEvidence):
        findings.state(filed, Shown.REJECTED, Evidence(words="   lo vi   "), author=teresa)


# --- A voiding whose answer was lost


@pytest.fixture
def voided(office: RunningSunat, ana: User, teresa: User) -> Summary:
    """The voiding of Ana's factura, which SUNAT took; the ticket was lost."""
    receipt = issue(a_paid_order(ana, **FACTURA).pk)
    filing.file(filing.prepare(receipt).pk)
    summary = voiding.request(receipt, author=teresa, reason="RUC de otra empresa").summary
    office.control.fault("sendSummary", "cut_after")
    findings.ask_again_about_file(summary.pk)
    return findings.ask_again_about_file(summary.pk)


def test_a_voiding_presented_before_is_in_doubt_and_nothing_is_handed_over(voided: Summary, teresa: User) -> None:
    receipt = Receipt.objects.get()

    assert (voided.state, voided.code) == (SummaryState.IN_DOUBT, "2324")
    with pytest.raises(TakenBack):
        letters.resend_by_staff(receipt, teresa)
    assert "No se sabe cómo quedó" in news().get().subject


def test_two_persons_say_that_it_was_voided(voided: Summary, teresa: User, second: User) -> None:
    agreed(voided, Shown.ACCEPTED, teresa, second)

    assert Filing.objects.get().state == FilingState.VOIDED
    again = reissue.reissue(Receipt.objects.get(), buyer=CLINIC)
    assert again.name == "F001-2"


def test_sunats_register_says_that_it_was_voided(voided: Summary, settings: Settings) -> None:
    settings.SUNAT_QUERY_ID = settings.SUNAT_QUERY_SECRET = "consulta"

    assert findings.ask_again_about_file(voided.pk).state == SummaryState.ACCEPTED
    assert Filing.objects.get().state == FilingState.VOIDED


def test_a_voiding_that_is_not_there_is_sent_again_under_another_name(
    voided: Summary, office: RunningSunat, teresa: User, second: User
) -> None:
    office.simulator.books._connection.execute("UPDATE document SET voided = 0")
    agreed(voided, Shown.ABSENT, teresa, second)

    [again] = Summary.objects.exclude(pk=voided.pk)
    assert again.name == voided.name[:-1] + "2"
    findings.ask_again_about_file(again.pk)
    findings.ask_again_about_file(again.pk)
    assert Filing.objects.get().state == FilingState.VOIDED


# --- The database says no


def test_a_finding_of_one_person_concludes_nothing(doubtful: Filing, teresa: User) -> None:
    finding = findings.state(doubtful, Shown.ACCEPTED, SEEN, author=teresa)
    act = Filing.objects.filter(pk=doubtful.pk)
    refused(
        "only_a_confirmed_finding_counts",
        lambda: act.update(state=FilingState.ACCEPTED, finding=finding, next_try_at=None),
    )
    refused(
        "a_second_person_confirms_a_finding",
        lambda: Finding.objects.update(decided_by=teresa, decided_at=timezone.now()),
    )
    refused("a_finding_names_who_stands_behind_it", lambda: Finding.objects.update(decided_at=timezone.now()))
    refused("a_finding_keeps_what_was_stated", lambda: Finding.objects.update(shows=Shown.REJECTED))
    refused("a_finding_is_never_deleted", lambda: Finding.objects.all()._raw_delete("default"))
    for rule, fields in {
        "a_finding_is_about_one_thing": {"filing": None},
        "a_finding_says_where_it_was_seen": {"evidence": "lo vi"},
        "a_document_has_one_open_finding": {},
    }.items():
        refused(rule, lambda fields=fields: Finding.objects.create(**a_finding(doubtful, teresa) | fields))  # type: ignore[misc]


def a_finding(filed: Filing, author: User) -> dict[str, object]:
    return {
        "filing": filed,
        "shows": Shown.ACCEPTED,
        "source": "people",
        "stood": filed.state,
        "evidence": SEEN.words,
        "author": author,
    }


def test_a_file_has_one_open_finding_and_a_decided_one_is_final(voided: Summary, teresa: User, second: User) -> None:
    finding = findings.state(voided, Shown.ABSENT, SEEN, author=teresa)
    fields = a_finding(Filing.objects.get(), teresa) | {"filing": None, "summary": voided}
    refused("a_file_has_one_open_finding", lambda: Finding.objects.create(**fields))
    findings.reject(finding.pk, by=second, reason="Sí figura")
    refused("a_decided_finding_is_final", lambda: Finding.objects.update(rejection=""))


def test_a_number_is_spent_by_a_constancy_and_given_up_by_two(doubtful: Filing) -> None:
    act = Filing.objects.filter(pk=doubtful.pk)
    refused("a_number_is_spent_by_a_constancy", lambda: act.update(state=FilingState.REJECTED, next_try_at=None))
    act.update(state=FilingState.SENDING)
    act.update(state=FilingState.RETURNED, next_try_at=None)
    refused("two_persons_give_up_a_number", lambda: act.update(state=FilingState.WITHDRAWN))


# --- The desk


def test_teresa_states_and_walter_confirms_at_the_desk(doubtful: Filing, teresa: User, second: User) -> None:
    address = reverse("staff_state_document", args=[doubtful.pk])
    typed = {"shows": "accepted", "evidence": SEEN.words, "picture": SimpleUploadedFile("sunat.png", b"\x89PNG...")}

    page = client_of(teresa).post(address, typed, follow=True).content.decode()
    assert "Nada cambia hasta que otra persona la confirme" in page
    finding = Finding.objects.get()
    decide = reverse("staff_decide_finding", args=[finding.pk])
    assert "solo puede retirarlo" in client_of(teresa).get(decide).content.decode()
    client_of(teresa).post(decide, {"decision": "approve"})
    assert Filing.objects.get().state == FilingState.IN_DOUBT

    picture = client_of(second).get(reverse("staff_finding_picture", args=[finding.pk]))
    assert (picture.content, picture["Content-Type"]) == (b"\x89PNG...", "image/png")
    page = client_of(second).post(decide, {"decision": "approve"}, follow=True).content.decode()
    assert "figura aceptado, confirmado. No se cobró ni se devolvió nada." in page
    assert Filing.objects.get().state == FilingState.ACCEPTED


def test_a_statement_without_evidence_is_refused_in_the_form(doubtful: Filing, teresa: User) -> None:
    address = reverse("staff_state_document", args=[doubtful.pk])
    answer = client_of(teresa).post(address, {"shows": "accepted", "evidence": "lo vi"})
    assert answer.status_code == 400
    assert not Finding.objects.exists()


def test_the_desk_names_what_waits_too_long(doubtful: Filing, teresa: User) -> None:
    desk = reverse("staff_sunat")
    assert "Nada espera a SUNAT más de lo debido" in client_of(teresa).get(desk).content.decode()
    assert waiting_troubles() == []

    with time_machine.travel(timezone.now() + timedelta(hours=4)):
        page = client_of(teresa).get(desk).content.decode()
        [trouble] = waiting_troubles()
    assert "B001-1" in page
    assert "1033" in page
    assert reverse("staff_state_document", args=[doubtful.pk]) in page
    assert trouble.place == desk
    assert "B001-1 espera a SUNAT desde el" in trouble.words


def waiting_troubles() -> list[watch.Trouble]:
    return [trouble for trouble in watch.troubles() if trouble.key.startswith("sunat-wait")]


def test_a_ticket_that_stays_in_process_is_named_and_two_persons_end_it(
    office: RunningSunat, ana: User, teresa: User, second: User
) -> None:
    office.simulator.service.day = timezone.localdate() + timedelta(days=6)
    filing.file(filing.prepare(issue(a_paid_order(ana).pk)).pk)
    [summary] = summaries.gather()
    findings.ask_again_about_file(summary.pk)
    office.control.fault("getStatus", "status", code="0098", times=99)

    with time_machine.travel(timezone.now() + timedelta(hours=30)):
        assert findings.ask_again_about_file(summary.pk).state == SummaryState.WAITING
        assert [trouble.words.split(" ")[0] for trouble in waiting_troubles()] == [summary.name]
        agreed(summary, Shown.ACCEPTED, teresa, second)
    told = Filing.objects.get()
    assert (told.state, bool(told.finding)) == (FilingState.ACCEPTED, True)


def test_teresa_resumes_with_one_button(doubtful: Filing, office: RunningSunat, teresa: User) -> None:
    office.control.fault("sendBill", "fault", code="0112")
    asked_again(doubtful)
    desk = reverse("staff_sunat")
    assert "detenidos" in client_of(teresa).get(desk).content.decode()
    client_of(teresa).post(reverse("staff_resume_filing"))
    assert "detenidos" not in client_of(teresa).get(desk).content.decode()


@pytest.mark.parametrize(
    ("name", "permitted"),
    [
        ("staff_sunat", {roles.CASHIER, roles.ACCOUNTANT, roles.APPROVER, roles.AUDITOR, roles.TREASURY}),
        ("staff_resume_filing", {roles.ACCOUNTANT, roles.TREASURY}),
    ],
)
def test_who_may_open_it(name: str, permitted: set[str]) -> None:
    for role in (roles.CASHIER, roles.ACCOUNTANT, roles.APPROVER, roles.AUDITOR, roles.TREASURY, roles.WEBMASTER):
        user = a_user(email=f"{abs(hash(role))}@example.com", staff_role=role)
        assert (client_of(user).get(reverse(name)).status_code == 200) == (role in permitted), role


def test_a_returned_document_is_signed_and_sent_from_the_desk(office: RunningSunat, ana: User, teresa: User) -> None:
    filed = filing.prepare(issue(a_paid_order(ana).pk))
    office.control.fault("sendBill", "fault", code="2335")
    filing.file(filed.pk)

    payment = client_of(teresa).get(reverse("staff_payment", args=[filed.receipt.order_id])).content.decode()
    assert "Firmar de nuevo y enviar" in payment
    page = client_of(teresa).post(reverse("staff_sign_anew", args=[filed.pk]), follow=True).content.decode()
    assert "Aceptado por SUNAT" in page


def test_ask_now_from_the_desk(office: RunningSunat, ana: User, teresa: User) -> None:
    filed = filing.prepare(issue(a_paid_order(ana).pk))
    page = client_of(teresa).post(reverse("staff_ask_sunat", args=[filed.pk]), follow=True).content.decode()
    assert "B001-1: Aceptado por SUNAT" in page
