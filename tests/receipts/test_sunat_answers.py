"""What SUNAT can answer, in every situation: each ends in a state that is known, told and has a way out.

docs/sunat-answers.md is this table. After a change that is meant, `SUNAT_ANSWERS=write script/test -n 0
tests/receipts/test_sunat_answers.py` writes it again.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings as settings_of_django
from django.utils import timezone
from pytest_django import Settings

from bench.sunat.staff import Staff, differing, spent_without_constancy, stuck
from dues.models import Kind
from members.models import User
from receipts.issuing.issue import issue
from receipts.models import Filing, Receipt, Summary
from receipts.tax_office import brakes, filing, findings, summaries, voiding, waits
from receipts.tax_office.states import FilingState
from simulators.sunat.control import Kind as FaultKind
from simulators.sunat.server import RunningSunat, serve_in_thread
from tests.builders import a_member, a_user
from tests.receipts.conftest import FACTURA, a_paid_order, news

pytestmark = pytest.mark.django_db

TABLE = Path(settings_of_django.BASE_DIR) / "docs" / "sunat-answers.md"
LOST, LOST_ON_THE_WAY = "tras perderse la respuesta", "tras perderse el envío"
SITUATIONS = ("primer envío", LOST, LOST_ON_THE_WAY, "por ticket", "OSE")
DOCUMENT, SUMMARY, VOIDING = "comprobante", "resumen", "baja"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One answer and how the stand-in gives it; `about` is what is sent. `ticket_only` where only a ticket gives it."""

    words: str
    kind: FaultKind = "fault"
    code: str = ""
    text: str = ""
    about: str = DOCUMENT
    ticket_only: bool = False

    @property
    def by_constancy(self) -> bool:
        return self.kind == "code"


ROWS = (
    Row(words="0 aceptado", kind="code", code="0"),
    Row(words="4093 aceptado con observación", kind="code", code="4093"),
    Row(words="2800 rechazado, con constancia", kind="code", code="2800"),
    Row(words="2335 sin constancia", code="2335"),
    Row(words="3103 sin constancia", code="3103"),
    Row(words="3244 sin constancia", code="3244"),
    Row(words="2800 sin constancia", code="2800"),
    Row(words="1036 no recibido", code="1036"),
    Row(words="1079 solo en un resumen", code="1079"),
    Row(words="1032 ya informado, anulado o rechazado", code="1032"),
    Row(words="1033 ya informado", code="1033"),
    Row(words="0130 SUNAT no puede", code="0130"),
    Row(words="0200 error interno", code="0200"),
    Row(words="0111 sin perfil", code="0111"),
    Row(words="0102 usuario o clave", code="0102"),
    Row(words="0103 usuario no existe", code="0103"),
    Row(words="0104 clave", code="0104"),
    Row(words="0105 usuario inactivo", code="0105"),
    Row(words="0106 usuario no válido", code="0106"),
    Row(words="0112 usuario sin perfil", code="0112"),
    Row(words="0113 usuario no autorizado", code="0113"),
    Row(words="401 de HTTP", kind="http_401"),
    Row(words="2325 otro certificado", code="2325"),
    Row(words="2326 certificado de baja", code="2326"),
    Row(words="2327 certificado vencido", code="2327"),
    Row(words="2328 certificado revocado", code="2328"),
    Row(words="sin respuesta; SUNAT lo tiene", kind="cut_after"),
    Row(words="sin respuesta; SUNAT no lo tiene", kind="cut_before"),
    Row(words="«connect timed out after 30000 ms»", text="connect timed out after 30000 ms"),
    Row(words="constancia alterada", kind="forged"),
    Row(words="2223 resumen ya presentado", code="2223", about=SUMMARY),
    Row(words="0402 resumen en estado 98", code="0402", about=SUMMARY),
    Row(words="2236 resumen de mañana", code="2236", about=SUMMARY),
    Row(words="2236 resumen de mañana, con constancia", kind="code", code="2236", about=SUMMARY),
    Row(words="2282 una boleta ya informada", kind="code", code="2282", about=SUMMARY),
    Row(words="2987 una boleta anulada o rechazada", kind="code", code="2987", about=SUMMARY),
    Row(words="2278 resumen mal hecho", kind="code", code="2278", about=SUMMARY),
    Row(words="2278 resumen mal hecho, sin constancia", code="2278", about=SUMMARY),
    Row(words="2957 baja fuera de plazo, sin constancia", code="2957", about=VOIDING),
    Row(words="2324 baja ya presentada", code="2324", about=VOIDING),
    Row(words="0402 baja en estado 98", code="0402", about=VOIDING),
    Row(words="2301 baja de mañana", code="2301", about=VOIDING),
    Row(words="2323 ya dado de baja", kind="code", code="2323", about=VOIDING),
    Row(words="2957 baja fuera de plazo", kind="code", code="2957", about=VOIDING),
    Row(words="2105 no registrado", kind="code", code="2105", about=VOIDING),
    *(
        row
        for about in (SUMMARY, VOIDING)
        for row in (
            Row(words=f"98 en proceso ({about})", kind="status", code="98", about=about, ticket_only=True),
            Row(words=f"0098 en proceso ({about})", kind="status", code="0098", about=about, ticket_only=True),
            Row(words=f"0127 el ticket no existe ({about})", code="0127", about=about, ticket_only=True),
            Row(
                words=f"0127 con texto ({about})",
                kind="status",
                code="0127",
                text="El ticket no existe",
                about=about,
                ticket_only=True,
            ),
            Row(words=f"0004 sin constancia ({about})", kind="status", code="0004", about=about, ticket_only=True),
            Row(words=f"0 sin constancia ({about})", kind="status", code="0", about=about, ticket_only=True),
            Row(words=f"99 sin constancia ({about})", kind="status", code="99", about=about, ticket_only=True),
        )
    ),
)


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    """No summary is sent in the first half hour of a day."""
    noon = timezone.localtime().replace(hour=time(12).hour, minute=0)
    with time_machine.travel(noon, tick=True):
        yield


