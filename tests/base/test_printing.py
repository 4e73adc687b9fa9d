"""One document is printed at a time, and from nothing but itself and what lies beside its stylesheet."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from weasyprint import HTML
from weasyprint.urls import FatalURLFetchingError

from base import printing
from receipts.printing import pdf
from staff.treasury import closes

RECEIPT_STYLE = Path(pdf.HERE) / "printed.css"
PAGE = '<html lang="es-PE"><head><title>Cierre</title></head><body>{}</body></html>'


def test_two_renders_never_overlap_whatever_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Receipts and daily closes share one font map: of eight threads that print, one is in WeasyPrint at a time."""
    inside, most, gate = 0, 0, threading.Lock()
    render = HTML.render

    def watched(page: HTML, *args: object, **options: object) -> object:
        nonlocal inside, most
        with gate:
            inside += 1
            most = max(most, inside)
        time.sleep(0.02)  # long enough for another thread to come in, were the door open
        try:
            return render(page, *args, **options)
        finally:
            with gate:
                inside -= 1

    monkeypatch.setattr(HTML, "render", watched)
    styles = [RECEIPT_STYLE, closes.STYLE] * 4
    html = PAGE.format("<h1>Cierre</h1>")
    with ThreadPoolExecutor(8) as threads:
        papers = list(threads.map(lambda style: printing.pdf_of(html, stylesheet=style, identifier="1"), styles))
    assert most == 1
    assert all(paper.startswith(b"%PDF-1.7") for paper in papers)
    assert len(set(papers)) == 2, "a stylesheet gives the same bytes each time"


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/logo.svg",
        "http://169.254.169.254/latest/meta-data/",
        "ftp://example.com/logo.svg",
        "file:///etc/passwd",
        "fonts/../../manage.py",
        "fonts/%2e%2e/%2e%2e/manage.py",
    ],
)
def test_a_document_that_asks_for_something_else_is_not_printed(address: str) -> None:
    html = PAGE.format(f'<img alt="Logo" src="{address}">')
    with pytest.raises(FatalURLFetchingError):
        printing.pdf_of(html, stylesheet=RECEIPT_STYLE, identifier="1")


def test_a_picture_that_the_document_carries_is_printed() -> None:
    html = PAGE.format(f'<img alt="Código QR" src="{pdf._qr("20100200300|03|B001|1")}">')
    paper = printing.pdf_of(html, stylesheet=RECEIPT_STYLE, identifier="1")
    assert b"/Image" in paper
