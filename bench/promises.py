"""Which exceptions promised by a docstring ("Raises X") does no test provoke?

`script/bench promises [PYTEST ARGUMENTS]` runs the tests and records each exception that leaves a function which
promises it. It ends with 1 when a promise stays without a test, and names function and exception.
"""

import functools
import importlib
import inspect
import json
import os
import pkgutil
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

HOUSES = ("base", "members", "dues", "payments", "receipts", "staff")
FOLDER = "PROMISES_FOLDER"
# A name that could be an exception: `Raises AlreadySettled, or members.numbers.assignments.NumberTaken when …`.
NAME = re.compile(r"\b(?:[a-z_]+\.)*([A-Z][A-Za-z]+)\b")
Promise = tuple[str, str]

provoked: set[Promise] = set()


def promises_of(function: Callable[..., Any], module: ModuleType) -> list[str]:
    """The exceptions that the docstring promises. `Raises nothing` and words that are no exception promise none."""
    text = inspect.getdoc(function) or ""
    sentences = re.findall(r"Raises\s+([^;.]*(?:\.[A-Z][^;.]*)*)", text)
    names = {name for sentence in sentences for name in NAME.findall(sentence)}
    return sorted(name for name in names if is_exception(name, module))


def is_exception(name: str, module: ModuleType) -> bool:
    candidates = [module, sys.modules["builtins"], *(m for n, m in sys.modules.items() if n.split(".")[0] in HOUSES)]
    return any(isinstance(e := getattr(m, name, None), type) and issubclass(e, BaseException) for m in candidates)


def modules() -> Iterator[ModuleType]:
    for house in HOUSES:
        for found in pkgutil.walk_packages([house], f"{house}."):
            if "migrations" not in found.name:
                yield importlib.import_module(found.name)


def functions() -> Iterator[tuple[str, Callable[..., Any], ModuleType]]:
    for module in modules():
        for name, function in vars(module).items():
            if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_"):
                yield f"{module.__name__}.{name}", function, module


def all_promises() -> set[Promise]:
    return {(where, name) for where, function, module in functions() for name in promises_of(function, module)}


def watched(where: str, function: Callable[..., Any], names: list[str]) -> Callable[..., Any]:
    def note(raised: Exception) -> None:
        kinds = {kind.__name__ for kind in type(raised).__mro__}
        provoked.update((where, name) for name in names if name in kinds)

    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def yielding(*args: Any, **kwargs: Any) -> Any:
            try:
                yield from function(*args, **kwargs)
            except Exception as raised:
                note(raised)
                raise

        return yielding

    @functools.wraps(function)
    def watching(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as raised:
            note(raised)
            raise

    return watching


def pytest_collection_finish() -> None:
    """Put the watch around every promising function, wherever a module holds it by name."""
    for where, function, module in list(functions()):
        if names := promises_of(function, module):
            watch = watched(where, function, names)
            for holder in list(sys.modules.values()):
                for name, value in list(getattr(holder, "__dict__", {}).items()):
                    if value is function:
                        setattr(holder, name, watch)


def pytest_sessionfinish() -> None:
    Path(os.environ[FOLDER], f"{os.getpid()}.json").write_text(json.dumps(sorted(provoked)))


def main() -> int:
    from tests import settings  # noqa: F401 - sets the environment that django.setup() reads

    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "bench.promises", "-n", "2", *sys.argv[1:]]
        subprocess.run(command, check=False, env=os.environ | {FOLDER: folder})
        seen = {(where, name) for file in Path(folder).glob("*.json") for where, name in json.loads(file.read_text())}
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    missing = sorted(all_promises() - seen)
    print(f"{len(all_promises())} promises, {len(missing)} provoked by no test")
    print("\n".join(f"  {where} raises {name}" for where, name in missing))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
