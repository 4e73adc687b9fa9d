"""Two persons of the treasury: they do what `waits` offers, and look at SUNAT's page, the stand-in's books."""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils import timezone

from members.models import User
from receipts.models import Filing, Receipt, Shown, Summary
from receipts.notes import issue_notes, reissue
from receipts.tax_office import brakes, filing, findings, summaries, waits
from receipts.tax_office.filing import TOO_LATE
from receipts.tax_office.findings import Evidence
from receipts.tax_office.states import OPEN_STATES, OPEN_SUMMARY_STATES, SPENT_STATES, FilingState
from receipts.tax_office.waits import Way
from simulators.sunat.server import Control

SEEN = Evidence(words="Consulta de validez del CPE en SUNAT, hoy, en pantalla")
# So often the portal may try by itself before a person looks.
PATIENCE = 2


@dataclass
class Staff:
    """`acts` counts what they did, by way. `tries` is how often each document and file was asked about."""

    clerk: User
    second: User
    page: Control
    acts: Counter[str] = field(default_factory=Counter)
    tries: Counter[tuple[str, int]] = field(default_factory=Counter)

    def settle(self, rounds: int = 25) -> bool:
        """Work until nothing is left to do; False when something is after so many rounds."""
        return any(not self.work() for _ in range(rounds))

    def work(self) -> bool:
        """One round over all that is unfinished; False when nothing was."""
        summaries.gather()
        issue_notes.issue_waiting()
        for receipt_id in filing.unsigned():
            self._resume()
            filing.sign_and_file(receipt_id)
        files = list(Summary.objects.filter(state__in=OPEN_SUMMARY_STATES).order_by("pk"))
        documents = list(unfinished())
        for summary in files:
            self._act_on_file(summary)
        for filed in documents:
            self._act_on_document(filed)
        return bool(files or documents)

    def _resume(self) -> None:
        if brakes.stopped():
            self.acts[Way.RESUME.value] += 1
            filing.resume(self.clerk)

    def _act_on_file(self, summary: Summary) -> None:
        self._resume()
        if self._patient("file", summary.pk):
            findings.ask_again_about_file(summary.pk)
            return
        summary.refresh_from_db()
        if Way.STATE in waits.ways_of_file(summary):
            self._state(summary, self._look_for_file(summary))
        else:
            findings.ask_again_about_file(summary.pk)

    def _act_on_document(self, filed: Filing) -> None:
        self._resume()
        filed.refresh_from_db()
        ways = waits.ways_of_document(filed)
        if Way.ASK in ways and (self._patient("document", filed.pk) or Way.STATE not in ways):
            Filing.objects.filter(pk=filed.pk, state__in=OPEN_STATES).update(next_try_at=timezone.now())
            findings.ask_again(filed.pk)
        elif Way.STATE in ways:
            self._state(filed, self._look_for_document(filed))
        elif Way.SIGN in ways:
            self._correct(filed)
        elif Way.REISSUE in ways:
            self.acts[Way.REISSUE.value] += 1
            reissue.reissue(filed.receipt, buyer=filed.receipt.stated.buyer)

    def _patient(self, kind: str, pk: int) -> bool:
        self.tries[kind, pk] += 1
        return self.tries[kind, pk] % (PATIENCE + 1) != 0

    def _correct(self, filed: Filing) -> None:
        """Sign it anew once; what comes back again is given up by both."""
        if self._patient("returned", filed.pk):
            self.acts[Way.SIGN.value] += 1
            filing.sign_anew(filed.pk, author=self.clerk)
            findings.ask_again(filed.pk)
        else:
            self.acts[Way.GIVE_UP.value] += 1
            self._agree(filed, Shown.ABSENT)

    def _state(self, about: Filing | Summary, shows: Shown) -> None:
        self.acts[Way.STATE.value] += 1
        self._agree(about, shows)

    def _agree(self, about: Filing | Summary, shows: Shown) -> None:
        finding = findings.state(about, shows, SEEN, author=self.clerk)
        findings.confirm(finding.pk, by=self.second)

    def _look_for_document(self, filed: Filing) -> Shown:
        return seen(self.page.documents().get(f"{filed.receipt.document}-{filed.receipt.name}"))

    def _look_for_file(self, summary: Summary) -> Shown:
        code = self.page.files().get(summary.name)
        return Shown.ABSENT if code is None else Shown.ACCEPTED if code == "0" else Shown.REJECTED


def seen(row: dict[str, object] | None) -> Shown:
    """What a row of the stand-in's books shows."""
    if row is None:
        return Shown.ABSENT
    if row["code"] != "0":
        return Shown.REJECTED
    return Shown.VOIDED if row["voided"] else Shown.ACCEPTED


def unfinished() -> list[Filing]:
    """Documents without an outcome, and worthless ones that nothing has taken the place of."""
    open_ = Q(state__in=OPEN_STATES) | Q(state=FilingState.RETURNED) & ~Q(code=TOO_LATE)
    worthless = Q(state__in=SPENT_STATES, voiding=None, receipt__replacement=None)
    return list(Filing.objects.filter(open_ | worthless).select_related("receipt").order_by("pk"))


def differing(page: Control) -> list[str]:
    """Documents whose state is not what the stand-in's books say, with both."""
    books = page.documents()
    return [
        f"{filed.receipt.name}: {filed.get_state_display()}, en los libros {seen(row).label.lower()}"
        for filed in Filing.objects.select_related("receipt").order_by("pk")
        if not _agrees(filed, row := books.get(f"{filed.receipt.document}-{filed.receipt.name}"))
    ]


def _agrees(filed: Filing, row: dict[str, object] | None) -> bool:
    shows = seen(row)
    expected = {
        FilingState.ACCEPTED: Shown.ACCEPTED,
        FilingState.OBSERVED: Shown.ACCEPTED,
        FilingState.REJECTED: Shown.REJECTED,
        FilingState.VOIDED: Shown.VOIDED,
        FilingState.WITHDRAWN: Shown.ABSENT,
        FilingState.RETURNED: Shown.ABSENT,
    }
    state = FilingState(filed.state)
    # What has no outcome yet claims nothing.
    return state not in expected or expected[state] == shows


def stuck() -> list[str]:
    """Documents and files that are unfinished and for which nothing can be done."""
    documents = [filed.receipt.name for filed in unfinished() if not waits.ways_of_document(filed)]
    open_files = Summary.objects.filter(state__in=OPEN_SUMMARY_STATES)
    files = [summary.name for summary in open_files if not waits.ways_of_file(summary)]
    buried = Filing.objects.filter(state=FilingState.IN_SUMMARY).exclude(summary__state__in=OPEN_SUMMARY_STATES)
    unsigned = Receipt.objects.filter(filing=None)
    return [
        *documents,
        *files,
        *(f"{filed.receipt.name} en {filed.summary}" for filed in buried.select_related("receipt", "summary")),
        *(f"{receipt.name} sin firmar" for receipt in unsigned),
    ]


def spent_without_constancy() -> list[str]:
    """Numbers called spent that no constancy and no two persons call so."""
    spent = Filing.objects.filter(state=FilingState.REJECTED, cdr=None, finding=None)
    return list(spent.values_list("receipt__name", flat=True))
