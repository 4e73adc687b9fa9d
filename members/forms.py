import unicodedata
from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from django import forms

from members import ruc
from members.backends import EmailOrCmpBackend


class LoginForm(AllauthLoginForm):  # type: ignore[misc]  # allauth has no types
    """allauth's, with a first field that takes a CMP number as well; the backend finds out which it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label="Correo electrónico o número CMP",
            max_length=254,
            error_messages={"required": "Escriba su correo electrónico o su número CMP."},
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        )
        self.fields["password"].label = "Contraseña"
        self.fields["password"].error_messages["required"] = "Escriba su contraseña."
        self.order_fields(["login", "password"])

    def clean_login(self) -> str:
        """The account's e-mail, however it was named: failed tries count against the account, not the spelling."""
        return EmailOrCmpBackend.address_of(self.cleaned_data["login"].strip()).lower()


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


class StatedField(forms.CharField):
    """Text that a document will state: one line, with no character that is there but cannot be seen."""

    def to_python(self, value: Any) -> str:
        line = " ".join(unicodedata.normalize("NFC", super().to_python(value) or "").split())
        if not line.isprintable():
            raise forms.ValidationError("Tiene caracteres que no se pueden mostrar; escríbalo otra vez.")
        return line


class ReportForm(forms.Form):
    note = forms.CharField(
        label="¿Cuál es su número CMP? ¿Algo que debamos saber?",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Por ejemplo: «Mi CMP es 12345; me registré con el de mi hermana».",
    )
