"""Accounts that log in, their sessions, and how often somebody tried."""

from typing import Any, ClassVar

import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField("correo electrónico", max_length=254, unique=True)
    name = models.CharField("nombre", max_length=200, blank=True)
    is_staff = models.BooleanField("personal del colegio", default=False)
    is_active = models.BooleanField("activa", default=True)
    date_joined = models.DateTimeField("registrada", default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = "cuenta"
        verbose_name_plural = "cuentas"
        constraints = [models.UniqueConstraint(Lower("email"), name="an_email_has_one_account")]

    def __str__(self) -> str:
        return self.email


class Session(AbstractBaseSession):
    """A browser's session, with the account that is open in it (members/login/sessions.py)."""

    account = models.ForeignKey(
        User, models.CASCADE, null=True, related_name="sessions", verbose_name="cuenta", editable=False
    )

    class Meta:
        verbose_name = "sesión"
        verbose_name_plural = "sesiones"
        triggers = [
            # A request that had read it before it was closed would write it back, open again.
            pgtrigger.Protect(
                name="a_closed_session_stays_closed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.expire_date <= clock_timestamp()"),
            ),
        ]

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from members.login.sessions import SessionStore

        return SessionStore


class Tries(models.Model):
    """When somebody tried to log in lately, of one address or at one account (members/login/tries.py)."""

    key = models.CharField(max_length=64, primary_key=True)
    most = models.PositiveSmallIntegerField()
    seconds = models.PositiveIntegerField()
    at = ArrayField(models.DateTimeField())

    def __str__(self) -> str:
        return self.key
