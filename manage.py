#!/usr/bin/env python3
"""Django's command line: `manage.py help` lists what the portal can do."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main(arguments: list[str]) -> None:
    """Run a command. Settings that are refused are told in plain lines, and `settings` shows them all the same."""
    try:
        execute_from_command_line(arguments)
    except ImproperlyConfigured as refusal:
        if arguments[1:2] == ["settings"]:
            from cmp_portal import settings_report

            settings_report.show(sys.stdout)
        sys.exit(str(refusal))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cmp_portal.settings")
    main(sys.argv)
