"""Who may do what is decided in the open: each change of an account's rights is told to all superusers by mail."""

from dataclasses import dataclass, fields
from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from procrastinate.contrib.django import app as jobs

from members.models import User


@dataclass(frozen=True)
class Rights:
    """What an account may do: whether it opens the admin, is a superuser, is active, and by which groups and rights."""

    staff: bool = False
    superuser: bool = False
    active: bool = True
    groups: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()


LABELS = {
    "staff": "Personal del colegio",
    "superuser": "Superusuario",
    "active": "Cuenta activa",
    "groups": "Roles",
    "permissions": "Permisos sueltos",
}


def rights_of(user: User) -> Rights:
    """The rights of an account as the database has them now."""
    return Rights(
        staff=user.is_staff,
        superuser=user.is_superuser,
        active=user.is_active,
        groups=tuple(user.groups.order_by("name").values_list("name", flat=True)),
        permissions=tuple(user.user_permissions.order_by("codename").values_list("codename", flat=True)),
    )


def tell(user: User, before: Rights, *, author: User) -> None:
    """Write to all superusers what changed since `before`, in the caller's transaction; nothing when nothing did."""
    after = rights_of(user)
    lines = [
        f"{LABELS[field.name]}: {_words(getattr(before, field.name))} → {_words(getattr(after, field.name))}"
        for field in fields(Rights)
        if getattr(before, field.name) != getattr(after, field.name)
    ]
    tell_superusers(f"Cambiaron los permisos de {user.email}", lines, author=author, page=_page(user))


def tell_superusers(subject: str, lines: list[str], *, author: User, page: str) -> None:
    """Send these lines to every superuser by a job of the caller's transaction; nothing without a line."""
    if lines:
        letter = jobs.configure_task("members.tell_superusers")
        letter.defer(subject=subject, lines=list(lines), author_id=author.pk, page=page)


def _page(user: User) -> str:
    return reverse("admin:members_user_change", args=[user.pk])


def _words(value: bool | tuple[str, ...]) -> str:
    if isinstance(value, bool):
        return "sí" if value else "no"
    return ", ".join(value) or "ninguno"


def mail(subject: str, lines: list[str], author: User, page: str) -> EmailMessage:
    """One letter to all active superusers."""
    context = {"lines": lines, "author": author, "url": urljoin(settings.PORTAL_URL, page)}
    superusers = User.objects.filter(is_superuser=True, is_active=True).order_by("pk")
    return EmailMessage(
        subject=subject,
        body=render_to_string("members/mail/role_changed.txt", context),
        to=list(superusers.values_list("email", flat=True)),
    )
