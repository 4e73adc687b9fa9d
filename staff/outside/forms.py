"""The forms of what happened outside the portal."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from base.forms import nothing_hidden
from payments.checkout import mismatches
from payments.models import Attempt, RefundProposal
from payments.refunds.proposals import Elsewhere
from payments.states import ChargebackState
from staff.treasury.forms import (
    MOST_VOUCHER_BYTES,
    VOUCHERS,
    ProposalForm,
    ReasonField,
    no_card_number,
    plainly_written,
)

MEANS_ELSEWHERE = [
    (means.value, means.label)
    for means in (RefundProposal.Means.PANEL, RefundProposal.Means.TRANSFER, RefundProposal.Means.CHEQUE)
]
Scan = tuple[bytes, str]


class ReferenceField(forms.CharField):
    """The number of an operation or a case, as its paper states it."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label=label, max_length=40, **kwargs)
        self.validators += [no_card_number, nothing_hidden, plainly_written]


class DayField(forms.DateField):
    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label=label, widget=forms.DateInput(attrs={"type": "date"}), **kwargs)


class ScanField(forms.FileField):
    """A PDF, JPG or PNG of up to 2 MB; cleans to its bytes and media type, None without a file."""

    def __init__(self, label: str = "Constancia (PDF, JPG o PNG, hasta 2 MB)", *, required: bool = False) -> None:
        super().__init__(label=label, required=required)

    def clean(self, data: Any, initial: Any = None) -> Any:
        file: UploadedFile[bytes] | None = super().clean(data, initial)
        return _scan(file) if file else None


def _scan(file: "UploadedFile[bytes]") -> Scan:
    if (file.size or 0) > MOST_VOUCHER_BYTES:
        raise ValidationError("El archivo pesa más de 2 MB.")
    content = file.read()
    for beginning, media_type in VOUCHERS.items():
        if content.startswith(beginning):
            return content, media_type
    raise ValidationError("El archivo debe ser PDF, JPG o PNG.")


def not_in_the_future(day: date) -> None:
    if day > timezone.localdate():
        raise ValidationError("La fecha no puede ser futura.")


class NoticeForm(forms.Form):
    """The gateway's notice of a chargeback."""

    reference = ReferenceField("Número del caso o de la operación", help_text="El del aviso de la pasarela.")
    amount = forms.DecimalField(label="Monto disputado (S/)", max_digits=9, decimal_places=2, min_value=Decimal("0.01"))
    notified_on = DayField("Fecha del aviso", validators=[not_in_the_future])
    answer_by = DayField("Responder hasta", required=False)
    reason = ReasonField(label="Motivo según la pasarela", shortest=3, longest=200)

    def __init__(self, *args: Any, attempt: Attempt, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.attempt = attempt
        days = settings.CHARGEBACK_ANSWER_DAYS
        self.fields["answer_by"].help_text = f"Si el aviso no lo dice, {days} días después de su fecha."
        self.fields["amount"].initial = attempt.amount

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if amount > self.attempt.amount:
            raise ValidationError(f"Se cobraron S/ {self.attempt.amount:,.2f}: no puede disputarse más.")
        return amount

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("notified_on"), cleaned.get("answer_by")
        if first and last and not first <= last <= first + timedelta(days=365):
            self.add_error("answer_by", "Debe ser el día del aviso o después, dentro de un año.")
        return cleaned


class PaperForm(forms.Form):
    note = ReasonField(label="Qué es", longest=200)
    file = ScanField("Archivo (PDF, JPG o PNG, hasta 2 MB)")


class WordForm(forms.Form):
    """What the gateway's letter or panel says."""

    note = ReasonField(label="Dónde consta (carta, correo o panel, con su fecha)")


class EndForm(forms.Form):
    end = forms.ChoiceField(
        label="Desenlace",
        choices=[
            (ChargebackState.LOST.value, "Perdido: la pasarela decidió a favor del tarjetahabiente"),
            (ChargebackState.ACCEPTED.value, "Aceptado: el Colegio no lo discute"),
        ],
        widget=forms.RadioSelect,
    )
    reason = ReasonField()


class ElsewhereForm(ProposalForm):
    """A refund that was made outside the portal, and what shows it."""

    means = forms.ChoiceField(label="Cómo se devolvió", choices=MEANS_ELSEWHERE, widget=forms.RadioSelect)
    reference = ReferenceField("Número de la operación", help_text="El de la transferencia, el cheque o el panel.")
    given_back_on = DayField("Fecha de la devolución", validators=[not_in_the_future])
    evidence = ReasonField(label="Evidencia: qué documento vio y quién lo entregó", shortest=10, longest=300)
    voucher = ScanField()

    def elsewhere(self) -> Elsewhere:
        content, media_type = self.cleaned_data["voucher"] or (None, "")
        return Elsewhere(
            means=RefundProposal.Means(self.cleaned_data["means"]),
            reference=self.cleaned_data["reference"],
            given_back_on=self.cleaned_data["given_back_on"],
            evidence=self.cleaned_data["evidence"],
            voucher=content,
            voucher_type=media_type,
        )


class MismatchForm(forms.Form):
    """What an approval is that does not match."""

    outcome = forms.ChoiceField(label="Qué es", widget=forms.RadioSelect)
    reason = ReasonField(label="Motivo, y lo que dice la pasarela")

    def __init__(self, *args: Any, attempt: Attempt, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(outcome.value, outcome.label) for outcome in mismatches.outcomes(attempt)]
        self.fields["outcome"].choices = choices  # type: ignore[attr-defined]
