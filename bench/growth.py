"""What a checkout costs as the college grows: ten times and a hundred times the members, and more web processes.

At each size the same number of members pays; CPU per checkout and the median of the page of choosing stand beside those
of the smallest size. A straight line is a ratio of 1.
"""

import argparse
import logging
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from bench.checkout.parts import Parts, Size, measured_parts
from bench.measure import ROOT, heading, machine, percentile

SIZES = (10_000, 100_000, 1_000_000)
WORKERS = (1, 2, 4)

Cost = tuple[float, float]  # CPU-seconds of a checkout, median seconds of the page of choosing


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="script/bench growth", description=__doc__)
    parser.add_argument(
        "--scale", type=float, default=0.01, help="1 is 10,000, 100,000 and 1,000,000 members (default 0.01)"
    )
    parser.add_argument("--checkouts", type=int, default=80, help="members who pay at each size (default 80)")
    parser.add_argument("--members-at-once", type=int, default=8, help="at the same time (default 8)")
    parser.add_argument("--keep", action="store_true", help="use the members and dues that an earlier run loaded")
    parser.add_argument(
        "--dir", type=Path, default=ROOT / "var" / "bench" / "growth", help="a database for each size (emptied)"
    )
    chosen = parser.parse_args(arguments)
    print(f"Growth: {chosen.checkouts} checkouts at each size, {chosen.members_at_once} at once\n{machine()}")
    heading(
        f"{'members':>10}{'web workers':>13}{'CPU each':>11}{'ratio':>8}"
        f"{'choose, median':>17}{'ratio':>8}{'a second':>10}"
    )
    first: Cost | None = None
    for size in SIZES:
        # A process for each, since Django keeps to the database it was set up with.
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            first = process.submit(_at_size, round(size * chosen.scale), chosen, first).result()
    return 0


def _at_size(members: int, chosen: argparse.Namespace, first: Cost | None) -> Cost:
    logging.disable(logging.INFO)
    with measured_parts(chosen.dir.resolve() / str(members), Size(), keep=chosen.keep) as parts:
        return _with_more_workers(parts, members, chosen, first)


def _with_more_workers(parts: Parts, members: int, chosen: argparse.Namespace, first: Cost | None) -> Cost:
    import django

    django.setup()
    from bench.checkout import people

    if chosen.keep:
        people.prepare()
    else:
        people.found(parts.folder, members)
    parts.start_neighbours()
    for workers in WORKERS:
        parts.size = Size(web_workers=workers)
        cpu, choose, rate = _measure(parts, chosen)
        first = first or (cpu, choose)
        print(
            f"{members:10,}{workers:13}{cpu:9.3f} s{cpu / first[0]:8.2f}{choose * 1000:14.0f} ms"
            f"{choose / first[1]:8.2f}{rate:8.1f}/s",
            flush=True,
        )
    assert first
    return first


def _measure(parts: Parts, chosen: argparse.Namespace) -> tuple[float, float, float]:
    """CPU-seconds of a checkout in all processes, median seconds of the page of choosing, checkouts a second."""
    from bench.checkout import crowd, people, run, table

    parts.start_web()
    parts.start_jobs()
    place = crowd.Place(parts.url("web").removeprefix("http://"), parts.url("simulator"), people.PASSWORD)
    crowd.pay_all(place, people.open_accounts(run.WARM_UP), at_once=4)
    run.wait_for_letters()
    before = sum(parts.cpu().values())
    paid = crowd.pay_all(place, people.open_accounts(chosen.checkouts), at_once=chosen.members_at_once)
    run.wait_for_letters()
    cpu = (sum(parts.cpu().values()) - before) / max(1, paid.checkouts)
    parts.stop("jobs")
    if paid.wrong:
        raise SystemExit(f"growth: {len(paid.wrong)} checkouts failed, the first: {paid.wrong[0]}")
    return cpu, percentile(table.by_page(paid.seen)["choose"], 0.5), paid.checkouts / paid.seconds


if __name__ == "__main__":
    sys.exit(main())
