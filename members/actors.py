"""Who did it, in the one spelling that every trail and every column keeps, and the words people read for it.

A person is named by the number of the account, never by an address: no more than needed (Ley 29733), and an address
may change. `personal:7` acted as staff of the college, `cuenta:7` as a member. Machines have the names below.
"""

from collections.abc import Iterable

from base.remembered import remembered
from members.models import User

STAFF, MEMBER = "personal", "cuenta"

GATEWAY = "pasarela"
#: Jobs that run by the clock.
CLOCK = "reloj"
#: The job that asks about charges whose answer never came.
RECONCILIATION = "conciliación"
#: What is put right after a backup was restored.
RECOVERY = "restauración"
#: The worker that files documents with SUNAT.
FILING = "portal"
CHARGING = "charge_dues"
#: Whoever pays a member's order by the link that the member gave away.
LINK_PAYER = "enlace"
#: A person at the server's command line, whom the portal does not know.
COMMAND_LINE = "manage.py sunat"

MACHINES = {
    GATEWAY: "la pasarela",
    CLOCK: "el portal, por su reloj",
    RECONCILIATION: "el portal, al consultar",
    RECOVERY: "el portal, tras restaurar una copia",
    FILING: "el portal",
    CHARGING: "el portal, al cobrar las cuotas",
    LINK_PAYER: "quien paga por el enlace",
    COMMAND_LINE: "quien administra el servidor",
}
SOME_STAFF = "alguien del colegio"
SOME_MEMBER = "el colegiado"


def actor(user: User) -> str:
    """Returns how trails and columns name this person: `personal:7` for staff, `cuenta:7` for a member."""
    return f"{STAFF if user.is_staff else MEMBER}:{user.pk}"


def name_of(user: User) -> str:
    """Returns what people read for this account where it stands in a column of its own: its name, or its address."""
    return user.name or user.email


def names(actors: Iterable[str]) -> dict[str, str]:
    """Returns what people read for each of these actors, in at most one query.

    Staff are named; a member is "el colegiado", for the page says whose payment it is. What is in no known spelling
    is returned as it stands.
    """
    actors = set(actors)
    numbers = {number for number in map(_staff_number, actors) if number}
    staff = _staff_names(numbers) if numbers else {}
    return {actor: _words(actor, staff) for actor in actors}


def name(actor: str) -> str:
    """As `names`, of one actor, for the lines of a list: staff are few, and their names remembered."""
    number = _staff_number(actor)
    return _words(actor, {number: _staff_name(number)} if number else {})


def _words(actor: str, staff: dict[int, str]) -> str:
    if number := _staff_number(actor):
        return staff.get(number, SOME_STAFF)
    return SOME_MEMBER if actor.startswith(f"{MEMBER}:") else MACHINES.get(actor, actor)


def _staff_number(actor: str) -> int | None:
    kind, _, number = actor.partition(":")
    return int(number) if kind == STAFF and number.isdecimal() else None


def _staff_names(numbers: Iterable[int]) -> dict[int, str]:
    return {user.pk: name_of(user) for user in User.objects.filter(pk__in=numbers)}


@remembered
def _staff_name(number: int) -> str:
    return _staff_names([number]).get(number, SOME_STAFF)
