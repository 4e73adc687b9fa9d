"""A paper that says what Ana paid, for whoever asks her for it; who holds it may check it."""

import io
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from dues import ledger
from dues.models import Channel, Settlement
from members.models import Member, User
from members.numbers import assignments
from receipts import attestations, authenticity
from receipts.exceptions import NothingPaid, TooManyAttestations
from receipts.issuing.issue import issue
from receipts.models import Attestation
from receipts.printing import pdf
from tests.builders import a_due, a_settlement, client_of, month
from tests.payments.browser import text
from tests.receipts.conftest import a_paid_order
from tests.receipts.test_refusals import refused

pytestmark = pytest.mark.django_db
PAGE = "/comprobantes/constancias/"


@pytest.fixture
def member(ana: User) -> Member:
    found = assignments.current_member(ana)
    assert found
    return found


@pytest.fixture
def bank_payment(member: Member) -> Settlement:
    """Ana paid one month at the bank on 2 January 2024."""
    paid_at = datetime(2024, 1, 2, 10, tzinfo=ZoneInfo("America/Lima"))
    due = a_due(member, period=date(2023, 12, 1), amount=Decimal("28.00"))
    return a_settlement(due, channel=Channel.BANK, reference="OP-778", paid_at=paid_at)


def ask(user: User, year: str) -> HttpResponse:
    return client_of(user).post(PAGE, {"year": year}, follow=True)


def test_ana_asks_for_a_year_and_downloads_it(
    ana: User, bank_payment: Settlement, run_jobs: Callable[..., int]
) -> None:
    assert "estará lista en unos segundos; esta página se actualiza sola" in text(ask(ana, "2024"))
    run_jobs("receipts.print_attestation")

    page = client_of(ana).get(PAGE).content.decode()
    made = Attestation.objects.get()
    assert f"Constancia de pagos, 2024, S/ {made.total}" in page
    assert "estará lista" not in page
    assert "http-equiv" not in page
    paper = client_of(ana).get(reverse("attestation_pdf", args=[made.code]))
    assert paper.content.startswith(b"%PDF-")
    [line] = made.statement["lines"]
    assert (line["what"], line["amount"], line["paid_on"]) == ("Cuota Colegiado, diciembre 2023", "28.00", "2024-01-02")
    assert (line["how"], line["reference"]) == ("Banco", "OP-778")


def test_each_page_carries_the_sum_of_those_before(ana: User, member: Member) -> None:
    for back in range(120, 60, -1):
        due = a_due(member, period=month(back), amount=Decimal("30.00"))
        a_settlement(due, reference=f"OP-{back}", paid_at=datetime(2024, 1, 2, 10, tzinfo=ZoneInfo("America/Lima")))
    attestation = attestations.attest(member, author=ana, first_day=date(2024, 1, 1), last_day=date(2024, 12, 31))

    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf.render_attestation(attestation))).pages]

    assert len(pages) > 1
    assert "Acumulado" in pages[1]
    assert "S/ 1,800.00" in pages[-1]
    last_of_first, first_of_second = re.findall(r"S/ [\d,.]+", pages[0])[-1], re.findall(r"S/ [\d,.]+", pages[1])[1]
    assert soles(first_of_second) == soles(last_of_first) + 30


def soles(text: str) -> Decimal:
    return Decimal(text.removeprefix("S/ ").replace(",", ""))


def test_all_that_was_ever_paid_names_the_receipts(ana: User, bank_payment: Settlement) -> None:
    order = a_paid_order(ana, months=2)
    for line in order.lines.all():
        number = order.attempts.get().number
        ledger.settle([(line.due_id, line.amount)], channel=Channel.CARD, reference=number, paid_at=timezone.now())
    receipt = issue(order.pk)
    ask(ana, "")

    made = Attestation.objects.get()
    assert (made.first_day, made.last_day) == (date(2024, 1, 2), timezone.localdate())
    assert made.total == Decimal("88.00")
    assert [line["receipt"] for line in made.statement["lines"]] == ["", receipt.name, receipt.name]
    assert made.span == f"del 02/01/2024 al {timezone.localdate():%d/%m/%Y}"


def test_asked_twice_it_is_one_paper(ana: User, bank_payment: Settlement) -> None:
    ask(ana, "2024")
    ask(ana, "2024")
    assert Attestation.objects.count() == 1


def test_nobody_elses_is_there(ana: User, carla: User, bank_payment: Settlement) -> None:
    ask(ana, "2024")
    made = Attestation.objects.get()
    attestations.print_out(made.pk)
    address = reverse("attestation_pdf", args=[made.code])
    assert client_of(carla).get(address).status_code == 404
    assert made.code not in client_of(carla).get(PAGE).content.decode()


@pytest.mark.parametrize("year", ["1999", "x", "2024'"])
def test_a_year_without_payments_gives_no_paper(ana: User, bank_payment: Settlement, year: str) -> None:
    assert "En esas fechas no figura ningún pago suyo" in text(ask(ana, year))
    assert not Attestation.objects.exists()


def test_who_paid_nothing_is_told_so(carla: User) -> None:
    assert "Todavía no figura ningún pago suyo" in text(client_of(carla).get(PAGE))


def test_whoever_holds_the_paper_learns_whether_its_payments_stand(ana: User, bank_payment: Settlement) -> None:
    ask(ana, "2024")
    code = Attestation.objects.get().code
    found = authenticity.look_up(code)
    assert found
    assert (found.title, found.state) == ("Constancia de pagos, 2024", "Todos sus pagos siguen vigentes")
    assert "S/ 28.00" in text(client_of(ana).get(reverse("check_code", args=[code])))

    ledger.reverse(bank_payment, author="teresa@example.com", reason="El banco lo devolvió")
    found = authenticity.look_up(code)
    assert found
    assert found.state == "Alguno de sus pagos se revirtió después"


def test_too_many_are_refused_with_what_to_do(ana: User, member: Member, bank_payment: Settlement) -> None:
    for day in range(2, 2 + attestations.ASKED_A_DAY):
        attestations.attest(member, author=ana, first_day=date(2024, 1, 1), last_day=date(2024, 1, day))
    with pytest.raises(TooManyAttestations):
        attestations.attest(member, author=ana, first_day=date(2024, 1, 1), last_day=date(2024, 2, 1))


def test_a_lost_job_is_made_up_for(ana: User, bank_payment: Settlement) -> None:
    ask(ana, "2024")
    assert attestations.unprinted() == [Attestation.objects.get().pk]


def test_its_words_stay(ana: User, bank_payment: Settlement) -> None:
    ask(ana, "2024")
    refused("an_attestation_keeps_its_words", lambda: Attestation.objects.update(total=1))
    refused("an_attestation_is_never_deleted", lambda: Attestation.objects.all().delete())


def test_it_has_days_and_attests_something(ana: User, member: Member) -> None:
    said = {"member": member, "author": ana, "sample": True, "statement": {"lines": []}}
    days = {"first_day": month(2), "last_day": month(1)}
    refused("an_attestation_attests_something", lambda: Attestation.objects.create(**said, **days, total=0))
    days = {"first_day": month(1), "last_day": month(2)}
    refused("an_attestation_has_days", lambda: Attestation.objects.create(**said, **days, total=1))


def test_who_paid_nothing_gets_no_paper(carla: User) -> None:
    member = assignments.current_member(carla)
    assert member
    with pytest.raises(NothingPaid):
        attestations.days_of(None, member)
    with pytest.raises(NothingPaid):
        attestations.attest(member, author=carla, first_day=date(2024, 1, 1), last_day=date(2024, 12, 31))
    assert not Attestation.objects.exists()
