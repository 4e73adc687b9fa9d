"""Ana has died: her daughter Lucía takes over the SEMEFA, pays that and nothing else, and nothing of before changes."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from dues.charging import monthly
from dues.charging.schedule import Relationship
from dues.models import CoveredPerson, Due, DueLine, Exemption, Kind, Surplus
from members.models import Assignment, Claim, ClaimState, Member, MemberStatus, Succession, User
from members.numbers import assignments, successions
from payments import number_changes, reminders
from payments.checkout import start
from payments.checkout.offer import Choice
from payments.exceptions import OnlySemefa
from payments.models import Order, ReminderStep
from receipts.issuing.issue import issue
from tests.builders import a_settlement, a_user, an_order, client_of, month
from tests.dues.priced import colegiado_tariff, covers, semefa_tariff
from tests.payments.browser import Browser, text
from tests.receipts.conftest import a_paid_order
from tests.treasury.payments_of import a_payment
from tests.webmaster.test_number_changes import account_page, send_the_letters

pytestmark = pytest.mark.django_db

DIED = month(2).replace(day=9)
BOLETA_OF_LUCIA = ("1", "70001122", "Lucía Quispe Ramos")


@pytest.fixture
def member(ana: User) -> Member:
    member = assignments.current_member(ana)
    assert member
    return member


@pytest.fixture
def family(member: Member) -> dict[str, CoveredPerson]:
    born = date(2000, 6, 6)
    return {"ana": covers(member), "lucía": covers(member, Relationship.CHILD, born, name="Lucía Quispe Ramos")}


@pytest.fixture
def lucia() -> User:
    user = a_user(email="lucia@example.com", name="Lucía Quispe Ramos")
    Claim.objects.create(
        user=user,
        cmp_number=45_678,
        document_type="1",
        document_number="70001122",
        given_names="Lucía",
        surnames="Quispe Ramos",
        state=ClaimState.WAITING,
    )
    return user


def proof(content: bytes = b"%PDF-1.4\n%%EOF", name: str = "partida.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def record(walter: User, lucia: User, **fields: Any) -> HttpResponse:
    """What Walter types after he has named Ana's number."""
    form = {
        "document_type": "1",
        "document_number": "70001122",
        "name": "Lucía Quispe Ramos",
        "died_on": DIED.isoformat(),
        "first_day": month(1).replace(day=20).isoformat(),
        "attachment": proof(),
        "reason": "Partida de defunción y DNI comprobados",
    }
    return client_of(walter).post(account_page(lucia, "suceder") + "?member=45678", form | fields)


def test_a_button_pressed_twice_records_it_once(ana: User, lucia: User, walter: User) -> None:
    assert record(walter, lucia).status_code == 302
    letters = send_the_letters()

    again = record(walter, lucia)

    assert successions.AlreadyRecorded.sentence in again.content.decode()
    assert Succession.objects.count() == Assignment.objects.filter(user=lucia).count() == 1
    assert send_the_letters() == letters == ["ana@example.com", "lucia@example.com"]


def test_lucia_pays_the_semefa_and_the_boleta_names_her(
    ana: User, member: Member, family: dict[str, CoveredPerson], lucia: User, walter: User
) -> None:
    before = issue(a_paid_order(ana, kind=Kind.SEMEFA, amount="85.50").pk)
    open_order = an_order(ana, Due.objects.filter(kind=Kind.COLEGIADO).earliest("period"))

    seen = client_of(walter).get(account_page(lucia, "suceder"), {"member": "45678"}).content.decode()
    done = record(walter, lucia, dependant=family["lucía"].pk)

    assert "ana@example.com" in seen
    assert 'value="70001122"' in seen
    assert done.status_code == 302, done.content.decode()
    member.refresh_from_db()
    assert (member.status, member.left_date) == (MemberStatus.DECEASED, DIED)
    assert (assignments.pays_for(ana).member, assignments.pays_for(lucia).member) == (None, member)
    open_order.refresh_from_db()
    assert open_order.state == "cancelled"
    assert Claim.objects.get(user=lucia).state == ClaimState.LINKED
    assert send_the_letters() == ["ana@example.com", "lucia@example.com"]
    history = client_of(walter).get(account_page(lucia)).content.decode()
    assert "Sucesiones de SEMEFA" in history
    assert "Partida de defunción y DNI comprobados" in history

    order = Browser(lucia).order_of(Due.objects.filter(kind=Kind.SEMEFA, settlements=None).earliest("period"))
    assert (order.buyer_document_type, order.buyer_document_number, order.buyer_name) == BOLETA_OF_LUCIA
    assert order.member == member
    before.refresh_from_db()
    assert before.buyer_name == "Ana Quispe Mamani"


def test_the_college_fee_is_neither_shown_nor_taken(
    member: Member, family: dict[str, CoveredPerson], lucia: User, walter: User
) -> None:
    record(walter, lucia, dependant=family["lucía"].pk)
    browser, fee = Browser(lucia), Due.objects.filter(kind=Kind.COLEGIADO).earliest("period")

    for name in ("greeting", "choose", "statement"):
        page = text(browser.client.get(reverse(name)))
        assert "Cuota SEMEFA" in page, name
        assert "INHÁBIL" not in page.upper(), name
    assert "Cuota Colegiado" not in text(browser.client.get(reverse("choose"))).split("Términos y condiciones")[0]
    assert "Cuota Colegiado" not in text(browser.client.get(reverse("statement")))
    assert "no es una de las opciones disponibles" in text(browser.choose(fee))
    assert browser.client.post(reverse("pay_ahead", args=["colegiado"])).status_code == 404
    choice = Choice(
        kind=Kind.COLEGIADO,
        document="03",
        dues=[fee],
        email=lucia.email,
        buyer_document_type="1",
        buyer_document_number="70001122",
        buyer_name="Lucía Quispe Ramos",
    )
    with pytest.raises(OnlySemefa):
        start.start_order(user=lucia, member=member, choice=choice)
    order = browser.order_of(
        Due.objects.filter(kind=Kind.SEMEFA).earliest("period"),
        other_buyer="on",
        buyer_document_type="1",
        buyer_document_number="11111111",
        buyer_name="Otra",
    )
    assert order.buyer_name == "Lucía Quispe Ramos"
    assert Order.objects.count() == 1