@dataclass
class Cell:
    """One answer in one situation, driven through a stand-in of its own."""

    row: Row
    situation: str
    office: RunningSunat
    payer: User
    clerk: User
    filed: Filing | None = None
    summary: Summary | None = None

    def drive(self) -> str:
        """Send what the row is about until this answer came; how everything stands then, as the table's text."""
        told_before = set(news().values_list("pk", flat=True))
        about = SUMMARY if self.situation == "por ticket" and self.row.about == DOCUMENT else self.row.about
        {DOCUMENT: self._document, SUMMARY: self._summary, VOIDING: self._voiding}[about]()
        told = news().exclude(pk__in=told_before).order_by("pk").values_list("subject", flat=True)
        return (
            f"{self._state()}. {'Avisa: ' + '; '.join(map(self._plain, told)) if told else 'No avisa'}. {self._ways()}"
        )

    def _document(self) -> None:
        self.filed = filing.prepare(self._receipt())
        self._lose_one("sendBill", lambda: filing.file(self.filed.pk))  # type: ignore[union-attr]
        self._fault("sendBill")
        Filing.objects.filter(pk=self.filed.pk).update(next_try_at=timezone.now())
        self.filed = findings.ask_again(self.filed.pk)

    def _summary(self) -> None:
        self.office.simulator.service.day = timezone.localdate() + timedelta(days=6)
        for _ in range(2):
            self.filed = filing.file(filing.prepare(self._receipt()).pk)
        [self.summary] = summaries.gather()
        self._send_file()

    def _voiding(self) -> None:
        receipt = self._receipt(**FACTURA)
        self.filed = filing.file(filing.prepare(receipt).pk)
        assert self.filed.is_valid
        self.summary = voiding.request(receipt, author=self.clerk, reason="RUC de otra empresa").summary
        self._send_file()

    def _send_file(self) -> None:
        by_ticket = self.situation == "por ticket" or self.row.ticket_only
        if by_ticket and not self.row.by_constancy:
            self._ask_file()
            self._fault("getStatus")
        else:
            self._lose_one("sendSummary", self._ask_file)
            self._fault("sendSummary")
        self._ask_file()
        if self.row.by_constancy:
            self._ask_file()

    def _ask_file(self) -> object:
        assert self.summary
        self.summary = findings.ask_again_about_file(self.summary.pk)
        return self.summary

    def _lose_one(self, operation: str, send: Callable[[], object]) -> None:
        lost: dict[str, FaultKind] = {LOST: "cut_after", LOST_ON_THE_WAY: "cut_before"}
        if self.situation in lost:
            self.office.control.fault(operation, lost[self.situation])
            send()

    def _fault(self, operation: str) -> None:
        row = self.row
        self.office.control.fault(operation, row.kind, code=row.code, text=row.text)

    def _receipt(self, **fields: object) -> Receipt:
        return issue(a_paid_order(self.payer, kind=Kind.COLEGIADO, **fields).pk)  # type: ignore[arg-type]

    def _state(self) -> str:
        assert self.filed
        self.filed.refresh_from_db()
        document = self.filed.get_state_display()
        if not self.summary:
            return document
        # What SUNAT takes for another's is sent again in a file of another name.
        self.summary = Summary.objects.filter(voidings__filing=self.filed).first() or self.filed.summary or self.summary
        return f"{self.summary.get_state_display()}; comprobante: {document}"

    def _ways(self) -> str:
        assert self.filed
        stopped = brakes.stopped()
        ways = [*waits.ways_of_document(self.filed, stopped=stopped)]
        if self.summary:
            ways += waits.ways_of_file(self.summary, stopped=stopped)
        return " · ".join(dict.fromkeys(str(way.label) for way in ways)) or (
            "Nada: vale" if self.filed.is_valid else "Nada"
        )

    def _plain(self, text: str) -> str:
        """Without the numbers that another run gives out."""
        names = {receipt.name: "el comprobante" for receipt in Receipt.objects.all()}
        names |= {summary.name: "el archivo" for summary in Summary.objects.all()}
        for name in sorted(names, key=len, reverse=True):
            text = text.replace(name, names[name])
        return text


