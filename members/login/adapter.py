"""The only file that knows allauth's hooks."""

import logging
from typing import Any, ClassVar, cast
from urllib.parse import urljoin, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from members.login import devices, letters, sessions, tries
from members.login.backends import EmailOrCmpBackend
from members.models import Member, User
from members.numbers import registrations

logger = logging.getLogger("members.login")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        # One sentence for a wrong password, an unknown e-mail and an unclaimed CMP: none tells which it was.
        "email_password_mismatch": "El usuario o la contraseña no coinciden. ¿Olvidó su contraseña?",
        "wait_a_little": "Varios intentos fallidos seguidos. Espere unos segundos y vuelva a intentarlo.",
        "too_many_login_attempts": "Demasiados intentos fallidos. Espere unos minutos y vuelva a intentarlo. Si esta "
        "cuenta existe, su dueño recibió un correo para ingresar sin esperar.",
    }

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """In place of allauth's own count (members/login/tries.py)."""
        identifier = credentials.get("email", "")
        device = self._known_device(request, identifier)
        try:
            self._try = tries.count(network=ratelimit.get_ip(request), identifier=identifier, device=device)
        except tries.TooManyTries as refused:
            logger.warning("a try to log in was refused: %s", "network" if refused.by_network else "identifier")
            if refused.by_network:
                raise ImmediateHttpResponse(ratelimit.respond_429(request)) from refused
            if refused.seconds <= tries.SLOW_DOWN.seconds:
                raise self.validation_error("wait_a_little") from refused
            devices.tell_owner(identifier)
            raise self.validation_error("too_many_login_attempts") from refused

    def _known_device(self, request: HttpRequest, identifier: str) -> str:
        """Its number, or empty. Without the cookie no table is asked: a stranger's try costs alike for every name."""
        if devices.of(request) is None:
            return ""
        account = EmailOrCmpBackend.account_of(identifier)
        return devices.number_for(request, account.pk) if account else ""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        user: User | None = super().authenticate(request, **credentials)
        if user:
            tries.forgive(self._try)
        else:
            logger.info("a wrong password, or nobody's name")  # who was meant is personal, and may be a typed password
        return user

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """A new password was set by way of a letter."""
        email = credentials.get("email", "")
        member = Member.objects.filter(assignments__user__email=email, assignments__ended_at=None).first()
        identifiers = [email, *([f"cmp-{member.cmp_number}"] if member else [])]
        tries.forget(identifiers, network=ratelimit.get_ip(request))

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Members to their first page, staff to the desk's."""
        at_the_desk = cast(User, request.user).is_staff
        return reverse("admin:index") if at_the_desk else cast(str, super().get_login_redirect_url(request))

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse:
        response = cast(HttpResponse, super().post_login(request, user, **how))
        devices.remember(request, response, user)
        return response

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        methods = [record["method"] for record in get_authentication_records(request, user)]
        logger.info("account %s was opened by %s", user.pk, " and ".join(methods) or "another way")
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
