"""Two people set a council's share; what was handed out does not change, and a refund takes back what was given."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from dues import ledger
from dues.models import Settlement
from members.models import User
from staff.models import CouncilShare
from staff.reports import councils, shares
from staff.reports.report import Choice
from staff.reports.shares import Proposed, ShareRefused
from tests.builders import a_council, a_due, a_member, a_settlement, client_of, month, this_month
from tests.receipts.test_refusals import refused, sql

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
THIS = Choice(this_month(), this_month())


def proposed(author: User, percent: str = "40", valid_from: date = date(2020, 1, 1)) -> CouncilShare:
    share = Proposed(
        council=a_council(), kind="colegiado", valid_from=valid_from, percent=Decimal(percent), basis="Acuerdo 3-2026"
    )
    return shares.propose(share, author=author)


def approved(author: User, by: User, percent: str = "40", valid_from: date = date(2020, 1, 1)) -> CouncilShare:
    return shares.approve(proposed(author, percent, valid_from).pk, by=by)


def due_to_councils(choice: Choice = THIS) -> Decimal:
    total = councils.answer(choice).total
    assert total
    assert isinstance(total[6], Decimal)
    return total[6]


def test_a_share_counts_only_once_a_second_person_approved_it(teresa: User, ursula: User) -> None:
    a_settlement(a_due(a_member(), amount="100.00"))
    share = proposed(teresa)
    assert due_to_councils() == 0
    assert "Sin porcentaje aprobado: S/ 100.00" in councils.answer(THIS).verdict
    with pytest.raises(ShareRefused, match="Otra persona"):
        shares.approve(share.pk, by=teresa)
    shares.approve(share.pk, by=ursula)
    assert due_to_councils() == Decimal("40.00")
    with pytest.raises(ShareRefused, match="ya se decidió"):
        shares.approve(share.pk, by=ursula)


def test_a_rejected_share_counts_nothing(teresa: User, ursula: User) -> None:
    a_settlement(a_due(a_member(), amount="100.00"))
    shares.reject(proposed(teresa).pk, by=ursula, reason="El acuerdo dice otra cosa")
    assert due_to_councils() == 0
    assert not shares.waiting()


def test_a_new_share_changes_no_statement_of_the_past(teresa: User, ursula: User) -> None:
    approved(teresa, ursula)
    with pytest.raises(ShareRefused, match="no cambian"):
        proposed(teresa, "50", TODAY - timedelta(days=1))
    with pytest.raises(ShareRefused, match="empieza ese día"):
        [proposed(teresa, percent, TODAY) for percent in ("50", "60")]


def test_a_refund_takes_back_at_the_percentage_at_which_the_payment_was_shared(teresa: User, ursula: User) -> None:
    """Recorded last month at 40 %, reversed today at 50 %: the council gives back 40, not 50."""
    approved(teresa, ursula, "40")
    approved(teresa, ursula, "50", TODAY)
    at = timezone.now() - timedelta(days=40)
    old = a_settlement(a_due(a_member(), amount="100.00"), recorded_at=at, paid_at=at)
    a_settlement(a_due(a_member(), amount="200.00"), reference="OP-2")
    ledger.reverse(old, author="personal:1", reason="Extorno del banco")
    assert due_to_councils() == Decimal("100.00") - Decimal("40.00")
    earlier = Choice(month(2), month(1))
    assert due_to_councils(earlier) == Decimal("40.00")
    assert Settlement.objects.standing().count() == 1


def test_half_a_cent_is_rounded_up_and_the_rest_stays_with_the_college(teresa: User, ursula: User) -> None:
    approved(teresa, ursula, "50")
    a_settlement(a_due(a_member(), amount="0.05"))
    [row] = councils.answer(THIS).rows
    assert row.cells[4:] == (Decimal("0.05"), Decimal("50.00"), Decimal("0.03"), Decimal("0.02"))


def test_the_statement_is_a_pdf_and_the_shares_have_their_pages(teresa: User, ursula: User) -> None:
    a_settlement(a_due(a_member(), amount="100.00"))
    browser, second = client_of(teresa), client_of(ursula)
    form = {"council": "3", "kind": "colegiado", "percent": "40", "valid_from": "2026-01-01", "basis": "Acuerdo 3-2026"}
    a_council()
    assert browser.post("/admin/informes/participaciones/proponer/", form).status_code == 302
    share = CouncilShare.objects.get()
    decide = f"/admin/informes/participaciones/{share.pk}/decidir/"
    refused = browser.post(decide, {"approve": ""})
    assert refused.status_code == 400
    assert "Otra persona debe aprobar" in refused.content.decode()
    assert second.post(decide, {"reject": ""}).status_code == 400
    assert second.post(decide, {"approve": ""}).status_code == 302
    assert "40.00 %" in browser.get("/admin/informes/participaciones/").content.decode()
    paper = browser.get("/admin/informes/consejos/estado.pdf")
    assert paper.content.startswith(b"%PDF")
    assert browser.get("/admin/informes/recaudacion/estado.pdf").status_code == 404


# --- Past the functions, at the table


def a_row(author: User, **fields: Any) -> CouncilShare:
    defaults = {"kind": "colegiado", "valid_from": date(2020, 1, 1), "percent": Decimal(40), "basis": "Acuerdo 3-2026"}
    return CouncilShare.objects.create(council=a_council(), author=author, **(defaults | fields))


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("a_share_is_a_percentage", {"percent": Decimal(101)}),
        ("a_share_is_a_percentage", {"percent": Decimal(-1)}),
        ("a_decided_share_names_its_person", {"decided_at": timezone.now()}),
        ("a_decided_share_names_its_person", {"rejection": "No"}),
    ],
)
def test_the_table_refuses_a_share_that_cannot_be(rule: str, fields: dict[str, Any], teresa: User) -> None:
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        a_row(teresa, **fields)


def test_the_table_keeps_the_second_person_the_day_and_the_past(teresa: User, ursula: User) -> None:
    done = {"decided_at": timezone.now()}
    with pytest.raises(IntegrityError, match="a_second_person_approves_a_share"), transaction.atomic():
        a_row(teresa, decided_by=teresa, **done)
    share = a_row(teresa, decided_by=ursula, **done)
    with pytest.raises(IntegrityError, match="a_share_changes_no_past_statement"), transaction.atomic():
        a_row(teresa, valid_from=TODAY - timedelta(days=1))
    a_row(teresa, valid_from=TODAY)
    with pytest.raises(IntegrityError, match="a_day_begins_one_share_of_a_council"), transaction.atomic():
        a_row(teresa, valid_from=TODAY)
    refused(
        "a_share_keeps_what_was_proposed", sql("UPDATE staff_councilshare SET percent = 90 WHERE decided_at IS NULL")
    )
    refused(
        "a_decided_share_is_final", sql("UPDATE staff_councilshare SET rejection = 'No' WHERE decided_at IS NOT NULL")
    )
    refused("a_share_is_never_deleted", sql("DELETE FROM staff_councilshare"))
    share.refresh_from_db()
    assert (share.percent, share.rejection) == (Decimal(40), "")
