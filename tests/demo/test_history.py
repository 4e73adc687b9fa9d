"""The demo's ninety days: played through the portal's own functions, so every book agrees with every other."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Sum
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from demo import unlocking
from demo.history.rows import split
from demo.start import DEMO_PASSWORD, DEMO_RUC
from dues.models import Channel, Due, Settlement
from members.models import User
from payments.checkout import limits
from payments.models import Attempt, Chargeback, DailyClose, Letter, LetterState, PayoutReport, RefundProposal
from payments.trail import verify
from receipts.models import Filing, Receipt
from receipts.tax_office.certificate import make_pkcs12
from tests.builders import an_order

HEADER = "cmp;tipo;mes;monto;canal;referencia;fecha_pago"


def test_a_fifth_of_the_members_pays_by_card_and_the_bank_sends_a_file_each_week() -> None:
    rows = [
        "30005;colegiado;10/2026;30.00;banco;OP-1;06/10/2026 09:00:00",
        "30005;colegiado;11/2026;30.00;banco;OP-2;08/10/2026 10:00:00",
        "30003;colegiado;10/2026;30.00;banco;OP-3;06/10/2026 11:00:00",
        "30003;colegiado;11/2026;30.00;planilla;PLA-1;25/11/2026",
        "30010;colegiado;01/2026;30.00;banco;OP-4;06/01/2026 11:00:00",
        "30020;colegiado;10/2026;30.00;banco;OP-5;06/10/2026 11:00:00",
    ]

    parts = split("\n".join([HEADER, *rows]), today=date(2026, 11, 30), without=[30020])

    # The newest row of 8 October becomes yesterday's, 29 November: 52 days later.
    assert [(visit.cmp_number, visit.months, f"{visit.at:%d/%m %H:%M}", visit.last) for visit in parts.cards] == [
        (30005, ("10/2026", "11/2026"), "29/11 10:00", True)
    ]
    assert {day: text.split("\n")[1:-1] for day, text in parts.weeks.items()} == {
        date(2026, 11, 28): ["30003;colegiado;10/2026;30.00;banco;OP-3;27/11/2026 11:00:00"]
    }
    opening = [row.replace("planilla", "saldo inicial").replace("banco", "saldo inicial") for row in rows[3:5]]
    assert parts.opening.split("\n")[1:-1] == [*opening, rows[5]]


@pytest.mark.django_db(transaction=True)
def test_whoever_opens_the_demo_finds_ninety_days_that_agree(settings: Settings, tmp_path: Path) -> None:
    certificate = tmp_path / "certificate.p12"
    certificate.write_bytes(make_pkcs12(DEMO_RUC, DEMO_PASSWORD, begins=datetime.now(UTC) - timedelta(days=200)))
    settings.NIUBIZ_ENVIRONMENT = settings.SUNAT_ENVIRONMENT = "simulator"
    settings.SIGNING_CERTIFICATE, settings.SIGNING_PASSWORD = str(certificate), DEMO_PASSWORD

    call_command("load_demo", history=[tmp_path / "gateway.sqlite3", tmp_path / "sunat.sqlite3"], verbosity=0)

    states = Counter(Attempt.objects.values_list("state", flat=True))
    assert states["approved"] > 80
    assert states["declined"] > 8
    assert (states["refunded"], states["in_doubt"]) == (6, 1)
    assert "monto" in Attempt.objects.get(state="in_doubt").staff_reason
    standing = Attempt.objects.filter(settles_order=True).aggregate(sum=Sum("amount") - Sum("given_back"))["sum"]
    settled = Settlement.objects.filter(channel=Channel.CARD, reversed_at=None).aggregate(sum=Sum("amount"))["sum"]
    assert standing == settled > Decimal(2500)
    filed = Counter(Filing.objects.values_list("state", flat=True))
    assert (filed["rejected"], filed["accepted"]) == (1, Filing.objects.count() - 1), filed
    assert set(Receipt.objects.values_list("document", flat=True)) == {"01", "03", "07"}
    assert DailyClose.objects.count() > 80
    assert all(close.ledger == close.receipts == close.charged - close.surplus for close in DailyClose.objects.all())
    assert PayoutReport.objects.count() > 8
    assert sorted(Chargeback.objects.values_list("state", flat=True)) == ["lost", "received"]
    assert RefundProposal.objects.filter(decided_at=None).count() == 1
    assert not Letter.objects.filter(state=LetterState.QUEUED).exists()
    assert not ProcrastinateJob.objects.exists()
    assert verify() > 500


@pytest.mark.django_db(transaction=True)
def test_the_history_is_played_once(settings: Settings, tmp_path: Path) -> None:
    call_command("load_demo", verbosity=0)

    call_command("load_demo", history=[tmp_path / "gateway.sqlite3", tmp_path / "sunat.sqlite3"], verbosity=0)

    assert not Attempt.objects.exists()


@pytest.mark.django_db
def test_a_tester_who_tried_six_declined_cards_may_go_on(ana: User) -> None:
    order = an_order(ana, *Due.objects.filter(kind="colegiado").order_by("period")[:2])
    for _ in range(limits.OF_AN_ACCOUNT):
        Attempt.objects.create(
            order=order,
            environment="simulator",
            merchant_id="1",
            amount=order.total,
            state="declined",
            concluded_at=timezone.now(),
        )
    assert limits.tries_of(ana).left == 0

    with connection.cursor() as cursor:
        cursor.execute(unlocking.OLDER)

    assert limits.tries_of(ana).left == limits.OF_AN_ACCOUNT
