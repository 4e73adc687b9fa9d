"""Jobs of the members app, run by `manage.py procrastinate worker`."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from base import sms
from members.login import devices, letters, role_changes
from members.login.backends import EmailOrCmpBackend
from members.models import Assignment, AssignmentReport, Claim, Member, Proof, ProofCode, User
from members.numbers import assignments, ownership, proof, registrations

# A mail server that is down for a day still gets every mail: the waits grow from a minute to eighteen hours.
UNTIL_DELIVERED = RetryStrategy(max_attempts=8, wait=60, exponential_wait=4)


@app.task(name="members.tell_webmaster", queue="mail", retry=UNTIL_DELIVERED)
def tell_webmaster(report_id: int) -> None:
    report = (
        AssignmentReport.objects.defer("attachment")
        .select_related("user", "member__regional_council")
        .get(pk=report_id)
    )
    assignments.mail_to_webmaster(report).send()


@app.task(name="members.tell_reporter", queue="mail", retry=UNTIL_DELIVERED)
def tell_reporter(report_id: int) -> None:
    report = AssignmentReport.objects.defer("attachment").select_related("user", "member").get(pk=report_id)
    assignments.mail_to_reporter(report).send()


@app.task(name="members.tell_webmaster_of_claim", queue="mail", retry=UNTIL_DELIVERED)
def tell_webmaster_of_claim(claim_id: int) -> None:
    registrations.mail_to_webmaster(Claim.objects.select_related("user").get(pk=claim_id)).send()


@app.task(name="members.tell_claimant", queue="mail", retry=UNTIL_DELIVERED)
def tell_claimant(claim_id: int) -> None:
    registrations.mail_to_claimant(Claim.objects.select_related("user").get(pk=claim_id)).send()


@app.task(name="members.tell_of_correction", queue="mail", retry=UNTIL_DELIVERED)
def tell_of_correction(user_id: int, account_id: int, old: int | None, new: int | None, reason: str) -> None:
    users, members = User.objects.in_bulk([user_id, account_id]), Member.objects.in_bulk([old or 0, new or 0])
    assignments.mail_of_correction(
        users[user_id], users[account_id], old=members.get(old or 0), new=members.get(new or 0), reason=reason
    ).send()


@app.task(name="members.send_code", queue="mail", retry=UNTIL_DELIVERED)
def send_code(code_id: int) -> None:
    """A code for a person who proves to be a physician; a deleted registration needs none."""
    code = ProofCode.objects.select_related("claim__user", "member").filter(pk=code_id).first()
    if code is None:
        return
    if code.channel == Proof.MOBILE:
        sms.send(code.member.mobile, proof.text_of_code(code))
    else:
        proof.mail_of_code(code).send()


@app.task(name="members.tell_roll", queue="mail", retry=UNTIL_DELIVERED)
def tell_roll(assignment_id: int) -> None:
    ownership.tell_roll(Assignment.objects.select_related("user", "member").get(pk=assignment_id))


@app.task(name="members.tell_of_tries", queue="mail", retry=UNTIL_DELIVERED)
def tell_of_tries(identifier: str) -> None:
    """Only the job knows whether what was typed is an account: the page that was refused must not."""
    user = EmailOrCmpBackend.account_of(identifier)
    if user is not None and user.is_active:
        devices.mail_of_tries(user).send()


@app.task(name="members.tell_superusers", queue="mail", retry=UNTIL_DELIVERED)
def tell_superusers(subject: str, lines: list[str], author_id: int, page: str) -> None:
    role_changes.mail(subject, lines, User.objects.get(pk=author_id), page).send()


@app.task(name="members.send_account_letter", queue="mail", retry=UNTIL_DELIVERED)
def send_account_letter(sealed: str) -> None:
    letters.opened(sealed).send()
