"""Files that people upload. We look at the bytes, not at the file name, so that no web page passes for a PDF."""

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import TextChoices


class AttachmentType(TextChoices):
    PDF = "application/pdf", "PDF"
    JPEG = "image/jpeg", "JPG"


MOST_BYTES = 5 * 1024 * 1024
BEGINNINGS = {b"%PDF-": AttachmentType.PDF, b"\xff\xd8\xff": AttachmentType.JPEG}


def take(file: "UploadedFile[bytes]") -> tuple[bytes, str]:
    """Returns the bytes and media type of a PDF or JPG of at most 5 MB.

    Raises ValidationError with the sentence to show.
    """
    if (file.size or 0) > MOST_BYTES:
        raise ValidationError("El archivo pesa más de 5 MB; envíe uno más liviano.")
    content = file.read()
    for beginning, media_type in BEGINNINGS.items():
        if content.startswith(beginning):
            return content, media_type.value
    raise ValidationError("El archivo no es un PDF ni una foto JPG.")
