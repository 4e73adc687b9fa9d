"""The one screen that says what runs, who can log in and which cards to try."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management import call_command

ROLES = {
    "member": "Members",
    "treasurer": "Treasury",
    "webmaster": "Webmaster",
    "cashier": "Cashier",
    "reviewer": "Reviewer",
    "approver": "Approver",
    "accountant": "Accountant",
    "auditor": "Auditor",
    "board": "Board",
    "staff": "Superuser",
}


def accounts() -> list[dict[str, Any]]:
    """The demo's people: role, name, email, cmp, password and note."""
    output = io.StringIO()
    call_command("load_demo", accounts_json=True, stdout=output)
    return list(json.loads(output.getvalue()))


def staff_secret() -> str:
    """Of the second factor that all staff of the demo share."""
    return next(str(account["second_factor"]) for account in accounts() if account["second_factor"])


def describe(pages: Mapping[str, str], logs: Path) -> str:
    parts = [
        f"\n  CMP Digital        {pages['web']}",
        f"  Staff (admin)      {pages['web']}admin/",
        f"  Codes of staff     {pages['inbox']}codigo   (their second step at login; they have no telephone)",
        f"  Mails it sent      {pages['inbox']}",
        f"  Gateway's books    {pages['simulator']}",
        f"  SUNAT's books      {pages['sunat']}",
        f"  Logs               {_short(logs)}",
        _accounts_table(),
        _cards_table(),
        "    Six declined cards lock an account for an hour; script/demo --unlock lets it try again.",
        "\n  Ctrl-C stops everything; the data stays for the next start (script/demo --reset starts over).",
    ]
    return "\n".join(parts)


def _short(folder: Path) -> str:
    return str(folder.relative_to(Path.cwd())) if folder.is_relative_to(Path.cwd()) else str(folder)


def _accounts_table() -> str:
    rows = []
    for account in accounts():
        number = f"CMP {account['cmp']}" if account.get("cmp") else ROLES.get(account["role"], account["role"])
        rows.append([account["email"], account["password"], number, account["name"], account.get("note") or ""])
    return "\n  Who can log in\n" + _columns(["e-mail", "password", "", "", ""], rows)


def _cards_table() -> str:
    from simulators.niubiz.cards import TEST_CARDS

    rows = [[card.number, card.expiry, card.cvv, card.does] for card in TEST_CARDS]
    return "\n  Test cards (any name, any e-mail)\n" + _columns(["number", "expires", "code", "what it does"], rows)


def _columns(head: list[str], rows: list[list[str]]) -> str:
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = [
        "    " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [head, *rows]
    ]
    return "\n".join(lines)
