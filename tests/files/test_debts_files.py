"""The debts file of each bank: its positions, its totals, and nothing in it that a bank rejects."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from dues import exemptions, ledger
from dues.debts import debts
from dues.imports import loading
from dues.models import Channel, CollectionAccount, DataLoad, Due
from members.models import Member, User
from tests.builders import a_due, a_member, client_of
from tests.files.test_bank_files import july_noon, paid

pytestmark = pytest.mark.django_db
UNTIL = debts.Choice(until=date(2026, 12, 31))


@pytest.fixture
def ana(db: None) -> Member:
    ana = a_member(cmp_number=58_213, surnames="Ñahui Núñez", given_names="Ana María", document_number="40123456")
    a_due(ana, period=date(2026, 8, 1), amount=Decimal("30.00"), due_date=date(2026, 8, 31))
    a_due(ana, period=date(2026, 7, 1), amount=Decimal("30.00"), due_date=date(2026, 7, 31))
    a_due(ana, kind="semefa", period=date(2026, 9, 1), amount=Decimal("85.50"), due_date=date(2026, 9, 30))
    return ana


def account(bank: str) -> CollectionAccount:
    return CollectionAccount.objects.create(
        name=bank, bank=bank, ruc="20000000001", branch="193", account="5018854", service="500"
    )


def lines_for(bank: str) -> list[str]:
    with debts.write(account(bank), UNTIL) as file:
        return file.read().decode("ascii").split("\r\n")[:-1]


def test_bcp_reads_its_header_and_each_due_oldest_first(ana: Member) -> None:
    header, july, august, september = lines_for("BCP")

    assert {len(line) for line in (header, july, august, september)} == {250}
    assert (header[:14], header[14:54].strip()) == ("CC19305018854C", "COLEGIO MEDICO DEL PERU")
    assert (header[62:71], header[71:86], header[86:93]) == ("000000003", "000000000014550", "R000500")
    assert (july[:27], july[27:67].strip()) == ("DD1930501885400000000058213", "NAHUI NUNEZ ANA MARIA")
    assert (july[67:97].strip(), july[97:113]) == ("COL202607", "2026070120260731")
    assert (july[113:143], july[143:152]) == ("000000000003000000000000000000", "000003000")
    assert july[173:189] == "0000000040123456"
    assert [line[67:97].strip() for line in (august, september)] == ["COL202608", "SEM202609"]


def test_bbva_reads_its_reference_and_its_totals(ana: Member) -> None:
    header, july, _, _, trailer = lines_for("BBVA")

    assert {len(line) for line in (header, july, trailer)} == {360}
    assert header[:30].startswith("0120000000001500PEN")
    assert (july[32:41], july[41:59].strip()) == ("000058213", "COL202607")
    assert (july[80:96], july[96:98]) == ("2026073120260731", "07")
    assert (july[98:113], july[113:128]) == ("000000000003000", "000000000003000")
    assert (july[160:176], july[308], july[309:324]) == ("0100000000003000", "L", "000000040123456")
    assert (trailer[2:11], trailer[11:29]) == ("000000003", "000000000000014550")


@pytest.mark.parametrize(("bank", "width"), [("SCOTIABANK", 290), ("INTERBANK", 400)])
def test_the_other_banks_have_lines_of_their_width(ana: Member, bank: str, width: int) -> None:
    lines = lines_for(bank)

    assert {len(line) for line in lines} == {width}
    assert any("COL202607" in line for line in lines)


def test_a_due_paid_by_card_is_not_in_the_next_file_and_an_exempt_one_never_is(ana: Member, teresa: User) -> None:
    july, august, _ = Due.objects.order_by("period")
    ledger.settle([(july.pk, july.amount)], channel=Channel.CARD, reference="1", paid_at=july_noon())
    exemptions.grant(
        author=teresa,
        member=ana,
        act="exoneration",
        kind="colegiado",
        first_period=august.period,
        last_period=august.period,
        reason="Estudios",
        document="R-1",
        granted_date=date(2026, 8, 1),
    )

    assert [line[67:97].strip() for line in lines_for("BCP")[1:]] == ["SEM202609"]


def test_what_the_bank_returns_of_our_file_pays_the_due_it_names(ana: Member, tmp_path: Path) -> None:
    """Out and back: what the bank kept untouched says kind and month."""
    debt = lines_for("BCP")[2]
    back = f"CC19305018854C20261125{1:09}{3000:015}".ljust(200)
    row = f"{debt[:27]}{debt[67:97]}20261125{debt[105:113]}{3000:015}{0:015}{3000:015}111017048937".ljust(200)
    (tmp_path / "CDPG.TXT").write_text(f"{back}\r\n{row}\r\n")

    loading.load(loading.Request(content=DataLoad.Content.PAYMENTS, path=tmp_path / "CDPG.TXT"))

    assert paid(ana) == ["08/2026"]


def test_a_choice_without_debts_makes_no_file(ana: Member) -> None:
    with pytest.raises(debts.NothingOwed):
        debts.write(account("BCP"), debts.Choice(until=date(2026, 6, 30)))


def test_the_treasury_sees_count_and_sum_and_downloads(ana: Member, teresa: User, walter: User) -> None:
    crep = account("BCP")
    browser = client_of(teresa)
    query = {"account": crep.pk, "until": "2026-12-31", "kind": "", "council": ""}

    page = browser.get("/admin/pagos/deudas/", query).content.decode()
    assert "S/ 145.50" in page.replace("\xa0", " ")
    file = browser.get("/admin/pagos/deudas/archivo/", query)
    assert b"".join(file).startswith(b"CC193")  # type: ignore[call-overload]
    assert 'filename="CREP.txt"' in file["Content-Disposition"]
    book = browser.get("/admin/pagos/deudas/archivo/", query | {"sheet": "on"})
    rows = list(load_workbook(BytesIO(b"".join(book))).worksheets[0].iter_rows(values_only=True))  # type: ignore[call-overload]
    assert rows[0][0] == "Código del Depositante"
    assert rows[1][0:3] == ("058213", "NAHUI NUNEZ ANA MARIA", "COL202607")
    assert client_of(walter).get("/admin/pagos/deudas/").status_code == 403


def test_the_command_writes_the_same_file(ana: Member, tmp_path: Path) -> None:
    account("BCP")
    call_command("debts_file", "BCP", tmp_path / "CREP.txt", "--until", "2026-12-31", "--kind", "semefa")

    assert (tmp_path / "CREP.txt").read_text().count("\n") == 2
    with pytest.raises(CommandError, match="No hay una cuenta"):
        call_command("debts_file", "Otro", tmp_path / "x", "--until", "2026-12-31")
