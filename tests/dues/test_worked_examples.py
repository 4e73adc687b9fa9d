"""Histories that the treasury can check by hand: what a physician owes, month by month, and why."""

from datetime import date
from decimal import Decimal

import pytest
from django.http import HttpResponse
from django.urls import reverse

from base.peru import months
from dues import exemptions, ledger, member_statement, revocations
from dues.charging import monthly
from dues.exceptions import CreditGivenBack, OwnAct, RevocationProposed
from dues.models import Act, Due, Exemption, Kind, RevocationProposal, Settlement, Surplus
from members import actors
from members.models import Member, MemberStatus, User
from tests.builders import a_member, a_settlement, a_user, client_of
from tests.dues.priced import colegiado_tariff

TODAY = date(2026, 12, 15)
JANUARY, DECEMBER = date(2026, 1, 1), date(2026, 12, 1)


@pytest.fixture
def rosa(db: None) -> Member:
    colegiado_tariff(amount="28.00")
    return a_member(registered_date=date(2010, 3, 15))


def charge_the_year() -> None:
    for number in range(12):
        monthly.charge(months.shift(JANUARY, number), today=TODAY)


def owed(member: Member) -> dict[int, str]:
    """The open months of 2026 and their soles."""
    return {due.period.month: str(due.amount) for due in ledger.open_dues(member)}


def test_a_physician_who_registered_in_the_middle_of_the_year(rosa: Member) -> None:
    """Registered on 20 June: owes from July, six months of S/ 28.00."""
    rosa.registered_date = date(2026, 6, 20)
    rosa.save()
    charge_the_year()

    assert owed(rosa) == dict.fromkeys(range(7, 13), "28.00")


def test_a_physician_abroad_for_a_year(rosa: Member, teresa: User) -> None:
    """Exempt from April 2025 to March 2026: owes April to December, and the statement names the act."""
    exemptions.grant(
        member=rosa,
        act=Act.EXONERATION,
        kind=Kind.COLEGIADO,
        first_period=date(2025, 4, 1),
        last_period=date(2026, 3, 1),
        reason="Residencia en el extranjero",
        document="Resolución 012-CN-2025",
        granted_date=date(2025, 3, 20),
        author=teresa,
    )
    charge_the_year()

    assert sorted(owed(rosa)) == list(range(4, 13))
    assert "Resolución 012-CN-2025" in client_of(a_user(rosa)).get("/estado-de-cuenta/").content.decode()


def test_a_rise_in_july(rosa: Member) -> None:
    """S/ 28.00 until June and S/ 32.00 from July: 6 × 28 + 6 × 32 = S/ 360.00, and no past month changes."""
    monthly.charge(JANUARY, today=TODAY)
    colegiado_tariff(date(2026, 7, 1), amount="32.00")
    charge_the_year()

    assert owed(rosa) == dict.fromkeys(range(1, 7), "28.00") | dict.fromkeys(range(7, 13), "32.00")
    assert sum(Decimal(amount) for amount in owed(rosa).values()) == Decimal("360.00")


def test_a_bank_payment_that_bounced(rosa: Member) -> None:
    """Paid at the bank, given back by the bank: owed again at its own price, both in its history."""
    charge_the_year()
    settlement = a_settlement(Due.objects.get(period=date(2026, 2, 1)), reference="OP-777")
    assert 2 not in owed(rosa)

    ledger.reverse(settlement, author="teresa@example.com", reason="El banco devolvió el pago")

    assert owed(rosa)[2] == "28.00"
    assert Settlement.objects.get(reference="OP-777").reversal_reason == "El banco devolvió el pago"


@pytest.mark.parametrize(
    ("day", "month", "falls_due"),
    [(29, 2, date(2026, 2, 28)), (30, 1, date(2026, 1, 30)), (31, 1, date(2026, 1, 31)), (31, 4, date(2026, 4, 30))],
)
def test_a_due_day_of_29_to_31(rosa: Member, settings: object, day: int, month: int, falls_due: date) -> None:
    """A day that the month has not is its last one."""
    settings.DUE_DAY = day  # type: ignore[attr-defined]
    charge_the_year()

    assert Due.objects.get(period=date(2026, month, 1)).due_date == falls_due


@pytest.fixture
def exempt_after_payment(rosa: Member, teresa: User) -> Settlement:
    """January and February are paid; in March the college exempts January to April."""
    charge_the_year()
    paid = [a_settlement(due, reference=f"OP-{due.period.month}") for due in Due.objects.order_by("period")[:2]]
    exemptions.grant(
        member=rosa,
        act=Act.EXONERATION,
        kind=Kind.COLEGIADO,
        first_period=JANUARY,
        last_period=date(2026, 4, 1),
        reason="Enfermedad prolongada",
        document="Resolución 044-CN-2026",
        granted_date=date(2026, 3, 10),
        author=teresa,
    )
    return paid[0]


def test_an_exemption_granted_after_payment_is_a_credit_that_is_shown(
    rosa: Member, exempt_after_payment: Settlement
) -> None:
    """March and April are freed; the S/ 56.00 of January and February are the member's."""
    assert sorted(owed(rosa)) == list(range(5, 13))
    assert member_statement.of(rosa, TODAY).credit == Decimal("56.00")
    page = client_of(a_user(rosa)).get("/estado-de-cuenta/").content.decode()
    assert "Tiene un saldo a su favor" in page
    assert "En total S/ 56.00." in page
    assert page.count("e exoneró después de pagada: Resolución 044-CN-2026") == 2


