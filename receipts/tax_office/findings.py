"""What SUNAT's own records show, where no constancy can be had: by its register, or by two persons who looked.

A document in doubt is concluded by it, a file in doubt too, and a document that SUNAT never took can be given up. One
person states what SUNAT's page shows and where, another who has looked as well confirms it.
"""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from base.postgres.constraints import broken_constraint
from members.actors import FILING
from members.actors import actor as actor_of
from members.models import User
from receipts.exceptions import AlreadyStated, FindingDecided, NotInDoubt, SecondPersonLooks, TooLittleEvidence
from receipts.models import SHORTEST_EVIDENCE, Filing, Finding, Shown, Summary
from receipts.tax_office import filing, summaries
from receipts.tax_office.states import FilingState, SummaryState
from receipts.tax_office.sunat import environment_from_settings
from receipts.tax_office.sunat.register import Standing, register_from_settings

#: What can be stated of a document, by its state. A returned one that is not at SUNAT is given up for good.
OF_A_DOCUMENT = {
    FilingState.IN_DOUBT: (Shown.ACCEPTED, Shown.REJECTED, Shown.VOIDED, Shown.ABSENT),
    FilingState.RETURNED: (Shown.ABSENT,),
}
OF_A_FILE = {
    SummaryState.IN_DOUBT: (Shown.ACCEPTED, Shown.REJECTED, Shown.ABSENT),
    SummaryState.WAITING: (Shown.ACCEPTED, Shown.REJECTED, Shown.ABSENT),
}
_DOCUMENT_BECOMES = {
    (FilingState.IN_DOUBT, Shown.ACCEPTED): FilingState.ACCEPTED,
    (FilingState.IN_DOUBT, Shown.REJECTED): FilingState.REJECTED,
    (FilingState.IN_DOUBT, Shown.VOIDED): FilingState.VOIDED,
    # The same bytes are sent again.
    (FilingState.IN_DOUBT, Shown.ABSENT): FilingState.PENDING,
    (FilingState.RETURNED, Shown.ABSENT): FilingState.WITHDRAWN,
}


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Where it was seen, in words, and perhaps a picture of it with its media type."""

    words: str
    picture: bytes | None = None
    picture_type: str = ""


def may_be_stated(about: Filing | Summary) -> tuple[Shown, ...]:
    """What a person may state of a document or a file as it stands; nothing where SUNAT's answer is known."""
    if isinstance(about, Filing):
        return OF_A_DOCUMENT.get(FilingState(about.state), ())
    return OF_A_FILE.get(SummaryState(about.state), ())


def state(about: Filing | Summary, shows: Shown, evidence: Evidence, *, author: User) -> Finding:
    """Record what a person saw on SUNAT's page. Nothing changes until another confirms it.

    Raises NotInDoubt where this cannot be stated of it, AlreadyStated while another statement waits, and
    TooLittleEvidence for words that do not say where it was seen.
    """
    if len(evidence.words.strip()) < SHORTEST_EVIDENCE:
        raise TooLittleEvidence
    try:
        with transaction.atomic():
            locked = _lock(about)
            if shows not in may_be_stated(locked):
                raise NotInDoubt
            return Finding.objects.create(
                **_about(locked),
                shows=shows,
                source=Finding.Source.PEOPLE,
                stood=locked.state,
                evidence=evidence.words.strip(),
                picture=evidence.picture,
                picture_type=evidence.picture_type,
                author=author,
            )
    except IntegrityError as error:
        if broken_constraint(error) in ("a_document_has_one_open_finding", "a_file_has_one_open_finding"):
            raise AlreadyStated from error
        raise


def confirm(finding_id: int, *, by: User) -> Finding:
    """A second person has looked and saw the same; what it says is done now.

    Raises SecondPersonLooks for its author, FindingDecided when it was decided, NotInDoubt when SUNAT has answered
    meanwhile.
    """
    with transaction.atomic():
        finding, about = _lock_finding(finding_id)
        if finding.author == by:
            raise SecondPersonLooks
        if about.state != finding.stood:
            raise NotInDoubt
        finding.decided_by, finding.decided_at = by, timezone.now()
        finding.save(update_fields=["decided_by", "decided_at"])
        _apply(about, finding, actor=actor_of(by))
    return finding


def reject(finding_id: int, *, by: User, reason: str) -> Finding:
    """A second person saw something else, or the author takes it back: nothing changes. Raises FindingDecided."""
    with transaction.atomic():
        finding, _ = _lock_finding(finding_id)
        finding.decided_by, finding.decided_at, finding.rejection = by, timezone.now(), reason
        finding.save(update_fields=["decided_by", "decided_at", "rejection"])
    return finding


def _about(about: Filing | Summary) -> dict[str, Filing | Summary]:
    return {"filing": about} if isinstance(about, Filing) else {"summary": about}


