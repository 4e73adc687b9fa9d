"""The treasurer's day in a real browser: debts out, the bank's file in, rows by hand, the gateway, the deposit."""

import os
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from dues.imports import unidentified
from dues.models import CollectionAccount, Settlement
from members.models import User
from payments.models import PayoutReport
from tests.builders import a_due, a_member
from tests.journeys.steps import come_as
from tests.page_problems import problems

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("desk"), pytest.mark.django_db(transaction=True)]
CASES = Path(__file__).parent.parent / "files" / "cases"
UPLOAD = "/admin/dues/dataload/cargar/"
#: Where screenshots go, for whoever looks at them; none without it.
PICTURES = os.environ.get("PICTURES_DIR", "")


def look(page: Page, name: str, *, desk: bool = True) -> None:
    """Nothing is wrong with a page of the desk, at either width; Django's own admin is not ours. A picture on wish."""
    page.wait_for_load_state()
    found = problems(page)
    if not desk:
        found = [problem for problem in found if "link-in-text-block" not in problem]
    assert found == []
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def upload(page: Page, path: Path, content: str = "payments") -> None:
    page.goto(UPLOAD)
    page.locator("select[name=content]").select_option(content)
    page.locator("input[name=file]").set_input_files(path)
    page.get_by_role("button", name="Revisar el archivo").click()


def test_a_day_from_the_debts_to_the_deposit(
    page: Page, second_desk: Page, teresa: User, ursula: User, tmp_path: Path
) -> None:
    ana = a_member(cmp_number=58_213, surnames="Quispe", given_names="Ana")
    bruno = a_member(cmp_number=38_410, surnames="Ríos", given_names="Bruno")
    for month in (7, 9, 10):
        a_due(ana, period=date(2026, month, 1), amount=Decimal("30.00"))
        a_due(bruno, period=date(2026, month, 1), amount=Decimal("30.00"))
    CollectionAccount.objects.create(name="BCP soles", bank="BCP", ruc="20000000001", branch="193", account="5018854")
    come_as(page, teresa)
    come_as(second_desk, ursula)

    take_the_debts_to_the_bank(page)
    load_the_banks_rows(page, second_desk)
    say_whose_the_waiting_rows_are(page)
    yesterday = timezone.localdate() - timedelta(days=1)
    register_the_gateways_report(page, tmp_path / "depositos.txt", yesterday)
    match_what_arrived(page, second_desk, tmp_path / "eecc.csv", yesterday)


def take_the_debts_to_the_bank(page: Page) -> None:
    page.goto("/admin/pagos/deudas/")
    page.get_by_label("Cuenta de recaudación").select_option(label="BCP soles")
    page.get_by_role("button", name="Ver cuántas son").click()
    expect(page.get_by_text("S/ 180.00")).to_be_visible()
    look(page, "1-deudas")
    with page.expect_download() as download:
        page.get_by_role("link", name="Descargar el archivo").click()
    assert download.value.suggested_filename == "CREP.txt"


def load_the_banks_rows(page: Page, second_desk: Page) -> None:
    """One row pays; three wait."""
    upload(page, CASES / "u1_bank_rows_nobody_owes.csv")
    expect(page.get_by_text("Todavía no se guardó nada.")).to_be_visible()
    look(page, "2-revisar", desk=False)
    second_desk.goto(page.url)
    second_desk.get_by_label("Cargar solo las filas buenas").check()
    second_desk.get_by_role("button", name="Cargar", exact=True).click()
    expect(second_desk.locator("li.success")).to_contain_text("Por identificar: 3")


def say_whose_the_waiting_rows_are(page: Page) -> None:
    for sum_, cmp in (("30.00", "38410"), ("30.00", "38410"), ("35.00", "58213")):
        page.goto(f"/admin/dues/unidentifiedpayment/?q={sum_}&resolved_at__isempty=1")
        page.locator("#result_list tbody th a").first.click()
        page.get_by_label("Buscar por nombre, CMP o DNI").fill(cmp)
        page.locator("#content").get_by_role("button", name="Buscar", exact=True).click()
        page.get_by_role("link", name=f"Es de {cmp}").click()
        expect(page.get_by_role("button", name="Pagar sus cuotas con este dinero")).to_be_visible()
        look(page, f"3-identificar-{sum_}", desk=False)
        page.get_by_label("Mes:").fill("")
        page.get_by_role("button", name="Pagar sus cuotas con este dinero").click()
        expect(page.get_by_text("Listo: pagó")).to_be_visible()
    assert Settlement.objects.filter(reversed_at=None).count() == 4
    assert [payment.amount for payment in unidentified.waiting_payments()] == [Decimal("5.00")]


def register_the_gateways_report(page: Page, report: Path, yesterday: date) -> None:
    report.write_text((CASES / "n01_niubiz_real_shape.txt").read_text().replace("28/11/2026", f"{yesterday:%d/%m/%Y}"))
    page.goto("/admin/pagos/liquidaciones/")
    page.locator("input[type=file]").set_input_files(report)
    page.get_by_role("button", name="Cargar y comparar").click()
    expect(page.get_by_text("Revise antes de registrar.")).to_be_visible()
    look(page, "4-liquidacion")
    page.get_by_role("button", name="Registrar la liquidación").click()
    assert PayoutReport.objects.get().confirmed_at


def match_what_arrived(page: Page, second_desk: Page, statement: Path, yesterday: date) -> None:
    """The gateway's deposit stands in the bank's statement."""
    titles = (CASES / "k05_bcp_eecc.csv").read_text().splitlines()[:5]
    row = f"{yesterday:%d/%m/%Y};;ABONO NIUBIZ;55.76;1085.76;193-000;00000777;09:00:00;TNP;1;"
    statement.write_text("\n".join([*titles, row]))
    page.goto("/admin/pagos/depositos/")
    expect(page.get_by_text("No coincide")).to_be_visible()
    look(page, "5-falta-el-deposito")
    upload(page, statement)
    second_desk.goto(page.url)
    second_desk.get_by_role("button", name="Cargar", exact=True).click()
    expect(second_desk.locator("li.success")).to_be_visible()
    page.goto("/admin/pagos/depositos/")
    page.get_by_role("button", name="Conforme").click()
    expect(page.get_by_text("Coincide", exact=True)).to_be_visible()
    look(page, "6-deposito")
