import sys
from typing import Any

from django.core.management.base import BaseCommand

from cmp_portal import settings_report


class Command(BaseCommand):
    help = "Muestra todos los ajustes, con los secretos tapados, y de dónde salió cada uno."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        settings_report.show(sys.stdout)
