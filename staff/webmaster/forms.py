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


class ClaimNumberForm(forms.Form):
    """Another CMP to compare a registration with."""

    cmp = forms.IntegerField(
        label="Otro número CMP", min_value=1, max_value=9_999_999, help_text="Si el que declaró está mal escrito."
    )

    def clean_cmp(self) -> int:
        number: int = self.cleaned_data["cmp"]
        if not Member.objects.filter(cmp_number=number).exists():
            raise forms.ValidationError("Ese número CMP no está en el padrón.")
        return number

    def member(self, claim: Claim) -> Member | None:
        """The physician to assign: of the number typed here, else of the declared one; None when not on the roll."""
        number: int = self.cleaned_data["cmp"] if self.is_bound and self.is_valid() else claim.cmp_number
        return Member.objects.filter(cmp_number=number).first()


class AssignForm(forms.Form):
    """The CMP that the page compared, and the sentence to the person."""

    member = forms.ModelChoiceField(Member.objects.all(), to_field_name="cmp_number", widget=forms.HiddenInput)
    answer = forms.CharField(
        label="Frase para la persona",
        max_length=1000,
        initial="Comparamos su foto y su carné con el padrón.",
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[nothing_hidden],
    )


#: Why no CMP is assigned, and the sentence that the person reads.
REFUSALS = {
    "document": ("El documento no es de ese colegiado", "El documento que declaró no es el de ese CMP en el padrón."),
    "photo": ("La foto no permite comprobarlo", "En la foto no se leen bien su rostro y su carné. Envíe otra."),
    "holder": ("Ese CMP ya lo paga otra cuenta", "Ese CMP ya tiene una cuenta. Si es suya, entre con su otro correo."),
    "roll": ("No figura en el padrón", "Ese número no figura en el padrón. Consulte en su Consejo Regional."),
    "other": ("Otro motivo", ""),
}


class RefuseForm(forms.Form):
    why = forms.ChoiceField(label="Motivo", choices=[(key, words) for key, (words, _) in REFUSALS.items()])
    answer = forms.CharField(
        label="Frase para la persona",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[nothing_hidden],
        help_text="Vacío: se le escribe la frase del motivo. Con «Otro motivo» es obligatoria.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("why") == "other" and not cleaned.get("answer") and "answer" not in self.errors:
            self.add_error("answer", "Escriba la frase que leerá la persona.")
        return cleaned

    def sentence(self) -> str:
        """The sentence to the person, of a valid form."""
        return self.cleaned_data["answer"] or REFUSALS[self.cleaned_data["why"]][1]

    def sentence_shown(self) -> str:
        """The sentence to the person as the form stands now; that of the first reason before anything is chosen."""
        why = str(self["why"].value() or next(iter(REFUSALS)))
        return str(self["answer"].value() or REFUSALS.get(why, ("", ""))[1])


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
