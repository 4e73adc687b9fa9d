"""The forms of the desk's actions. Each asks for the reason, because each is read in the trail later."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from base.forms import MailboxField, RucField, StatedField, nothing_hidden
from base.peru import documents
from dues import ledger
from dues.debts.debts import Choice
from dues.models import CollectionAccount, Due, Kind
from members.forms import BuyerNameField
from members.models import DocumentType, Member, RegionalCouncil
from payments.models import OFFLINE_CHANNELS, Attempt, OrderLine
from payments.refunds import remaining
from receipts.issuing.contents import SHORTEST_TEXT, Buyer
from receipts.models import LONGEST_EVIDENCE, SHORTEST_EVIDENCE, Shown
from staff.decisions.consequences import Consequences

CARD_LIKE = re.compile(r"(?:\d[ -]?){13,19}")
VOUCHERS = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}
FOUNDED = date(1964, 1, 1)  # Ley 15173; a year before it is a typing error
MOST_VOUCHER_BYTES = 2 * 1024 * 1024
MOST_REPORT_BYTES = 20 * 1024 * 1024


def no_card_number(text: str) -> None:
    """A card's number must never be kept here, not even in a remark."""
    if CARD_LIKE.search(text):
        raise ValidationError("Parece un número de tarjeta: no lo escriba aquí.")


def plainly_written(operation: str) -> None:
    """١٢٣ and 123 are one operation to whoever reads them, and would be two to the rule that it pays once."""
    counted = [character for character in operation if character.isalnum()]
    if not counted or not all(character.isascii() for character in counted):
        raise ValidationError("Escríbalo con dígitos (0 a 9) y letras sin tilde, como está en la constancia.")


def said_in_full(reason: str) -> None:
    """Blanks and line ends count for nothing: a document carries the reason on one line (SUNAT's 2135, 2314)."""
    if 0 < len(" ".join(reason.split())) < SHORTEST_TEXT:
        raise ValidationError("Escriba al menos 3 caracteres: SUNAT rechaza un motivo más corto.")


class ReasonField(forms.CharField):
    def __init__(self, *, label: str = "Motivo", shortest: int = 5, longest: int = 150, required: bool = True) -> None:
        super().__init__(label=label, min_length=shortest, max_length=longest, required=required)
        self.widget = forms.Textarea(attrs={"rows": 2, "maxlength": longest})
        self.validators += [no_card_number, nothing_hidden, said_in_full]


def read_voucher(file: Any) -> tuple[bytes, str] | None:
    """An uploaded paper with its media type, told by how it begins; None where there is none."""
    if file is None:
        return None
    if (file.size or 0) > MOST_VOUCHER_BYTES:
        raise ValidationError("El archivo pesa más de 2 MB.")
    content = file.read()
    for beginning, media_type in VOUCHERS.items():
        if content.startswith(beginning):
            return content, media_type
    raise ValidationError("El archivo debe ser PDF, JPG o PNG.")


class AddressForm(forms.Form):
    email = MailboxField(
        label="Correo",
        max_length=254,
        help_text="El último que se usó; corríjalo si está mal escrito. El de la cuenta no cambia.",
    )


class ReasonForm(forms.Form):
    reason = ReasonField()


