"""SUNAT's sales register: a month as it stood at its end, and what came to nothing later in the month it fell."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from pytest_django import Settings

from base.peru import months
from members.models import User
from receipts.models import Affectation, Receipt
from receipts.tax_office.states import FilingState
from staff.models import JournalLayout
from staff.reports.journal import layouts as journals
from staff.reports.journal import postings
from staff.reports.register import report as register
from staff.reports.register.layouts import LAYOUTS, download
from staff.reports.report import Choice
from tests.builders import a_due, a_member, a_user, month, this_month
from tests.reports.college import by_card, filed, give_back, issued_on

pytestmark = pytest.mark.django_db
THIS, LAST = this_month(), month(1)
LUCK = random.Random(1)


def a_receipt(amount: str = "30.00", count: int = 1, state: str = FilingState.ACCEPTED) -> Receipt:
    member = a_member()
    dues = [a_due(member, amount=amount, period=month(back)) for back in range(count)]
    return by_card(LUCK, a_user(member), dues, state=state).receipt


def lines(version: str, period: date) -> list[list[str]]:
    file = download(LAYOUTS[version], Choice(period, period))
    return [line.split("|") for line in file.content.decode("iso-8859-1").splitlines()]


def sums(period: date) -> dict[str, Decimal]:
    answer = register.answer(Choice(period, period))
    return {str(row.cells[2]): row.cells[7] for row in answer.rows}  # type: ignore[misc]


def test_a_boleta_has_the_35_fields_of_the_register_14_1() -> None:
    receipt = a_receipt("30.00")
    [line] = lines("ple-14-1", THIS)
    assert len(line) == 36, "35 fields, each with its bar"
    assert line[0] == f"{THIS:%Y%m}00"
    assert line[5:8] == ["03", receipt.series.code, str(receipt.number)]
    assert line[9:11] == ["1", receipt.buyer_number]
    assert line[12:25] == [*["0.00"] * 6, "30.00", *["0.00"] * 5, "30.00"]
    assert line[25:27] == ["PEN", "1.000"]
    assert line[33:35] == ["1", "1"]


def test_sires_file_has_33_fields_and_the_college() -> None:
    a_receipt("30.00")
    [line] = lines("sire-anexo-3", THIS)
    assert len(line) == 34
    assert line[:4] == [settings.COLLEGE["ruc"], settings.COLLEGE["name"], f"{THIS:%Y%m}", ""]
    assert (line[19], line[25], line[26], line[27]) == ("30.00", "30.00", "PEN", "")


def test_the_files_have_sunats_names() -> None:
    ruc = settings.COLLEGE["ruc"]
    empty = [download(layout, Choice(THIS, THIS)).name for layout in LAYOUTS.values()]
    assert empty == [f"LE{ruc}{THIS:%Y%m}00140100001011.txt", f"LE{ruc}{THIS:%Y%m}00140400021012.txt"]
    a_receipt()
    full = [download(layout, Choice(THIS, THIS)).name for layout in LAYOUTS.values()]
    assert full == [f"LE{ruc}{THIS:%Y%m}00140100001111.txt", f"LE{ruc}{THIS:%Y%m}00140400021112.txt"]


def test_a_note_subtracts_and_names_what_it_corrects() -> None:
    receipt = a_receipt("30.00", count=3)
    note = give_back(receipt.order, 2)
    boleta, credit = lines("ple-14-1", THIS)
    assert (boleta[24], credit[24], credit[18]) == ("90.00", "-60.00", "-60.00")
    assert credit[5:7] == ["07", note.series.code]
    assert credit[27:31] == [f"{receipt.issue_date:%d/%m/%Y}", "03", receipt.series.code, str(receipt.number)]
    assert register.answer(Choice(THIS, THIS)).total[7] == Decimal("30.00")  # type: ignore[index]


def test_a_taxed_note_of_an_earlier_month_lowers_the_base_as_a_discount(teresa: User) -> None:
    Affectation.objects.create(kind="colegiado", code="10", basis="Informe de prueba", author=teresa)
    receipt = a_receipt("118.00")
    assert lines("ple-14-1", THIS)[0][12:17] == ["0.00", "100.00", "0.00", "18.00", "0.00"]
    give_back(receipt.order, 1)
    assert lines("ple-14-1", THIS)[1][12:17] == ["0.00", "-100.00", "0.00", "-18.00", "0.00"]
    issued_on(receipt, LAST)
    [note] = lines("ple-14-1", THIS)
    assert note[12:17] == ["0.00", "0.00", "-100.00", "0.00", "-18.00"]


def test_a_document_that_fell_within_its_month_stands_with_zeros() -> None:
    a_receipt("30.00")
    filed(a_receipt("50.00"), FilingState.VOIDED)
    a_receipt("70.00", state=FilingState.REJECTED)
    answer = register.answer(Choice(THIS, THIS))
    assert sums(THIS) == {"De estos meses": Decimal("30.00"), "Sin valor: rechazado o dado de baja": Decimal("0.00")}
    assert answer.total[3] == 3  # type: ignore[index]
    assert [line[34] for line in lines("ple-14-1", THIS)] == ["1", "2", "2"]
    assert [line[24] for line in lines("ple-14-1", THIS)] == ["30.00", "0.00", "0.00"]


def test_one_voided_in_a_later_month_leaves_its_own_register_as_presented_and_corrects_it_in_the_later() -> None:
    receipt = a_receipt("50.00")
    issued_on(receipt, months.shift(THIS, 0) - timedelta(days=1))
    filed(receipt, FilingState.VOIDED, on=THIS)
    assert [(line[24], line[34]) for line in lines("ple-14-1", LAST)] == [("50.00", "1")]
    [correction] = lines("ple-14-1", THIS)
    assert (correction[0], correction[24], correction[34]) == (f"{LAST:%Y%m}00", "0.00", "9")
    assert lines("sire-anexo-3", THIS) == []
    assert "Además anula S/ 50.00" in register.answer(Choice(THIS, THIS)).verdict


def test_the_journal_undoes_what_fell_later_and_books_nothing_of_what_fell_within_its_month() -> None:
    receipt = a_receipt("50.00")
    issued_on(receipt, THIS - timedelta(days=1))
    filed(receipt, FilingState.VOIDED, on=THIS)
    a_receipt("70.00", state=FilingState.REJECTED)
    journals.ensure()
    layout = JournalLayout.objects.earliest("name")
    before = [(line.account, line.debit, line.credit) for line in postings.postings(Choice(LAST, LAST), layout)]
    after = [(line.account, line.credit, line.debit) for line in postings.postings(Choice(THIS, THIS), layout)]
    assert before == after == [
        (layout.card_account, Decimal("50.00"), Decimal("0.00")),
        (layout.colegiado_account, Decimal("0.00"), Decimal("50.00")),
    ]  # fmt: skip


def test_samples_are_in_no_register_of_a_college_that_works_with_its_own_data(settings: Settings) -> None:
    a_receipt()
    settings.SAMPLE_DATA = False
    assert register.answer(Choice(THIS, THIS)).rows == ()


def test_a_name_cannot_break_the_line() -> None:
    member = a_member("Ana | María", "Ríos & Ñahui")
    by_card(LUCK, a_user(member), [a_due(member)])
    [line] = lines("ple-14-1", THIS)
    assert len(line) == 36
    assert line[11] == "Ana María Ríos y Ñahui"
