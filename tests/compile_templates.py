"""Compiles every template, so that a broken tag shows here and not to a member.

python -m tests.compile_templates
"""

import os
import sys
from pathlib import Path

import django
from django.template import TemplateSyntaxError
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parent.parent


def template_names() -> list[str]:
    """Every template below templates/ and below the apps' own templates folders, by the name it is loaded with."""
    folders = [ROOT / "templates", *ROOT.glob("*/templates")]
    return [str(file.relative_to(folder)) for folder in folders for file in sorted(folder.rglob("*")) if file.is_file()]


def mistakes() -> list[str]:
    errors = []
    for name in template_names():
        try:
            get_template(name)
        except TemplateSyntaxError as mistake:
            errors.append(f"{name}: {mistake}")
    return errors


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cmp_portal.settings")
    django.setup()
    errors = mistakes()
    print("\n".join(errors) or f"{len(template_names())} templates compile")  # noqa: T201
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
