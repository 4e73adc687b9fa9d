"""Nobody touches the own dues: which CMP numbers an account of staff must not decide about.

They are the account's own and its family's. A member of staff often has a second account for the own dues, so that the
own number is also known by the addresses and the name that an account shares with the roll.
"""

from collections.abc import Collection

from allauth.account.models import EmailAddress
from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.functions import Concat

from base.postgres.plain_names import WithoutAccents, without_accents
from dues.exceptions import OwnNumber
from dues.models import CoveredPerson
from members.models import Member, User


def own_members(user: User) -> "QuerySet[Member]":
    """The physicians whose dues this account must not decide about: its own, its successions' and its family's."""
    own = Member.objects.filter(_own(user))
    names = {without_accents(member.full_name) for member in own} | {without_accents(user.name)}
    return Member.objects.filter(Q(pk__in=own.values("pk")) | Q(pk__in=_family(own, names)))


def refuse_own(user: User, members: Collection[int]) -> None:
    """Raises OwnNumber when one of these members (their numbers in the table) is the account's own or its family's."""
    if own_members(user).filter(pk__in=members).exists():
        raise OwnNumber


def is_own_number(user: User, member: Member) -> bool:
    """Whether the member is the account's own, in two quick queries; of its family only `own_members` knows.

    A page asks it to offer no action in vain; the action itself asks `refuse_own`.
    """
    return Member.objects.filter(_own(user), pk=member.pk).exists()


def _own(user: User) -> Q:
    """Every number that the account ever had, and the physician whose roll address is one of its addresses."""
    addresses = [address.lower() for address in (user.email, *_addresses(user)) if address]
    return Q(assignments__user=user) | Q(successions__user=user) | Q(email__in=addresses)


def _addresses(user: User) -> list[str]:
    return list(EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True))


def _family(own: "QuerySet[Member]", names: Collection[str]) -> set[int]:
    """Who covers one of these people by SEMEFA, and the physicians among those whom one of them covers."""
    people = CoveredPerson.objects.annotate(plain=WithoutAccents("name"))
    holders = people.filter(plain__in=names).values_list("member", flat=True)
    covered = people.filter(member__in=own).values_list("plain", flat=True)
    full_name = Concat(WithoutAccents("given_names"), Value(" "), "folded_surnames", output_field=TextField())
    surnames = {" ".join(name.split()[-2:]) for name in covered}  # what the index finds
    relatives = Member.objects.filter(folded_surnames__in=surnames).annotate(plain=full_name)
    return {*holders, *relatives.filter(plain__in=list(covered)).values_list("pk", flat=True)}
