"""What the scripts of a server do can be seen beforehand, and a release says from where the next one begins."""

import os
import subprocess
from pathlib import Path

import pytest

from base.version import VERSION
from tests.operations import baseline
from tests.operations.migration_policy import APPS

ROOT = Path(__file__).resolve().parent.parent.parent


def script(name: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    call = [ROOT / "script" / name, *arguments]
    environment = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(call, env=environment, capture_output=True, text=True, check=False, timeout=60)


def library(commands: str) -> str:
    """What these commands print after script/lib/production.sh was read."""
    call = ["bash", "-c", f". {str(ROOT / 'script' / 'lib' / 'production.sh')!r}; {commands}"]
    return subprocess.run(call, capture_output=True, text=True, check=True, timeout=20).stdout.strip()


def test_a_dry_run_says_every_step_and_changes_nothing() -> None:
    done = script("install", "--dry-run", "--settings", str(ROOT / "deploy" / "portal.env.example"))
    if "no es Debian" in done.stderr or "systemd" in done.stderr:
        pytest.skip("The portal is installed on Debian and Ubuntu with systemd alone.")
    assert done.returncode == 0, done.stderr
    assert f"Versión {VERSION} en /opt/cmp-portal/releases/{VERSION}" in done.stdout
    assert "cmp-portal-web@.service" in done.stdout
    assert done.stdout.endswith("No se cambió nada.\n")


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("install", ["--nada"], "opción desconocida --nada"),
        ("install", ["--settings", "/no/existe"], "no se puede leer /no/existe"),
        ("upgrade", ["--nada"], "opción desconocida --nada"),
        ("upgrade", ["1.1.0"], "no está instalado"),
        ("release", ["1.1"], "Usage: script/release"),
    ],
)
def test_a_wrong_call_is_told(name: str, arguments: list[str], said: str) -> None:
    if name == "upgrade" and os.geteuid() != 0 and "instalado" in said:
        said = "hace falta ser root"
    ended = script(name, *arguments)
    assert ended.returncode != 0
    assert said in ended.stderr


def test_the_version_has_one_place() -> None:
    assert library(f"version_of {str(ROOT)!r}") == VERSION


def test_an_upgrade_goes_to_the_port_that_is_free(tmp_path: Path) -> None:
    upstream = tmp_path / "upstream.conf"
    upstream.write_text("server 127.0.0.1:8001 max_fails=0;\n")
    asked = f"UPSTREAM={str(upstream)!r}; echo $(port_in_use) $(other_port $(port_in_use)) $(other_port 8000)"
    assert library(asked) == "8001 8000 8001"


def test_a_release_makes_its_last_migrations_the_baseline() -> None:
    last = baseline.last_migrations()
    assert set(last) == set(APPS)
    policy = baseline.POLICY.read_text()
    once = baseline.with_baseline(policy, last)
    assert all(f'"{app}": "{name}",' in once for app, name in last.items())
    assert baseline.with_baseline(once, last) == once
    compile(once, "migration_policy.py", "exec")
