"""Does the suite notice small faults in the code that moves money?

`script/bench planted --faults 100 --seed 1` plants one fault at a time in a copy of the checkout (a comparison turned
round, a condition negated, a number off by one, `and` for `or`, a statement or a `raise` left out), runs the tests
that are about the module, then those of its house, and prints which faults no test noticed. Lengths and texts are not
touched. It ends with 1 when fewer than 95 % are noticed.
"""

import argparse
import ast
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOUSES = {
    "payments": ("tests/payments", "tests/treasury", "tests/gateway", "tests/security/test_money.py"),
    "dues": ("tests/dues", "tests/payments", "tests/webmaster"),
    "receipts": ("tests/receipts", "tests/sunat", "tests/treasury"),
    "members": ("tests/members", "tests/webmaster", "tests/security/test_accounts.py"),
}
# Browsers and the long stories repeat what quicker tests say.
PYTEST = (
    *(sys.executable, "-m", "pytest", "-q", "-x", "-n", "2", "-m", "not browser", "-p", "no:cacheprovider"),
    *("--deselect", "tests/payments/test_chaos.py", "--deselect", "tests/security/test_permission_matrix.py"),
)
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


@dataclass(frozen=True)
class Fault:
    file: Path
    line: int
    what: str
    source: str


def faults_in(file: Path) -> Iterator[Fault]:
    """Every fault that can be planted in a module's functions."""
    tree = ast.parse((ROOT / file).read_text())
    places = [node for function in functions(tree) for node in ast.walk(function)]
    for number, node in enumerate(places):
        for what in kinds_of(node):
            planted = deepcopy(tree)
            copies = [node for function in functions(planted) for node in ast.walk(function)]
            plant(copies[number])
            yield Fault(file, getattr(node, "lineno", 0), what, ast.unparse(ast.fix_missing_locations(planted)))


def functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name != "__str__"]


def kinds_of(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Compare(ops=[op]) if type(op) in OPPOSITE:
            yield "comparison turned round"
        case ast.BoolOp():
            yield "and for or"
        case ast.If() | ast.IfExp():
            yield "condition negated"
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            yield "plus for minus"
        case ast.Raise():
            yield "raise left out"
        case ast.Expr(value=ast.Call()):
            yield "call left out"


def plant(node: ast.AST) -> None:
    match node:
        case ast.Compare():
            node.ops = [OPPOSITE[type(node.ops[0])]()]
        case ast.BoolOp():
            node.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        case ast.If() | ast.IfExp():
            node.test = ast.UnaryOp(ast.Not(), node.test)
        case ast.BinOp():
            node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        case ast.Raise() | ast.Expr():
            node.__class__ = ast.Pass  # type: ignore[assignment]


def sample(houses: list[str], number: int, seed: int) -> list[Fault]:
    """So many faults, spread over the modules by their size."""
    skipped = re.compile(r"/(migrations|models|management|gateway/action_codes|admin\.py|apps\.py|exceptions\.py)")
    files = [f.relative_to(ROOT) for house in houses for f in sorted((ROOT / house).rglob("*.py"))]
    faults = [fault for file in files if not skipped.search(f"/{file}") for fault in faults_in(file)]
    return random.Random(seed).sample(faults, min(number, len(faults)))


def tests_about(copy: Path, fault: Fault) -> list[str]:
    """Test files that name the module, so that most faults are noticed in seconds."""
    name = re.compile(rf"\b{fault.file.stem}\b")
    return sorted(
        str(test.relative_to(copy))
        for folder in HOUSES[fault.file.parts[0]]
        for test in [*(copy / folder).rglob("test_*.py"), *([copy / folder] if folder.endswith(".py") else [])]
        if test.name not in ("test_chaos.py", "test_permission_matrix.py") and name.search(test.read_text())
    )


def is_noticed(copy: Path, fault: Fault) -> bool:
    place = copy / fault.file
    original = place.read_text()
    place.write_text(fault.source)
    try:
        about = tests_about(copy, fault)
        return any(fails(copy, tests) for tests in (about, list(HOUSES[fault.file.parts[0]])) if tests)
    finally:
        place.write_text(original)


def fails(copy: Path, tests: list[str]) -> bool:
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run([*PYTEST, *tests], cwd=copy, env=environment, capture_output=True, check=False)
    return run.returncode not in (0, 5)


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench planted", description=__doc__)
    parser.add_argument("--faults", type=int, default=100, help="how many faults to plant")
    parser.add_argument("--seed", type=int, default=1, help="another seed takes other faults")
    parser.add_argument("--house", choices=HOUSES, action="append", help="only in this house; may be repeated")
    options = parser.parse_args()
    faults = sample(options.house or list(HOUSES), options.faults, options.seed)
    with tempfile.TemporaryDirectory(dir=ROOT / "var") as folder:
        copy = Path(folder) / "checkout"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "var", "__pycache__"))
        (copy / ".venv").symlink_to(ROOT / ".venv")
        missed = [fault for number, fault in enumerate(faults, 1) if not tell(number, fault, is_noticed(copy, fault))]
    print(f"\n{len(faults)} planted, {len(faults) - len(missed)} noticed ({1 - len(missed) / len(faults):.0%})")
    return 1 if len(missed) > len(faults) * 0.05 else 0


def tell(number: int, fault: Fault, noticed: bool) -> bool:
    print(f"{number:4} {'noticed' if noticed else 'MISSED '} {fault.file}:{fault.line} {fault.what}", flush=True)
    return noticed


if __name__ == "__main__":
    sys.exit(main())
