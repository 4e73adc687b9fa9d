"""What the member and whoever pays by her link may see of each other."""

from members.models import Member
from payments.models import Order


def initials(name: str) -> str:
    """Returns "A. Q. M." for "Ana Quispe Mamani": enough to tell whose dues they are, to whoever knows her."""
    return " ".join(f"{word[0]}." for word in name.split())


def masked_cmp(member: Member) -> str:
    """Returns the CMP number with all but its last two digits hidden."""
    return masked_number(member.cmp_number)


def masked_number(cmp_number: int) -> str:
    number = f"{cmp_number:06d}"
    return f"{'•' * (len(number) - 2)}{number[-2:]}"


def masked_payer(order: Order) -> str:
    """Returns who paid, for the member: initials, and the first letter of the address with its domain."""
    name, _, domain = order.email.partition("@")
    return f"{initials(order.buyer_name)}, {name[:1]}•••@{domain}"
