"""What breaks, how often and when: the same for the same numbers and seed. How the threads interleave is not."""

import random
from collections import Counter
from dataclasses import dataclass

KILLS = {"kill -9 a web worker": 5, "kill -9 a job worker": 4, "kill -9 PostgreSQL": 2}

# (operation, kind, seconds): the simulator's own troubles. 3.5 s is past the portal's read timeout of 2 s here.
GATEWAY = {
    "authorise: cut before the charge": ("authorise", "cut_before", 0.0, 5),
    "authorise: cut after the charge": ("authorise", "cut_after_charge", 0.0, 6),
    "authorise: cut mid-answer": ("authorise", "cut_mid_answer", 0.0, 5),
    "authorise: answer past the timeout": ("authorise", "delay", 3.5, 6),
    "authorise: 500 before the charge": ("authorise", "http_500_before", 0.0, 4),
    "authorise: 500 after the charge": ("authorise", "http_500_after", 0.0, 5),
    "authorise: garbage": ("authorise", "garbage", 0.0, 4),
    "authorise: 401": ("authorise", "http_401", 0.0, 2),
    "session: cut": ("session", "cut_before", 0.0, 1),
    "session: 500": ("session", "http_500_before", 0.0, 1),
    "session: garbage": ("session", "garbage", 0.0, 1),
    "session: past the timeout": ("session", "delay", 3.5, 1),
    "retrieve: cut": ("retrieve", "cut_before", 0.0, 2),
    "retrieve: cut mid-answer": ("retrieve", "cut_mid_answer", 0.0, 2),
    "retrieve: 500": ("retrieve", "http_500_before", 0.0, 2),
    "retrieve: garbage": ("retrieve", "garbage", 0.0, 2),
    "retrieve: past the timeout": ("retrieve", "delay", 3.5, 1),
    "void: cut before it": ("void", "cut_before", 0.0, 1),
    "void: cut after it": ("void", "cut_after_charge", 0.0, 2),
    "void: 500 after it": ("void", "http_500_after", 0.0, 1),
    "void: garbage": ("void", "garbage", 0.0, 1),
}

BROWSER = {
    "browser: double click": 6,
    "browser: return replayed later": 4,
    "browser: Back and pay again": 6,
    "browser: two devices": 6,
    "browser: PAGA AQUÍ twice at once": 3,
    "browser: choice posted twice": 3,
    "browser: stale tab of a replaced order": 5,
    "browser: return after cancelling": 3,
}
BANK = {"bank: before the return": 3, "bank: during the charge": 5, "bank: at the same moment": 4}

WEIGHTS = {**KILLS, **{name: fault[3] for name, fault in GATEWAY.items()}, **BROWSER, **BANK}
OF_A_VISIT = frozenset({*BROWSER, *BANK})
# Nothing is broken before the first visits are under way, nor so late that nobody is left to feel it.
FIRST, LAST = 0.05, 0.9


@dataclass(frozen=True)
class Plan:
    """`visits[i]` is what goes wrong in visit i; `conducted` are (after so many visits, fault), in order."""

    visits: dict[int, str]
    conducted: list[tuple[int, str]]


def make_plan(*, payments: int, faults: int, seed: int) -> Plan:
    """At most half of the visits carry a trouble of their own, so `faults` may be less than asked for tiny runs."""
    chance = random.Random(f"plan {seed}")
    chosen = _choose(faults, chance)
    own = [name for name in chosen if name in OF_A_VISIT][: payments // 2]
    visits = dict(zip(chance.sample(range(payments), len(own)), own, strict=True))
    moments = [name for name in chosen if name not in OF_A_VISIT]
    conducted = sorted((round(payments * chance.uniform(FIRST, LAST)), name) for name in moments)
    return Plan(visits, conducted)


def _choose(faults: int, chance: random.Random) -> list[str]:
    """So many faults by weight, each kill and then every other kind at least once while there is room."""
    others = [name for name in WEIGHTS if name not in KILLS]
    chance.shuffle(others)
    certain = [*KILLS, *others][:faults]
    total = sum(WEIGHTS.values())
    wanted = Counter({name: round(faults * weight / total) for name, weight in WEIGHTS.items()})
    rest = list((wanted - Counter(certain)).elements())
    chance.shuffle(rest)
    rest += chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=faults)
    chosen = (certain + rest)[:faults]
    chance.shuffle(chosen)
    return chosen
