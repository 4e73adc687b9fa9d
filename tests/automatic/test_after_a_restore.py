"""A backup was restored: it shows as announced what was charged, skipped or stopped after it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from payments.books import recovery
from payments.gateway import Approved, for_stored_cards
from payments.models import UnmatchedCharge
from payments.ways.automatic import run
from simulators.niubiz.server import RunningSimulator
from tests.automatic.card_on_file import charged, letters_to
from tests.automatic.due_charges import a_due_charge, a_kept_card

pytestmark = pytest.mark.django_db(transaction=True)


def restore() -> recovery.Recovery:
    return recovery.bring_back(since=timezone.now() - timedelta(minutes=5), beyond=12)


def test_nothing_announced_before_the_backup_is_charged(simulator: RunningSimulator) -> None:
    made = a_due_charge(simulator.control)
    restore()
    assert not run.make(made.pk)
    made.refresh_from_db()
    assert (made.state, charged(simulator)) == ("dropped", [])
    [letter] = letters_to(made.plan.user, "No hicimos el cobro")
    assert "el portal se restauró de una copia de respaldo" in letter.body


def test_a_charge_of_a_card_on_file_that_the_backup_forgot_is_held_for_staff(simulator: RunningSimulator) -> None:
    made = a_due_charge(simulator.control)
    run.make(made.pk)
    forgotten = recovery._next_number() + 2
    keeper = for_stored_cards()
    answer = keeper.charge_stored_card(
        purchase_number=str(forgotten),
        amount=Decimal("45.00"),
        currency="PEN",
        card_token=a_kept_card(simulator.control).token,
        first=True,
        email="ana@example.com",
    )
    assert isinstance(answer, Approved)

    assert restore().held == [forgotten]
    held = UnmatchedCharge.objects.get()
    assert (held.merchant_id, held.amount) == (keeper.merchant_id, Decimal("45.00"))
    assert restore().held == []


def test_a_charge_that_the_backup_shows_as_sent_is_concluded(
    simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = a_due_charge(simulator.control)
    with monkeypatch.context() as patched:
        patched.setattr("payments.checkout.charge.conclude", _killed)
        with pytest.raises(SystemExit):
            run.make(made.pk)
    assert len(restore().concluded) == 1
    run.dispatch(timezone.now())
    made.refresh_from_db()
    assert (made.state, charged(simulator)) == ("paid", ["60.00"])


def _killed(*_: object, **__: object) -> None:
    raise SystemExit("kill -9")
