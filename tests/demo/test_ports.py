"""Ports: the well-known one when it is free, else the next, and none given twice."""

import socket
from collections.abc import Iterator

import pytest

from demo import ports
from demo.ports import NoFreePortError, free_port, free_ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_taken_port_gives_way_to_a_later_free_one(taken: int) -> None:
    assert taken < free_port(taken) < taken + ports.ATTEMPTS


def test_two_servers_wishing_for_the_same_port_get_different_ones(taken: int) -> None:
    chosen = free_ports({"web": taken, "inbox": taken})
    assert len({taken, *chosen.values()}) == 3


def test_no_free_port_is_said_in_a_sentence(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "ATTEMPTS", 1)
    with pytest.raises(NoFreePortError, match=f"ports {taken} to {taken} are all taken"):
        free_port(taken)
