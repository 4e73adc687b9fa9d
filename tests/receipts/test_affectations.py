"""How the dues stand to the sales tax: the accountant says so from a day on, and what was issued stays as it was."""

import io
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from pypdf import PdfReader

from dues.models import Kind
from members.models import User
from receipts.issuing.affectations import Affectations, recorded
from receipts.issuing.contents import TAXED, UNAFFECTED, Contents, Totals
from receipts.issuing.issue import issue
from receipts.models import Affectation, AffectationCode
from receipts.printing import pdf
from receipts.tax_office import filing
from staff import roles
from tests.builders import a_user, client_of
from tests.receipts.conftest import a_paid_order
from tests.receipts.test_refusals import refused, sql

pytestmark = pytest.mark.django_db

ADD = "/admin/receipts/affectation/add/"


def an_affectation(author: User, **fields: Any) -> Affectation:
    defaults = {"kind": Kind.SEMEFA, "code": AffectationCode.TAXED, "basis": "Informe de muestra"}
    return Affectation.objects.create(author=author, **(defaults | fields))


@pytest.fixture
def accountant(db: None) -> User:
    return a_user(email="camila@example.com", name="Camila Rojas", staff_role=roles.ACCOUNTANT)


def test_without_any_the_dues_are_unaffected() -> None:
    assert Affectations.of(recorded.all()).on(Kind.COLEGIADO, timezone.now()) == UNAFFECTED


def test_each_concept_follows_its_own_decisions_from_their_day_in_lima(accountant: User) -> None:
    def decided(code: str, day: int) -> Affectation:
        return Affectation(kind=Kind.SEMEFA, code=code, valid_from=date(2026, 12, day))

    known = Affectations.of([decided(UNAFFECTED, 20), decided(TAXED, 10)])
    at_night = datetime.fromisoformat
    assert known.on(Kind.SEMEFA, at_night("2026-12-10T04:59:00+00:00")) == UNAFFECTED  # still the 9th in Lima
    assert known.on(Kind.SEMEFA, at_night("2026-12-10T05:00:00+00:00")) == TAXED
    assert known.on(Kind.SEMEFA, at_night("2026-12-21T12:00:00+00:00")) == UNAFFECTED
    assert known.on(Kind.COLEGIADO, at_night("2026-12-11T12:00:00+00:00")) == UNAFFECTED


def test_a_taxed_concept_states_its_igv_in_totals_xml_and_pdf_and_older_receipts_stay(
    ana: User, accountant: User
) -> None:
    before = issue(a_paid_order(ana, months=1, kind=Kind.SEMEFA, amount="118.00").pk)
    an_affectation(accountant)
    receipt = issue(a_paid_order(ana, months=2, kind=Kind.SEMEFA, amount="118.00").pk)

    assert Contents.from_json(receipt.statement).totals == Totals(
        unaffected=Decimal("0.00"), taxed=Decimal("200.00"), igv=Decimal("36.00"), total=Decimal("236.00")
    )
    xml = bytes(filing.prepare(receipt).xml).decode()
    assert "<cbc:ID>1000</cbc:ID>" in xml
    assert "9998" not in xml
    assert "Op. gravada S/ 200.00" in _text_of(pdf.pdf_of(receipt))
    before.refresh_from_db()
    assert Contents.from_json(before.statement).totals.igv == 0


def _text_of(content: bytes) -> str:
    return " ".join(PdfReader(io.BytesIO(content)).pages[0].extract_text().split())


def test_the_accountant_records_one_and_nobody_else_does(accountant: User, teresa: User) -> None:
    form = {"kind": Kind.SEMEFA, "code": "10", "valid_from": timezone.localdate().isoformat(), "basis": "Informe 1"}
    assert client_of(teresa).post(ADD, form).status_code == 403
    assert client_of(accountant).post(ADD, form).status_code == 302
    assert Affectation.objects.get().author == accountant


def test_the_form_refuses_yesterday_and_a_second_one_of_a_day(accountant: User) -> None:
    an_affectation(accountant)
    form = {"kind": Kind.SEMEFA, "code": "30", "basis": "Informe 2"}
    yesterday = timezone.localdate() - timedelta(days=1)
    page = client_of(accountant).post(ADD, form | {"valid_from": yesterday.isoformat()}).content.decode()
    assert "lo ya emitido no cambia" in page
    page = client_of(accountant).post(ADD, form | {"valid_from": timezone.localdate().isoformat()}).content.decode()
    assert "Ese concepto ya tiene una afectación desde ese día." in page


def test_the_database_keeps_what_was_decided(accountant: User) -> None:
    today = timezone.localdate()
    an_affectation(accountant)
    to_come = an_affectation(accountant, valid_from=today + timedelta(days=9), code="30")
    refused("a_day_begins_one_affectation_of_a_concept", lambda: an_affectation(accountant))
    refused(
        "an_affectation_is_one_the_documents_know",
        lambda: an_affectation(accountant, code="20", valid_from=today + timedelta(days=3)),
    )
    refused(
        "an_affectation_begins_no_earlier_than_today",
        lambda: an_affectation(accountant, valid_from=today - timedelta(days=1)),
    )
    refused("an_affectation_never_changes", sql("UPDATE receipts_affectation SET code = '30'"))
    refused("an_affectation_in_force_is_never_deleted", sql("DELETE FROM receipts_affectation"))
    to_come.delete()  # a typing error of a day that has not come
