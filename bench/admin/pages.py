"""Each page asked again and again: its median, its queries, and its slowest one beside it."""

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.db import connection
from django.http import HttpRequest
from django.test import Client

from bench.measure import heading, row
from payments.models import Attempt

LIST = "/admin/pagos/"
MOST_SECONDS = 0.3
MOST_QUERIES = 15
#: The home page counts a score of things.
MOST_QUERIES_AT_HOME = 25
#: How many times its slowest query a page may take. Where that query is shorter than the frame of any page of the
#: desk (login, permissions, menu), measured as the list that finds nothing, it is the frame that is compared.
MOST_TIMES = 3


@dataclass(frozen=True)
class Measured:
    """Medians in seconds of one page, and of its slowest query."""

    median: float
    slowest: float
    queries: int

    @property
    def times(self) -> float:
        """The queries' log knows whole milliseconds only."""
        return self.median / max(self.slowest, 0.001)

    def verdict(self, frame: float, most_queries: int) -> str:
        kept = self.median <= MOST_SECONDS and self.queries <= most_queries
        kept = kept and self.median <= MOST_TIMES * max(self.slowest, frame)
        return "ok" if kept else "OVER"


def measure(repeats: int) -> None:
    """The list by each key and filter, the last page of a walk, and one payment."""
    client = treasurer()
    frame = _asked(client, f"{LIST}?q=zzzz", repeats).median
    heading(f"{'page':30}{'queries':>8}{'slowest SQL':>14}{'median':>12}{'times':>8}")
    for name, address in _addresses().items():
        it = _asked(client, address, repeats)
        # No list: many short queries, of which none bounds the page.
        limits = (it.median, MOST_QUERIES_AT_HOME) if name == "home" else (frame, MOST_QUERIES)
        medians = f"{it.slowest * 1000:>11.0f} ms{it.median * 1000:>9.0f} ms{it.times:>8.1f}"
        print(f"{name:30}{it.queries:>8}{medians}   {it.verdict(*limits)}", flush=True)
    print(f"the process held at most {_most_memory_mb():.0f} MB", flush=True)


def _asked(client: Client, address: str, repeats: int) -> Measured:
    seconds, slowest, queries = [], [], 0
    for _ in range(repeats + 1):
        connection.force_debug_cursor = True
        connection.queries_log.clear()
        began = time.perf_counter()
        answer = client.get(address)
        seconds.append(time.perf_counter() - began)
        assert answer.status_code == 200, (address, answer.status_code)
        queries = len(connection.queries)
        slowest.append(max(float(entry["time"]) for entry in connection.queries))
    # The first warms templates and pages of the tables up.
    return Measured(statistics.median(seconds[1:]), statistics.median(slowest[1:]), queries)


def _addresses() -> dict[str, str]:
    some = Attempt.objects.filter(settles_order=True).select_related("order__member", "order__receipt")
    attempt = some.order_by("-pk")[1000]
    member = attempt.order.member
    keys = {
        "purchase number": attempt.number,
        "order": str(attempt.order.ref),
        "CMP": str(member.cmp_number),
        "surnames, exact": member.surnames,
        "surnames, one in 5": "quispe",
        "surnames, one in 80": "sanchez a",
        "document": member.document_number,
        "e-mail": attempt.order.email,
        "end of card": attempt.card[-4:],
        "authorisation": attempt.authorization_code,
        "receipt": attempt.order.receipt.name,  # type: ignore[attr-defined]
        "nothing": "zzzz",
    }
    filters = {
        "newest": "",
        "declined": "estado=declined",
        "in doubt": "estado=duda",
        "double payments": "estado=doble",
        "one old day": f"desde={_day(0.1)}&hasta={_day(0.1)}",
        "SEMEFA": "tipo=semefa",
        "one council": "consejo=27",
        "amex": "marca=amex",
        "a brand nobody has": "marca=unionpay",
        "amount": "monto_desde=36&monto_hasta=36",
        "no such amount": "monto_desde=5000",
        "all at once": f"estado=declined&tipo=colegiado&consejo=5&marca=amex&desde={_day(0.3)}&monto_hasta=33",
        "oldest page": f"antes={_oldest_mark()}",
    }
    pages = {f"list: {name}": f"{LIST}?{query}" for name, query in filters.items()}
    pages |= {f"search: {name}": f"{LIST}?q={key}" for name, key in keys.items()}
    return pages | {"one payment": f"{LIST}{attempt.order_id}/", "home": "/admin/", "duplicates": f"{LIST}duplicados/"}


def _day(share: float) -> str:
    rows = Attempt.objects.order_by("-pk").values_list("pk", flat=True)[0]
    return f"{Attempt.objects.get(pk=max(1, int(rows * share))).created_at:%Y-%m-%d}"


def _oldest_mark() -> str:
    attempt = Attempt.objects.order_by("pk")[60]
    at = attempt.created_at
    return f"{int(at.timestamp())}{at.microsecond:06d}-{attempt.pk}"


def measure_export() -> None:
    """A hundred thousand rows of the newest, in both formats: seconds, megabytes written, and memory grown."""
    heading("export of 100,000 rows")
    first = Attempt.objects.order_by("-created_at")[100_000:][:1].values_list("created_at", flat=True)
    since = f"{first[0]:%Y-%m-%d}" if first else ""
    for file_type in ("csv", "xlsx"):
        before = _most_memory_mb()
        size, seconds = _timed(lambda file_type=file_type: _download(file_type, since))
        figure = f"{seconds:.1f} s, {size / 1e6:.1f} MB"
        row(file_type, figure, ratio=_most_memory_mb() - before, limit=100)


def _download(file_type: str, since: str) -> int:
    answer = treasurer().get(f"{LIST}exportar.{file_type}?desde={since}")
    return sum(len(piece) for piece in answer)


def _timed(do: Callable[[], int]) -> tuple[int, float]:
    began = time.perf_counter()
    return do(), time.perf_counter() - began


def _most_memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def treasurer() -> Client:
    users = get_user_model().objects
    user = users.filter(email="tesorera@example.com").first() or users.create_superuser("tesorera@example.com")
    Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, data={})  # staff need one
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user)
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, user, method="mfa")
    request.session.save()
    return client
