"""A request whose account is known."""

from django.http import HttpRequest

from members.models import Succession, User


class AccountRequest(HttpRequest):
    """A request behind login_required; `heir` is there behind for_paying_member."""

    user: User
    heir: Succession | None
