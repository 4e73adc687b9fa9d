"""How soon a member sees a page of a running demo on a slow telephone: script/bench first_visit (demo running).

An empty cache, slow 3G (400 kbit/s, 400 ms there and back) and a processor four times slower, by Chromium's own
throttling. LCP is the moment the page's largest text or picture stands; beside it, in the same run, the bare page of
the terminal's fastest answer, /salud/viva/, which is what the network alone costs.
"""

import argparse
import statistics
import sys

from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from bench.measure import heading, machine
from demo.browser import launch

BYTES_A_SECOND = 400_000 / 8
ROUND_TRIP_MS = 400
TIMES_SLOWER = 4
MOST_SECONDS = 2.5
BARE = "/salud/viva/"
# Of the demo's member with the longest list.
EMAIL, PASSWORD = "carla@example.com", "demo-cmp-digital"
PAGES = (
    "/cuenta/login/",
    "/",
    "/pago/",
    "/pago/cuotas/",
    "/pago/historial/",
    "/estado-de-cuenta/",
    "/libro-de-reclamaciones/",
)
LARGEST = """
() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
    .observe({type: "largest-contentful-paint", buffered: true}))
"""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="script/bench first_visit", description=__doc__)
    parser.add_argument("--portal", default="http://127.0.0.1:8000", help="where the demo listens")
    parser.add_argument("--repeats", type=int, default=5, help="visits of each page (default 5)")
    chosen = parser.parse_args(arguments)
    print(f"First visits on slow 3G with a {TIMES_SLOWER} times slower processor\n{machine()}")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        member = _log_in(browser, chosen.portal)
        heading(f"{'page':30}{'LCP':>10}{'bytes':>10}{'times bare':>12}")
        bare, _ = _median(browser, chosen, BARE, None)
        slow = [page for page in PAGES if not _told(browser, chosen, page, member, bare)]
        browser.close()
    return 1 if slow else 0


def _log_in(browser: Browser, portal: str) -> StorageState:
    page = browser.new_context(base_url=portal).new_page()
    page.goto("/cuenta/login/")
    page.locator("[name=login]").fill(EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.get_by_role("button", name="Cerrar sesión").wait_for()
    return page.context.storage_state()


def _told(browser: Browser, chosen: argparse.Namespace, path: str, member: StorageState, bare: float) -> bool:
    seconds, weight = _median(browser, chosen, path, None if "login" in path else member)
    fast = seconds <= MOST_SECONDS
    print(f"{path:30}{seconds:>8.2f} s{weight:>10,}{seconds / bare:>12.1f}   {'ok' if fast else 'OVER'}", flush=True)
    return fast


def _median(browser: Browser, chosen: argparse.Namespace, path: str, member: StorageState | None) -> tuple[float, int]:
    visits = [_visit(browser, chosen.portal, path, member) for _ in range(chosen.repeats)]
    return statistics.median(seconds for seconds, _ in visits), visits[0][1]


def _visit(browser: Browser, portal: str, path: str, member: StorageState | None) -> tuple[float, int]:
    context = browser.new_context(
        base_url=portal, storage_state=member, viewport={"width": 390, "height": 844}, locale="es-PE"
    )
    page = context.new_page()
    _slow_down(page)
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto(path, wait_until="load")
    page.wait_for_timeout(300)
    seconds = page.evaluate(LARGEST) / 1000
    context.close()
    return seconds, sum(sizes)


def _slow_down(page: Page) -> None:
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": ROUND_TRIP_MS,
            "downloadThroughput": BYTES_A_SECOND,
            "uploadThroughput": BYTES_A_SECOND,
        },
    )
    line.send("Emulation.setCPUThrottlingRate", {"rate": TIMES_SLOWER})


if __name__ == "__main__":
    sys.exit(main())
