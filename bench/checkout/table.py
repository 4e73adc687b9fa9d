"""The table a run ends with, and which goals it met."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.checkout.journey import Seen
from bench.measure import heading, percentile

if TYPE_CHECKING:
    from bench.checkout.run import Found

MOST_ROUND_TRIPS = 45
MOST_BYTES = 60_000
MOST_TIMES_BARE = 2.0
LEAST_SHARE_OF_PGBENCH = 0.5
# Measured elsewhere, same work: statements, bytes with a cold cache. CPU-seconds do not carry to another machine.
ELSEWHERE = {"pretix": (385, 314_000), "django-oscar": (442, 138_000)}


def show(found: "Found") -> None:
    _pages(found)
    _cpu(found)
    _rates(found)
    _elsewhere(found)
    _wrong(found)


def _pages(found: "Found") -> None:
    counts = f"{'statements':>12}{'+ brackets':>12}{'round trips':>12}"
    heading(f"{'page':20}{'median':>10}{'p95':>10}{counts}{'bytes':>10}")
    for page, times in by_page(found.paid.seen).items():
        counted, weight = found.alone.pages[page], found.alone.bytes[page]
        print(
            f"{page:20}{percentile(times, 0.5) * 1000:7.0f} ms{percentile(times, 0.95) * 1000:7.0f} ms"
            f"{counted.statements:12}{counted.brackets:12}{counted.round_trips:12}{weight:10,}"
        )
    print(f"{'worker':40}{found.alone.worker:12}{'':12}{found.alone.worker_round_trips:12}")
    print(f"{'styles, scripts':40}{'':36}{sum(found.alone.files.values()):10,}")
    seen = found.alone
    print(f"{'whole journey':40}{seen.statements:12}{seen.brackets:12}{seen.round_trips:12}{seen.weight:10,}")
    print(f"{'each of many at once':40}{found.statements:12.1f}")


def by_page(seen: Sequence[Seen]) -> dict[str, list[float]]:
    """Seconds by page, in the order of the journey."""
    times = defaultdict(list)
    for one in seen:
        times[one.page].append(one.seconds)
    return dict(times)


def _cpu(found: "Found") -> None:
    heading(f"{'CPU-seconds per checkout':32}{'web':>10}{'worker':>10}{'PostgreSQL':>12}{'all':>10}{'ratio':>8}")
    bare = sum(found.bare_cpu.values())
    _line("the portal", found.cpu, sum(found.cpu.values()) / bare)
    less = {"web": found.cpu["web"] - found.hash, "worker": found.cpu["worker"] - found.pdf}
    _line("  without hash and PDF", found.cpu | less, own_cpu(found) / bare)
    _line("the bare flow", found.bare_cpu, 1.0)
    requests = len(found.alone.bytes)
    view = found.bare_view * requests
    print(f"{f'a bare view, {requests} times':64}{view:10.4f}{view / bare:8.2f}")
    print(f"{'the password hash':64}{found.hash:10.4f}")
    print(f"{'the PDF':64}{found.pdf:10.4f}")


def _line(name: str, cpu: dict[str, float], ratio: float) -> None:
    spent = f"{cpu['web']:10.4f}{cpu['worker']:10.4f}{cpu['PostgreSQL']:12.4f}"
    print(f"{name:32}{spent}{sum(cpu.values()):10.4f}{ratio:8.2f}")


def own_cpu(found: "Found") -> float:
    """CPU-seconds per checkout, all processes, without hash and PDF."""
    return sum(found.cpu.values()) - found.hash - found.pdf


def _rates(found: "Found") -> None:
    heading("A second")
    rate, bare = (paid.checkouts / paid.seconds for paid in (found.paid, found.bare))
    print(f"{'checkouts, the members included':46}{rate:10.1f}/s")
    print(f"{'bare flows, the members included':46}{bare:10.1f}/s")
    print(f"{'settlements':46}{found.settlements:10.0f}/s")
    print(f"{'the same SQL by pgbench':46}{found.pgbench:10.0f}/s")
    heading("Memory, MB of each process (shared pages by their share)")
    for name, sizes in found.memory.items():
        print(f"{name:20}{sum(sizes):8.0f}   " + " ".join(f"{size:.0f}" for size in sizes if size >= 1))


def _elsewhere(found: "Found") -> None:
    heading("Beside what was measured elsewhere, as a share of it: statements, bytes")
    for name, (statements, weight) in ELSEWHERE.items():
        shares = (found.statements / statements, found.alone.weight / weight)
        print(f"{name:20}" + "".join(f"{share:10.2f}" for share in shares))


def _wrong(found: "Found") -> None:
    for wrong in (found.paid.wrong + found.bare.wrong)[:10]:
        print(f"  - {wrong}")


def goals(found: "Found") -> bool:
    """Prints each goal with what was found; whether all are met."""
    errors = len(found.paid.wrong) + len(found.bare.wrong)
    times_bare = own_cpu(found) / sum(found.bare_cpu.values())
    heading("Goals")
    met = [
        _goal("CPU without hash and PDF ≤ 2 × the bare flow", f"{times_bare:.2f}", times_bare <= MOST_TIMES_BARE),
        _goal(
            "settlements ≥ 50 % of pgbench's rate",
            f"{found.settlements / found.pgbench:.0%}",
            found.settlements >= LEAST_SHARE_OF_PGBENCH * found.pgbench,
        ),
        _goal(
            "round trips of a checkout, worker included ≤ 45",
            f"{found.alone.round_trips}",
            found.alone.round_trips <= MOST_ROUND_TRIPS,
        ),
        _goal("bytes of the journey, cold cache ≤ 60 kB", f"{found.alone.weight:,}", found.alone.weight <= MOST_BYTES),
        _goal("errors 0", f"{errors}", not errors),
    ]
    return all(met)


def _goal(name: str, figure: str, met: bool) -> bool:
    print(f"{name:48}{figure:>16}   {'met' if met else 'NOT MET'}", flush=True)
    return met
