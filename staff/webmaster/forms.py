from typing import Any, cast

from django import forms
from django.utils import timezone

from base.files import attachments
from base.forms import StatedField, nothing_hidden
from base.peru import documents, months
from dues import successions
from dues.models import CoveredPerson
from members.models import Claim, Member, User
from members.numbers import assignments
from members.numbers import successions as succession
from members.numbers.successions import Claimed


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
        if assignments.current_member(other) is None:
            raise forms.ValidationError("Esa cuenta no tiene un número CMP que intercambiar.")
        return other


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Motivo",
        min_length=10,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[nothing_hidden],
        help_text="Cómo se comprobó. Queda en el historial y se envía por correo a la persona.",
    )


class HolderForm(forms.Form):
    """Whose SEMEFA is taken over."""

    member = forms.ModelChoiceField(
        Member.objects.select_related("regional_council"),
        to_field_name="cmp_number",
        label="Número CMP del titular fallecido",
        widget=forms.NumberInput,
        error_messages={"invalid_choice": "Ese número CMP no está en el padrón."},
    )


class SuccessionForm(forms.Form):
    """Who takes over, from when, and what proves it. The roll's day of the death is not asked again."""

    dependant = forms.ModelChoiceField(CoveredPerson.objects.none(), label="Persona cubierta que toma la titularidad")
    document_type = forms.ChoiceField(label="Documento del sucesor", choices=documents.OF_A_PERSON)
    document_number = StatedField(label="Número de documento del sucesor", max_length=15)
    name = StatedField(
        label="Nombre completo del sucesor",
        max_length=200,
        help_text="Como figura en su documento: así lo nombrarán las boletas.",
    )
    died_on = forms.DateField(
        label="Fecha de fallecimiento",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="El padrón todavía no la tiene. Desde el mes siguiente ya no se cobra la Cuota Colegiado.",
    )
    first_day = forms.DateField(
        label="Toma la titularidad desde",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Cuenta el mes entero de esta fecha, que es posterior al del fallecimiento.",
    )
    attachment = forms.FileField(
        label="Documento que lo prueba",
        help_text="Partida de defunción o solicitud del derechohabiente, en PDF o JPG de hasta 5 MB.",
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg"}),
    )
    reason = forms.CharField(
        label="Motivo",
        min_length=10,
        max_length=450,
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[nothing_hidden],
        help_text="Cómo se comprobó. Queda en el historial y se envía por correo a la persona.",
    )

    def __init__(self, *args: Any, member: Member, claim: Claim | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.claim = claim
        if successions.enrolled(member):
            dependant = cast("forms.ModelChoiceField[CoveredPerson]", self.fields["dependant"])
            dependant.queryset = successions.dependants(member)
        else:
            del self.fields["dependant"]
        if succession.says_when(member):
            del self.fields["died_on"]

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        """What the person declared at registration, for the webmaster to compare with the document."""
        declared = {"name": "full_name"}.get(field_name, field_name)
        if self.claim and declared in ("full_name", "document_type", "document_number"):
            return getattr(self.claim, declared)
        return super().get_initial_for_field(field, field_name)

    def clean_died_on(self) -> Any:
        died_on = self.cleaned_data["died_on"]
        if died_on > timezone.localdate():
            raise forms.ValidationError("Esa fecha todavía no llega.")
        return died_on

    def clean_document_number(self) -> str:
        return documents.compact(self.cleaned_data.get("document_type", ""), self.cleaned_data["document_number"])

    def clean_attachment(self) -> tuple[bytes, str]:
        return attachments.take(self.cleaned_data["attachment"])

    def claimed(self) -> Claimed:
        data = self.cleaned_data
        content, media_type = data["attachment"]
        return Claimed(
            document_type=data["document_type"],
            document_number=data["document_number"],
            name=data["name"],
            first_period=months.month_of(data["first_day"]),
            attachment=content,
            attachment_type=media_type,
            reason=data["reason"],
            died_on=data.get("died_on"),
        )
