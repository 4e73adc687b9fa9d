"""Numbers for Prometheus, read from the database at each scrape: right whichever process answers.

How long answers take is counted by the processes themselves (cmp_portal/latency.py).
"""

import secrets
from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from procrastinate.contrib.django.models import ProcrastinateJob
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from cmp_portal import latency
from payments.models import Attempt, Order
from payments.states import AttemptState
from staff import watch


class Portal(Collector):
    """Everything below is a gauge: a count of now, or of the last 24 hours where the name says so."""

    def collect(self) -> Iterator[Metric]:
        yield from (_attempts(), _takings(), _unknown(), _troubles(), _jobs(), _heartbeat())


def _attempts() -> Metric:
    since = timezone.now() - timedelta(days=1)
    counts = dict(Attempt.objects.filter(created_at__gte=since).order_by().values_list("state").annotate(Count("pk")))
    everything = {state: counts.get(state, 0) for state in AttemptState.values}
    return _family("portal_attempts_24h", "Attempts of the last 24 hours by state", "state", everything.items())


def _takings() -> Metric:
    since = timezone.now() - timedelta(days=1)
    taken = Order.objects.filter(paid_at__gte=since).order_by().values_list("kind").annotate(Sum("total"))
    values = ((kind, float(total)) for kind, total in taken)
    return _family("portal_takings_soles_24h", "Soles taken in the last 24 hours by kind of due", "kind", values)


def _unknown() -> Metric:
    unknown = Attempt.objects.unknown().count()
    return GaugeMetricFamily("portal_attempts_unknown", "Charges whose outcome is not known", value=unknown)


def _troubles() -> Metric:
    """What the alerts tell of, by kind."""
    counts: dict[str, int] = {}
    for trouble in watch.troubles():
        kind = trouble.key.partition(":")[0]
        counts[kind] = counts.get(kind, 0) + 1
    return _family("portal_troubles", "Troubles that wait for somebody, by kind", "kind", counts.items())


def _jobs() -> Metric:
    waiting = ProcrastinateJob.objects.filter(status__in=("todo", "doing")).order_by()
    counts = waiting.values_list("queue_name").annotate(Count("pk"))
    return _family("portal_jobs_waiting", "Jobs to do or being done, by queue", "queue", counts)


def _heartbeat() -> Metric:
    last = watch.worker_seen_at()
    age = (timezone.now() - last).total_seconds() if last else float("inf")
    return GaugeMetricFamily("portal_worker_heartbeat_age_seconds", "Since any worker's last heartbeat", value=age)


def _family(name: str, words: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label])
    for key, value in values:
        family.add_metric([key], value)
    return family


# Without auto_describe nothing is asked of the database before the first scrape.
REGISTRY = CollectorRegistry(auto_describe=False)
REGISTRY.register(Portal())


@require_safe
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """Return the metrics to a request that sends METRICS_TOKEN as bearer. Raises Http404 for all others."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not secrets.compare_digest(token.encode(), settings.METRICS_TOKEN.encode()):
        raise Http404
    figures = generate_latest(REGISTRY) + generate_latest(latency.registry())
    return HttpResponse(figures, content_type=CONTENT_TYPE_LATEST)
