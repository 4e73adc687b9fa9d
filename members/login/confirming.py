"""The page that confirms an e-mail address: it shows what was typed for it, and binds only that person's data.

A stranger may have registered with somebody else's address. The letter then reaches its owner, who must not bind the
stranger's data and password by one button. So the page confirms at once only in the browser that registered; anywhere
else it asks for the password that was chosen then, and offers to throw the data away.
"""

from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.account.views import ConfirmEmailView
from allauth.core.internal import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from members.login import tries
from members.models import Claim, User
from members.numbers import registrations

#: In the session of the browser that registered: the number of the account.
TYPED_HERE = "registered"
OTHER_PASSWORD = "Esa no es la contraseña que se eligió al registrarse con este correo."  # noqa: S105
TOO_MANY = "Demasiados intentos. Espere unos minutos y vuelva a intentarlo."


class ConfirmRegistrationView(ConfirmEmailView):  # type: ignore[misc]  # allauth has no types
    """allauth's, which confirms a registration only for the person who typed it."""

    problem = ""

    def claim(self) -> Claim | None:
        return registrations.unconfirmed_claim(self.object.email_address.user) if self.object else None

    def asks_password(self) -> bool:
        address = cast(EmailAddress, self.object.email_address)
        return self.claim() is not None and self.request.session.get(TYPED_HERE) != address.user_id

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        asked = {"asks_password": self.asks_password(), "claim": self.claim()} if self.object else {}
        return {**context, **asked, "problem": self.problem}

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        if self.asks_password() and (problem := self._wrong_password()):
            self.problem = problem
            return cast(HttpResponse, self.render_to_response(self.get_context_data(), status=400))
        return cast(HttpResponse, super().post(*args, **kwargs))

    def _wrong_password(self) -> str:
        """Why the password that was typed does not confirm; empty when it does."""
        user = cast(User, self.object.email_address.user)
        try:
            tried = tries.count(network=ratelimit.get_ip(self.request), identifier=user.email)
        except tries.TooManyTries:
            return TOO_MANY
        if not user.check_password(self.request.POST.get("password", "")):
            return OTHER_PASSWORD
        tries.forgive(tried)
        return ""


confirm_email = ConfirmRegistrationView.as_view()


@require_POST
def discard(request: HttpRequest, key: str) -> HttpResponse:
    """The owner of the address did not type these data: they are deleted, and the address is free."""
    view = ConfirmRegistrationView()
    view.setup(request, key=key)
    address = cast(EmailAddress, view.get_object().email_address)
    if registrations.forget_unconfirmed(address.email):
        messages.info(request, "Borramos esos datos. Si quiere una cuenta, regístrese con los suyos.")
    return redirect("account_signup")
