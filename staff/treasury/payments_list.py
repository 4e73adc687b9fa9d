"""The list of payments: filters, and pages that begin where the last one ended.

Nothing is counted without a filter, and no more than MOST_SUMMED with one: a COUNT of a million costs more than the
page. Each row is read with all it shows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.validators import MaxValueValidator
from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from base.peru.lima import midnight
from dues.models import Kind
from members.models import RegionalCouncil
from payments.models import Attempt
from payments.states import UNKNOWN_ATTEMPT_STATES, AttemptState, Way
from payments.ways import words
from staff.treasury import search

PAGE = 50
#: What the list can be filtered by: a card's brand, or a way of its own.
BRANDS = {**words.BRANDS, **{way.value: str(way.label) for way in words.WORDS if way != Way.CARD}}
# The day after the last one that there is cannot be asked for.
NOT_AFTER = MaxValueValidator(date(2999, 12, 31), "Es un día demasiado lejano: revise el año.")
#: States that are a question rather than a column: asked for by staff and reached from the home page.
DOUBLE, REVIEW, UNKNOWN = "doble", "revision", "duda"
SPECIAL = {
    DOUBLE: ("Pago doble por devolver", Q(state=AttemptState.APPROVED, settles_order=False)),
    UNKNOWN: ("Sin resultado (autorizando o en verificación)", Q(state__in=("authorising", "in_doubt"))),
    REVIEW: ("Para revisión", ~Q(staff_reason="")),
}
#: States of attempts whose money was charged.
CHARGED = (AttemptState.APPROVED, AttemptState.VOIDED, AttemptState.REFUNDED)
LOOKS = {"approved": "ok", "declined": "bad"} | dict.fromkeys(UNKNOWN_ATTEMPT_STATES, "wait")


@dataclass(frozen=True, slots=True)
class Row:
    """What the list shows of one attempt: plain values, because fifty of each model cost more than their query."""

    pk: int
    order_id: int
    purchase_number: int
    created_at: datetime
    state: str
    settles_order: bool
    staff_reason: str
    amount: Decimal
    given_back: Decimal
    way: str
    card: str
    brand: str
    yape_phone_end: str
    authorization_code: str
    kind: str
    cmp_number: int
    surnames: str
    given_names: str
    receipt: str | None

    @property
    def double_payment(self) -> bool:
        return self.state == AttemptState.APPROVED and not self.settles_order

    @property
    def state_words(self) -> str:
        return "Pago doble" if self.double_payment else str(AttemptState(self.state).label)

    @property
    def look(self) -> str:
        return "bad" if self.double_payment else LOOKS.get(self.state, "")

    @property
    def means(self) -> str:
        """The masked card and its brand, or another way and its means, in two lines."""
        if self.way == Way.YAPE:
            return f"{Way.YAPE.label}\n{words.phone_in_short(self.yape_phone_end)}".strip()
        return f"{self.card}\n{words.BRANDS.get(self.brand, self.brand.capitalize())}".strip()

    @property
    def kind_words(self) -> str:
        return str(Kind(self.kind).label)


#: Where a row's values are read, in its order.
READ = (
    "pk",
    "order_id",
    "purchase_number",
    "created_at",
    "state",
    "settles_order",
    "staff_reason",
    "amount",
    "given_back",
    "way",
    "card",
    "brand",
    "yape_phone_end",
    "authorization_code",
    "order__kind",
    "order__member__cmp_number",
    "order__member__surnames",
    "order__member__given_names",
    "order__receipt__name",
)


class PlainSelect(forms.Select):
    """The same list, written at once: Django renders a template for each option, which took longer than the query."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:  # noqa: ARG002
        chosen = "" if value is None else str(value)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((key, SafeString(" selected" if str(key) == chosen else ""), words) for key, words in self.choices),
        )
        return format_html("<select{}>{}</select>", flatatt({"name": name, **self.attrs, **(attrs or {})}), options)