def test_lucia_is_reminded_of_the_semefa_and_of_nothing_else(ana: User, lucia: User, walter: User) -> None:
    today = timezone.localdate()
    ReminderStep.objects.create(days=0)
    Due.objects.update(due_date=today)
    record(walter, lucia)

    [reminder] = reminders.due_on(today)

    assert reminder.user == lucia
    assert [due.kind for due in reminder.dues] == [Kind.SEMEFA] * 3
    assert "de la titularidad que usted tomó del CMP 45678" in reminders.text_of(reminder)


def test_the_covers_pass_on_and_the_months_are_charged_to_the_new_holder(
    member: Member, family: dict[str, CoveredPerson], lucia: User, walter: User
) -> None:
    Due.objects.all().delete()
    semefa_tariff()
    colegiado_tariff()
    record(walter, lucia, dependant=family["lucía"].pk)
    monthly.charge(month(), today=month())

    ends = dict(CoveredPerson.objects.order_by("pk").values_list("relationship", "last_period"))
    assert ends == {Relationship.HOLDER: None, Relationship.CHILD: month(2)}
    [line] = DueLine.objects.filter(due__period=month())
    assert (line.name, line.relationship) == ("Lucía Quispe Ramos", "holder")
    assert not Due.objects.filter(kind=Kind.COLEGIADO).exists()


def test_the_fee_of_the_months_after_the_death_is_annulled_and_what_was_paid_of_it_is_kept_for_the_family(
    member: Member, lucia: User, walter: User
) -> None:
    paid = Due.objects.get(kind=Kind.COLEGIADO, period=month(1))
    a_settlement(paid)
    record(walter, lucia)

    fees = Due.objects.filter(kind=Kind.COLEGIADO).order_by("period")
    assert [due.exemption is not None for due in fees] == [False, False, False, False, True]
    assert Exemption.objects.get().author == walter
    assert Surplus.objects.get().due == paid


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"attachment": proof(b"<html>", "partida.pdf")}, "no es un PDF ni una foto JPG"),
        ({"attachment": ""}, "Este campo es obligatorio"),
        ({"first_day": DIED.isoformat()}, successions.NotBeforeTheDeath.sentence),
        ({"died_on": "2999-01-01"}, "Esa fecha todavía no llega."),
        ({"document_number": "123"}, "El DNI tiene 8 dígitos."),
        ({"reason": "Corto"}, "al menos 10"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(
    ana: User, member: Member, lucia: User, walter: User, fields: dict[str, Any], sentence: str
) -> None:
    answer = record(walter, lucia, **fields)
    assert sentence in answer.content.decode()
    member.refresh_from_db()
    assert member.status == MemberStatus.ACTIVE
    assert assignments.pays_for(ana).member == member
    assert not Succession.objects.exists()


def test_somebody_who_was_not_covered_takes_nothing_over(
    member: Member, family: dict[str, CoveredPerson], lucia: User, walter: User
) -> None:
    assert record(walter, lucia).status_code == 400
    assert record(walter, lucia, dependant=family["ana"].pk).status_code == 400
    assert not Succession.objects.exists()


def test_a_physician_with_a_number_needs_another_account(bruno: User, member: Member, walter: User) -> None:
    assert successions.HasOwnNumber.sentence in record(walter, bruno).content.decode()
    assert not Succession.objects.exists()


def test_a_charge_in_doubt_blocks_the_succession(ana: User, lucia: User, walter: User) -> None:
    a_payment(ana, order_state="awaiting_payment", state="in_doubt")
    assert number_changes.DoubtBlocksChange.sentence in record(walter, lucia).content.decode()
    assert not Succession.objects.exists()


def test_taking_the_number_away_ends_the_succession(member: Member, lucia: User, walter: User) -> None:
    record(walter, lucia)
    number_changes.change(lucia, to=None, author=walter, reason="Era otra hija")

    ended = Succession.objects.get()
    assert (ended.ended_by, ended.end_reason) == (walter, "Era otra hija")
    assert Assignment.objects.filter(user=lucia, ended_at=None).count() == 0
    assert successions.current(lucia) is None


def test_only_the_webmaster_records_and_reads_the_proof(
    ana: User, lucia: User, teresa: User, walter: User, member: Member
) -> None:
    for user in (ana, teresa):
        assert record(user, lucia).status_code in (302, 403)
    assert not Succession.objects.exists()
    record(walter, lucia)
    address = reverse("webmaster_proof", args=[Succession.objects.get().pk])
    file = client_of(walter).get(address)
    assert file.content.startswith(b"%PDF-")
    assert "attachment" in file["Content-Disposition"]
    assert "sandbox" in file["Content-Security-Policy"]
    assert client_of(teresa).get(address).status_code == 403
    assert client_of(lucia).get(address).status_code == 302
