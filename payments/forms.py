from collections.abc import Collection, Sequence
from typing import Any, cast

from django import forms
from django.http import QueryDict

from base.forms import MailboxField, RucField, StatedField
from base.peru import documents, email_slips
from dues import oldest_first
from dues.models import Due, Kind
from members.forms import BuyerNameField
from members.models import DocumentType
from payments.checkout.offer import Buyer, Choice
from payments.models import Order, TaxDocument

OTHER_BUYER = ("buyer_document_type", "buyer_document_number", "buyer_name")


class BuyerForm(forms.Form):
    """Which document, whose, and where it goes: a factura needs RUC, name and address; a boleta, a person's document.

    Subclasses say whether a boleta names another person.
    """

    document = forms.ChoiceField(label="¿Qué comprobante necesita?", choices=TaxDocument, widget=forms.RadioSelect)
    ruc = RucField(required=False)
    legal_name = BuyerNameField(label="Razón social", required=False)
    address = StatedField(label="Dirección fiscal", required=False, max_length=250)
    buyer_document_type = forms.ChoiceField(
        label="Documento de esa persona", choices=documents.OF_A_PERSON, required=False
    )
    buyer_document_number = StatedField(label="Número de su documento", required=False, max_length=15)
    buyer_name = BuyerNameField(label="Nombre completo", required=False, help_text="Como figura en su documento.")
    email = MailboxField(
        label="Correo electrónico",
        max_length=254,
        help_text="Aquí le enviaremos el comprobante en PDF.",
        error_messages={"required": "Escriba el correo al que enviaremos su comprobante."},
    )
    terms = forms.BooleanField(
        label="He leído y acepto los términos y condiciones del pago",
        error_messages={"required": "Para continuar, acepte los términos y condiciones."},
    )

    def __init__(self, data: QueryDict | None = None, *, initial: dict[str, Any] | None = None) -> None:
        if data and "use_email" in data:
            data = data.copy()
            data["email"] = data.get("use_email", "")
        super().__init__(data, initial=initial)
        self.email_suggestion: str | None = None
        self.fields["ruc"].widget.attrs.update(inputmode="numeric")
        self.fields["legal_name"].widget.attrs.update(autocomplete="organization")
        self.fields["address"].widget.attrs.update(autocomplete="street-address")
        self.fields["email"].widget.attrs.update(autocomplete="email")

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        self.email_suggestion = email_slips.suggest(email)
        if self.email_suggestion and self.data.get("keep_email") != email:
            raise forms.ValidationError(f"¿Quiso escribir {self.email_suggestion}? Elija abajo cuál es el correcto.")
        return email

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("document") == TaxDocument.FACTURA:
            self._check_factura(cleaned)
        elif self.names_a_person(cleaned):
            self._check_other_buyer(cleaned)
        return cleaned

    def names_a_person(self, cleaned: dict[str, Any]) -> bool:  # noqa: ARG002 - some forms ask first
        """Whether a boleta names the person that is typed."""
        return True

    def _check_factura(self, cleaned: dict[str, Any]) -> None:
        if "ruc" not in self.errors and not cleaned.get("ruc"):
            self.add_error("ruc", "Escriba el RUC para la factura.")
        if "legal_name" not in self.errors and not cleaned.get("legal_name"):
            self.add_error("legal_name", "Escriba la razón social que figura en SUNAT.")
        if not cleaned.get("address"):
            self.add_error("address", "Escriba la dirección fiscal.")

    def _check_other_buyer(self, cleaned: dict[str, Any]) -> None:
        if not cleaned.get("buyer_document_type"):
            self.add_error("buyer_document_type", "Elija el tipo de documento de la otra persona.")
        if "buyer_document_number" not in self.errors:
            self._check_document(cleaned)
        if "buyer_name" not in self.errors and not cleaned.get("buyer_name"):
            self.add_error("buyer_name", "Escriba el nombre completo de la otra persona.")

    def _check_document(self, cleaned: dict[str, Any]) -> None:
        typed = cleaned.get("buyer_document_number")
        if not typed:
            self.add_error("buyer_document_number", "Escriba el número de documento de la otra persona.")
            return
        try:
            cleaned["buyer_document_number"] = documents.compact(cleaned.get("buyer_document_type", ""), typed)
        except forms.ValidationError as problem:
            self.add_error("buyer_document_number", problem)


