"""The portal's template filters and tags for money, dates, fields and notices.

A builtin library (settings, TEMPLATES): pages need no {% load %}. docs/pages.md shows each in use.
"""

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.forms import BoundField
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from base.peru import months
from base.peru.lima import LIMA

register = template.Library()


@register.filter
def soles(amount: Decimal | int | None) -> str:
    """Returns `S/ 1,234.50`, `-S/ 1,234.50` for a negative amount, "" for None or an empty value.

    Raises TypeError for a float or a text: a float has already falsified the amount.
    """
    if amount is None or amount == "":
        return ""
    if isinstance(amount, bool) or not isinstance(amount, Decimal | int):
        raise TypeError(f"Money is a Decimal, not {type(amount).__name__}: {amount!r}")
    sign = "-" if amount < 0 else ""
    return f"{sign}S/ {abs(amount):,.2f}"


@register.filter
def lima(moment: datetime | None) -> str:
    """Returns the time in Lima as `25/07/2020 22:07:13` (user guide, step 7). Raises ValueError without a time zone."""
    if not moment:
        return ""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return moment.astimezone(LIMA).strftime("%d/%m/%Y %H:%M:%S")


@register.filter
def month_name(day: date | None) -> str:
    """Returns `julio 2020`."""
    return months.name(day) if day else ""


@register.filter
def first_input(field: BoundField) -> str:
    """Returns the id to which an error of this field links: for a group of buttons, that of its first button."""
    return field.id_for_label or f"{field.auto_id}_0"


@register.simple_tag(name="field")
def render_field(
    field: BoundField, label: str | None = None, hint: str | None = None, *, needed: bool = False, **attrs: object
) -> SafeString:
    """Renders the field with partials/field.html; `label` and `hint` replace the form's own.

    A field that the form requires only after certain answers is `needed`, so the label does not say "optional". Other
    arguments become attributes of the input, `_` for `-`. Only a `placeholder` passed here is shown: placeholders
    vanish while one types and are too pale to read.
    """
    if label is not None:
        field.label = label
    if hint is not None:
        field.help_text = hint
    field.field.widget.attrs.pop("placeholder", None)
    field.field.widget.attrs.update({name.replace("_", "-"): value for name, value in attrs.items()})
    return field.render(context=field.get_context() | {"needed": needed})


@register.simple_block_tag(end_name="endnotice")
def notice(content: str, kind: str, title: str, role: str = "") -> SafeString:
    """Renders a box whose first line is the whole message; the body between the tags may be empty.

    kind: "moved" (money was taken), "not-moved", "waiting" (not known yet), "warning" or "info".
    """
    context = {"kind": kind, "title": title, "role": role, "body": content.strip() and content}
    return SafeString(render_to_string("partials/notice.html", context))
