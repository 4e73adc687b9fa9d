from typing import Any

from django import forms

from members import assignment
from members.models import Member, User


class NumberForm(forms.Form):
    """Which number the account gets; empty takes away the one it has."""

    member = forms.ModelChoiceField(
        Member.objects.select_related("regional_council"),
        to_field_name="cmp_number",
        required=False,
        label="Número CMP correcto",
        widget=forms.NumberInput,
        help_text="Vacío: la cuenta se queda sin número y no puede pagar.",
        error_messages={"invalid_choice": "Ese número CMP no está en el padrón."},
    )


class OtherAccountForm(forms.Form):
    """The account to swap with, by its e-mail."""

    other = forms.ModelChoiceField(
        User.objects.all(),
        to_field_name="email",
        label="Correo de la otra cuenta",
        widget=forms.EmailInput,
        error_messages={"invalid_choice": "No hay una cuenta con ese correo."},
    )

    def __init__(self, *args: Any, account: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_other(self) -> User:
        other: User = self.cleaned_data["other"]
        if other == self.account:
            raise forms.ValidationError("Es la misma cuenta: escriba el correo de la otra.")
        if assignment.current_member(other) is None:
            raise forms.ValidationError("Esa cuenta no tiene un número CMP que intercambiar.")
        return other


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Motivo",
        min_length=10,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Cómo se comprobó. Queda en el historial y se envía por correo a la persona.",
    )
