"""The garbage collector looks seldom, and never at what was loaded at the start: that stays for the process's life.

Printing a receipt makes a hundred thousand objects at once; by default each 700 of them would start a look at all.
"""

import gc
import sys
from importlib import import_module

from procrastinate import App

#: Objects made before a look at the youngest, and looks before those at the older ones.
THRESHOLDS = (20_000, 50, 50)


def spare_the_worker(_app: App) -> None:
    """Called once the applications are ready; loads the printer first, which the worker needs all its life."""
    if "worker" in sys.argv:
        import_module("weasyprint")
        spare()


def spare() -> None:
    """Leave everything loaded so far to the process; forked processes share it as it is."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
