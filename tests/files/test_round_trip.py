"""What the portal's export writes, its import reads, to the cent."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from base.files.tables import BadTable
from dues import ledger
from dues.imports import loading
from dues.models import Channel, DataLoad, Settlement
from members.models import Member
from receipts.accounts import ledger_export
from tests.builders import a_due, a_member

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 25, 17, tzinfo=UTC)


def a_member_owing(cmp_number: int) -> Member:
    member = a_member(cmp_number=cmp_number)
    for month in range(7, 12):
        a_due(member, period=date(2026, month, 1), amount=Decimal("30.10"))
    return member


@pytest.fixture
def ana(db: None) -> Member:
    """Paid by card, at a bank (an operation that begins with zero), and at a bank that took it back."""
    ana = a_member_owing(58_213)
    july, august, september, *_ = ana.dues.order_by("period")
    ledger.settle([(july.pk, july.amount)], channel=Channel.CARD, reference="100200", paid_at=NOON)
    ledger.settle([(august.pk, august.amount)], channel=Channel.BANK, reference="048937 · BCP 111017", paid_at=NOON)
    ledger.settle([(september.pk, september.amount)], channel=Channel.BANK, reference="=048938", paid_at=NOON)
    ledger.reverse(Settlement.objects.get(due=september), author="banco", reason="Extorno")
    return ana


def exported(path: Path) -> Path:
    today = timezone.localdate()
    days = {"--from": today - timedelta(days=1), "--to": today + timedelta(days=1)}
    call_command("export_settlements", str(path), *[f"{name}={day:%d/%m/%Y}" for name, day in days.items()])
    return path


def load(path: Path) -> loading.Loaded:
    request = loading.Request(content=DataLoad.Content.PAYMENTS, path=path, despite_warnings=True)
    return loading.load(request)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_export_is_read_back_and_says_nothing_new(ana: Member, tmp_path: Path, ending: str) -> None:
    today = timezone.localdate()
    span = ledger_export.Span(today - timedelta(days=1), today + timedelta(days=1))

    loaded = load(exported(tmp_path / f"pagos.{ending}"))

    assert (loaded.rows, loaded.added, loaded.waiting) == (4, 0, 0)
    assert loaded.total == ledger_export.total(span) == Decimal("60.20")


def test_an_export_has_no_english_word_and_keeps_leading_zeros(ana: Member, tmp_path: Path) -> None:
    text = exported(tmp_path / "pagos.csv").read_text()

    assert {"tarjeta", "banco", "reversión"} <= set(text.replace("\n", ";").split(";"))
    assert not {"bank", "card", "opening", "payroll", "manual"} & set(text.replace("\n", ";").split(";"))
    assert '"=""048937 · BCP 111017"""' in text
    assert '"=""=048938"""' in text


def test_the_banks_rows_of_an_export_pay_the_same_sums_where_they_are_not_known(ana: Member, tmp_path: Path) -> None:
    carla = a_member_owing(58_999)
    file = exported(tmp_path / "pagos.csv")
    rows = [row for row in file.read_text().splitlines() if "tarjeta" not in row]
    file.write_text("\n".join(rows).replace("58213", "58999"))

    load(file)

    assert Settlement.objects.get(due__member=carla, reversed_at=None).amount == Decimal("30.10")


def test_a_file_cannot_say_that_a_card_paid(ana: Member, tmp_path: Path) -> None:
    file = tmp_path / "banco.csv"
    header = "cmp;tipo;mes;monto;canal;referencia;fecha_pago"
    for amount, month in (("30.10", "11/2026"), ("-30.10", "07/2026")):
        file.write_text(f"{header}\n58213;colegiado;{month};{amount};tarjeta;100200;25/11/2026\n")

        with pytest.raises(BadTable) as refusal:
            load(file)

        assert "lo registra solo el portal" in str(refusal.value.problems[0])
    assert Settlement.objects.get(reference="100200").reversed_at is None
