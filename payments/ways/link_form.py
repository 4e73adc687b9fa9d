"""What whoever pays by a link types."""

from django.http import QueryDict

from members.models import DocumentType
from payments.forms import OTHER_BUYER, BuyerForm
from payments.models import TaxDocument
from payments.ways.links import PayersData


class LinkForm(BuyerForm):
    """The payer's document, e-mail and agreement; the dues are those of the link."""

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"document": TaxDocument.BOLETA})
        self.fields["buyer_document_type"].label = "Su documento"
        self.fields["buyer_document_number"].label = "Número de su documento"
        self.fields["buyer_name"].label = "Su nombre completo"
        self.fields["buyer_name"].widget.attrs.update(autocomplete="name")

    def payers_data(self) -> PayersData:
        """Returns what was typed. Call it on a valid form."""
        cleaned = self.cleaned_data
        if cleaned["document"] == TaxDocument.FACTURA:
            buyer = {
                "buyer_document_type": DocumentType.RUC.value,
                "buyer_document_number": cleaned["ruc"],
                "buyer_name": cleaned["legal_name"],
                "buyer_address": cleaned["address"],
            }
        else:
            buyer = {name: cleaned[name] for name in OTHER_BUYER}
        return PayersData(document=cleaned["document"], email=cleaned["email"], **buyer)
