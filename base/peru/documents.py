"""Identity documents: SUNAT's types, the numbers as people type them, and their masked form."""

from django.core.exceptions import ValidationError
from django.db.models import TextChoices


class DocumentType(TextChoices):
    """SUNAT's catalogue 06, reduced to the documents that a person can have here."""

    DNI = "1", "DNI"
    FOREIGN_CARD = "4", "Carné de extranjería"
    RUC = "6", "RUC"
    PASSPORT = "7", "Pasaporte"


def masked(document_number: str) -> str:
    return f"{'•' * (len(document_number) - 3)}{document_number[-3:]}"


#: The documents that identify a person; a RUC names the buyer of a factura.
OF_A_PERSON = [choice for choice in DocumentType.choices if choice[0] != DocumentType.RUC]


def compact(document_type: str, typed: str) -> str:
    """Returns the number of a person's document in capitals, without spaces and hyphens.

    A DNI has eight digits (RENIEC); a carné de extranjería or passport has letters and digits. Raises ValidationError,
    with the sentence to show, for any other number.
    """
    number = typed.replace(" ", "").replace("-", "").upper()
    if document_type == DocumentType.DNI and not (len(number) == 8 and number.isdecimal() and number.isascii()):
        raise ValidationError("El DNI tiene 8 dígitos.")
    if not (number.isalnum() and number.isascii()):
        raise ValidationError("Escriba solo las letras y los números del documento.")
    return number
