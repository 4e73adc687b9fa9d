"""What keeps an announced charge from being made, or from being announced. In each case the gateway is never asked."""

from datetime import timedelta
from decimal import Decimal
from email import message_from_string

import pytest
from django.utils import timezone
from pytest_django import Settings

from demo.mailbox import Mailbox
from dues.models import Due
from members import mail_problems
from members.models import Assignment, Member, User
from members.numbers import assignments
from payments.checkout import give_up
from payments.models import AutomaticCharge, AutomaticPlan, Letter, Order, Pause
from payments.ways.automatic import changes, returned
from receipts.delivery import bounces
from simulators.niubiz.server import RunningSimulator
from tests.automatic.card_on_file import (
    VISA,
    a_plan,
    announce,
    asked,
    charge,
    charged,
    letters_to,
    on,
)
from tests.builders import a_due, a_settlement, an_ended_assignment, an_exemption, an_order, month, the_succession
from tests.receipts.test_bounces import REPORT, WHOLE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def announced(ana: User, simulator: RunningSimulator) -> AutomaticCharge:
    a_plan(ana, simulator)
    return announce()[0]


def colegiado(user: User) -> list[Due]:
    return list(Due.objects.filter(member__assignments__user=user, kind="colegiado").order_by("period"))


def dropped(charge_: AutomaticCharge) -> str:
    charge_.refresh_from_db()
    assert charge_.state == "dropped"
    return charge_.reason


def test_she_paid_everything_herself(announced: AutomaticCharge, ana: User, simulator: RunningSimulator) -> None:
    for due in colegiado(ana):
        a_settlement(due)
    charge()
    assert dropped(announced) == "esas cuotas ya no se deben"
    assert asked(simulator) == 0


def test_of_what_she_paid_herself_only_the_rest_is_charged(
    announced: AutomaticCharge, ana: User, simulator: RunningSimulator
) -> None:
    a_settlement(colegiado(ana)[0])
    charge()
    assert charged(simulator) == ["30.00"]
    announced.refresh_from_db()
    assert announced.state == "paid"


def test_a_due_was_exempted(announced: AutomaticCharge, ana: User, simulator: RunningSimulator) -> None:
    an_exemption(colegiado(ana)[0].member, *colegiado(ana))
    charge()
    assert dropped(announced) == "esas cuotas ya no se deben"
    assert asked(simulator) == 0


def test_the_college_raised_the_price(announced: AutomaticCharge, ana: User, simulator: RunningSimulator) -> None:
    Due.objects.filter(pk=colegiado(ana)[1].pk).update(amount=Decimal("31.00"))
    charge()
    assert dropped(announced).startswith("el colegio cambió el monto")
    assert asked(simulator) == 0
    [letter] = letters_to(ana, "No hicimos el cobro")
    assert letter.body.startswith("Estimado(a) Ana Quispe Mamani:\n\nNo se cobró nada.")


def test_a_lower_price_is_charged_as_it_is(announced: AutomaticCharge, ana: User, simulator: RunningSimulator) -> None:
    Due.objects.filter(pk=colegiado(ana)[1].pk).update(amount=Decimal("25.00"))
    charge()
    assert charged(simulator) == ["55.00"]


def test_an_older_due_appeared(announced: AutomaticCharge, ana: User, simulator: RunningSimulator) -> None:
    a_due(colegiado(ana)[0].member, period=month(7))
    charge()
    assert dropped(announced) == "lo que se debe ya no es lo anunciado"
    assert asked(simulator) == 0


def test_she_is_paying_herself_at_that_moment(
    announced: AutomaticCharge, ana: User, simulator: RunningSimulator
) -> None:
    with on(10, hour=10, minute=50):
        order = an_order(ana, *colegiado(ana)[:3])
    charge()
    announced.refresh_from_db()
    assert (announced.state, asked(simulator)) == ("announced", 0)
    order.refresh_from_db()
    assert order.state == "draft"
    give_up.cancel(order.pk, actor="prueba")
    charge()
    assert charged(simulator) == ["60.00"]


def test_payments_are_paused(announced: AutomaticCharge, teresa: User, simulator: RunningSimulator) -> None:
    pause = Pause.objects.create(notice="Mantenimiento", author=teresa)
    charge()
    announced.refresh_from_db()
    assert (announced.state, asked(simulator)) == ("announced", 0)
    pause.ended_at = timezone.now()
    pause.save()
    charge(11)
    assert charged(simulator) == ["60.00"]


def test_her_cmp_was_reported(announced: AutomaticCharge, ana: User, simulator: RunningSimulator) -> None:
    assignments.report(ana, "Mi CMP es otro.")
    charge()
    assert "aviso abierto" in dropped(announced)
    assert (asked(simulator), AutomaticPlan.objects.get().active) == (0, True)


def test_her_account_pays_for_another_physician_now(
    announced: AutomaticCharge, ana: User, bruno: User, simulator: RunningSimulator
) -> None:
    an_ended_assignment(bruno)
    an_ended_assignment(ana)
    Assignment.objects.create(user=ana, member=Member.objects.get(assignments__user=bruno))
    charge()
    plan = AutomaticPlan.objects.get()
    assert (plan.stop_reason, plan.card_token, asked(simulator)) == ("number_changed", "", 0)
    assert dropped(announced)


