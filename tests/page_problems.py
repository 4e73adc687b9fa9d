"""What no page may have, looked for at the width of a desk and of a phone."""

from collections.abc import Sequence

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDTHS = (1280, 390)
AXE = Axe().axe_script
RUN = "outside => axe.run({exclude: outside}, {resultTypes: ['violations']}).then(found => found.violations)"


def problems(page: Page, *, beside: Sequence[str] = ()) -> list[str]:
    """What axe finds at each width outside the elements of `beside`, and whether one has to scroll sideways."""
    found = []
    if not page.evaluate("'axe' in window"):  # half a megabyte to compile: once a page, not once a width
        page.evaluate(AXE)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 850})
        broken = page.evaluate(RUN, list(beside))
        found += [f"{width}: {rule['id']} {rule['nodes'][0]['html']}" for rule in broken]
        if scrolls_sideways(page):
            found.append(f"{width}: wider than the window")
    return found


def scrolls_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))
