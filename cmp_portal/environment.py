"""Reads settings strictly: one pass finds every fault, each with its name, what is accepted and how to make it.

A value comes from the process's environment, else from the settings file (cmp_portal/settings_file.py), else it is the
default. NAME_FILE names a file that holds the value of NAME, as secrets are given to containers.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import environ
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from cmp_portal import settings_file

T = TypeVar("T")

YES = frozenset({"sí", "si", "yes", "true", "on", "1"})
NO = frozenset({"no", "false", "off", "0"})
#: Names in a settings file that other programs read: gunicorn, Prometheus' client, the queue, PostgreSQL's image.
OF_OTHER_PROGRAMS = re.compile(
    r"BIND|WEB_CONCURRENCY|PROMETHEUS_MULTIPROC_DIR|TZ|PORTAL_(PYTHON|CHROMIUM|PG_BIN)|(PROCRASTINATE|PG)_?[A-Z_]+"
)
PASSWORD_IN_URL = re.compile(r"(?<=:)[^:/@]+(?=@)")
DEFAULT = "valor de fábrica"
HIDDEN = "••••"


@dataclass(frozen=True)
class Reading:
    """A setting as it was read: `shown` is masked, `origin` says where the value came from."""

    name: str
    shown: str
    origin: str


@dataclass(frozen=True)
class Fault:
    """What is wrong with the setting `name`, as a sentence for the person who writes the settings file."""

    name: str
    sentence: str


class Wrong(ValueError):
    """A value that a setting does not accept."""


class Environment:
    """The settings of one process. Each method reads one setting and returns a stand-in when it is at fault."""

    def __init__(self, process: Mapping[str, str], files: Mapping[str, tuple[str, str]] | None = None) -> None:
        """`files` maps each name of the settings files to its value and to the file and line it stands in."""
        self._process = process
        self._files = files or {}
        self.readings: dict[str, Reading] = {}
        self.faults: list[Fault] = []

    # --- One method for each kind of value

    def text(
        self, name: str, default: str | None = None, *, may_be_empty: bool = False, secret: bool = False, how: str = ""
    ) -> str:
        """Any text; without surrounding blanks."""

        def read(value: str) -> str:
            if not (value or may_be_empty):
                raise Wrong("está vacío")
            return value

        return self._read(name, default, read, "un texto", "", secret=secret, how=how)

    def matching(self, name: str, default: str | None, pattern: str, accepts: str, *, secret: bool = False) -> str:
        """A text that the regular expression `pattern` matches as a whole."""

        def read(value: str) -> str:
            if not re.fullmatch(pattern, value):
                raise Wrong(f"es «{HIDDEN if secret else value}»")
            return value

        return self._read(name, default, read, accepts, "", secret=secret)

    def choice(self, name: str, default: str | None, options: Iterable[str]) -> str:
        """One of `options`."""
        return self.matching(name, default, "|".join(options), "uno de " + ", ".join(options))

    def boolean(self, name: str, default: bool) -> bool:
        def read(value: str) -> bool:
            word = value.casefold()
            if word not in YES | NO:
                raise Wrong(f"es «{value}»")
            return word in YES

        return self._read(name, "sí" if default else "no", read, "sí o no (también true, false, 1, 0)", default)

    def integer(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        return int(self._number(name, default, least, most, int, "un número entero"))

    def seconds(self, name: str, default: float, least: float, most: float) -> float:
        """A number of seconds from `least` to `most`."""
        return self._number(name, default, least, most, float, "un número de segundos")

    def email(self, name: str, default: str | None, *, may_be_empty: bool = False) -> str:
        """One e-mail address, also as `Name <address>`."""

        def read(value: str) -> str:
            named = re.fullmatch(r"[^<>]*<([^<>]+)>", value)
            try:
                if value or not may_be_empty:
                    validate_email(named[1] if named else value)
            except ValidationError:
                raise Wrong(f"es «{value}»" if value else "está vacío") from None
            return value

        return self._read(name, default, read, "una dirección de correo", "")

    def words(self, name: str, default: Iterable[str], *, secret: bool = False) -> list[str]:
        """A list, comma between its words."""

        def read(value: str) -> list[str]:
            return [word.strip() for word in value.split(",") if word.strip()]

        return self._read(name, ",".join(default), read, "palabras separadas por comas", [], secret=secret)

    def address(self, name: str, default: str | None, *, may_be_empty: bool = False, how: str = "") -> str:
        """An http:// or https:// address, returned without a slash at its end."""

        def read(value: str) -> str:
            if not (re.fullmatch(r"https?://[^\s/:]+(:\d+)?(/\S*)?", value) or (may_be_empty and not value)):
                raise Wrong(f"es «{value}»" if value else "está vacío")
            return value.rstrip("/")

        return self._read(name, default, read, "una dirección como https://pagos.ejemplo.pe", "", how=how)

    def database(self, name: str, default: str | None, *, how: str) -> dict[str, Any]:
        """Django's description of the database that a URL names; that it is PostgreSQL, the refusals see to."""
        return self._url(name, default, environ.Env.db_url_config, environ.Env.DB_SCHEMES, "postgresql://…", how)

    def mail_server(self, name: str, default: str | None, *, how: str) -> dict[str, Any]:
        """Django's EMAIL_… settings of the mail server that a URL names."""
        schemes = environ.Env.EMAIL_SCHEMES
        return self._url(
            name, default, environ.Env.email_url_config, schemes, "smtp+tls://usuario:clave@servidor:587", how
        )

    # --- What they share

    def refuse(self, name: str, sentence: str) -> None:
        """Add a fault that only several settings together show."""
        fault = Fault(name, sentence)
        if fault not in self.faults:  # a module of settings that was refused is read again by whoever asks next
            self.faults.append(fault)

    def refuse_unknown_names(self) -> None:
        """A misspelt name would leave the default in force unnoticed. To be called after everything was read."""
        for name, (_, place) in self._files.items():
            plain = name.removesuffix("_FILE")
            if plain in self.readings or OF_OTHER_PROGRAMS.fullmatch(name):
                continue
            near = get_close_matches(plain, self.readings, 1)
            self.refuse(name, f"{name} no es un ajuste ({place})" + (f"; ¿será {near[0]}?" if near else "."))

    def _number(
        self, name: str, default: float, least: float, most: float, kind: Callable[[str], float], what: str
    ) -> float:
        def read(value: str) -> float:
            try:
                number = kind(value)
            except ValueError:
                raise Wrong(f"es «{value}»") from None
            if not least <= number <= most:
                raise Wrong(f"es {value}")
            return number

        return self._read(name, str(default), read, f"{what} de {least} a {most}", default)

    def _url(
        self,
        name: str,
        default: str | None,
        config: Callable[[str], dict[str, Any]],
        schemes: Iterable[str],
        example: str,
        how: str,
    ) -> dict[str, Any]:
        def read(value: str) -> dict[str, Any]:
            scheme, separator, _ = value.partition("://")
            if not separator or scheme not in schemes:
                raise Wrong("está vacío" if not value else f"empieza con «{scheme[:20]}»")
            return config(value)

        return self._read(name, default, read, f"una dirección como {example}", {}, how=how)

    def _read(
        self,
        name: str,
        default: str | None,
        read: Callable[[str], T],
        accepts: str,
        stand_in: T,
        *,
        secret: bool = False,
        how: str = "",
    ) -> T:
        try:
            value, origin = self._find(name, default)
            self.readings[name] = Reading(name, _shown(value, secret=secret), origin)
            return read(value)
        except Wrong as wrong:
            self.readings.setdefault(name, Reading(name, "", "falta"))
            self.refuse(name, f"{name} {wrong}: se espera {accepts}.{f' {how}' if how else ''}")
        except (ValueError, KeyError):
            self.refuse(name, f"{name} no se entiende: se espera {accepts}.{f' {how}' if how else ''}")
        return stand_in

    def _find(self, name: str, default: str | None) -> tuple[str, str]:
        given = self._given_in_file(name) or self._given(name)
        if given:
            return given
        if default is None:
            raise Wrong("falta")
        return default, DEFAULT

    def _given(self, name: str) -> tuple[str, str] | None:
        if name in self._process:
            return self._process[name].strip(), "entorno del proceso"
        return self._files.get(name)

    def _given_in_file(self, name: str) -> tuple[str, str] | None:
        path = self._given(f"{name}_FILE")
        if not path:
            return None
        try:
            return Path(path[0]).read_text().strip(), f"archivo {path[0]}"
        except OSError as refusal:
            raise Wrong(f"no se pudo leer de {path[0]} ({refusal.strerror})") from None


