"""What is changed in the portal's processes for a run: waits, all of them listed here, and at most one planted bug."""

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.models import QuerySet
from procrastinate import RetryDecision

PLANT = "CHAOS_PLANT"


class ChaosConfig(AppConfig):
    name = "bench.chaos"

    def ready(self) -> None:
        _shorten_waits()
        if plant := os.environ.get(PLANT):
            PLANTS[plant]()


def _shorten_waits() -> None:
    """In life 5 s to 15 minutes and 35 minutes; the order among them, which the proofs rest on, stays.

    The gateway's token dies before its absence is believed (bench/chaos/gateway.py), as in life.
    """
    from cmp_portal import tasks
    from payments.checkout import charge
    from payments.refunds import refunds
    from receipts.tasks import UntilGivenUp

    patience = timedelta(seconds=settings.NIUBIZ_CONNECT_TIMEOUT + settings.NIUBIZ_READ_TIMEOUT + 1)
    charge.QUESTION_DELAYS = (1, 1, 2, 2)
    charge.ABSENT_AFTER = timedelta(seconds=6)
    charge.AUTHORISING_PATIENCE = refunds.PATIENCE = patience
    refunds.QUESTION_DELAY = timedelta(seconds=2)
    tasks.SILENCE_SECONDS = 5
    UntilGivenUp.get_retry_decision = lambda *_, **__: RetryDecision(retry_in={"seconds": 2})  # type: ignore[method-assign]


def _no_row_lock() -> None:
    """SELECT … FOR UPDATE of an order becomes a plain SELECT."""
    locked = QuerySet.select_for_update

    def select_for_update(self: Any, *args: Any, **kwargs: Any) -> Any:
        from payments.models import Order

        return self.all() if self.model is Order else locked(self, *args, **kwargs)

    QuerySet.select_for_update = select_for_update


def _retry_authorisation() -> None:
    """What many integrations do: an unknown answer is asked for again, and the refusal that follows is believed."""
    from payments.gateway import Approved, Denied, Niubiz, Unknown

    once = Niubiz.authorise

    def authorise(self: Niubiz, **asked: Any) -> Any:
        answer = once(self, **asked)
        if not isinstance(answer, Unknown):
            return answer
        again = once(self, **asked)
        if isinstance(again, Approved):
            return replace(again, exchange=answer.exchange)
        return Denied(
            reason="declined",
            action_code=again.action_code,
            action_description=again.action_description,
            card="",
            brand="",
            exchange=again.exchange,
        )

    Niubiz.authorise = authorise  # type: ignore[method-assign]


PLANTS = {"no-row-lock": _no_row_lock, "retry-authorisation": _retry_authorisation}