def test_the_treasury_gives_it_back_once(rosa: Member, exempt_after_payment: Settlement, teresa: User) -> None:
    surplus = Surplus.objects.earliest("pk")
    page = f"/admin/dues/surplus/{surplus.pk}/change/"

    answered = client_of(teresa).post(page, {"resolution": "Devuelto por transferencia 0012345"})

    assert answered.status_code == 302
    surplus.refresh_from_db()
    assert (surplus.resolved_by, surplus.resolution) == (actors.actor(teresa), "Devuelto por transferencia 0012345")
    assert member_statement.of(rosa, TODAY).credit == Decimal("28.00")
    assert client_of(teresa).post(page, {"resolution": "Otra vez"}).status_code == 403


def test_a_credit_ends_with_the_payment_it_came_from(rosa: Member, exempt_after_payment: Settlement) -> None:
    """The bank takes January's payment back: no money, no credit; and the act frees the month after all."""
    ledger.reverse(exempt_after_payment, author="teresa@example.com", reason="El banco devolvió el pago")

    assert member_statement.of(rosa, TODAY).credit == Decimal("28.00")
    assert 1 not in owed(rosa)
    assert Due.objects.get(period=JANUARY).exemption is not None


# --- An act entered by mistake


def revoke_by_hand(staff: User, act: Exemption, reason: str = "Era de otro colegiado") -> HttpResponse:
    return client_of(staff).post(f"/admin/dues/exemption/{act.pk}/change/", {"revocation_reason": reason}, follow=True)


def approve_the_revocation(second: User) -> HttpResponse:
    page = reverse("staff_decide_revocation", args=[RevocationProposal.objects.get().pk])
    return client_of(second).post(page, {"decision": "approve"}, follow=True)


def test_a_revoked_act_leaves_its_months_owed_and_its_credit_without_effect(
    rosa: Member, exempt_after_payment: Settlement, teresa: User, ursula: User
) -> None:
    act = Exemption.objects.get()
    asked = client_of(teresa).get(f"/admin/dues/exemption/{act.pk}/change/").content.decode()
    assert "Cuotas que volverían a deberse: 2, por S/ 56.00. Saldos a favor que quedarían sin efecto: 2." in asked

    before = sorted(owed(rosa))
    assert "Nada cambia hasta que otra persona la apruebe" in revoke_by_hand(teresa, act).content.decode()
    assert RevocationProposed.sentence in revoke_by_hand(ursula, act).content.decode()
    assert approve_the_revocation(teresa).status_code == 400
    with pytest.raises(OwnAct):
        revocations.approve(RevocationProposal.objects.get().pk, by=teresa)
    assert sorted(owed(rosa)) == before
    answered = approve_the_revocation(ursula).content.decode()

    assert "El acto quedó revocado. Cuotas que vuelven a deberse: 2." in answered
    assert sorted(owed(rosa)) == list(range(3, 13))
    assert member_statement.of(rosa, TODAY).credit == 0
    act.refresh_from_db()
    assert (act.revoked_by, act.revocation_reason) == (actors.actor(ursula), "Era de otro colegiado")
    assert set(Surplus.objects.values_list("withdrawn", "resolution")) == {
        (True, "El acto se revocó: Era de otro colegiado")
    }
    assert revoke_by_hand(teresa, act).status_code == 403


def test_an_act_given_again_after_its_revocation_frees_and_credits_again(
    rosa: Member, exempt_after_payment: Settlement, teresa: User
) -> None:
    wrong = Exemption.objects.get()
    exemptions.revoke(wrong, author=teresa.email, reason="El último mes era marzo")
    told = {
        name: getattr(wrong, name) for name in ("act", "kind", "first_period", "reason", "document", "granted_date")
    }
    exemptions.grant(member=rosa, author=teresa, last_period=date(2026, 3, 1), **told)

    assert sorted(owed(rosa)) == list(range(4, 13))
    assert member_statement.of(rosa, TODAY).credit == Decimal("56.00")


def test_another_act_keeps_its_months_free(rosa: Member, exempt_after_payment: Settlement, teresa: User) -> None:
    wrong = Exemption.objects.get()
    told = {name: getattr(wrong, name) for name in ("act", "kind", "last_period", "reason", "granted_date")}
    exemptions.grant(member=rosa, author=teresa, first_period=date(2026, 4, 1), document="Resolución 050", **told)

    assert exemptions.revoke(wrong, author=teresa.email, reason="Duplicada") == 1
    assert sorted(owed(rosa)) == [3, *range(5, 13)]


def test_an_act_whose_credit_was_given_back_stands_until_the_money_is_back(
    rosa: Member, exempt_after_payment: Settlement, teresa: User
) -> None:
    Surplus.objects.earliest("pk").resolve(author=teresa.email, how="Devuelto por transferencia 0012345")

    answered = revoke_by_hand(teresa, Exemption.objects.get()).content.decode()

    assert CreditGivenBack.sentence in answered
    assert Exemption.objects.get().revoked_at is None
    assert sorted(owed(rosa)) == list(range(5, 13))


def test_charging_again_annuls_again_what_somebody_revoked(rosa: Member, teresa: User) -> None:
    """The roll still says that Rosa owes nothing: the cause is to be mended, not its effect."""
    charge_the_year()
    Member.objects.update(status=MemberStatus.DECEASED, left_date=date(2026, 6, 15))
    monthly.charge(date(2026, 12, 1), today=TODAY)
    exemptions.revoke(Exemption.objects.get(), author=teresa.email, reason="Parecía un error")
    assert 12 in owed(rosa)

    monthly.charge(date(2026, 12, 1), today=TODAY)
    assert 12 not in owed(rosa)
