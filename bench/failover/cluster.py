"""The processes of a college's three hosts, all on this machine, each of which may be killed and comes back."""

import contextlib
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import requests

from bench.chaos.parts import Parts, children_of, free_ports, ports_of
from demo.database import Server
from demo.ports import HOST, listening
from demo.processes import family

NODES = (1, 2, 3)
HOSTS = (1, 2)
START_SECONDS = 90
# The same as in deploy/ha/patroni.yml: a primary that says nothing for so long is replaced.
TTL, LOOP_WAIT, RETRY_TIMEOUT = 20, 5, 5
# A host that was killed is away as long as a restart of it takes.
AWAY_SECONDS = {"primary": 45.0, "web host": 15.0, "worker": 15.0}


class MissingProgramError(Exception):
    """Something this benchmark needs is not installed; the message says how to get it."""


def program(name: str, package: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if not found:
        raise MissingProgramError(
            f"{name} is not installed: apt-get install --no-install-recommends {package}, or put it into PATH."
        )
    return found


@dataclass
class Cluster(Parts):
    """Ports: etcd, peer, sql and rest of each node; sql and web of the proxy."""

    _away: dict[str, float] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.server.home

    def start_servers(self) -> None:
        for node in NODES:
            self._start(f"etcd {node}")
        for node in NODES:
            self._start(f"patroni {node}")
        for name in ("web", "mail", "simulator", *(f"web {host}" for host in HOSTS)):
            self._start(name)
        self._running["patroni 1"].wait_until(self._two_copies, seconds=START_SECONDS)
        self._make_database()

    def _two_copies(self) -> bool:
        """The primary takes writes only when a synchronous standby has them too."""
        return bool(self.leader()) and any(_ok(self._rest(node, "synchronous")) for node in NODES)

    def _make_database(self) -> None:
        give_up = time.monotonic() + START_SECONDS
        while True:
            try:
                with psycopg.connect(self.sql("postgres"), autocommit=True, connect_timeout=3) as primary:
                    primary.execute("CREATE DATABASE portal")
                return
            except psycopg.OperationalError:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.5)

    def sql(self, database: str = "portal") -> str:
        """Through the proxy, which knows who is primary."""
        return f"postgresql://portal@{HOST}:{self.ports['sql']}/{database}"

    def leader(self) -> int:
        """The node that takes writes; 0 while none does."""
        return next((node for node in NODES if _ok(self._rest(node, "primary"))), 0)

    def standbys(self) -> int:
        return sum(_ok(self._rest(node, "replica")) for node in NODES)

    def _rest(self, node: int, what: str) -> str:
        return f"http://{HOST}:{self.ports[f'rest {node}']}/{what}"

    def commands(self) -> dict[str, list[str]]:
        gunicorn = [sys.executable, "-m", "gunicorn", "cmp_portal.wsgi", "--worker-class", "gthread"]
        usual = self.commands_beside_the_web()
        return {
            "mail": usual["mail"],
            "simulator": usual["simulator"],
            "jobs 1": usual["jobs 1"],
            "jobs 2": usual["jobs 2"],
            # The proxy stands where the chaos run has its one web server.
            "web": [program("haproxy", "haproxy"), "-q", "-db", "-f", str(self._proxy_file())],
            **{
                f"web {host}": [*gunicorn, "--workers", "2", "--threads", "8", "--bind", self._at(f"web {host}")]
                for host in HOSTS
            },
            **{f"etcd {node}": self._etcd(node) for node in NODES},
            **{f"patroni {node}": self._patroni(node) for node in NODES},
        }

    def _at(self, name: str) -> str:
        return f"{HOST}:{self.ports[name]}"

    def _etcd(self, node: int) -> list[str]:
        clients, peers = f"http://{self._at(f'etcd {node}')}", f"http://{self._at(f'peer {node}')}"
        everybody = ",".join(f"e{number}=http://{self._at(f'peer {number}')}" for number in NODES)
        return [
            *(program("etcd", "etcd-server"), "--name", f"e{node}", "--data-dir", str(self.folder / f"etcd-{node}")),
            *("--listen-client-urls", clients, "--advertise-client-urls", clients, "--listen-peer-urls", peers),
            *("--initial-advertise-peer-urls", peers, "--initial-cluster", everybody, "--log-level", "error"),
        ]

    def _patroni(self, node: int) -> list[str]:
        account = self.server.account
        # PostgreSQL refuses root; what belongs to root, Python perhaps, that account must reach all the same.
        reach = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
        other = ["setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups", *reach]
        python = [sys.executable, "-m", "patroni", str(self._patroni_file(node))]
        return ["env", "--chdir=/", *(other if os.geteuid() != account.uid else []), *python]

    def _patroni_file(self, node: int) -> Path:
        place = self.home / f"node-{node}"
        place.mkdir(mode=0o700, exist_ok=True)
        self.server.account.own(place)
        # JSON is YAML too.
        file = place / "patroni.yml"
        file.write_text(json.dumps(self._patroni_settings(node, place)))
        return file

    def _patroni_settings(self, node: int, place: Path) -> dict[str, Any]:
        """deploy/ha/patroni.yml with ports of its own, without passwords and TLS."""
        return {
            "scope": "portal",
            "name": f"node{node}",
            "restapi": {"listen": self._at(f"rest {node}"), "connect_address": self._at(f"rest {node}")},
            "etcd3": {"hosts": [self._at(f"etcd {number}") for number in NODES]},
            "bootstrap": {
                "dcs": {
                    "ttl": TTL,
                    "loop_wait": LOOP_WAIT,
                    "retry_timeout": RETRY_TIMEOUT,
                    "synchronous_mode": True,
                    "synchronous_mode_strict": True,
                    "postgresql": {"use_pg_rewind": True, "parameters": {"max_connections": 120, "timezone": "UTC"}},
                },
                "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, "data-checksums"],
            },
            "postgresql": {
                "listen": self._at(f"sql {node}"),
                "connect_address": self._at(f"sql {node}"),
                "data_dir": str(place / "data"),
                "bin_dir": str(self.server.programs),
                "pgpass": str(place / "pgpass"),
                "authentication": {"superuser": {"username": "portal"}, "replication": {"username": "replicator"}},
                "pg_hba": [f"host {what} all {HOST}/32 trust" for what in ("all", "replication")],
                "parameters": {"unix_socket_directories": "", "shared_buffers": "64MB"},
            },
        }

    def _proxy_file(self) -> Path:
        """deploy/ha/haproxy.cfg with the ports of this run."""
        nodes = "\n".join(
            f"    server node{node} {self._at(f'sql {node}')} check port {self.ports[f'rest {node}']}" for node in NODES
        )
        hosts = "\n".join(f"    server web{host} {self._at(f'web {host}')} check" for host in HOSTS)
        file = self.folder / "haproxy.cfg"
        file.write_text(
            PROXY.format(sql=self._at("sql"), web=self._at("web"), name=self._at("web"), nodes=nodes, hosts=hosts)
        )
        return file

    # --- Killing

    def revive(self) -> None:
        """As Parts do, but those of a killed host only when it is back."""
        held = {name for name, until in self._away.items() if time.monotonic() < until}
        for name, child in list(self._running.items()):
            if name not in held and child.process.poll() is not None:
                self.servers.children.remove(child)
                self._start(name)

    def kill_primary(self) -> str:
        """The whole host: Patroni, and PostgreSQL with all its processes."""
        node = self.leader()
        self._leave(f"patroni {node}", AWAY_SECONDS["primary"])
        postmaster = int((self.home / f"node-{node}" / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGSTOP)  # or a process born between the look and the kill would outlive it
        self._kill_group(f"patroni {node}")
        for pid in (postmaster, *children_of(postmaster)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return f"node {node}"

    def kill_web_host(self) -> str:
        self._leave("web 1", AWAY_SECONDS["web host"])
        self._kill_group("web 1")
        return "web 1"

    def kill_worker(self) -> str:
        self._leave("jobs 1", AWAY_SECONDS["worker"])
        self._kill_group("jobs 1")
        return "jobs 1"

    def _leave(self, name: str, seconds: float) -> None:
        self._away[name] = time.monotonic() + seconds

    def _kill_group(self, name: str) -> None:
        os.killpg(self._running[name].process.pid, signal.SIGKILL)

    def stop_nodes(self) -> None:
        """Whatever of PostgreSQL its Patroni could not stop."""
        for node in NODES:
            with contextlib.suppress(OSError, ValueError, IndexError):
                pid = int((self.home / f"node-{node}" / "data" / "postmaster.pid").read_text().split()[0])
                if os.readlink(f"/proc/{pid}/cwd") == str(self.home / f"node-{node}" / "data"):
                    os.kill(pid, signal.SIGQUIT)


PROXY = """
global
    maxconn 2000
defaults
    timeout connect 3s
    timeout client 10m
    timeout server 10m
    timeout check 2s
    retries 2
listen sql
    mode tcp
    bind {sql}
    option httpchk OPTIONS /primary
    http-check expect status 200
    default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
{nodes}
listen web
    mode http
    bind {web}
    balance leastconn
    option redispatch
    option httpchk
    http-check send meth GET uri /salud/viva/ ver HTTP/1.1 hdr Host {name}
    default-server inter 1s fall 2 rise 1
{hosts}
"""


def _ok(url: str) -> bool:
    try:
        return requests.get(url, timeout=2, proxies={"http": ""}).status_code == 200
    except requests.RequestException:
        return False


@contextlib.contextmanager
def fresh_cluster(folder: Path, environment: Callable[[dict[str, int], str], dict[str, str]]) -> Iterator[Cluster]:
    """Empty nodes; on leaving, all is stopped. The logs stay for whoever looks."""
    if not shutil.which("setpriv"):
        raise MissingProgramError("setpriv (util-linux) is needed to run PostgreSQL as another account than root.")
    shutil.rmtree(folder, ignore_errors=True)
    server = Server(folder)
    folder.mkdir(parents=True)
    shutil.rmtree(server.home, ignore_errors=True)
    server.home.mkdir(mode=0o755, parents=True)
    server.account.own(server.home)
    per_node = [f"{what} {node}" for what in ("etcd", "peer", "sql", "rest") for node in NODES]
    with contextlib.ExitStack() as held:
        sockets = held.enter_context(listening(dict.fromkeys(("simulator", "smtp", "inbox"), 0)))
        # The programs of the cluster, and the web hosts that die and come back, bind their ports themselves.
        ports = ports_of(sockets) | free_ports(*per_node, "sql", "web", "web 1", "web 2")
        database_url = f"postgresql://portal@{HOST}:{ports['sql']}/portal"
        servers = held.enter_context(family(environment(ports, database_url), folder / "log"))
        cluster = Cluster(folder, server, ports, sockets, servers)
        try:
            yield cluster
        finally:
            servers.stop()
            cluster.stop_nodes()
