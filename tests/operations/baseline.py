"""Writes each app's last migration into migration_policy.py: what script/release does before it tags a version.

python -m tests.operations.baseline
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
POLICY = ROOT / "tests" / "operations" / "migration_policy.py"
APPS = ("members", "dues", "payments", "receipts")


def last_migrations() -> dict[str, str]:
    """The name of the newest migration of each app, by the names of the files."""
    return {app: max(file.stem for file in (ROOT / app / "migrations").glob("[0-9]*.py")) for app in APPS}


def with_baseline(policy: str, baseline: dict[str, str]) -> str:
    """The text of the policy with this baseline."""
    lines = "".join(f'    "{app}": "{name}",\n' for app, name in baseline.items())
    return re.sub(r"(?m)^BASELINE: dict\[str, str\] = \{[^}]*\}", f"BASELINE: dict[str, str] = {{\n{lines}}}", policy)


if __name__ == "__main__":
    POLICY.write_text(with_baseline(POLICY.read_text(), last_migrations()))