def _shown(value: str, *, secret: bool) -> str:
    if secret:
        return f"{HIDDEN} ({len(value)} caracteres)" if value else ""
    return PASSWORD_IN_URL.sub(HIDDEN, value) if "://" in value else value


def from_process() -> Environment:
    """What this process was given: its environment, and the files that PORTAL_ENV_FILE names, colon between them.

    Without PORTAL_ENV_FILE, a file `.env` beside manage.py. In two files the first one holds. What other programs of
    this process read from the environment is put there.
    """
    files: dict[str, tuple[str, str]] = {}
    trouble: list[str] = []
    for path in _settings_files():
        try:
            files = settings_file.read(path) | files
        except settings_file.UnreadableFile as refusal:
            trouble.append(str(refusal))
    for name, (value, _) in files.items():
        if OF_OTHER_PROGRAMS.fullmatch(name):
            os.environ.setdefault(name, value)
    environment = Environment(os.environ, files)
    for sentence in trouble:
        environment.refuse("PORTAL_ENV_FILE", sentence)
    return environment


def _settings_files() -> list[Path]:
    named = os.environ.get("PORTAL_ENV_FILE", "")
    beside = Path(__file__).resolve().parent.parent / ".env"
    return [Path(name) for name in named.split(":") if name] or ([beside] if beside.exists() else [])


#: What cmp_portal/settings.py reads.
env = from_process()
