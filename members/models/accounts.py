"""Accounts that log in, their sessions, and how often somebody tried."""

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from members.models.numbers import Claim
from members.models.roll import Member


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


class Proof(models.TextChoices):
    """What showed that a claim is true. CMP number and document are public, so that they prove nothing."""

    EMAIL = "email", "Código al correo del padrón"
    MOBILE = "mobile", "Código al celular del padrón"
    PHOTO = "photo", "Foto de la persona con su carné"
    WEBMASTER = "webmaster", "Asignación del webmaster fuera de la solicitud"
    BEFORE = "before", "Ninguna: registro de antes de pedir prueba"


class ProofCode(models.Model):
    """A code that went to the roll's address of the physician whom a claim names. The code itself is nowhere stored:
    it is made of the row and SECRET_KEY (members/numbers/proof.py)."""

    claim = models.ForeignKey(Claim, models.CASCADE, related_name="codes")
    member = models.ForeignKey(Member, models.PROTECT, related_name="+")
    channel = models.CharField(
        max_length=10, choices=[(each.value, each.label) for each in (Proof.EMAIL, Proof.MOBILE)]
    )
    nonce = models.CharField(max_length=32)
    sent_at = models.DateTimeField(default=timezone.now)
    wrong = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(wrong__lte=5), name="a_code_is_tried_five_times")]

    def __str__(self) -> str:
        return f"código de la solicitud {self.claim_id}"


class NumberProposal(models.Model):
    """A webmaster wants to give a CMP number to an account of staff: a second webmaster or a superuser decides."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="number_proposals", verbose_name="cuenta del personal"
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name="CMP propuesto")
    reason = models.CharField("motivo", max_length=500)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="propuesto por")
    proposed_at = models.DateTimeField("propuesto", default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="decidido por"
    )
    decided_at = models.DateTimeField("decidido", null=True, blank=True)
    rejection = models.CharField("motivo del rechazo", max_length=500, blank=True)

    class Meta:
        verbose_name = "CMP propuesto para una cuenta del personal"
        verbose_name_plural = "CMP propuestos para cuentas del personal"
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(decided_at=None), name="a_staff_account_has_one_open_proposal"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, rejection="")
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="a_decided_number_names_its_person",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None)
                | ~Q(rejection="")
                | (~Q(decided_by=F("author")) & ~Q(decided_by=F("user")) & ~Q(author=F("user"))),
                name="a_second_person_gives_staff_a_number",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="a_proposed_number_stays_as_proposed", exclude=["decided_by", "decided_at", "rejection"]
            ),
            pgtrigger.Protect(
                name="a_decided_number_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False),
            ),
            pgtrigger.Protect(name="a_proposed_number_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.user} → {self.member}"
