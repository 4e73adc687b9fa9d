"""What staff read of a due, a payment of it and a surplus in the admin: its sums as Peru writes them."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from dues.models import DataLoad, Surplus
from members.models import User
from tests.builders import a_due, a_member, a_settlement, client_of


@pytest.mark.parametrize("table", ["due", "settlement", "surplus", "dataload"])
def test_a_sum_on_the_page_of_a_row_has_its_thousands_apart(table: str, teresa: User) -> None:
    due = a_due(a_member(), amount=Decimal("1234.50"))
    settlement = a_settlement(due)
    surplus = Surplus.objects.create(
        member=due.member, due=due, amount=due.amount, channel="bank", reference="OP-2", paid_at=timezone.now()
    )
    load = DataLoad.objects.create(
        content="dues",
        file_name="cuotas.csv",
        sha256="0" * 64,
        rows=1,
        added=1,
        changed=0,
        total=due.amount,
    )
    row = {"due": due, "settlement": settlement, "surplus": surplus, "dataload": load}[table]
    page = client_of(teresa).get(reverse(f"admin:dues_{table}_change", args=[row.pk])).content.decode()
    assert "S/ 1,234.50" in page
    assert "1234.50" not in page
