"""Who did it is kept in one spelling, and read back as a name."""

import re
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dues import exemptions
from dues.models import Channel, Exemption, Repricing, Settlement, Surplus
from members import actors
from members.models import User
from payments import offline
from payments.models import OfflinePayment
from tests.builders import a_due, a_member, a_settlement, an_exemption, client_of, month
from tests.payments.browser import text

pytestmark = pytest.mark.django_db


def test_staff_and_members_are_named_by_the_number_of_the_account(ana: User, teresa: User) -> None:
    assert actors.actor(teresa) == f"personal:{teresa.pk}"
    assert actors.actor(ana) == f"cuenta:{ana.pk}"


def test_all_are_read_back_in_one_question(ana: User, teresa: User, walter: User) -> None:
    kept = [actors.actor(user) for user in (ana, teresa, walter)]
    with CaptureQueriesContext(connection) as asked:
        read = actors.names([*kept, actors.GATEWAY, actors.CLOCK, "personal:999999", "teresa@example.com", ""])
    assert len(asked) == 1
    assert read == {
        kept[0]: "el colegiado",
        kept[1]: "Teresa Paredes",
        kept[2]: "Walter Chumpitaz",
        "pasarela": "la pasarela",
        "reloj": "el portal, por su reloj",
        "personal:999999": "alguien del colegio",
        "teresa@example.com": "teresa@example.com",
        "": "",
    }
    assert {actor: actors.name(actor) for actor in read} == read


def test_no_machine_is_without_words_and_none_looks_like_a_person() -> None:
    named = {value for key, value in vars(actors).items() if key.isupper() and isinstance(value, str)}
    machines = named - {actors.STAFF, actors.MEMBER, actors.SOME_STAFF, actors.SOME_MEMBER}
    assert machines == set(actors.MACHINES)
    assert not any(":" in machine for machine in machines)


def test_a_surplus_has_one_spelling_whoever_resolves_it(ana: User, teresa: User, ursula: User) -> None:
    """The treasury closes one by hand; a reversal of the payment closes another: both name the person alike."""
    member = a_member()
    by_hand, reversed_one = a_due(member, period=month(1)), a_due(member, period=month(2))
    for due in (by_hand, reversed_one):
        a_settlement(due, Channel.BANK, f"OP-{due.pk}")
    _exempt(member, teresa)
    surplus = Surplus.objects.get(due=by_hand)
    desk = client_of(teresa)
    desk.post(f"/admin/dues/surplus/{surplus.pk}/change/", {"resolution": "Devuelto por transferencia 0012345"})
    exemptions.payments_reversed(Settlement.objects.filter(due=reversed_one), author=actors.actor(ursula))
    authors = set(Surplus.objects.values_list("resolved_by", flat=True))
    assert authors == {actors.actor(teresa), actors.actor(ursula)}


def _exempt(member: object, author: User) -> Exemption:
    return exemptions.grant(
        member=member,  # type: ignore[arg-type]
        act="other",
        kind="colegiado",
        first_period=month(3),
        last_period=month(1),
        reason="Licencia",
        document="RD 12-2026",
        granted_date=timezone.localdate(),
        author=author,
    )


def test_a_revoked_act_says_by_whom_in_words(rosa_act: Exemption, teresa: User) -> None:
    page = f"/admin/dues/exemption/{rosa_act.pk}/change/"
    exemptions.revoke(rosa_act, author=actors.actor(teresa), reason="Era de otro colegiado")
    rosa_act.refresh_from_db()
    assert rosa_act.revoked_by == actors.actor(teresa)
    assert "Teresa Paredes" in text(client_of(teresa).get(page))


@pytest.fixture
def rosa_act(db: None, teresa: User) -> Exemption:
    member = a_member()
    return an_exemption(member, a_due(member), author=teresa)


def test_a_payment_taken_back_by_hand_names_the_person_in_the_ledger(teresa: User, ursula: User) -> None:
    member = a_member()
    due = a_due(member)
    paper = offline.Paper(
        channel="bank",
        reference="OP-77",
        paid_on=timezone.localdate(),
        evidence="Voucher visto",
        voucher=b"%PDF-1.4",
        voucher_type="application/pdf",
    )
    payment = offline.record(member=member, due_ids=[due.pk], paper=paper, author=teresa)
    offline.approve(payment.pk, by=ursula)
    offline.reverse(payment.pk, author=ursula, reason="Se escribió por error")
    assert Settlement.objects.get().reversed_by == actors.actor(ursula)
    assert OfflinePayment.objects.get().reversed_by == ursula
    shown = text(client_of(teresa).get(f"/admin/dues/settlement/{Settlement.objects.get().pk}/change/"))
    assert "Úrsula Benites" in shown
    assert actors.actor(ursula) not in shown


def test_the_pages_of_staff_name_people_and_machines(ana: User, teresa: User) -> None:
    due = a_due(a_member())
    Repricing.objects.create(
        due=due,
        amount_before=Decimal("30.00"),
        amount_after=Decimal("31.00"),
        basis_before="a",
        basis_after="b",
        author=actors.CHARGING,
        reason="Tarifa nueva",
    )
    shown = text(client_of(teresa).get(reverse("admin:dues_repricing_changelist")))
    assert "el portal, al cobrar las cuotas" in shown


def test_nobody_spells_an_actor_alone() -> None:
    """An address, a name or a word of one's own in these columns would be a second spelling."""
    alone = re.compile(
        r"(?:actor|author|reversed_by|resolved_by|revoked_by)=(?:str\(|\"|'|f\"|[\w.]+\.email|.*get_username)"
    )
    houses = ("members", "dues", "payments", "receipts", "cmp_portal")
    files = [path for house in houses for path in (settings.BASE_DIR / house).rglob("*.py")]
    found = [
        f"{path.name}: {line.strip()}" for path in files for line in path.read_text().splitlines() if alone.search(line)
    ]
    assert [line for line in found if '_by=""' not in line] == []
