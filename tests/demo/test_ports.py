"""Ports: the well-known one when it is free, else the next; held from the first moment, and never a stranger's."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from demo import ports
from demo.inbox import serve_inbox
from demo.mail_sink import receive_mail
from demo.mailbox import Mailbox
from demo.ports import NoFreePortError, StrangerError, answers, greets, listen, listening
from simulators.handed import Handed
from simulators.niubiz.server import serve_in_thread


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def port_of(held: socket.socket) -> int:
    return int(held.getsockname()[1])


def test_a_taken_port_gives_way_to_a_later_free_one(taken: int) -> None:
    with listen(taken) as held:
        assert taken < port_of(held) < taken + ports.ATTEMPTS


def test_two_servers_wishing_for_the_same_port_get_different_ones(taken: int) -> None:
    with listening({"web": taken, "inbox": taken}) as held:
        assert len({taken, *map(port_of, held.values())}) == 3


def test_whoever_comes_at_the_same_time_gets_another_port(taken: int) -> None:
    with ThreadPoolExecutor(20) as crowd:
        sockets = list(crowd.map(listen, [taken] * 20))
    assert len(set(map(port_of, sockets))) == 20
    for listening_socket in sockets:
        listening_socket.close()


def test_no_free_port_is_said_in_a_sentence(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "ATTEMPTS", 1)
    with pytest.raises(NoFreePortError, match=f"ports {taken} to {taken} are all taken"):
        listen(taken)


def test_a_gateway_of_somebody_else_is_not_taken_for_ours() -> None:
    theirs = serve_in_thread()
    with pytest.raises(StrangerError, match="another program answers at"):
        answers(theirs.url, "our-key")
    theirs.stop()


def test_a_mail_server_of_another_demo_is_not_taken_for_ours(tmp_path: Path) -> None:
    theirs = receive_mail(Mailbox(tmp_path), port=0, handed=Handed(key="their-key"))
    with theirs as port:
        assert greets(port, "their-key")
        with pytest.raises(StrangerError, match=f"another mail server answers at 127.0.0.1:{port}"):
            greets(port, "our-key")


def test_an_inbox_answers_with_its_key_on_the_socket_it_was_handed(tmp_path: Path) -> None:
    held = listen(0)
    port = port_of(held)
    with serve_inbox(Mailbox(tmp_path), host="127.0.0.1", port=0, handed=Handed(held.detach(), "our-key")) as url:
        assert url == f"http://127.0.0.1:{port}/"
        assert answers(url, "our-key")


def test_nobody_answers_yet_where_a_server_is_still_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "PATIENCE_SECONDS", 0.1)
    with listen(0) as held:
        assert not answers(f"http://127.0.0.1:{port_of(held)}/", "our-key")
        assert not greets(port_of(held), "our-key")


@pytest.mark.parametrize("server", [["gunicorn", "demo.web", "--bind", "fd://{fd}"], ["demo.web", "--fd", "{fd}"]])
def test_the_portal_answers_with_the_demos_key(server: list[str]) -> None:
    """gunicorn as in the demo, and Django's own server that reloads."""
    with listen(0) as held:
        command = [sys.executable, "-m", *(part.format(fd=held.fileno()) for part in server)]
        environment = os.environ | {"DEMO_KEY": "our-key", "DJANGO_SETTINGS_MODULE": "tests.settings"}
        portal = subprocess.Popen(
            command, pass_fds=[held.fileno()], env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        page = requests.get(f"http://127.0.0.1:{port_of(held)}/salud/viva/", timeout=60)
        portal.terminate()
        portal.wait()
    assert (page.json(), page.headers["Demo-Key"]) == ({"estado": "bien"}, "our-key")
