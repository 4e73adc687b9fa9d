from typing import Any

from django.core.management.base import BaseCommand, CommandError

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
        letter = alerts.look()
        if letter is None:
            return
        try:
            letters.post(letter.pk)
        except letters.MailServerDown as down:
            raise CommandError(
                f"El servidor de correo no responde: el aviso a {letter.to} queda en cola y sale cuando vuelva."
            ) from down
        self.stdout.write(f"Se avisó a {letter.to}.")
