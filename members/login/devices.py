"""Browsers in which an account was opened before: each has a budget of tries of its own.

A device is a signed cookie with a random number and the accounts that were opened with it. It opens nothing: it only
keeps strangers who guess at an account from locking its owner out.
"""

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from procrastinate.contrib.django import app as jobs

from members.models import User

SALT, LINK_SALT = "members.devices", "members.login.devices.link"
# Browsers keep no cookie longer than 400 days.
LIFE_SECONDS = 400 * 24 * 60 * 60
LINK_SECONDS = 24 * 60 * 60
LETTER_SECONDS = 60 * 60
MOST_ACCOUNTS = 5


@dataclass(frozen=True)
class Device:
    """A browser: its random number, and the accounts (their numbers) that were opened in it, the latest last."""

    number: str
    accounts: tuple[int, ...]


def of(request: HttpRequest) -> Device | None:
    """The device that this request comes from; None for an unknown one and for a forged cookie."""
    try:
        number, accounts = signing.loads(
            request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=SALT, max_age=LIFE_SECONDS
        )
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Device(number, tuple(accounts))


def number_for(request: HttpRequest, account: int) -> str:
    """The device's number when this account was opened in it, else empty."""
    device = of(request)
    return device.number if device and account in device.accounts else ""


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Make the browser that gets this response a known device of the account."""
    device = of(request) or Device(secrets.token_hex(16), ())
    accounts = [*(each for each in device.accounts if each != user.pk), user.pk][-MOST_ACCOUNTS:]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps([device.number, accounts], salt=SALT),
        max_age=LIFE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def tell_owner(identifier: str) -> None:
    """Once an hour, write to the owner of what was typed that somebody guesses; of nobody's, the job writes nothing."""
    if cache.add(f"guessed:{identifier}", 1, LETTER_SECONDS):
        jobs.configure_task("members.tell_of_tries").defer(identifier=identifier)


def account_of_link(token: str) -> User | None:
    """The account whose owner opened the link of the letter; None when it is forged or older than a day."""
    try:
        number = signing.loads(token, salt=LINK_SALT, max_age=LINK_SECONDS)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=number, is_active=True).first()


def mail_of_tries(user: User) -> EmailMessage:
    """That somebody guesses at the account, with the link that lets the owner's browser through."""
    page = reverse("let_through", args=[signing.dumps(user.pk, salt=LINK_SALT)])
    context: dict[str, Any] = {"url": urljoin(settings.PORTAL_URL, page), "webmaster": settings.WEBMASTER_EMAIL}
    return EmailMessage(
        subject="Alguien intenta ingresar a su cuenta",
        body=render_to_string("members/mail/tries.txt", context),
        to=[user.email],
        reply_to=[settings.WEBMASTER_EMAIL],
    )