class ProposalForm(forms.Form):
    """Whole, or some dues of the charge."""

    lines = forms.ModelMultipleChoiceField(
        OrderLine.objects.none(),
        label="Cuotas que se devuelven",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Vuelven a quedar pendientes de pago.",
    )
    reason = ReasonField()

    def __init__(self, *args: Any, attempt: Attempt, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        possible = remaining.lines(attempt)
        if possible:
            self.fields["lines"].queryset = possible  # type: ignore[attr-defined]
            self.fields["lines"].required = True
            self.fields["lines"].error_messages["required"] = "Marque al menos una cuota."
        else:
            del self.fields["lines"]


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(
        label="Decisión",
        choices=[("approve", "Aprobar"), ("reject", "Rechazar la propuesta")],
        widget=forms.HiddenInput,
    )
    reason = ReasonField(label="Motivo, si rechaza", required=False)

    def __init__(self, *args: Any, own: bool = False, approve: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["reason", "decision"])
        if approve:
            self.fields["decision"].choices = [("approve", approve), ("reject", "Rechazar la propuesta")]  # type: ignore[attr-defined]
        if own:
            self.fields["decision"].choices = [("reject", "Retirar la propuesta")]  # type: ignore[attr-defined]

    @property
    def buttons(self) -> list[tuple[str, str]]:
        """Each answer that may be given with the words on its button: one press decides."""
        return list(self.fields["decision"].choices)  # type: ignore[attr-defined]

    def bar_approval(self) -> None:
        """Leaves only the answer that changes nothing: approving would break a rule now."""
        self.fields["decision"].choices = [pair for pair in self.buttons if pair[0] != "approve"]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("decision") == "reject" and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", "Escriba por qué la rechaza.")
        return cleaned


def offered(form: DecisionForm, consequences: Consequences | None) -> Consequences | None:
    """Returns the consequences; the form no longer offers an approval that a rule forbids now."""
    if consequences and consequences.obstacle:
        form.bar_approval()
    return consequences


class DoubtForm(forms.Form):
    came_through = forms.ChoiceField(
        label="¿Se realizó la devolución, según el panel de la pasarela?",
        choices=[("yes", "Sí, figura como realizada"), ("no", "No, no figura")],
        widget=forms.RadioSelect,
    )
    evidence = ReasonField(label="Dónde lo vio (pantalla, fecha, número de la pasarela)")


class FindingForm(forms.Form):
    """What a person saw on SUNAT's page of a document or a file."""

    shows = forms.ChoiceField(label="¿Cómo figura en SUNAT?", widget=forms.RadioSelect)
    evidence = ReasonField(
        label="Dónde lo vio (página de SUNAT, día y hora, número de consulta)",
        shortest=SHORTEST_EVIDENCE,
        longest=LONGEST_EVIDENCE,
    )
    picture = forms.FileField(label="Captura de la página (PDF, JPG o PNG, hasta 2 MB)", required=False)

    def __init__(self, *args: Any, possible: Sequence[Shown], words: Mapping[Shown, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(shown.value, words.get(shown, shown.label)) for shown in possible]
        self.fields["shows"].choices = choices  # type: ignore[attr-defined]

    def clean_picture(self) -> tuple[bytes, str] | None:
        return read_voucher(self.cleaned_data["picture"])


class MemberForm(forms.Form):
    """First step of writing down a payment: whose."""

    cmp_number = forms.IntegerField(label="Número CMP", min_value=1, max_value=9_999_999)

    def clean_cmp_number(self) -> Member:
        member = Member.objects.filter(cmp_number=self.cleaned_data["cmp_number"]).first()
        if member is None:
            raise ValidationError("No hay un colegiado con ese CMP en el padrón.")
        return member


class TransferForm(MemberForm):
    """Whose dues a payment should have paid, and how one knows."""

    reason = ReasonField(label="Motivo")


class OfflineForm(forms.Form):
    """Second step: which dues, and what the paper says."""

    dues = forms.ModelMultipleChoiceField(
        Due.objects.none(), label="Cuotas pagadas", widget=forms.CheckboxSelectMultiple
    )
    channel = forms.ChoiceField(label="Canal", choices=[(channel.value, channel.label) for channel in OFFLINE_CHANNELS])
    reference = forms.CharField(
        label="Número de operación",
        max_length=40,
        validators=[no_card_number, nothing_hidden, plainly_written],
        help_text="El de la constancia.",
    )
    paid_on = forms.DateField(label="Fecha del pago", widget=forms.DateInput(attrs={"type": "date"}))
    amount = forms.DecimalField(
        label="Monto de la constancia (S/)",
        max_digits=9,
        decimal_places=2,
        min_value=0,
        help_text="Debe ser igual a la suma de las cuotas marcadas.",
    )
    evidence = ReasonField(label="Evidencia: qué documento vio y quién lo entregó", shortest=10, longest=300)
    voucher = forms.FileField(
        label="Constancia (PDF, JPG o PNG, hasta 2 MB)",
        help_text="La compara la persona que aprueba.",
        error_messages={"required": "Adjunte la constancia: sin ella no se registra el pago."},
    )

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dues"].queryset = ledger.open_dues(member)  # type: ignore[attr-defined]
        self.fields["dues"].label_from_instance = _due_words  # type: ignore[attr-defined]

    def clean_paid_on(self) -> Any:
        day = self.cleaned_data["paid_on"]
        if day > timezone.localdate():
            raise ValidationError("La fecha del pago no puede ser futura.")
        if day < FOUNDED:
            raise ValidationError("Revise el año: el Colegio se creó en 1964.")
        return day

    def clean_voucher(self) -> tuple[bytes, str]:
        voucher = read_voucher(self.cleaned_data["voucher"])
        assert voucher is not None  # noqa: S101 - the field is required
        return voucher

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        total = sum(due.amount for due in cleaned.get("dues") or [])
        if total and cleaned.get("amount") is not None and cleaned["amount"] != total:
            self.add_error("amount", f"Las cuotas marcadas suman S/ {total:,.2f}: no se registró nada.")
        return cleaned


def _due_words(due: Due) -> str:
    held = " (se está pagando con tarjeta ahora)" if getattr(due, "held_by", None) else ""
    return f"{due}: S/ {due.amount:,.2f}{held}"


class ReportForm(forms.Form):
    file = forms.FileField(label="Archivo de la liquidación (CSV o Excel)", help_text="Hasta 20 MB.")

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_REPORT_BYTES:
            raise ValidationError("El archivo pesa más de 20 MB.")
        return file


class DebtsForm(forms.Form):
    """Which open dues go to which bank."""

    account = forms.ModelChoiceField(CollectionAccount.objects.filter(active=True), label="Cuenta de recaudación")
    until = forms.DateField(
        label="Cuotas que vencen hasta", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    kind = forms.ChoiceField(label="Tipo de cuota", choices=[("", "Todos"), *Kind.choices], required=False)
    council = forms.ModelChoiceField(
        RegionalCouncil.objects.order_by("number"), label="Consejo Regional", required=False, empty_label="Todos"
    )
    sheet = forms.BooleanField(label="Como la hoja Excel del BCP, para su archivo CREP.xlsm", required=False)

    def choice(self) -> Choice:
        """Of a valid form."""
        data = self.cleaned_data
        council = data["council"].pk if data["council"] else None
        return Choice(until=data["until"], kind=data["kind"], council=council)


class WithdrawForm(forms.Form):
    reason = ReasonField(label="Por qué se deshace", longest=300)


class DepositDayForm(forms.Form):
    day = forms.DateField(widget=forms.HiddenInput)


class SignForm(forms.Form):
    note = ReasonField(label="Qué se hizo con las diferencias", longest=500, required=False)


class CloseForm(forms.Form):
    day = forms.DateField(widget=forms.HiddenInput)
    note = ReasonField(label="Observación, si los libros no coinciden", longest=500, required=False)


class CompanyForm(forms.Form):
    """Whom a factura names, to correct one that SUNAT rejected."""

    ruc = RucField()
    legal_name = BuyerNameField(label="Razón social")
    address = StatedField(label="Dirección fiscal", max_length=250)

    @staticmethod
    def initial_of(buyer: Buyer) -> dict[str, str]:
        return {"ruc": buyer.document_number, "legal_name": buyer.name, "address": buyer.address}

    def buyer(self) -> Buyer:
        said = self.cleaned_data
        return Buyer(
            document_type=DocumentType.RUC.value,
            document_number=said["ruc"],
            name=said["legal_name"],
            address=said["address"],
        )


class ExchangeForm(CompanyForm):
    """The factura that takes a boleta's place."""

    reason = ReasonField(label="Motivo del cambio")


class PersonForm(forms.Form):
    """Whom a boleta names, to correct one that SUNAT rejected."""

    document_type = forms.ChoiceField(label="Documento", choices=documents.OF_A_PERSON)
    document_number = StatedField(label="Número de documento", max_length=15)
    name = BuyerNameField(label="Nombre completo")

    @staticmethod
    def initial_of(buyer: Buyer) -> dict[str, str]:
        return {
            "document_type": buyer.document_type,
            "document_number": buyer.document_number,
            "name": buyer.name,
        }

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("document_type") and said.get("document_number"):
            try:
                said["document_number"] = documents.compact(said["document_type"], said["document_number"])
            except ValidationError as problem:
                self.add_error("document_number", problem)
        return said

    def buyer(self) -> Buyer:
        return Buyer(address="", **{name: self.cleaned_data[name] for name in self.fields})