class ChoiceForm(BuyerForm):
    """The choice of kind, document, dues, e-mail and terms (user guide, steps 3 and 4).

    A factura also needs RUC, name and address; a boleta for another person, that person's document and name. The page
    shows the dues of both kinds, to work without JavaScript; only those of the selected kind count.
    """

    field_order = ("kind", "document", "ruc", "legal_name", "address", "other_buyer", *OTHER_BUYER, "dues")
    kind = forms.ChoiceField(label="¿Qué va a pagar?", choices=Kind, widget=forms.RadioSelect)
    other_buyer = forms.BooleanField(
        label="El comprobante va a nombre de otra persona",
        required=False,
        help_text="Por ejemplo, de quien paga por usted. Las cuotas que se pagan siguen siendo las suyas.",
    )
    dues = forms.TypedMultipleChoiceField(
        label="Cuotas por pagar",
        coerce=int,
        error_messages={
            "required": "Marque al menos una cuota.",
            "invalid_choice": "Una de las cuotas marcadas ya no está pendiente. Revise la lista; no se cobró nada.",
        },
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        buyer: Buyer,
        payable: Sequence[Due],
        draft: Order | None = None,
        ahead: Collection[str] = (),
        kinds: Sequence[Kind] = tuple(Kind),
        email: str = "",
        pick: tuple[str, int] | None = None,
    ) -> None:
        super().__init__(data, initial={"email": email} | _initial(payable, draft, ahead, pick))
        self.buyer = buyer
        self.kinds = kinds
        self.payable = {due.pk: due for due in payable}
        self.skipped: dict[int, str] = {}
        cast(forms.ChoiceField, self.fields["dues"]).choices = [(due.pk, due.pk) for due in payable]
        cast(forms.ChoiceField, self.fields["kind"]).choices = [(kind.value, kind.label) for kind in kinds]
        if buyer.alone:
            for name in ("other_buyer", *OTHER_BUYER):
                del self.fields[name]

    @property
    def ticked(self) -> set[str]:
        """The ids, as text, of the dues whose boxes are ticked."""
        return {str(pk) for pk in self["dues"].value() or ()}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("kind") and cleaned.get("dues"):
            self._check_selection(cleaned)
        return cleaned

    def names_a_person(self, cleaned: dict[str, Any]) -> bool:
        return bool(cleaned.get("other_buyer"))

    def _check_selection(self, cleaned: dict[str, Any]) -> None:
        of_kind = [due for due in self.payable.values() if due.kind == cleaned["kind"]]
        selected = [due for due in of_kind if due.pk in cleaned["dues"]]
        try:
            oldest_first.check([due.period for due in of_kind], [due.period for due in selected])
        except oldest_first.SelectionRule as rule:
            self.refuse_selection(cleaned["kind"], rule)
        cleaned["selected"] = selected

    def refuse_selection(self, kind: str, rule: oldest_first.SelectionRule) -> None:
        """Shows a broken selection rule, also beside the due that was skipped."""
        if isinstance(rule, oldest_first.OlderDueSkipped):
            oldest = [due for due in self.payable.values() if due.kind == kind and due.period == rule.skipped[0]]
            self.skipped = {due.pk: rule.sentence for due in oldest}
        self.add_error("dues", rule.sentence)

    def choice(self) -> Choice:
        """Returns the choice with the buyer for the document. Call it on a valid form."""
        cleaned = self.cleaned_data
        return Choice(
            kind=cleaned["kind"],
            document=cleaned["document"],
            dues=cleaned["selected"],
            email=cleaned["email"],
            paid_by_other=False,
            **self._buyer(cleaned),
        )

    def _buyer(self, cleaned: dict[str, Any]) -> dict[str, str]:
        """Returns the buyer's fields: the company of a factura, the other person of a boleta, or the
        account's buyer.
        """
        if cleaned["document"] == TaxDocument.FACTURA:
            return {
                "buyer_document_type": DocumentType.RUC.value,
                "buyer_document_number": cleaned["ruc"],
                "buyer_name": cleaned["legal_name"],
                "buyer_address": cleaned["address"],
            }
        if cleaned.get("other_buyer"):
            return {name: cleaned[name] for name in OTHER_BUYER}
        return {
            "buyer_document_type": self.buyer.document_type,
            "buyer_document_number": self.buyer.document_number,
            "buyer_name": self.buyer.name,
        }


def _initial(
    payable: Sequence[Due], draft: Order | None, ahead: Collection[str], pick: tuple[str, int] | None
) -> dict[str, Any]:
    """What the page starts with: the oldest dues that a quick pick names, the order being changed, or the oldest due of
    the first kind that has any; of the kind to be paid ahead if there is one."""
    if pick:
        kind, count = pick
        chosen = {"kind": kind, "dues": [due.pk for due in payable if due.kind == kind][:count]}
        return _initial(payable, draft, ahead, None) | chosen
    if draft is None:
        oldest = min(payable, key=lambda due: (due.kind not in ahead, due.kind, due.period), default=None)
        kind = oldest.kind if oldest else Kind.COLEGIADO
        return {"kind": kind, "document": TaxDocument.BOLETA, "dues": [oldest.pk] if oldest else []}
    dues = [line.due_id for line in draft.lines_by_month]
    if draft.paid_by_other:
        # What the payer of a link typed is not the member's.
        return {"kind": draft.kind, "document": TaxDocument.BOLETA, "dues": dues}
    factura = draft.document == TaxDocument.FACTURA
    return _initial_buyer(draft) | {
        "kind": draft.kind,
        "document": draft.document,
        "dues": dues,
        "email": draft.email,
        "terms": True,
        "ruc": draft.buyer_document_number if factura else "",
        "legal_name": draft.buyer_name if factura else "",
        "address": draft.buyer_address,
    }


def _initial_buyer(draft: Order) -> dict[str, Any]:
    """Returns the fields of the other person named by the order's boleta, if any."""
    if not draft.names_another_person:
        return {}
    return {"other_buyer": True} | {name: getattr(draft, name) for name in OTHER_BUYER}
