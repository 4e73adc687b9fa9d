"""`manage.py record_bounce`: what the mail server pipes a returned letter into."""

import sys
from email import message_from_binary_file
from typing import Any

from django.core.management.base import BaseCommand

from receipts.delivery import bounces


class Command(BaseCommand):
    help = (
        "Reads one message from standard input. When it says that a letter with a receipt was not delivered, staff see "
        "it at that receipt, with the other mail server's reason. Anything else is left alone. In Postfix's aliases: "
        'rebotes: "|/srv/cmp-portal/.venv/bin/python /srv/cmp-portal/manage.py record_bounce"'
    )

    def handle(self, *args: Any, **options: Any) -> None:
        # Always exit with 0: an error would make the mail server bounce the bounce.
        delivery = bounces.record(message_from_binary_file(sys.stdin.buffer))
        if delivery:
            self.stdout.write(f"Receipt {delivery.receipt_id}: {delivery.last_error}")
        else:
            self.stdout.write("No letter of ours was given up by this.")
