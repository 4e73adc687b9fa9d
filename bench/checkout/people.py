"""The college of the ledger's benchmark, and accounts of members who owe enough and know their password."""

from pathlib import Path

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection

from bench.ledger import college, questions
from bench.measure import run
from members.models import Assignment, Member, User

PASSWORD = "clave-de-prueba-1234"  # noqa: S105 - of accounts that live as long as the measurement
# questions.settle_most leaves this month and the member_id % SETTLED_BUT_FEW months before it open.
SETTLED_BUT_FEW, LEAST_MONTHS_BEFORE = 7, 3


def found(folder: Path, members: int, *, settled: bool = True) -> None:
    """Into empty tables: the members, and their dues as the college's file brings them. Most are settled, or none."""
    prepare()
    college.found(members)
    run("import_dues", str(college.write_dues(folder / "dues.csv", members)))
    if settled:
        questions.settle_most()


def prepare() -> None:
    """The tables, and the static files as production collects them."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)


def open_accounts(count: int) -> list[str]:
    """The addresses of so many new accounts, each of a member who owes four months or more of each kind."""
    free = Member.objects.filter(assignments=None).order_by("pk")
    owing = free.extra(where=["members_member.id %% %s >= %s"], params=[SETTLED_BUT_FEW, LEAST_MONTHS_BEFORE])
    members = list(owing[:count])
    if len(members) < count:
        raise SystemExit(f"checkout: only {len(members)} of {count} members owe enough; choose a larger --scale.")
    # One hash serves all: checking it costs each login what a hash of its own would.
    password = make_password(PASSWORD)
    users = User.objects.bulk_create(
        User(email=f"medico-{member.cmp_number}@example.com", name=member.full_name, password=password)
        for member in members
    )
    EmailAddress.objects.bulk_create(EmailAddress(user=u, email=u.email, verified=True, primary=True) for u in users)
    Assignment.objects.bulk_create(Assignment(user=u, member=m) for u, m in zip(users, members, strict=True))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE members_user, members_assignment, account_emailaddress")
    return [user.email for user in users]
