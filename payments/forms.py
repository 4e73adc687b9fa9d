from collections.abc import Collection, Sequence
from typing import Any, cast

from django import forms
from django.forms.utils import flatatt
from django.http import QueryDict
from django.utils import timezone

from base.forms import MailboxField, RucField, StatedField
from base.peru import documents, email_slips, months
from dues import oldest_first
from dues.models import Due, Kind
from members.models import DocumentType
from payments.checkout.offer import Buyer, Choice
from payments.models import Order, TaxDocument

OTHER_BUYER = ("buyer_document_type", "buyer_document_number", "buyer_name")


class ChoiceForm(forms.Form):
    """User guide steps 3 and 4: kind of due, document, dues, e-mail and terms; for a factura RUC, name and address too,
    and for a boleta made out to somebody else that person's document and name.

    The dues of both kinds stand on the page, so that it works without JavaScript; only the chosen kind's count.
    """

    kind = forms.ChoiceField(label="¿Qué va a pagar?", choices=Kind, widget=forms.RadioSelect)
    document = forms.ChoiceField(label="¿Qué comprobante necesita?", choices=TaxDocument, widget=forms.RadioSelect)
    ruc = RucField(required=False)
    legal_name = StatedField(label="Razón social", required=False, max_length=250)
    address = StatedField(label="Dirección fiscal", required=False, max_length=250)
    other_buyer = forms.BooleanField(
        label="El comprobante va a nombre de otra persona",
        required=False,
        help_text="Por ejemplo, de quien paga por usted. Las cuotas que se pagan siguen siendo las suyas.",
    )
    buyer_document_type = forms.ChoiceField(
        label="Documento de esa persona", choices=documents.OF_A_PERSON, required=False
    )
    buyer_document_number = StatedField(label="Número de su documento", required=False, max_length=15)
    buyer_name = StatedField(
        label="Nombre completo", required=False, max_length=250, help_text="Como figura en su documento."
    )
    dues = forms.TypedMultipleChoiceField(
        label="Cuotas por pagar",
        coerce=int,
        error_messages={
            "required": "Marque al menos una cuota.",
            "invalid_choice": "Una de las cuotas marcadas ya no está pendiente. Revise la lista; no se cobró nada.",
        },
    )
    email = MailboxField(
        label="Correo electrónico", max_length=254, help_text="Aquí le enviaremos el comprobante en PDF."
    )
    terms = forms.BooleanField(
        label="He leído y acepto los términos y condiciones del pago",
        error_messages={"required": "Para continuar, acepte los términos y condiciones."},
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
    ) -> None:
        if data and "use_email" in data:
            data = data.copy()
            data["email"] = data.get("use_email", "")
        super().__init__(data, initial=_initial(payable, draft, ahead))
        self.buyer = buyer
        self.payable = {due.pk: due for due in payable}
        self.email_suggestion: str | None = None
        self.skipped: dict[int, str] = {}
        cast(forms.ChoiceField, self.fields["dues"]).choices = [(due.pk, due.pk) for due in payable]
        cast(forms.ChoiceField, self.fields["kind"]).choices = [(kind.value, kind.label) for kind in kinds]
        if buyer.alone:
            for name in ("other_buyer", *OTHER_BUYER):
                del self.fields[name]
        self.fields["ruc"].widget.attrs.update(inputmode="numeric")
        self.fields["legal_name"].widget.attrs.update(autocomplete="organization")
        self.fields["address"].widget.attrs.update(autocomplete="street-address")
        self.fields["email"].widget.attrs.update(autocomplete="email")

    def rows(self, kind: str) -> list[dict[str, Any]]:
        """The dues of one kind as the page lists them: oldest first, each with its tick and what is wrong with it.

        Written out already: a page of 72 dues took half its time to look up and format each.
        """
        ticked = {str(pk) for pk in self["dues"].value() or ()}
        return [self._row(due, ticked=str(due.pk) in ticked) for due in self.payable.values() if due.kind == kind]

    def _row(self, due: Due, *, ticked: bool) -> dict[str, Any]:
        today, error = timezone.localdate(), self.skipped.get(due.pk, "")
        box = {
            "id": f"due-{due.pk}",
            "data-amount": due.amount,
            "data-overdue": due.due_date < today,  # counted by js/choose.js for the standing
            "checked": ticked,
            "aria-describedby": f"due-{due.pk}-error" if error else None,
        }
        return {
            "box": flatatt(box),
            "value": str(due.pk),
            "month": months.name(due.period).capitalize(),
            "concept": due.basis,
            "people": due.people,
            "due_date": f"{due.due_date:%d/%m/%Y}",
            "amount": due.amount,
            "error": error,
            "ahead": due.period > oldest_first.window_end(today),
        }

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        self.email_suggestion = email_slips.suggest(email)
        if self.email_suggestion and self.data.get("keep_email") != email:
            raise forms.ValidationError(f"¿Quiso escribir {self.email_suggestion}? Elija abajo cuál es el correcto.")
        return email

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") and cleaned.get("dues"):
            self._check_selection(cleaned)
        if cleaned.get("document") == TaxDocument.FACTURA:
            self._check_factura(cleaned)
        elif cleaned.get("other_buyer"):
            self._check_other_buyer(cleaned)
        return cleaned

    def _check_selection(self, cleaned: dict[str, Any]) -> None:
        of_kind = [due for due in self.payable.values() if due.kind == cleaned["kind"]]
        chosen = [due for due in of_kind if due.pk in cleaned["dues"]]
        try:
            oldest_first.check([due.period for due in of_kind], [due.period for due in chosen])
        except oldest_first.SelectionRule as rule:
            self.refuse_selection(cleaned["kind"], rule)
        cleaned["chosen"] = chosen

    def refuse_selection(self, kind: str, rule: oldest_first.SelectionRule) -> None:
        """Show a broken rule of the selection, beside the due that was skipped too."""
        if isinstance(rule, oldest_first.OlderDueSkipped):
            oldest = [due for due in self.payable.values() if due.kind == kind and due.period == rule.skipped[0]]
            self.skipped = {due.pk: rule.sentence for due in oldest}
        self.add_error("dues", rule.sentence)

    def _check_factura(self, cleaned: dict[str, Any]) -> None:
        if "ruc" not in self.errors and not cleaned.get("ruc"):
            self.add_error("ruc", "Escriba el RUC para la factura.")
        if not cleaned.get("legal_name"):
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

    def choice(self) -> Choice:
        """What was chosen, with the buyer the document will name."""
        cleaned = self.cleaned_data
        return Choice(
            kind=cleaned["kind"],
            document=cleaned["document"],
            dues=cleaned["chosen"],
            email=cleaned["email"],
            **self._buyer(cleaned),
        )

    def _buyer(self, cleaned: dict[str, Any]) -> dict[str, str]:
        """The RUC on a factura; on a boleta the other person, else whose account this is."""
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


def _initial(payable: Sequence[Due], draft: Order | None, ahead: Collection[str]) -> dict[str, Any]:
    """What the page starts with: the order being changed, or the oldest due of the first kind that has any; of the
    kind to be paid ahead if there is one."""
    if draft is None:
        oldest = min(payable, key=lambda due: (due.kind not in ahead, due.kind, due.period), default=None)
        kind = oldest.kind if oldest else Kind.COLEGIADO
        return {"kind": kind, "document": TaxDocument.BOLETA, "dues": [oldest.pk] if oldest else []}
    factura = draft.document == TaxDocument.FACTURA
    return _initial_buyer(draft) | {
        "kind": draft.kind,
        "document": draft.document,
        "dues": [line.due_id for line in draft.lines_by_month],
        "email": draft.email,
        "terms": True,
        "ruc": draft.buyer_document_number if factura else "",
        "legal_name": draft.buyer_name if factura else "",
        "address": draft.buyer_address,
    }


def _initial_buyer(draft: Order) -> dict[str, Any]:
    """The third person whom the order's boleta names, if it is one."""
    if not draft.names_another_person:
        return {}
    return {"other_buyer": True} | {name: getattr(draft, name) for name in OTHER_BUYER}
