"""Fields that the forms of every house share."""

import unicodedata
from typing import Any

from django import forms

from base.peru import ruc
from members.forms import MOST_CHARACTERS_A_LETTER


class RucField(forms.CharField):
    """A RUC as people type it; its value is the eleven digits."""

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
    """Refuses characters that are there but cannot be seen, or that turn the others round; new lines may be."""
    if not " ".join(text.split()).isprintable():
        raise forms.ValidationError("Tiene caracteres que no se pueden mostrar; escríbalo otra vez.")


class StatedField(forms.CharField):
    """Text that a document will state: one line, with no character that is there but cannot be seen."""

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value) or ""
        # By length first: normalising a long text costs time. Accents may be typed as characters of their own.
        if self.max_length is not None and len(typed) > MOST_CHARACTERS_A_LETTER * self.max_length:
            raise forms.ValidationError(f"Es muy largo: el máximo es {self.max_length} caracteres.")
        line = " ".join(unicodedata.normalize("NFC", typed).split())
        nothing_hidden(line)
        return line
