"""How the portal writes money, dates and documents, and the tags its pages are made of.

A builtin library (settings, TEMPLATES): pages use it without {% load %}. docs/pages.md shows each in use.
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
    """`S/ 1,234.50`; `-S/ 1,234.50` for money given back; nothing for None or an empty value.

    Raises TypeError for a float or text: money that went through a float is wrong before it is shown.
    """
    if amount is None or amount == "":
        return ""
    if isinstance(amount, bool) or not isinstance(amount, Decimal | int):
        raise TypeError(f"Money is a Decimal, not {type(amount).__name__}: {amount!r}")
    sign = "-" if amount < 0 else ""
    return f"{sign}S/ {abs(amount):,.2f}"


@register.filter
def lima(moment: datetime | None) -> str:
    """The moment in Lima as `25/07/2020 22:07:13` (user guide, step 7). Raises ValueError if it has no time zone."""
    if not moment:
        return ""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return moment.astimezone(LIMA).strftime("%d/%m/%Y %H:%M:%S")


@register.filter
def month_name(day: date | None) -> str:
    """`julio 2020`, the name of a due's month."""
    return months.name(day) if day else ""


@register.filter
def first_input(field: BoundField) -> str:
    """The id to which an error of this field links. A group of buttons has no input of its own: its first one."""
    return field.id_for_label or f"{field.auto_id}_0"


@register.simple_tag(name="field")
def render_field(
    field: BoundField, label: str | None = None, hint: str | None = None, *, needed: bool = False, **attrs: object
) -> SafeString:
    """The field as partials/field.html; label and hint replace the form's own. One that is `needed` is not called
    optional: the form asks for it when another answer makes it apply.

    Further arguments become attributes of the input, `_` for `-`. A placeholder is shown only if given here: it
    vanishes while one types and is too pale to read, so no label may hide in it.
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
    """A box whose first line is the whole message; the body between the tags may be empty.

    kind: "moved" (money was taken), "not-moved", "waiting" (not known yet), "warning" or "info".
    """
    context = {"kind": kind, "title": title, "role": role, "body": content.strip() and content}
    return SafeString(render_to_string("partials/notice.html", context))