def test_the_member_died(announced: AutomaticCharge, ana: User, simulator: RunningSimulator) -> None:
    Member.objects.filter(assignments__user=ana).update(status="deceased", left_date=month(0))
    charge()
    assert (AutomaticPlan.objects.get().stop_reason, asked(simulator)) == ("member_left", 0)


def test_a_successor_lets_a_card_pay_the_semefa_and_nothing_else(ana: User, simulator: RunningSimulator) -> None:
    member = Member.objects.get(assignments__user=ana)
    Member.objects.filter(pk=member.pk).update(status="deceased", left_date=month(2))
    the_succession(member, ana)
    a_plan(ana, simulator, kinds=("semefa",), ceiling=Decimal("90.00"))
    announce()
    charge()
    assert charged(simulator) == ["85.50"]
    order = Order.objects.get()
    assert (order.kind, order.buyer_document_number) == ("semefa", "70001122")


def test_her_account_is_blocked(announced: AutomaticCharge, ana: User, simulator: RunningSimulator) -> None:
    User.objects.filter(pk=ana.pk).update(is_active=False)
    charge()
    assert (dropped(announced), asked(simulator)) == ("la cuenta está bloqueada", 0)


def test_the_letter_came_back(
    announced: AutomaticCharge, ana: User, simulator: RunningSimulator, mailbox: Mailbox
) -> None:
    [sent] = [mail.message for mail in mailbox if "cobraremos" in str(mail.message["Subject"])]
    returned = WHOLE.format(message_id=sent["Message-ID"])
    bounces.record(message_from_string(REPORT.format(action="failed", returned=returned)))
    charge()
    assert dropped(announced) == "su correo nos devolvió una carta"
    assert (asked(simulator), letters_to(ana, "No hicimos")) == (0, [])


def test_another_letters_return_says_nothing_of_this_one(announced: AutomaticCharge, ana: User) -> None:
    ref = announced.ref
    for name in ("<carta-1@pagos.example>", "", f"<automatico-{'0' * 36}.0@x.pe>", f"<automatico-{ref}.1@x.pe>"):
        returned.record(name, why="550")
    assert mail_problems.of(ana) is None


def test_the_letter_never_left(ana: User, simulator: RunningSimulator, settings: Settings) -> None:
    a_plan(ana, simulator)
    settings.EMAIL_PORT = 1
    [announced] = announce()
    assert announced.letter.state == "queued"
    charge()
    announced.refresh_from_db()
    assert (announced.state, asked(simulator)) == ("announced", 0)
    charge(13)
    assert (dropped(announced), asked(simulator)) == ("no se pudo hacer a tiempo", 0)


def test_a_letter_that_leaves_too_late_does_not_leave(
    ana: User, simulator: RunningSimulator, settings: Settings, mailbox: Mailbox
) -> None:
    a_plan(ana, simulator)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    [announced] = announce(7)
    settings.EMAIL_PORT = port
    Letter.objects.update(next_try_at=None)
    announce(8)
    announced.letter.refresh_from_db()
    assert announced.letter.state == "withdrawn"
    charge()
    assert (dropped(announced), asked(simulator)) == ("la carta que lo anunciaba no le llegó", 0)


def test_a_letter_of_less_than_three_days(ana: User, simulator: RunningSimulator) -> None:
    a_plan(ana, simulator)
    announce(7)
    Letter.objects.filter(subject__startswith="El ").update(sent_at=timezone.now().replace(day=8, hour=12))
    charge()
    assert asked(simulator) == 0


def test_its_day_is_long_past(announced: AutomaticCharge, ana: User, simulator: RunningSimulator) -> None:
    charge(13)
    assert (dropped(announced), asked(simulator)) == ("no se pudo hacer a tiempo", 0)
    assert letters_to(ana, "No hicimos el cobro")


def test_a_due_above_the_ceiling_is_told_and_not_charged(ana: User, simulator: RunningSimulator) -> None:
    a_plan(ana, simulator, ceiling=Decimal("20.00"))
    assert announce(5) == announce(6) == []
    assert len(letters_to(ana, "Su cuota supera el tope")) == 1


def test_who_owes_nothing_gets_no_letter(bruno: User, simulator: RunningSimulator) -> None:
    a_plan(bruno, simulator)
    assert announce() == []
    assert letters_to(bruno, "El ") == []


def test_a_card_that_expires_before_the_day_ends_the_plan(ana: User, simulator: RunningSimulator) -> None:
    plan = a_plan(ana, simulator)
    AutomaticPlan.objects.filter(pk=plan.pk).update(card_expires=month(0) - timedelta(days=1))
    assert announce() == []
    assert AutomaticPlan.objects.get().stop_reason == "card_expired"
    assert letters_to(ana, "Su pago automático quedó detenido")


def test_a_token_that_no_key_opens_ends_the_plan(ana: User, simulator: RunningSimulator, settings: Settings) -> None:
    a_plan(ana, simulator, VISA)
    settings.SECRET_KEY = "lost" * 20
    assert announce() == []
    assert AutomaticPlan.objects.get().stop_reason == "card_unreadable"


def test_after_a_restore_nothing_announced_is_charged(
    announced: AutomaticCharge, ana: User, simulator: RunningSimulator
) -> None:
    """The backup may show as announced what was charged, skipped or stopped after it."""
    changes.drop_all_waiting("el portal se restauró de una copia de respaldo")
    charge()
    assert dropped(announced)
    assert (asked(simulator), len(letters_to(ana, "No hicimos el cobro"))) == (0, 1)
