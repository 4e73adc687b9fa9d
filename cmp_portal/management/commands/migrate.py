from typing import Any

from django.core.management.commands import migrate

from cmp_portal import least_privilege


class Command(migrate.Command):
    """Django's own, and then the application's role gets what it may do: a new table would else be closed to it."""

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if not (options["plan"] or options["check_unapplied"]):
            least_privilege.grant_to_application()
