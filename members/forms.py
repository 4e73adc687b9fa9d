from typing import Any, ClassVar

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import LoginWebAuthnForm
from allauth.mfa.webauthn.internal.auth import parse_authentication_response
from django import forms
from django.contrib.auth.hashers import make_password
from django.core.validators import MinLengthValidator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from base.files import attachments
from base.files.attachments import AttachmentType
from base.forms import StatedField, deliverable, without_invisible
from base.peru import documents, email_slips
from members.login import confirming, passwords
from members.login.backends import CMP_TYPED, identifier_of
from members.models import User
from members.numbers import registrations

# Of whoever a document names (SUNAT's rule 2022).
SHORTEST_NAME = 3
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
        """What was typed, in one spelling: failed tries count against it, and not against the account behind it."""
        return identifier_of(without_invisible(self.cleaned_data["login"]))

    def _clean_with_password(self, credentials: dict[str, Any]) -> Any:
        cleaned = super()._clean_with_password(credentials)
        # allauth confirms the address that was typed; a CMP number is none, and means the account's own.
        if "@" not in self.cleaned_data["login"]:
            self._login.email = self._login.user.email
        return cleaned


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


class BuyerNameField(StatedField):
    """The name of a person or company that a document is made out to."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=250, **kwargs)
        self.validators.append(
            MinLengthValidator(SHORTEST_NAME, "Escríbalo completo: SUNAT rechaza menos de 3 caracteres.")
        )


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

    def clean(self) -> dict[str, Any]:
        """The password is looked at beside the numbers of the same form: the account has none yet."""
        cleaned: dict[str, Any] = super().clean()
        own = [str(cleaned.get("cmp_number", "")), cleaned.get("document_number", "")]
        password = cleaned.get("password1", "")
        if password and passwords.left_of(password, own) < passwords.LEAST_LEFT:
            self.add_error("password1", "Es fácil de adivinar: tiene su número CMP o su documento. Elija otra.")
        return cleaned

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Answers alike, and after the same work, whether or not the address has an account already."""
        try:
            with transaction.atomic():
                # What a stranger typed for this address must not be bound when its owner confirms.
                if self.account_already_exists and registrations.forget_unconfirmed(self.cleaned_data["email"]):
                    self.account_already_exists = False
                if self.account_already_exists:
                    make_password(self.cleaned_data["password1"])
                return self._answer(request)
        except IntegrityError:  # an_email_has_one_account: registered twice at once
            self.account_already_exists = True
            return self._answer(request)

    def _answer(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        return saved

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        declared = registrations.Declared(
            **{name: self.cleaned_data[name] for name in registrations.Declared.__dataclass_fields__}
        )
        user.name = f"{declared.given_names} {declared.surnames}"
        user.save(update_fields=["name"])
        registrations.declare(user, declared)
        request.session[confirming.TYPED_HERE] = user.pk


class ResetPasswordForm(AllauthResetPasswordForm):  # type: ignore[misc]  # allauth has no types
    """allauth's, for confirmed addresses: a new password would bind what a stranger typed for this address.

    Whoever owns an unconfirmed one is told, as of an unknown one, how to register.
    """

    users: list[User]

    def clean_email(self) -> str:
        email = str(super().clean_email())
        unconfirmed = registrations.unconfirmed_accounts(email)  # asked of an unknown address too: it costs the same
        self.users = [user for user in self.users if user.pk not in unconfirmed]
        return email


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


class CodeForm(forms.Form):
    """The digits that came to the roll's address, however they are grouped."""

    code = forms.CharField(
        label="Código de 8 dígitos",
        max_length=20,
        error_messages={"required": "Escriba el código que le enviamos."},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class PhotoForm(forms.Form):
    """A photo of the person who holds the carné."""

    photo = forms.FileField(
        label="Su foto con el carné",
        help_text="JPG de hasta 5 MB. Solo la ve el webmaster y se borra a los 30 días de su decisión.",
        error_messages={"required": "Elija la foto."},
        widget=forms.FileInput(attrs={"accept": "image/jpeg"}),
    )

    def clean_photo(self) -> bytes:
        content, media_type = attachments.take(self.cleaned_data["photo"])
        if media_type != AttachmentType.JPEG:
            raise forms.ValidationError("Envíe una foto JPG, no un PDF.")
        return content
