"""Who they are.

A *user* is an account that logs in. A *member* is a physician on the college's roll (padrón), known by the CMP
number. A *claim* is what a person said at registration; when the roll says the same it becomes an assignment at once,
else the webmaster decides. An *assignment* says which member an account pays for, corrected only by the webmaster. A
*report* is a person telling us "este CMP no es el mío": while it is open the account cannot pay. A *succession* says
which relative took over the SEMEFA of a member who died. A *session* is a browser in which an account is open.
"""

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from members.names import Folded


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
    """A browser's session, with the account that is open in it (members/sessions.py)."""

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
        from members.sessions import SessionStore

        return SessionStore


class Tries(models.Model):
    """When somebody tried to log in lately, of one address or at one account (members/login_tries.py)."""

    key = models.CharField(max_length=64, primary_key=True)
    most = models.PositiveSmallIntegerField()
    seconds = models.PositiveIntegerField()
    at = ArrayField(models.DateTimeField())

    def __str__(self) -> str:
        return self.key


class RegionalCouncil(models.Model):
    """Consejo Regional: collects its members' dues, so every receipt and total names it."""

    number = models.PositiveSmallIntegerField("número", primary_key=True)
    roman = models.CharField("número romano", max_length=8)
    name = models.CharField("sede", max_length=80)

    class Meta:
        verbose_name = "consejo regional"
        verbose_name_plural = "consejos regionales"

    def __str__(self) -> str:
        return f"Consejo Regional {self.roman} {self.name}"


class DocumentType(models.TextChoices):
    """SUNAT's catalogue 06, the codes a person can have here."""

    DNI = "1", "DNI"
    FOREIGN_CARD = "4", "Carné de extranjería"
    RUC = "6", "RUC"
    PASSPORT = "7", "Pasaporte"


def masked(document_number: str) -> str:
    return f"{'•' * (len(document_number) - 3)}{document_number[-3:]}"


class MemberStatus(models.TextChoices):
    ACTIVE = "active", "Activo"
    DECEASED = "deceased", "Fallecido"
    WITHDRAWN = "withdrawn", "Retirado"


class Member(models.Model):
    """A physician on the roll. Imported, never typed by the member."""

    cmp_number = models.PositiveIntegerField("número CMP", unique=True)
    surnames = models.CharField("apellidos", max_length=100)
    given_names = models.CharField("nombres", max_length=100)
    # Kept by PostgreSQL: folding a name anew for each row that a search meets costs more than the rest of the search.
    folded_surnames = models.GeneratedField(
        verbose_name="apellidos sin tildes",
        expression=Folded("surnames"),
        output_field=models.CharField(max_length=100),
        db_persist=True,
    )
    document_type = models.CharField("tipo de documento", max_length=1, choices=DocumentType)
    document_number = models.CharField("número de documento", max_length=15)
    regional_council = models.ForeignKey(RegionalCouncil, models.PROTECT, verbose_name="consejo regional")
    registered_date = models.DateField("fecha de colegiación")
    status = models.CharField("estado", max_length=10, choices=MemberStatus, default=MemberStatus.ACTIVE)
    left_date = models.DateField("fecha de fallecimiento o retiro", null=True, blank=True)

    class Meta:
        verbose_name = "colegiado"
        verbose_name_plural = "colegiados"
        constraints = [
            models.CheckConstraint(
                condition=Q(cmp_number__gte=1, cmp_number__lte=9_999_999), name="a_cmp_number_has_up_to_7_digits"
            ),
            models.UniqueConstraint(fields=["document_type", "document_number"], name="a_document_is_one_member"),
            models.CheckConstraint(
                condition=Q(left_date__isnull=True) | ~Q(status="active"), name="an_active_member_has_not_left"
            ),
        ]

        triggers = [
            pgtrigger.Trigger(
                name="a_succeeded_physician_stays_dead",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.AnyChange("status", "left_date"),
                func="""
                IF EXISTS (
                    SELECT FROM members_succession WHERE member_id = NEW.id AND ended_at IS NULL
                       AND NOT (NEW.status = 'deceased' AND NEW.left_date IS NOT NULL AND NEW.left_date < first_period)
                ) THEN
                    RAISE EXCEPTION 'a relative took over the SEMEFA of member % after a death', NEW.id
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'a_succeeded_physician_stays_dead';
                END IF;
                RETURN NEW;
                """,
            ),
        ]
        indexes = [
            models.Index(OpClass("folded_surnames", name="text_pattern_ops"), name="member_by_surnames"),
            models.Index(fields=["document_number"], name="member_by_document"),
        ]

    def __str__(self) -> str:
        return f"CMP {self.cmp_number} {self.full_name}"

    @property
    def full_name(self) -> str:
        return f"{self.given_names} {self.surnames}"

    @property
    def masked_document(self) -> str:
        """Enough to recognise one's own document, too little to learn another's: DNI •••••678."""
        return f"{self.get_document_type_display()} {masked(self.document_number)}"


