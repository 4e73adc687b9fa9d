from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from payments import reminders


class Command(BaseCommand):
    help = "Write the day's reminders of open dues. The worker does so every morning; a second run writes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say who would be written to, and write to nobody")

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
