"""Form fields of every house."""

import unicodedata
from typing import Any

from django import forms

from base.peru import ruc


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
        line = " ".join(unicodedata.normalize("NFC", super().to_python(value) or "").split())
        nothing_hidden(line)
        return line
