from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from payments import reminders


class Command(BaseCommand):
    help = "Escribe los recordatorios del día. El worker lo hace cada mañana; la segunda vez no escribe nada."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="dice a quién se escribiría, sin escribir a nadie")

    def handle(self, *args: Any, **options: Any) -> None:
        day = timezone.localdate()
        if not options["dry_run"]:
            self.stdout.write(f"Recordatorios escritos: {reminders.write(day)}.")
            return
        count = 0
        for reminder in reminders.due_on(day):
            count += 1
            self.stdout.write(f"{reminder.user.email}, cuotas: {len(reminder.dues)}, S/ {reminder.total:,.2f}")
        self.stdout.write(f"Recordatorios: {count}. No se escribió ninguno.")
