from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payments import trail


class Command(BaseCommand):
    help = "Check every order's chain of events; name the first broken row and exit 1 if there is one."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            checked = trail.verify(progress=self.show_progress)
        except trail.BrokenChain as broken:
            raise CommandError(str(broken)) from broken
        self.stdout.write(self.style.SUCCESS(f"{checked} eventos; ninguna cadena está rota."))

    def show_progress(self, events: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{events:,} eventos", ending="")
            self.stderr.flush()
