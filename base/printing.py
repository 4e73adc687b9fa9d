"""HTML to PDF with WeasyPrint, one document at a time, from files of the portal alone.

Knows nothing of what is printed. Pango's font map is not made for several threads, and every font is read into it
once: so one lock, one font configuration and one fetcher serve the whole process.
"""

import atexit
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from weasyprint import CSS, Document
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

VARIANT = "pdf/ua-1"
# Paper left below the last line of a roll, in CSS pixels: 4 mm.
ROLL_END = 15.0

_one_at_a_time = threading.Lock()
# Of the stylesheets in use.
_folders: set[Path] = set()


class FetchRefused(ValueError):
    """A document asked for something outside itself and outside the folder of its stylesheet."""


def pdf_of(html: str, *, stylesheet: Path, identifier: str) -> bytes:
    """Returns these pages as an accessible PDF (PDF/UA-1). The same HTML and identifier give the same bytes.

    Reads neither the network nor a file outside the folder of the stylesheet: an image comes as `data:`, a font lies
    beside the stylesheet. An element with the id "end" ends its page, ROLL_END pixels below.

    Raises weasyprint.urls.FatalURLFetchingError for anything else that the HTML asks for.
    """
    from weasyprint import HTML

    with _one_at_a_time:
        fonts, fetcher = _shared()
        css = _stylesheet(stylesheet)
        page = HTML(string=html, base_url=stylesheet.parent.as_uri() + "/", url_fetcher=fetcher)
        document = page.render(stylesheets=[css], font_config=fonts, pdf_variant=VARIANT)
        _cut(document)
        pdf: bytes = document.write_pdf(pdf_variant=VARIANT, pdf_identifier=identifier.encode())
    return pdf


def _cut(document: "Document") -> None:
    """Ends a roll's page at the element "end", where there is one: no stylesheet can ask for "as long as it takes"."""
    for page in document.pages:
        if "end" in page.anchors:
            page.height = page.anchors["end"][1] + ROLL_END


# WeasyPrint is imported where it is used because it costs a second and 60 MB, which a process that prints nothing
# need not pay.


@cache
def _shared() -> "tuple[FontConfiguration, URLFetcher]":
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration(), _fetcher()


def _fetcher() -> "URLFetcher":
    from weasyprint.urls import URLFetcher

    class Fetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
        def fetch(self, url: str, headers: object = None) -> object:
            if not allowed(url):
                raise FetchRefused(url)
            return super().fetch(url, headers)

    return Fetcher(allowed_protocols=["file", "data"], allow_redirects=False, fail_on_errors=True)


def allowed(url: str) -> bool:
    """Whether a document may read this: only what it carries itself, and files beside the stylesheets in use."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        path = Path(unquote(parts.path)).resolve()
        return any(path.is_relative_to(folder) for folder in _folders)
    return parts.scheme == "data"


@cache
def _stylesheet(path: Path) -> "CSS":
    """Parsed once per process: a third of the time of a page."""
    from weasyprint import CSS

    fonts, fetcher = _shared()
    _folders.add(path.parent.resolve())
    return CSS(filename=path, font_config=fonts, url_fetcher=fetcher)


def _let_go() -> None:
    _stylesheet.cache_clear()
    _shared.cache_clear()


# While Python is still whole: WeasyPrint's clean-up of its fonts fails at the very end.
atexit.register(_let_go)
