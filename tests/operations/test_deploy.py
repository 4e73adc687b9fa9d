"""What lies in deploy/ keeps secrets where they belong and agrees with the portal's addresses."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parent.parent.parent
NGINX = (ROOT / "deploy" / "nginx.conf").read_text()
COMPOSE = (ROOT / "deploy" / "compose.yaml").read_text()
#: Captures of an address that open something to whoever has them.
OPENING = re.compile(r"<str:(?:signed|code|key|token)>|P<key>")


def addresses(patterns: list[URLPattern | URLResolver], before: str = "/") -> list[str]:
    found = []
    for pattern in patterns:
        address = before + str(pattern.pattern).removeprefix("^")
        found += addresses(pattern.url_patterns, address) if isinstance(pattern, URLResolver) else [address]
    return found


@pytest.mark.parametrize("address", [a for a in addresses(get_resolver().url_patterns) if OPENING.search(a)])
def test_no_log_of_the_proxy_keeps_an_address_that_opens_something(address: str) -> None:
    [prefixes] = re.findall(r"\(\?<opens>/\((.*?)\)/\)", NGINX)
    assert any(address.startswith(f"/{prefix}/") for prefix in prefixes.split("|")), address


def test_the_proxys_log_has_no_query_string() -> None:
    [written] = re.findall(r"log_format cmp_portal (.*?);", NGINX, re.DOTALL)
    assert not re.search(r"\$(request|request_uri|args|query_string|uri|http_referer)\b", written)
    assert "access_log /var/log/nginx/cmp-portal.log cmp_portal;" in NGINX


@pytest.mark.parametrize("proxy", ["nginx.conf", "Caddyfile"])
def test_no_client_says_where_the_portal_is_mounted(proxy: str) -> None:
    text = (ROOT / "deploy" / proxy).read_text()
    assert re.search(r"SCRIPT_NAME", text)
    assert 'forwarder_headers = ""' in (ROOT / "deploy" / "gunicorn.conf.py").read_text()


def test_containers_get_their_secrets_as_files() -> None:
    assert "env_file" not in COMPOSE
    declared = set(re.findall(r"^  ([\w.-]+): \{file: secrets/", COMPOSE, re.MULTILINE))
    used = {name for names in re.findall(r"secrets: \[(.*?)\]", COMPOSE) for name in names.split(", ")}
    assert used == declared
    database = COMPOSE.split("\n  db:")[1].split("\n  migrate:")[0]
    assert "portal.env" not in database


@pytest.mark.parametrize("name", ["portal.env", "deploy/portal.env", "deploy/secrets/a.p12"])
def test_a_settings_file_reaches_neither_git_nor_the_image(name: str) -> None:
    if shutil.which("git"):
        ignored = subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT, check=False)
        assert ignored.returncode in (0, 128), "128: a tarball has no git"
    patterns = (ROOT / ".dockerignore").read_text().splitlines()
    assert "**/*.env" in patterns
    assert "deploy/secrets" in patterns
