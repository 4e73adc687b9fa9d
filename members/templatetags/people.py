"""How pages name people. A builtin library, as base/templatetags/portal.py."""

from django import template

from members import actors
from members.models import User

register = template.Library()


@register.filter
def person(account: User | None) -> str:
    """Who did it, as people say it: the name, or the address of an account without one; empty for nobody."""
    return actors.name_of(account) if account else ""
