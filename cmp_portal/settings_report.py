"""All settings with their values, secrets masked, and where each came from. It needs no settings that are in order."""

from typing import TextIO

from cmp_portal.environment import env


def show(output: TextIO) -> None:
    """Print a line for each setting read so far, in the order of cmp_portal/settings.py."""
    width = max(len(name) for name in env.readings)
    for reading in env.readings.values():
        output.write(f"{reading.name:<{width}}  {reading.shown or '(vacío)'}  [{reading.origin}]\n")