class Filters(forms.Form):
    """Everything optional; the words of the address are Spanish because staff pass links on."""

    q = forms.CharField(label="Buscar", required=False, max_length=100, widget=forms.TextInput({"type": "search"}))
    estado = forms.ChoiceField(label="Estado", required=False)
    desde = forms.DateField(label="Desde", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    hasta = forms.DateField(
        label="Hasta", required=False, widget=forms.DateInput(attrs={"type": "date"}), validators=[NOT_AFTER]
    )
    tipo = forms.ChoiceField(label="Tipo de cuota", required=False, choices=[("", "Todos"), *Kind.choices])
    consejo = forms.ModelChoiceField(
        RegionalCouncil.objects.order_by("number"), label="Consejo Regional", required=False, empty_label="Todos"
    )
    marca = forms.ChoiceField(label="Marca o forma de pago", required=False, choices=[("", "Todas"), *BRANDS.items()])
    monto_desde = forms.DecimalField(label="Monto desde", required=False, min_value=0, decimal_places=2, max_digits=9)
    monto_hasta = forms.DecimalField(label="Monto hasta", required=False, min_value=0, decimal_places=2, max_digits=9)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        special = [(name, words) for name, (words, _) in SPECIAL.items()]
        self.fields["estado"].choices = [("", "Todos"), *special, *AttemptState.choices]  # type: ignore[attr-defined]
        for name in ("estado", "tipo", "consejo", "marca"):
            field = self.fields[name]
            field.widget = PlainSelect(choices=field.choices)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for first, last in (("desde", "hasta"), ("monto_desde", "monto_hasta")):
            low, high = cleaned.get(first), cleaned.get(last)
            if low is not None and high is not None and low > high:
                self.add_error(last, f"Debe ser igual o mayor que «{self.fields[first].label}».")
        return cleaned


@dataclass(frozen=True)
class Selection:
    """The attempts that search and filters leave, and what to tell about the search."""

    attempts: QuerySet[Attempt]
    words: str = ""
    warning: str = ""


def selection(chosen: dict[str, Any]) -> Selection:
    """What the cleaned filters ask for, newest first."""
    conditions = [ask(chosen[name]) for name, ask in CONDITIONS.items() if chosen.get(name) not in (None, "")]
    attempts = Attempt.objects.filter(*conditions).order_by("-created_at", "-pk")
    if not chosen.get("q"):
        return Selection(attempts)
    match = search.find(chosen["q"])
    return Selection(attempts.filter(match.condition), match.words, match.warning)


#: What each filter asks of an attempt, given its cleaned value.
CONDITIONS: dict[str, Callable[[Any], Q]] = {
    "estado": lambda state: SPECIAL[state][1] if state in SPECIAL else Q(state=state),
    "desde": lambda day: Q(created_at__gte=midnight(day)),
    "hasta": lambda day: Q(created_at__lt=midnight(day + timedelta(days=1))),
    "tipo": lambda kind: Q(order__kind=kind),
    "consejo": lambda council: Q(order__member__regional_council=council),
    "marca": lambda brand: Q(way=brand) if brand in Way.values else Q(brand=brand, way__in=(Way.CARD, Way.AUTOMATIC)),
    "monto_desde": lambda amount: Q(amount__gte=amount),
    "monto_hasta": lambda amount: Q(amount__lte=amount),
}


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    newer: str
    older: str


def page(attempts: QuerySet[Attempt], *, before: str = "", after: str = "") -> Page:
    """The 50 attempts older than the mark `before`, or newer than `after`; the newest when both are empty.

    A mark is the moment and id of a row; one that is not ours counts as none.
    """
    mark = _read(before) or _read(after)
    backwards = not _read(before) and _read(after) is not None
    rows = [Row(*values) for values in _beyond(attempts, mark, backwards).values_list(*READ)[: PAGE + 1]]
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if backwards:
        rows.reverse()
    if not rows:
        return Page([], "", "")
    newer = _write(rows[0]) if (more if backwards else mark) else ""
    older = _write(rows[-1]) if (backwards or more) else ""
    return Page(rows, newer, older)


def _beyond(attempts: QuerySet[Attempt], mark: tuple[datetime, int] | None, backwards: bool) -> QuerySet[Attempt]:
    if mark is None:
        return attempts
    at, pk = mark
    if backwards:
        newer = Q(created_at__gt=at) | Q(created_at=at, pk__gt=pk)
        return attempts.filter(newer, created_at__gte=at).order_by("created_at", "pk")
    return attempts.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=pk), created_at__lte=at)


def _write(row: Row) -> str:
    at = row.created_at
    return f"{int(at.timestamp())}{at.microsecond:06d}-{row.pk}"


def _read(mark: str) -> tuple[datetime, int] | None:
    micros, _, pk = mark.partition("-")
    if not (micros.isdecimal() and pk.isdecimal() and len(micros) < 18 and len(pk) < 19):
        return None
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(micros)), int(pk)


#: A sum reads at most this many attempts, the newest: more would cost more than the page.
MOST_SUMMED = 20_000


@dataclass(frozen=True)
class Totals:
    """What a selection adds up to: how many attempts, and the soles charged and given back. `cut` when not all."""

    count: int
    charged: Decimal
    given_back: Decimal
    cut: bool


def totals(attempts: QuerySet[Attempt]) -> Totals:
    """The totals of the MOST_SUMMED newest attempts of a selection; only approvals count as charged."""
    zero, approved = Decimal("0.00"), Q(state__in=CHARGED)
    read = attempts.values("pk", "amount", "given_back", "state")[: MOST_SUMMED + 1]
    sums = read.aggregate(
        count=Count("pk"),
        charged=Sum("amount", filter=approved, default=zero),
        given_back=Sum("given_back", filter=approved, default=zero),
    )
    cut = sums["count"] > MOST_SUMMED
    return Totals(min(sums["count"], MOST_SUMMED), sums["charged"], sums["given_back"], cut)


@dataclass(frozen=True)
class Shortcut:
    """A link that sets the two days of the filters and keeps the rest."""

    words: str
    query: str
    chosen: bool


def shortcuts(data: dict[str, Any], today: date) -> list[Shortcut]:
    """Hoy, Ayer and Este mes, beside the other filters in `data`."""
    yesterday = today - timedelta(days=1)
    spans = (("Hoy", today, today), ("Ayer", yesterday, yesterday), ("Este mes", today.replace(day=1), today))
    return [
        Shortcut(
            words,
            address({**data, "desde": first.isoformat(), "hasta": last.isoformat()}),
            (data.get("desde"), data.get("hasta")) == (first.isoformat(), last.isoformat()),
        )
        for words, first, last in spans
    ]


def about_how_many() -> int:
    """All attempts, as PostgreSQL's statistics estimate them: told without counting."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'payments_attempt'::regclass")
        return int(cursor.fetchone()[0])


def address(data: dict[str, Any], **extra: str) -> str:
    """The query string of these filters, for links to other pages and to the export."""
    return urlencode({name: value for name, value in {**data, **extra}.items() if value})
