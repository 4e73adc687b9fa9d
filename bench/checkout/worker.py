"""The portal's worker, which notes the CPU-seconds that each receipt's paper takes it: by nothing else can they be told
from what else it does, and a page printed alone again and again is cheaper.

`python -m bench.checkout.worker FILE [ARGUMENTS OF procrastinate worker]`
"""

import sys
import time
from pathlib import Path

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    from receipts.printing import pdf

    print_out, notes = pdf.render, Path(sys.argv[1])

    def render(*receipt: object, **filed: object) -> bytes:
        began = time.thread_time()
        made = print_out(*receipt, **filed)  # type: ignore[arg-type]
        with notes.open("a") as file:
            file.write(f"{time.thread_time() - began}\n")
        return made

    pdf.render = render
    call_command("procrastinate", "worker", *sys.argv[2:])


if __name__ == "__main__":
    main()
