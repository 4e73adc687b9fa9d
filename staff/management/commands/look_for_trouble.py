from typing import Any

from django.core.management.base import BaseCommand

from payments import letters
from staff import alerts, watch


class Command(BaseCommand):
    help = (
        "Say what is wrong now, and write to the treasury about what is new. The worker does this every two minutes; "
        "run it from the system's own clock too, because a silent worker cannot tell of its silence."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for trouble in watch.troubles():
            self.stdout.write(trouble.words)
        if letter := alerts.look():
            letters.post(letter.pk)
            self.stdout.write(f"Se avisó a {letter.to}.")
