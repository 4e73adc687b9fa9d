"""Text messages to a mobile telephone, by a sender that the college chooses; without one they are off."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string


def is_on() -> bool:
    """Whether the college has a sender: SMS_SENDER names a function `send(number, text)`."""
    return bool(settings.SMS_SENDER)


def send(number: str, text: str) -> None:
    """Hand a text to the sender. `number` is a Peruvian mobile number of nine digits. Raises what the sender raises."""
    cast(Callable[[str, str], None], import_string(settings.SMS_SENDER))(number, text)
