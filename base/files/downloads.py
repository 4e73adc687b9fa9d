"""Files that browsers show and never run."""

from django.http import HttpResponse

# What a person sent in must not run as a page of ours, whatever a browser makes of it.
INERT = "default-src 'none'; sandbox"


def inert_file(content: bytes, media_type: str, name: str) -> HttpResponse:
    """A file that a person sent, to be kept and not to be run."""
    extension = {"application/pdf": "pdf", "image/png": "png"}.get(media_type, "jpg")
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{extension}"'
    answer["Content-Security-Policy"] = INERT
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
