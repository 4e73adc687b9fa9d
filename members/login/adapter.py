"""The only file that knows allauth's hooks."""

from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.http import HttpRequest

from members.login import letters, sessions, tries
from members.models import User
from members.numbers import registrations


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        # One sentence for a wrong password, an unknown e-mail and an unclaimed CMP: none tells which it was.
        "email_password_mismatch": "El usuario o la contraseña no coinciden. ¿Olvidó su contraseña?",
        "too_many_login_attempts": "Demasiados intentos fallidos. Espere unos minutos y vuelva a intentarlo.",
    }

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """In place of allauth's own count, with the same limits (members/login/tries.py)."""
        try:
            self._try = tries.count(address=ratelimit.get_ip(request), account=credentials.get("email", ""))
        except tries.TooManyTries as refused:
            if refused.by_address:
                raise ImmediateHttpResponse(ratelimit.respond_429(request)) from refused
            raise self.validation_error("too_many_login_attempts") from refused

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        user: User | None = super().authenticate(request, **credentials)
        if user:
            tries.forgive(self._try)
        return user

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ARG002
        """A new password was set by way of a letter."""
        tries.forget(credentials.get("email", ""))

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        sessions.remember_opening(request, self.get_client_ip(request))

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        done = bool(super().confirm_email(request, email_address))
        if done:
            registrations.confirmed(email_address.user)
        return done

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queues the letter (members/login/letters.py). Its addresses, some with a secret, are the portal's own,
        whatever host or port a request made up."""
        at_home = {name: _at_home(value) for name, value in context.items() if name.endswith("_url") and value}
        request = allauth_context.request
        around = {"request": request, "email": email, "current_site": get_current_site(request)}
        letters.enqueue(self.render_mail(template_prefix, email, around | context | at_home))


def _at_home(url: str) -> str:
    return str(urljoin(settings.PORTAL_URL, urlsplit(url).path))
