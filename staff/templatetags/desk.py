"""The staff's bar in Django's own templates too."""

from typing import Any

from django import template

from staff.desk import shell

register = template.Library()


@register.inclusion_tag("treasury/_bar.html", takes_context=True)
def staff_bar(context: template.Context) -> dict[str, Any]:
    """Sections and places of the bar; nothing for who is not logged in."""
    request = context["request"]
    if not (request.user.is_active and request.user.is_staff):
        return {}
    return {"bar": shell.bar(request.user, request.path), "typed": request.GET.get("q", "")}