class Assignment(models.Model):
    """Which member an account pays for, and since when. Ended, never edited."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments", verbose_name="cuenta"
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="assignments", verbose_name="colegiado")
    started_at = models.DateTimeField("desde", default=timezone.now)
    ended_at = models.DateTimeField("hasta", null=True, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="asignada por"
    )
    reason = models.CharField("motivo", max_length=500, default="Declarado en el registro")
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="terminada por"
    )
    end_reason = models.CharField("motivo del fin", max_length=500, blank=True)

    class Meta:
        verbose_name = "asignación de CMP"
        verbose_name_plural = "asignaciones de CMP"
        permissions = [("correct_assignment", "Puede corregir e intercambiar los CMP de las cuentas")]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(ended_at__isnull=True), name="an_account_claims_one_cmp"
            ),
            models.UniqueConstraint(
                fields=["member"], condition=Q(ended_at__isnull=True), name="a_cmp_has_one_account"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="an_assignment_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, end_reason="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(end_reason="")),
                name="an_ended_assignment_says_by_whom_and_why",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="an_assignment_is_only_ended", exclude=["ended_at", "ended_by", "end_reason"]),
            pgtrigger.Protect(
                name="an_ended_assignment_stays_ended",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
            pgtrigger.Protect(name="an_assignment_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.user} → {self.member}"


class ClaimState(models.TextChoices):
    UNCONFIRMED = "unconfirmed", "Espera la confirmación del correo"
    WAITING = "waiting", "Por revisar"
    LINKED = "linked", "Asignada"
    REFUSED = "refused", "No asignada"


OPEN_CLAIM_STATES = (ClaimState.UNCONFIRMED, ClaimState.WAITING)


class Claim(models.Model):
    """Who a person said to be at registration. Kept as it was typed, beside what was decided and by whom."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="claims", verbose_name="cuenta")
    cmp_number = models.PositiveIntegerField("número CMP declarado")
    document_type = models.CharField("tipo de documento declarado", max_length=1, choices=DocumentType)
    document_number = models.CharField("documento declarado", max_length=15)
    given_names = models.CharField("nombres declarados", max_length=100)
    surnames = models.CharField("apellidos declarados", max_length=100)
    state = models.CharField("estado", max_length=12, choices=ClaimState, default=ClaimState.UNCONFIRMED)
    made_at = models.DateTimeField("registrada", default=timezone.now)
    decided_at = models.DateTimeField("decidida", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="decidida por"
    )
    answer = models.TextField("respuesta del webmaster", max_length=1000, blank=True)

    class Meta:
        verbose_name = "solicitud de registro"
        verbose_name_plural = "solicitudes de registro"
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(state__in=OPEN_CLAIM_STATES), name="an_account_has_one_open_claim"
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_CLAIM_STATES, decided_at__isnull=True)
                | Q(state__in=["linked", "refused"], decided_at__isnull=False),
                name="a_claim_is_decided_exactly_when_it_says_so",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} dice ser CMP {self.cmp_number}"

    @property
    def full_name(self) -> str:
        return f"{self.given_names} {self.surnames}"

    @property
    def masked_document(self) -> str:
        return f"{self.get_document_type_display()} {masked(self.document_number)}"


class AttachmentType(models.TextChoices):
    PDF = "application/pdf", "PDF"
    JPEG = "image/jpeg", "JPG"


