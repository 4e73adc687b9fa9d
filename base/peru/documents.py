"""Identity documents: their types by SUNAT, as people type them, and as pages show them."""

from django.core.exceptions import ValidationError
from django.db.models import TextChoices


class DocumentType(TextChoices):
    """SUNAT's catalogue 06, the codes a person can have here."""

    DNI = "1", "DNI"
    FOREIGN_CARD = "4", "Carné de extranjería"
    RUC = "6", "RUC"
    PASSPORT = "7", "Pasaporte"


def masked(document_number: str) -> str:
    return f"{'•' * (len(document_number) - 3)}{document_number[-3:]}"


#: What a person can show; a RUC names who a factura is made out to.
OF_A_PERSON = [choice for choice in DocumentType.choices if choice[0] != DocumentType.RUC]


def compact(document_type: str, typed: str) -> str:
    """The number of a person's document without the spaces and hyphens that people write, in capitals.

    Raises ValidationError, with the sentence to show, for what cannot be one of this type: a DNI has eight digits
    (RENIEC); a carné de extranjería or passport has letters and digits.
    """
    number = typed.replace(" ", "").replace("-", "").upper()
    if document_type == DocumentType.DNI and not (len(number) == 8 and number.isdecimal() and number.isascii()):
        raise ValidationError("El DNI tiene 8 dígitos.")
    if not (number.isalnum() and number.isascii()):
        raise ValidationError("Escriba solo las letras y los números del documento.")
    return number
