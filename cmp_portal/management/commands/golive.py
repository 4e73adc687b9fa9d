from typing import Any

from django.core.management.base import BaseCommand, CommandError

from staff import golive


class Command(BaseCommand):
    help = "Dice qué falta para abrir el portal al público; termina con 1 mientras falte algo."

    def handle(self, *args: Any, **options: Any) -> None:
        steps = golive.steps()
        for step in steps:
            word = self.style.SUCCESS("listo") if step.done else self.style.ERROR("falta")
            self.stdout.write(
                f"{word}  {step.title}" + (f": {step.todo or step.seen}" if step.todo or step.seen else "")
            )
        missing = sum(not step.done for step in steps)
        if missing:
            raise CommandError(f"Faltan {missing} de {len(steps)} pasos.")
        self.stdout.write(self.style.SUCCESS("Todo está listo para abrir."))