@pytest.fixture
def second() -> User:
    return a_user(email="segunda@example.com")


def situations_of(row: Row) -> tuple[str, ...]:
    return ("por ticket",) if row.ticket_only else SITUATIONS


@pytest.mark.parametrize("row", ROWS, ids=[row.words for row in ROWS])
def test_every_answer_of_sunat_has_a_way_out(row: Row, settings: Settings, teresa: User, second: User) -> None:
    cells = {situation: drive(row, situation, settings, teresa, second) for situation in situations_of(row)}
    line = f"| {row.words} | {' | '.join(cells.get(situation, '—') for situation in SITUATIONS)} |"
    if os.environ.get("SUNAT_ANSWERS") == "write":
        _write(row, line)
    assert line in TABLE.read_text().splitlines(), f"docs/sunat-answers.md does not say:\n{line}"


def drive(row: Row, situation: str, settings: Settings, clerk: User, second: User) -> str:
    office = serve_in_thread()
    try:
        settings.SUNAT_ENVIRONMENT, settings.SUNAT_SIMULATOR_URL = "simulator", office.url
        if situation == "OSE":
            office.simulator.service.ose = True
            settings.SUNAT_ENVIRONMENT, settings.SUNAT_OSE_URL = "ose", f"{office.url}/billService"
        settings.SUNAT_TIMEOUTS = (2, 5)
        cell = Cell(row=row, situation=situation, office=office, payer=a_user(a_member()), clerk=clerk)
        text = cell.drive()
        office.control.clear()
        walk_out(cell, second)
    finally:
        office.stop()
    return text


def walk_out(cell: Cell, second: User) -> None:
    """From this answer everything ends well: in what the books say, with no document left over."""
    staff = Staff(clerk=cell.clerk, second=second, page=cell.office.control)
    assert staff.settle(), [str(filed) for filed in Filing.objects.all()]
    assert stuck() == []
    assert spent_without_constancy() == []
    assert cell.filed
    mine = Filing.objects.filter(receipt__order__user=cell.payer)
    names = set(mine.values_list("receipt__name", flat=True))
    assert [text for text in differing(cell.office.control) if text.split(":")[0] in names] == []
    # Each payment has one document that counts, unless its voiding was wished.
    for filed in mine.filter(receipt__replacement=None):
        assert filed.state in (FilingState.ACCEPTED, FilingState.OBSERVED, FilingState.VOIDED), filed
        assert filed.state != FilingState.VOIDED or cell.row.about == VOIDING


# --- The document


HEAD = """\
# What SUNAT answers, and what follows

Written by `tests/receipts/test_sunat_answers.py`. It drives every cell through the stand-in and then does what the
cell offers: a cell without a way out fails. Each cell says how the document stands, what the treasury is written, and
what can be done. A lost answer is one that SUNAT gave after it took the document; a lost sending never reached SUNAT.

What waits longer than SUNAT_WAIT_HOURS is named under "Por resolver" whatever the cell says.
Members are told how their document stands, and nothing else. The letter of a document that is being voided is held
back.

"""


def _write(row: Row, line: str) -> None:
    lines = TABLE.read_text().splitlines() if TABLE.exists() else []
    known = {text.split(" | ")[0].removeprefix("| "): text for text in lines if text.startswith("| ")}
    known[row.words] = line
    rows = [known[each.words] for each in ROWS if each.words in known]
    head = f"| respuesta | {' | '.join(SITUATIONS)} |\n|---|---|---|---|---|---|\n"
    TABLE.write_text(HEAD + head + "\n".join(rows) + "\n")


def test_the_table_has_no_row_that_nothing_drives() -> None:
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith("| ")][1:]
    assert [line.split(" | ")[0].removeprefix("| ") for line in lines] == [row.words for row in ROWS]
