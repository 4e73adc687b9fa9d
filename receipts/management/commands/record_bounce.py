"""`manage.py record_bounce`: what the mail server pipes a returned letter into."""

import sys
from email import message_from_binary_file
from typing import Any

from django.core.management.base import BaseCommand

from receipts.delivery import bounces


class Command(BaseCommand):
    help = (
        "Lee un mensaje de la entrada. Si dice que un correo con un comprobante no llegó, el personal lo ve en ese "
        "comprobante, con el motivo del otro servidor. Lo demás se deja como está. En los alias de Postfix: "
        'rebotes: "|/usr/local/bin/portal record_bounce"'
    )

    def handle(self, *args: Any, **options: Any) -> None:
        # Always exit with 0: an error would make the mail server bounce the bounce.
        delivery = bounces.record(message_from_binary_file(sys.stdin.buffer))
        if delivery:
            self.stdout.write(f"Receipt {delivery.receipt_id}: {delivery.last_error}")
        else:
            self.stdout.write("No letter of ours was given up by this.")
