"""What personal data is let go after how long, and why; the rest stays (docs/privacy.md).

Nothing about money is here: orders, payments and receipts are kept for ten years by tax law, and rules of the
database keep them from being deleted by anybody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from members.models import AssignmentReport, Claim, Session, User
from members.numbers import registrations
from payments.models import AutomaticPlan

UNCONFIRMED_DAYS = 30
SESSION_DAYS = 365
CLAIM_DAYS = 365
PHOTO_DAYS = 30
CARD_DAYS = 365
NOTE_DAYS = 2 * 365


@dataclass(frozen=True)
class Rule:
    """One kind of data, how many days it is kept, and why no longer; `due` are the rows whose time has come."""

    name: str
    days: int
    why: str
    due: Callable[[], "QuerySet[Any]"]
    let_go: Callable[["QuerySet[Any]"], object] = lambda rows: rows.delete()


def _ago(days: int) -> Any:
    return timezone.now() - timedelta(days=days)


def _never_confirmed() -> "QuerySet[User]":
    return registrations.never_confirmed().filter(date_joined__lt=_ago(UNCONFIRMED_DAYS))


RULES = (
    Rule(
        name="cuentas cuyo correo nadie confirmó",
        days=UNCONFIRMED_DAYS,
        why="quizá las abrió otra persona con ese correo",
        due=_never_confirmed,
        let_go=registrations.forget,
    ),
    Rule(
        name="fecha, dirección IP y navegador de los ingresos",
        days=SESSION_DAYS,
        why="después de un año ya no sirven para investigar un ingreso ajeno",
        due=lambda: Session.objects.filter(expire_date__lt=_ago(SESSION_DAYS)),
    ),
    Rule(
        name="sesiones vencidas en las que nadie ingresó",
        days=0,
        why="ya no abren nada ni dicen de nadie",
        due=lambda: Session.objects.filter(expire_date__lt=timezone.now(), account=None),
    ),
    Rule(
        name="lo declarado en solicitudes de registro decididas",
        days=CLAIM_DAYS,
        why="la asignación queda con su motivo; lo declarado ya no hace falta",
        due=lambda: Claim.objects.filter(decided_at__lt=_ago(CLAIM_DAYS)),
    ),
    Rule(
        name="fotos de solicitudes de registro decididas",
        days=PHOTO_DAYS,
        why="la decisión queda con su respuesta; la foto ya sirvió",
        due=lambda: Claim.objects.filter(decided_at__lt=_ago(PHOTO_DAYS)).exclude(photo=None),
        let_go=lambda rows: rows.update(photo=None),
    ),
    Rule(
        name="tarjetas de pagos automáticos detenidos",
        days=CARD_DAYS,
        why="su código se borró al detenerlos; cada cobro conserva su tarjeta enmascarada",
        due=lambda: AutomaticPlan.objects.filter(stopped_at__lt=_ago(CARD_DAYS)).exclude(last_four=""),
        let_go=lambda rows: rows.update(brand="", last_four="", card_expires=None),
    ),
    Rule(
        name="notas, adjuntos y respuestas de avisos de CMP cerrados",
        days=NOTE_DAYS,
        why="el reporte queda con sus fechas; lo demás puede tener datos de otros",
        due=lambda: AssignmentReport.objects.filter(closed_at__lt=_ago(NOTE_DAYS)).exclude(
            note="", answer="", attachment=None
        ),
        let_go=lambda rows: rows.update(note="", answer="", attachment=None, attachment_type=""),
    ),
)


def apply(*, dry_run: bool) -> list[tuple[Rule, int]]:
    """Let go what is due by each rule, all or nothing; with `dry_run` only count it. Safe to repeat."""
    with transaction.atomic():
        return [(rule, _apply(rule, dry_run=dry_run)) for rule in RULES]


def _apply(rule: Rule, *, dry_run: bool) -> int:
    rows = rule.due()
    count = rows.count()
    if count and not dry_run:
        rule.let_go(rows)
    return count
