"""Files that cannot be read change nothing, whichever function reads them."""

from pathlib import Path

import pytest
from django.db import transaction

from base.files import tables
from base.files.tables import BadTable
from members import roll
from members.models import Member, User
from payments.books import payouts

pytestmark = pytest.mark.django_db


def a_file(folder: Path, content: str) -> tables.TableFile:
    path = folder / "archivo.csv"
    path.write_text(content)
    return tables.examine(path)


def test_a_roll_without_its_columns_changes_no_member(ana: User, tmp_path: Path) -> None:
    before = list(Member.objects.values())
    with pytest.raises(BadTable) as refusal, transaction.atomic():
        roll.load(a_file(tmp_path, "cmp;monto\n45678;30.00\n"), progress=lambda rows: None)
    assert "falta la columna" in str(refusal.value.problems[0])
    assert list(Member.objects.values()) == before


def test_a_payout_report_without_its_columns_states_no_numbers(tmp_path: Path) -> None:
    with pytest.raises(BadTable) as refusal:
        payouts.numbers_in(a_file(tmp_path, "cmp;monto\n45678;30.00\n"))
    assert "falta la columna" in str(refusal.value.problems[0])