def _lock(about: Filing | Summary) -> Filing | Summary:
    if isinstance(about, Filing):
        return Filing.objects.select_for_update(of=("self",)).select_related("receipt").get(pk=about.pk)
    return Summary.objects.select_for_update().get(pk=about.pk)


def _lock_finding(finding_id: int) -> tuple[Finding, Filing | Summary]:
    finding = Finding.objects.select_related("author", "filing", "summary").get(pk=finding_id)
    about = finding.filing or finding.summary
    assert about is not None  # noqa: S101 - a_finding_is_about_one_thing
    locked = _lock(about)
    finding.refresh_from_db(fields=["decided_at"])
    if finding.decided_at:
        raise FindingDecided
    return finding, locked


def _apply(about: Filing | Summary, finding: Finding, *, actor: str) -> None:
    if isinstance(about, Summary):
        summaries.conclude_by_finding(about, finding)
    else:
        _conclude(about, finding, actor=actor)


def _conclude(filed: Filing, finding: Finding, *, actor: str) -> None:
    to = _DOCUMENT_BECOMES[FilingState(filed.state), Shown(finding.shows)]
    filed.message = f"{finding.get_source_display()}: {finding.get_shows_display().lower()}. {finding.evidence}"
    if to == FilingState.PENDING:
        # SUNAT has it not: no earlier answer says any more that it has.
        filed.lost_at, filed.code, filed.next_try_at = None, "", timezone.now()
    else:
        filed.finding, filed.next_try_at = finding, None
    filing.transition(filed, to, actor=actor, code=filed.code, message=filed.message)
    filing.after_outcome(filed)


# --- SUNAT's register


def ask_again(filing_id: int, *, actor: str = FILING) -> Filing:
    """Send or ask once, as filing.file, and look into SUNAT's register where its answer leaves a doubt."""
    filed = filing.file(filing_id, actor=actor)
    return look_up(filed) if filed.state == FilingState.IN_DOUBT else filed


def ask_again_about_file(summary_id: int) -> Summary:
    """Send a file or ask about its ticket now, and look into SUNAT's register where it is in doubt."""
    quiet = Summary.objects.filter(pk=summary_id, asking=False, next_try_at__isnull=False)
    quiet.update(next_try_at=timezone.now())
    summary = summaries.file(summary_id)
    return look_up_file(summary) if summary.state == SummaryState.IN_DOUBT else summary


def look_up(filed: Filing) -> Filing:
    """Conclude a document in doubt by SUNAT's register, if that is certain. Safe to repeat; asks with no row locked.

    "Not there" is not: the register knows a document by its day and total too, and SUNAT may be late.
    """
    shows = _standing_of(filed)
    if shows not in (Shown.ACCEPTED, Shown.VOIDED):
        return filed
    with transaction.atomic():
        locked = Filing.objects.select_for_update(of=("self",)).select_related("receipt").get(pk=filed.pk)
        if locked.state != FilingState.IN_DOUBT:
            return locked
        _conclude(locked, _by_register(locked, shows), actor=FILING)
    return locked


def look_up_file(summary: Summary) -> Summary:
    """Conclude a file in doubt by SUNAT's register: accepted when every document in it stands as the file says."""
    voidings = [voiding.filing for voiding in summary.voidings.select_related("filing__receipt")]
    documents = voidings or list(summary.filings.select_related("receipt").filter(state=FilingState.IN_SUMMARY))
    expected = Shown.VOIDED if voidings else Shown.ACCEPTED
    certain = bool(documents) and all(_standing_of(filed) == expected for filed in documents)
    with transaction.atomic():
        locked = Summary.objects.select_for_update().get(pk=summary.pk)
        if locked.state != SummaryState.IN_DOUBT:
            return locked
        if certain:
            summaries.conclude_by_finding(locked, _by_register(locked, Shown.ACCEPTED))
        else:
            summaries.look_again_later(locked)
    return locked


def _standing_of(filed: Filing) -> Shown | None:
    """How SUNAT's register shows a document; None where it cannot be asked or does not tell."""
    register = register_from_settings(environment_from_settings())
    if register is None:
        return None
    receipt = filed.receipt
    standing = register.standing(
        type=receipt.document, name=receipt.name, issued_on=receipt.issue_date, total=receipt.total
    )
    return None if standing == Standing.NOT_TOLD else Shown(standing.value)


def _by_register(about: Filing | Summary, shows: Shown) -> Finding:
    now = timezone.now()
    return Finding.objects.create(
        **_about(about),
        shows=shows,
        source=Finding.Source.REGISTER,
        stood=about.state,
        evidence=f"Consultado el {timezone.localtime(now):%d/%m/%Y %H:%M}",
        decided_at=now,
    )
