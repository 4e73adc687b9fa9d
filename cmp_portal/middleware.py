from collections.abc import Callable

from django.conf import settings
from django.contrib.admin.options import TO_FIELD_VAR
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.cache import add_never_cache_headers

# What a person types in one field is shorter, and so is what a security key or the gateway's form sends.
LONGEST_TEXT = 20_000

Answer = Callable[[HttpRequest], HttpResponse]


PROBES = "/salud/"


def probes_need_no_name(get_response: Answer) -> Answer:
    """A probe asks a machine by its address, and the portal else answers to its own names alone."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(PROBES):
            request.META["HTTP_HOST"] = settings.ALLOWED_HOSTS[0]
        return get_response(request)

    return middleware


def no_store(get_response: Answer) -> Answer:
    """Pages of a logged-in person stay out of every cache: a shared computer's Back must not show money or names."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return middleware


def refuse_field_without_name(get_response: Answer) -> Answer:
    """The admin may be asked to find a row by another field than its number, and does not check that it has a name."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "" in (request.GET.get(TO_FIELD_VAR), request.POST.get(TO_FIELD_VAR)):
            raise BadRequest
        return get_response(request)

    return middleware


def refuse_nul(get_response: Answer) -> Answer:
    """No address of ours has a NUL in it, and PostgreSQL takes none: it is the client's mistake, not a broken page.

    What is typed into a form is refused by its field.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest
        return get_response(request)

    return middleware


def refuse_long_text(get_response: Answer) -> Answer:
    """Cuts by length before any form, search or library looks at a text: normalising and matching cost time.

    A form still names its own, shorter limit in words. Files are not texts and have limits of their own.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if _longest(request.GET) > LONGEST_TEXT or _longest(request.POST) > LONGEST_TEXT:
            raise BadRequest
        return get_response(request)

    return middleware


def _longest(sent: QueryDict) -> int:
    """Characters in the longest name or value."""
    texts = (text for name, values in sent.lists() for text in (name, *values))
    return max(map(len, texts), default=0)
