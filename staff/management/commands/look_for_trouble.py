from typing import Any

from django.core.management.base import BaseCommand

from payments import letters
from staff import alerts, watch


class Command(BaseCommand):
    help = (
        "Dice qué anda mal ahora y escribe a la tesorería de lo nuevo. El worker lo hace cada dos minutos; ejecútelo "
        "también con el reloj del sistema: un worker callado no puede avisar de su silencio."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for trouble in watch.troubles():
            self.stdout.write(trouble.words)
        if letter := alerts.look():
            letters.post(letter.pk)
            self.stdout.write(f"Se avisó a {letter.to}.")
