from typing import Any, ClassVar

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import LoginWebAuthnForm
from allauth.mfa.webauthn.internal.auth import parse_authentication_response
from django import forms
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from base.files import attachments
from base.forms import StatedField, deliverable, without_invisible
from base.peru import documents, email_slips
from members.login.backends import CMP_TYPED, EmailOrCmpBackend
from members.models import User
from members.numbers import registrations

UNKNOWN_KEY = "No pudimos reconocer esa llave para ingresar sin contraseña. Ingrese con su contraseña."


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
        return EmailOrCmpBackend.address_of(without_invisible(self.cleaned_data["login"])).lower()


class PasskeyLoginForm(LoginWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """allauth's, for keys that checked who holds them: a stolen key that only wants a touch opens nothing by itself.

    allauth asks the browser for that check, but takes an answer to any challenge of the session, also to one that was
    made for a second step, where a touch is enough.
    """

    def clean_credential(self) -> Authenticator:
        answer = self.cleaned_data["credential"]
        try:
            authenticator = super().clean_credential()
            checked = parse_authentication_response(answer).response.authenticator_data.is_user_verified()
        except (forms.ValidationError, AttributeError, KeyError) as unknown:
            raise forms.ValidationError(UNKNOWN_KEY) from unknown
        if not checked:
            raise forms.ValidationError(UNKNOWN_KEY)
        return authenticator


class CmpField(forms.CharField):
    """A CMP number as people type it ("12345", "CMP 012345"); its value is the number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)
        self.widget.attrs.update(inputmode="numeric", autocomplete="off")

    def clean(self, value: Any) -> int:
        typed = CMP_TYPED.fullmatch(super().clean(value))
        if typed is None or int(typed[1]) == 0:
            raise forms.ValidationError("Escriba su número CMP solo con dígitos, por ejemplo 12345.")
        return int(typed[1])


class SignupForm(AllauthSignupForm):  # type: ignore[misc]  # allauth has no types
    """allauth's, with who the person is. What the roll says of it is asked only when the e-mail is confirmed."""

    field_order: ClassVar[list[str]] = [
        *("cmp_number", "document_type", "document_number", "given_names", "surnames"),
        *("email", "password1", "password2"),
    ]
    account_already_exists: bool  # allauth's, set while the address is cleaned

    cmp_number = CmpField(
        label="Número CMP",
        help_text="El de su carné de colegiado.",
        error_messages={"required": "Escriba su número CMP."},
    )
    document_type = forms.ChoiceField(
        label="Documento de identidad",
        choices=documents.OF_A_PERSON,
    )
    document_number = StatedField(
        label="Número de documento",
        max_length=15,
        error_messages={"required": "Escriba el número de su documento."},
    )
    given_names = StatedField(label="Nombres", max_length=100, error_messages={"required": "Escriba sus nombres."})
    surnames = StatedField(label="Apellidos", max_length=100, error_messages={"required": "Escriba sus apellidos."})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email_suggestion: str | None = None
        asked = {
            "email": ("Correo electrónico", "Escriba su correo."),
            "password1": ("Contraseña", "Escriba una contraseña."),
            "password2": ("Repita la contraseña", "Escriba la contraseña otra vez."),
        }
        for name, (label, when_empty) in asked.items():
            self.fields[name].label = label
            self.fields[name].error_messages["required"] = when_empty
        self.fields["email"].help_text = "Aquí llegarán sus comprobantes."
        for name, purpose in {"given_names": "given-name", "surnames": "family-name", "email": "email"}.items():
            self.fields[name].widget.attrs["autocomplete"] = purpose

    def clean_email(self) -> str:
        deliverable(self.cleaned_data["email"])
        email = str(super().clean_email())
        self.email_suggestion = email_slips.suggest(email)
        if self.email_suggestion and self.data.get("keep_email") != email:
            raise forms.ValidationError(f"¿Quiso escribir {self.email_suggestion}? Corríjalo, o marque que está bien.")
        return email

    def clean_document_number(self) -> str:
        return documents.compact(self.cleaned_data.get("document_type", ""), self.cleaned_data["document_number"])

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Answers alike, and after the same work, whether or not the address has an account already."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
            return self._answer(request)
        try:
            with transaction.atomic():
                return self._answer(request)
        except IntegrityError:  # an_email_has_one_account: registered twice at once
            self.account_already_exists = True
            return self._answer(request)

    def _answer(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        return saved

    def custom_signup(self, request: HttpRequest, user: User) -> None:  # noqa: ARG002
        declared = registrations.Declared(
            **{name: self.cleaned_data[name] for name in registrations.Declared.__dataclass_fields__}
        )
        user.name = f"{declared.given_names} {declared.surnames}"
        user.save(update_fields=["name"])
        registrations.declare(user, declared)


class ReportForm(forms.Form):
    note = forms.CharField(
        label="¿Cuál es su número CMP? ¿Algo que debamos saber?",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Por ejemplo: «Mi CMP es 12345; me registré con el de mi hermana».",
    )
    attachment = forms.FileField(
        label="Adjunto",
        required=False,
        help_text="Su carné o constancia, en PDF o JPG de hasta 5 MB. Solo lo ve el webmaster.",
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg"}),
    )

    def clean_attachment(self) -> tuple[bytes, str] | None:
        file = self.cleaned_data["attachment"]
        return attachments.take(file) if file else None
