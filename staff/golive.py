"""What must be so before members pay with real cards: each step done, or what to do about it.

Shown by `manage.py golive` and on the page *Puesta en marcha* of the admin. Some steps only a person can see done; a
Confirmation says who did, and when.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from base.templatetags.portal import lima
from dues.models import DataLoad, Kind, StandingRule, Tariff
from members.models import User
from payments.models import Attempt, Confirmation
from receipts.models import Series
from receipts.tax_office.certificate import Certificate, NoCertificate
from staff import watch

#: Addresses of the sample settings; nobody of the college reads there.
SAMPLE_ADDRESSES = ("tesoreria@cmp.org.pe", "webmaster@cmp.org.pe", "")


@dataclass(frozen=True)
class Step:
    """`todo` says what to do, and is empty for a step that is done; `seen` says how that is known.

    `key` is set for a step that a person confirms.
    """

    title: str
    todo: str = ""
    seen: str = ""
    key: str = ""

    @property
    def done(self) -> bool:
        return not self.todo


@dataclass(frozen=True)
class ByHand:
    """A step that only a person can see done."""

    title: str
    todo: str


BY_HAND = {
    "textos": ByHand(
        "Términos y política de privacidad",
        "El área legal lee /terminos/, /privacidad/ y /politica-de-devolucion/ y los aprueba; cambie TERMS_VERSION.",
    ),
    "correo": ByHand(
        "Un correo de prueba llegó",
        "Pida «¿Olvidó su contraseña?» con un correo de Gmail y otro de Outlook: ambos llegan, y no a «spam».",
    ),
    "respaldo": ByHand(
        "Una copia de respaldo se restauró",
        "Restaure la copia de anoche en otra máquina (docs/operations.md) y compruebe allí portal verify_audit.",
    ),
    "numeros": ByHand(
        "Inicio de los números de pedido",
        "Ponga la secuencia payments_purchase_number donde el portal anterior no llegó: un número, un cobro.",
    ),
    "series": ByHand(
        "Inicio de las series",
        "El contador confirma que las series de los ajustes no se usaron antes, o se eligen otras (B002, F002).",
    ),
    "consejos": ByHand("Consejos regionales", "Cada sede figura con su nombre; Contabilidad los compara con su lista."),
    "pago": ByHand(
        "Un pago verdadero de ida y vuelta", "Pague usted mismo una cuota con su tarjeta, reciba la boleta y anúlela."
    ),
}

#: Both halves of what takes two persons, with its name.
TWO_PERSONS = (
    ("payments.add_refundproposal", "payments.approve_refund", "devoluciones"),
    ("payments.add_transfer", "payments.approve_transfer", "pases a otro colegiado"),
    ("payments.add_offlinepayment", "payments.approve_offlinepayment", "pagos registrados a mano"),
    ("payments.add_chargeback", "payments.close_chargeback", "contracargos"),
    ("payments.add_mismatchdecision", "payments.confirm_mismatch", "cobros que no coinciden"),
    ("payments.add_filereversal", "payments.confirm_filereversal", "reversión de pagos por archivo"),
    ("dues.add_actproposal", "dues.approve_act", "actos que liberan meses"),
    ("dues.change_exemption", "dues.approve_act", "revocación de actos"),
    ("members.correct_assignment", "members.correct_assignment", "CMP de cuentas del personal"),
    ("staff.add_councilshare", "staff.approve_councilshare", "participación de los consejos regionales"),
    ("dues.add_dataload", "dues.approve_dataload", "cargas de archivos"),
)


def steps() -> list[Step]:
    """Every step, those that the portal sees itself first."""
    return [step for check in CHECKS for step in check()]


def confirm(step: str, *, note: str, author: User) -> Confirmation:
    """Write down that `author` saw `step` done. Raises KeyError for a step that the portal sees itself."""
    BY_HAND[step]
    return Confirmation.objects.create(step=step, note=note, author=author)


def _settings() -> Iterator[Step]:
    real = settings.NIUBIZ_ENVIRONMENT == "production"
    yield Step("Cobros de verdad", "" if real else "NIUBIZ_ENVIRONMENT=production con el código de comercio de Niubiz.")
    yield Step("Datos del colegio", "Ponga los COLLEGE_… del colegio y SAMPLE_DATA=no." if settings.SAMPLE_DATA else "")
    for name in ("TREASURY_EMAIL", "WEBMASTER_EMAIL", "AUDITOR_EMAIL"):
        address = getattr(settings, name)
        sample = address in SAMPLE_ADDRESSES
        todo = f"Ponga {name}: hoy {f'es «{address}», de muestra' if address else 'está vacío'}."
        yield Step(f"Correo {name}", todo if sample else "", address)


def _tax_office() -> Iterator[Step]:
    filed = settings.SUNAT_ENVIRONMENT in ("production", "ose")
    own = settings.SUNAT_USER not in ("", "MODDATOS")
    yield Step("Envío a SUNAT", "" if filed else "SUNAT_ENVIRONMENT=production: hoy ningún comprobante se presenta.")
    yield Step("Usuario SOL", "" if own else "Cree un usuario SOL secundario y ponga SUNAT_USER y SUNAT_PASSWORD.")
    yield Step("Certificado digital", *_certificate())


def _certificate() -> tuple[str, str]:
    """What to do about it, and what was seen of it."""
    try:
        content = Path(settings.SIGNING_CERTIFICATE).read_bytes()
        found = Certificate.from_pkcs12(content, settings.SIGNING_PASSWORD)
    except (OSError, NoCertificate):
        return "Ponga SIGNING_CERTIFICATE y SIGNING_PASSWORD: el archivo .p12 que emitió la entidad certificadora.", ""
    ends = f"vence el {timezone.localtime(found.expires):%d/%m/%Y}"
    if found.is_self_made or found.ruc != settings.COLLEGE["ruc"]:
        return f"El certificado no es del RUC {settings.COLLEGE['ruc']}, o es de prueba.", ends
    return "", ends


def _decisions() -> Iterator[Step]:
    today = timezone.localdate()
    rule = StandingRule.objects.filter(valid_from__lte=today).order_by("-valid_from").first()
    real = rule and not rule.is_sample
    yield Step("Regla de habilidad", "" if real else "Registre la regla del colegio: rige la de muestra.", str(rule))
    for kind in Kind:
        tariff = Tariff.objects.filter(kind=kind, first_period__lte=today).order_by("-first_period").first()
        ours = tariff and not tariff.sample
        todo = f"Registre la tarifa de {kind.label} con la resolución que la aprobó."
        yield Step(f"Tarifa de {kind.label}", "" if ours else todo, tariff.basis if tariff and ours else "")


def _loads() -> Iterator[Step]:
    loaded = set(DataLoad.objects.values_list("content", flat=True))
    for content in (DataLoad.Content.ROLL, DataLoad.Content.DUES):
        yield Step(
            f"Primera carga: {content.label}", "" if content in loaded else f"Cargue {content.label} (docs/imports.md)."
        )


def _trials() -> Iterator[Step]:
    """Dues that a test card settled count as paid for ever."""
    trials = Attempt.objects.exclude(environment="production").exclude(environment="").exists()
    todo = "Empiece con una base de datos nueva: en esta hay pagos de prueba, que contarían como verdaderos."
    yield Step("Sin pagos de prueba", todo if trials else "")
    numbered = Series.objects.filter(next_number__gt=1).exists()
    yield Step("Series sin usar en pruebas", todo if trials and numbered else "")


def _persons() -> Iterator[Step]:
    for propose, decide, what in TWO_PERSONS:
        proposing, deciding = _holders(propose), _holders(decide)
        enough = proposing and deciding and len(proposing | deciding) > 1
        todo = f"Dé a dos personas distintas los roles que proponen y deciden {what}."
        yield Step(f"Segunda persona: {what}", "" if enough else todo)


def _holders(name: str) -> set[int]:
    """The staff who may do it by a group or by themselves; superusers aside, who may do both halves of everything."""
    house, _, codename = name.partition(".")
    permission = Permission.objects.filter(codename=codename, content_type__app_label=house)
    staff = User.objects.filter(is_staff=True, is_active=True, is_superuser=False)
    chosen = staff.filter(Q(groups__permissions__in=permission) | Q(user_permissions__in=permission))
    return set(chosen.values_list("pk", flat=True))


def _machine() -> Iterator[Step]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_or(pg_has_role(current_user, tableowner, 'MEMBER')) FROM pg_tables WHERE schemaname = 'public'"
        )
        [owns] = cursor.fetchone()
    todo = "Conecte la web con un rol que no sea dueño de las tablas (DATABASE_APPLICATION_ROLE, docs/operations.md)."
    yield Step("La web no puede alterar las tablas", todo if owns else "")
    beat = watch.worker_seen_at()
    silent = beat is None or timezone.now() - beat > watch.SILENCE
    yield Step("Procesos de envíos", "Inicie cmp-portal-worker@1." if silent else "", lima(beat) if beat else "")


def _by_hand() -> Iterator[Step]:
    newest: dict[str, Confirmation] = {}
    for confirmation in Confirmation.objects.select_related("author").order_by("at"):
        newest[confirmation.step] = confirmation
    for key, step in BY_HAND.items():
        found = newest.get(key)
        seen = f"{found.note} ({found.author.email}, {lima(found.at)})" if found else ""
        yield Step(step.title, "" if found else step.todo, seen, key)


CHECKS: tuple[Callable[[], Iterator[Step]], ...] = (
    _settings,
    _tax_office,
    _decisions,
    _loads,
    _trials,
    _persons,
    _machine,
    _by_hand,
)
