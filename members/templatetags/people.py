"""How pages name people. A builtin library, as base/templatetags/portal.py."""

from django import template

from members import actors
from members.models import User

register = template.Library()


@register.filter
def person(who: User | str | None) -> str:
    """Returns the name of an account, or of an actor as the trail spells it; empty for nobody."""
    if not who:
        return ""
    return actors.name(who) if isinstance(who, str) else actors.name_of(who)
