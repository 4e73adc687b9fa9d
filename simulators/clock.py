"""The simulator's own time, which a test may move."""

import time
from datetime import UTC, datetime, timedelta, timezone

LIMA = timezone(timedelta(hours=-5), "America/Lima")


class Clock:
    """Real time plus `offset` seconds."""

    def __init__(self, offset: float = 0) -> None:
        self.offset = offset

    def seconds(self) -> float:
        """Unix time."""
        return time.time() + self.offset

    def millis(self) -> int:
        return int(self.seconds() * 1000)


def lima_stamp(seconds: float) -> str:
    """The gateway's yyMMddHHmmss, in Lima's time."""
    return datetime.fromtimestamp(seconds, LIMA).strftime("%y%m%d%H%M%S")


def lima_day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, LIMA).date().isoformat()


def shown(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, LIMA).strftime("%d/%m/%Y %H:%M:%S")


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