class AssignmentReport(models.Model):
    """ "Este CMP no es el mío": open until the webmaster answers; an open report freezes paying."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reports", verbose_name="cuenta")
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name="CMP mostrado")
    note = models.TextField("nota del colegiado", max_length=1000, blank=True)
    attachment = models.BinaryField("adjunto", null=True, blank=True)
    attachment_type = models.CharField("tipo del adjunto", max_length=20, choices=AttachmentType, blank=True)
    opened_at = models.DateTimeField("abierto", default=timezone.now)
    closed_at = models.DateTimeField("cerrado", null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="cerrado por"
    )
    answer = models.TextField("respuesta del webmaster", max_length=1000, blank=True)

    class Meta:
        verbose_name = "aviso de CMP equivocado"
        verbose_name_plural = "avisos de CMP equivocado"
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(closed_at__isnull=True), name="an_account_has_one_open_report"
            ),
            models.CheckConstraint(
                condition=Q(attachment__isnull=True, attachment_type="")
                | Q(attachment__isnull=False, attachment_type__in=["application/pdf", "image/jpeg"]),
                name="an_attachment_is_a_pdf_or_a_photo",
            ),
        ]

    def __str__(self) -> str:
        return f"Reporte {self.pk} de {self.user}"


class Succession(models.Model):
    """A dependant (derechohabiente) holds a deceased member's SEMEFA from a month on; the account pays that and nothing
    else, and its boletas name the dependant. Ended, never edited."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="successions", verbose_name="cuenta"
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="successions", verbose_name="titular fallecido")
    first_period = models.DateField("titular desde el mes")
    document_type = models.CharField("tipo de documento del sucesor", max_length=1, choices=DocumentType)
    document_number = models.CharField("número de documento del sucesor", max_length=15)
    name = models.CharField("nombre del sucesor", max_length=200)
    attachment = models.BinaryField("documento que lo prueba")
    attachment_type = models.CharField("tipo del documento", max_length=20, choices=AttachmentType)
    reason = models.CharField("motivo", max_length=500)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="registrada por"
    )
    recorded_at = models.DateTimeField("registrada", default=timezone.now)
    ended_at = models.DateTimeField("terminada", null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="terminada por"
    )
    end_reason = models.CharField("motivo del fin", max_length=500, blank=True)

    class Meta:
        verbose_name = "sucesión de SEMEFA"
        verbose_name_plural = "sucesiones de SEMEFA"
        permissions = [("record_succession", "Puede registrar quién sucede a un titular fallecido de SEMEFA")]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(ended_at__isnull=True), name="an_account_succeeds_one_holder"
            ),
            models.UniqueConstraint(
                fields=["member"], condition=Q(ended_at__isnull=True), name="a_holder_has_one_successor"
            ),
            models.CheckConstraint(condition=Q(first_period__day=1), name="a_succession_begins_with_a_month"),
            models.CheckConstraint(
                condition=Q(attachment_type__in=["application/pdf", "image/jpeg"]),
                name="a_succession_is_proved_by_a_pdf_or_a_photo",
            ),
            models.CheckConstraint(
                condition=Q(name__regex=r"\S")
                & (
                    Q(document_type=DocumentType.DNI, document_number__regex=r"^[0-9]{8}$")
                    | Q(
                        document_type__in=[DocumentType.FOREIGN_CARD, DocumentType.PASSPORT],
                        document_number__regex=r"^[A-Z0-9]+$",
                    )
                ),
                name="a_successor_is_a_person_with_a_document",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, end_reason="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(end_reason="")),
                name="an_ended_succession_says_by_whom_and_why",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="a_succession_follows_a_death",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func="""
                IF NOT EXISTS (
                    SELECT FROM members_member WHERE id = NEW.member_id AND status = 'deceased'
                       AND left_date < NEW.first_period
                ) THEN
                    RAISE EXCEPTION 'member % had not died before %', NEW.member_id, NEW.first_period
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'a_succession_follows_a_death';
                END IF;
                RETURN NEW;
                """,
            ),
            pgtrigger.ReadOnly(name="a_succession_is_only_ended", exclude=["ended_at", "ended_by", "end_reason"]),
            pgtrigger.Protect(
                name="an_ended_succession_stays_ended",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
            pgtrigger.Protect(name="a_succession_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.name} sucede a {self.member}"
