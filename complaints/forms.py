from typing import Any

from django import forms

from base.forms import StatedField, nothing_hidden
from base.peru import documents
from complaints.book import Statement
from complaints.models import ComplaintKind, Item

KINDS = [
    (ComplaintKind.CLAIM.value, "Reclamo: no estoy conforme con el servicio o el producto"),
    (ComplaintKind.GRIEVANCE.value, "Queja: no estoy conforme con la atención"),
]


class ComplaintForm(forms.Form):
    """The sheet of annex I of DS 011-2011-PCM, in its order."""

    name = StatedField(
        label="Nombres y apellidos", max_length=250, error_messages={"required": "Escriba su nombre completo."}
    )
    document_type = forms.ChoiceField(label="Tipo de documento", choices=documents.OF_A_PERSON)
    document_number = StatedField(
        label="Número de documento", max_length=15, error_messages={"required": "Escriba el número de su documento."}
    )
    address = StatedField(label="Domicilio", max_length=250, error_messages={"required": "Escriba su domicilio."})
    telephone = StatedField(label="Teléfono", max_length=30, required=False)
    email = forms.EmailField(
        label="Correo electrónico",
        help_text="Aquí le enviamos la copia de su hoja y nuestra respuesta.",
        error_messages={"required": "Escriba el correo al que enviaremos su copia."},
    )
    guardian = StatedField(label="Padre, madre o tutor, si es menor de edad", max_length=250, required=False)
    item = forms.ChoiceField(label="Bien contratado", choices=Item, widget=forms.RadioSelect)
    item_description = StatedField(
        label="¿De qué se trata?",
        max_length=250,
        help_text="Por ejemplo: pago en línea de mi cuota, pedido 1234.",
        error_messages={"required": "Diga qué servicio o producto es."},
    )
    amount = forms.DecimalField(
        label="Monto reclamado en soles", max_digits=9, decimal_places=2, min_value=0, required=False
    )
    kind = forms.ChoiceField(
        label="Tipo",
        choices=KINDS,
        widget=forms.RadioSelect,
        error_messages={"required": "Elija si es un reclamo o una queja."},
    )
    detail = forms.CharField(
        label="Detalle",
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 5}),
        validators=[nothing_hidden],
        error_messages={"required": "Cuéntenos qué pasó."},
    )
    request = forms.CharField(
        label="Pedido",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[nothing_hidden],
        help_text="Qué solución pide.",
        error_messages={"required": "Díganos qué pide."},
    )
    true = forms.BooleanField(
        label="Declaro que lo escrito es verdad.",
        error_messages={"required": "Para presentar la hoja, declare que lo escrito es verdad."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        autocomplete = {"name": "name", "address": "street-address", "telephone": "tel", "email": "email"}
        for name, value in autocomplete.items():
            self.fields[name].widget.attrs["autocomplete"] = value
        self.fields["amount"].widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "short"})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("document_type") and cleaned.get("document_number"):
            self._clean_document(cleaned)
        return cleaned

    def _clean_document(self, cleaned: dict[str, Any]) -> None:
        try:
            cleaned["document_number"] = documents.compact(cleaned["document_type"], cleaned["document_number"])
        except forms.ValidationError as problem:
            self.add_error("document_number", problem)

    def statement(self) -> Statement:
        """Returns what was written, once the form is valid."""
        return Statement(**{name: value for name, value in self.cleaned_data.items() if name != "true"})
