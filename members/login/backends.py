import re
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.utils import filter_users_by_email
from django.http import HttpRequest

from members.login.sessions import account_of_request
from members.models import Assignment, User

CMP_TYPED = re.compile(r"\s*(?:cmp)?\s*[-:.]?\s*0*(\d{1,7})\s*", re.IGNORECASE)


class EmailOrCmpBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """Lets a member log in by e-mail or by CMP number ("12345", "CMP 012345", "cmp-12345")."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> Any:
        typed = credentials.pop("username", None) or credentials.get("email") or ""
        return super().authenticate(request, **{**credentials, "email": self.address_of(typed)})

    def get_user(self, user_id: Any) -> Any:
        """The account that the session was read with, else as Django asks for it."""
        if account := account_of_request(user_id):
            return account if self.user_can_authenticate(account) else None
        return super().get_user(user_id)

    @classmethod
    def address_of(cls, typed: str) -> str:
        """The e-mail of the account that is meant, by its e-mail or by its CMP number."""
        match = CMP_TYPED.fullmatch(typed)
        return cls.email_of(int(match[1])) if match else typed

    @staticmethod
    def email_of(cmp_number: int) -> str:
        claim = Assignment.objects.current().filter(member__cmp_number=cmp_number).select_related("user").first()
        # A number nobody claimed goes on as an unknown address, so that it takes as long and answers the same.
        return claim.user.email if claim else f"cmp-{cmp_number}@nobody.invalid"

    @classmethod
    def account_of(cls, typed: str) -> User | None:
        """The account that is meant by an e-mail address or a CMP number; None when there is none."""
        return next(iter(filter_users_by_email(cls.address_of(typed), is_active=True, prefer_verified=True)), None)


def identifier_of(typed: str) -> str:
    """One spelling for what names an account: `cmp-45678`, or an address in small letters. Asks no table."""
    match = CMP_TYPED.fullmatch(typed)
    return f"cmp-{int(match[1])}" if match else typed.strip().lower()
