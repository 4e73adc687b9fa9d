"""Responses that browsers download and never run."""

from django.http import HttpResponse

# An uploaded file must not run as a page of the portal, whatever type a browser takes it for.
INERT = "default-src 'none'; sandbox"


def inert_file(content: bytes, media_type: str, name: str) -> HttpResponse:
    """Returns an uploaded PDF, JPG or PNG as a download that no browser runs."""
    extension = {"application/pdf": "pdf", "image/png": "png"}.get(media_type, "jpg")
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{extension}"'
    answer["Content-Security-Policy"] = INERT
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
