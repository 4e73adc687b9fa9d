"""HTML to PDF with WeasyPrint, one document at a time, from local files only.

Pango's font map is not thread-safe, and every font is loaded into it once. One lock, one font configuration and one
fetcher therefore serve the whole process.
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
# Paper below the last line of a roll, in CSS pixels: 4 mm.
ROLL_END = 15.0

_render_lock = threading.Lock()
# The folders of the stylesheets in use.
_folders: set[Path] = set()


class FetchRefused(ValueError):
    """The document refers to something outside itself and the folder of its stylesheet."""


def pdf_of(html: str, *, stylesheet: Path, identifier: str) -> bytes:
    """Returns the pages as an accessible PDF (PDF/UA-1). The same HTML and identifier give the same bytes.

    Only files in the stylesheet's folder are read: images must be `data:` URLs, and fonts lie beside the stylesheet. An
    element with the id "end" ends its page, ROLL_END pixels below.

    Raises weasyprint.urls.FatalURLFetchingError for any other URL in the HTML.
    """
    from weasyprint import HTML

    with _render_lock:
        fonts, fetcher = _shared()
        css = _stylesheet(stylesheet)
        page = HTML(string=html, base_url=stylesheet.parent.as_uri() + "/", url_fetcher=fetcher)
        document = page.render(stylesheets=[css], font_config=fonts, pdf_variant=VARIANT)
        _cut(document)
        pdf: bytes = document.write_pdf(pdf_variant=VARIANT, pdf_identifier=identifier.encode())
    return pdf


def _cut(document: "Document") -> None:
    """Ends the page of a roll at the element "end"; CSS cannot ask for a page as long as its content."""
    for page in document.pages:
        if "end" in page.anchors:
            page.height = page.anchors["end"][1] + ROLL_END


# WeasyPrint is imported inside functions: it costs a second and 60 MB, also in processes that print nothing.


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
    """Tells whether a document may load this URL: `data:`, or a file beside a stylesheet in use."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        path = Path(unquote(parts.path)).resolve()
        return any(path.is_relative_to(folder) for folder in _folders)
    return parts.scheme == "data"


@cache
def _stylesheet(path: Path) -> "CSS":
    """Parsed once per process: parsing takes a third of the time of a page."""
    from weasyprint import CSS

    fonts, fetcher = _shared()
    _folders.add(path.parent.resolve())
    return CSS(filename=path, font_config=fonts, url_fetcher=fetcher)


def _release_fonts() -> None:
    _stylesheet.cache_clear()
    _shared.cache_clear()


# atexit runs while Python is still intact; WeasyPrint's own clean-up of fonts fails later.
atexit.register(_release_fonts)
