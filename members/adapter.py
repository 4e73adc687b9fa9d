"""The only file that knows allauth's hooks."""

from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.http import HttpRequest

from members import registration


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        # One sentence for a wrong password, an unknown e-mail and an unclaimed CMP: none tells which it was.
        "email_password_mismatch": "El correo o número CMP, o la contraseña, no son correctos.",
        "too_many_login_attempts": "Demasiados intentos fallidos. Espere unos minutos y vuelva a intentarlo.",
    }

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        done = bool(super().confirm_email(request, email_address))
        if done:
            registration.confirmed(email_address.user)
        return done

    # The secrets in mailed links go to the portal's own address, and never to a host or port that a request made up.

    def get_reset_password_from_key_url(self, key: str) -> str:
        return _at_home(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return _at_home(super().get_email_confirmation_url(request, emailconfirmation))


def _at_home(url: str) -> str:
    return str(urljoin(settings.PORTAL_URL, urlsplit(url).path))
