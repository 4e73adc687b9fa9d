"""Whoever may act for the college has a second factor: without one the account reaches no page but those to set one up.

What counts is what an account may do, by its groups, its own permissions or as a superuser, and not only whether it may
open the admin. allauth asks for a factor at each login of an account that has one. Here is the rest: an account without
one is led to enrol, a session from before the enrolment proves the factor first, and what gives money away or changes a
role asks for it again when the last proof is older than FRESH_SECONDS. A login by key alone counts as two
factors: the key is had, and it checked its owner (members.forms.PasskeyLoginForm).
"""

import time
from collections.abc import Callable
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from cryptography.fernet import InvalidToken
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse

from base.cipher import cipher
from members.models import User

Answer = Callable[[HttpRequest], HttpResponse]

# Where a factor is set up or proved, and the way out.
OPEN_PAGES = frozenset(
    (
        *("mfa_index", "mfa_activate_totp", "mfa_add_webauthn"),
        *("mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes"),
        *("mfa_reauthenticate", "mfa_reauthenticate_webauthn", "account_reauthenticate"),
        *("account_logout", "privacy", "terms", "contact", "accessibility", "refund_policy"),
    )
)


# How long a proof holds for approvals, write-offs and changes of roles.
FRESH_SECONDS = 15 * 60


def may_act(user: User) -> bool:
    """Whether the account may do anything for the college. Of an account that was read with its session no query."""
    if user.is_staff or user.is_superuser:
        return True
    by_session: bool | None = getattr(user, "has_rights", None)
    return bool(user.get_all_permissions()) if by_session is None else by_session


def staff_prove_two_factors(get_response: Answer) -> Answer:
    """Middleware: sends an account of staff to set up, or to prove, its second factor before anything else."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and may_act(user) and _is_guarded(request) and (page := _missing(request, user)):
            return redirect(page)
        return get_response(request)

    return middleware


def _is_guarded(request: HttpRequest) -> bool:
    try:
        return resolve(request.path_info).url_name not in OPEN_PAGES
    except Resolver404:
        return False


def _missing(request: HttpRequest, user: User) -> str:
    """The page that comes first; empty when the session has proved two factors."""
    if not has_second_factor(user):
        return reverse("mfa_index")
    return "" if _proofs(request, user) else _page_of_proof(request, user)


def _proofs(request: HttpRequest, user: User) -> list[float]:
    """When this session proved the second factor, in seconds since 1970."""
    records = get_authentication_records(request, user)
    return [record["at"] for record in records if record["method"] == "mfa"]


def missing_fresh_proof(request: HttpRequest, user: User) -> str:
    """The page on which to prove the factor again; empty when that was done less than FRESH_SECONDS ago."""
    if any(time.time() - at < FRESH_SECONDS for at in _proofs(request, user)):
        return ""
    return _page_of_proof(request, user) if has_second_factor(user) else reverse("mfa_index")


def _page_of_proof(request: HttpRequest, user: User) -> str:
    proofs = [way["url"] for way in get_adapter(request).get_reauthentication_methods(user) if "2fa" in way["url"]]
    # What was typed is lost: the page that asked for it comes back after the proof, and is pressed again.
    return f"{proofs[0]}?{urlencode({'next': request.get_full_path()})}"


def has_second_factor(user: User) -> bool:
    """Whether the account has an application of codes or a key; recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).exists())


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Keeps the secrets of applications and recovery codes encrypted: a stolen database alone makes no codes."""

    def encrypt(self, text: str) -> str:
        return cipher("second factor").encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return cipher("second factor").decrypt(encrypted_text.encode()).decode()
        except InvalidToken:  # made with a SECRET_KEY that is gone: no code fits it, and the factor is set up anew
            return str(generate_totp_secret())
