"""Form fields of every house."""

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from base.peru import ruc

# A letter and its marks, as some telephones send them.
MOST_CHARACTERS_A_LETTER = 4


class RucField(forms.CharField):
    """A RUC as people type it; the value is its eleven digits."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "RUC")
        kwargs.setdefault("help_text", "11 dígitos.")
        kwargs.setdefault("max_length", 20)
        super().__init__(**kwargs)
        self.widget.attrs.update(inputmode="numeric", autocomplete="off")

    def clean(self, value: Any) -> str:
        number = ruc.compact(super().clean(value))
        if number and not ruc.is_valid(number):
            raise forms.ValidationError("El RUC no es válido: revise sus 11 dígitos.")
        return number


def nothing_hidden(text: str) -> None:
    """Raises ValidationError for invisible characters and those that reverse the text. Line breaks are allowed."""
    if not " ".join(text.split()).isprintable():
        raise forms.ValidationError("Tiene caracteres que no se pueden mostrar; escríbalo otra vez.")


class StatedField(forms.CharField):
    """One line of text for a document, without invisible characters."""

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value) or ""
        # By length first: normalising a long text costs time. Accents may be typed as characters of their own.
        if self.max_length is not None and len(typed) > MOST_CHARACTERS_A_LETTER * self.max_length:
            raise forms.ValidationError(f"Es muy largo: el máximo es {self.max_length} caracteres.")
        line = " ".join(unicodedata.normalize("NFC", typed).split())
        nothing_hidden(line)
        return line


INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def without_invisible(text: str) -> str:
    """Returns the text without the marks of no width that copying from a page or a chat brings along."""
    return INVISIBLE.sub("", text).strip()


def deliverable(address: str) -> None:
    """Refuse an address that no mail server takes: a domain without a dot, a mailbox of over 64 bytes (RFC 5321)."""
    mailbox, _, domain = address.rpartition("@")
    if "." not in domain or len(mailbox.encode()) > LONGEST_MAILBOX:
        raise ValidationError("Escriba un correo completo, como nombre@ejemplo.com.")


LONGEST_MAILBOX = 64


class MailboxField(forms.EmailField):
    """An e-mail address to which a letter can go, pasted as it may be."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators.append(deliverable)

    def to_python(self, value: Any) -> str:
        return without_invisible(super().to_python(value) or "")
