"""Each report opens for whoever may read it, leads to its rows and gives its files."""

import pytest

from base.peru import months
from members.models import User
from staff.reports.all import REPORTS
from tests.builders import client_of, this_month

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("slug", REPORTS)
def test_a_report_opens_with_its_table_and_each_line_with_its_rows(slug: str, college: None, teresa: User) -> None:
    browser = client_of(teresa)
    page = browser.get(
        f"/admin/informes/{slug}/",
        {"desde": f"{months.shift(this_month(), -4):%Y-%m}", "hasta": f"{this_month():%Y-%m}"}
        if REPORTS[slug].by_period
        else {},
    )
    assert page.status_code == 200
    assert page.context["rows"], "the college has something to count"
    assert page.context["chart"].bars
    choice = page.context["choice"]
    for _, key in page.context["rows"]:
        behind = browser.get(f"/admin/informes/{slug}/filas/{key}/?{choice.address}")
        assert behind.status_code == 200, key
    for file_type in ("csv", "xlsx"):
        file = browser.get(f"/admin/informes/{slug}/tabla.{file_type}?{choice.address}")
        assert b"".join(file.streaming_content)
        rows = browser.get(
            f"/admin/informes/{slug}/filas/{page.context['rows'][0][1]}/filas.{file_type}?{choice.address}"
        )
        assert b"".join(rows.streaming_content)
    for key in page.context["downloads"]:
        assert browser.get(f"/admin/informes/{slug}/formato/{key}/?{choice.address}").status_code == 200
