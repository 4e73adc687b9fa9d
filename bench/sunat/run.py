"""Conduct one run: issue, file and void by chance while SUNAT goes wrong; let two persons settle it; compare."""

import random
import time
from collections import Counter
from datetime import timedelta

from django.conf import settings
from django.db.models import Count
from django.utils import timezone

from bench.measure import heading, row
from bench.numbering import pay_orders
from bench.sunat.staff import Staff, differing, spent_without_constancy, stuck, unfinished
from bench.sunat.trouble import Trouble
from members.models import User
from payments.models import Order
from receipts.exceptions import NotVoidable
from receipts.issuing.issue import issue_pending
from receipts.models import Credit, CreditReason, Filing, Receipt, Summary
from receipts.tax_office import filing, findings, summaries, voiding
from receipts.tax_office.states import OPEN_STATES, OPEN_SUMMARY_STATES, VALID_STATES
from receipts.tax_office.sunat import from_settings
from simulators.sunat.server import serve_in_thread

FACTURAS, LATE, VOIDED, CREDITED = 0.3, 0.2, 0.08, 0.08
ROUNDS = 8
# A worker dies while it asks, before SUNAT answers or after.
KILLED = 0.04


class Run:
    """`documents` paid orders; the same `seed` brews the same trouble."""

    def __init__(self, *, documents: int, seed: int) -> None:
        self.documents, self.seed = documents, seed
        self.chance = random.Random(seed)
        self.office = serve_in_thread()
        settings.SUNAT_ENVIRONMENT, settings.SUNAT_SIMULATOR_URL = "simulator", self.office.url
        settings.SUNAT_TIMEOUTS = (2, 10)
        # Half of the seeds have access to SUNAT's register; the others rely on two persons alone.
        if seed % 2:
            settings.SUNAT_QUERY_ID = settings.SUNAT_QUERY_SECRET = "consulta"  # noqa: S105
        self.trouble = Trouble(self.office, self.chance)
        clerk, second = (User.objects.create(email=f"{who}@example.com", name=who) for who in ("clerk", "second"))
        self.staff = Staff(clerk=clerk, second=second, page=self.office.control)
        self.killed = 0

    def conduct(self) -> int:
        """0 when every count is 0, else 1."""
        began = time.monotonic()
        try:
            self._issue()
            for number in range(ROUNDS):
                self._round(number)
            self._calm()
            settled = self.staff.settle(rounds=40)
            return self._judge(settled, time.monotonic() - began)
        finally:
            self.office.stop()

    def _issue(self) -> None:
        pay_orders(self.documents, facturas=round(self.documents * FACTURAS))
        while issue_pending():
            pass

    # --- One round of the workers

    def _round(self, number: int) -> None:
        """Every open document and file is tried once, in another order each time, as the sweep would."""
        # Some come too late: SUNAT's calendar runs ahead in the first round and a later one.
        late = number in (0, 2)
        receipts = list(Receipt.objects.order_by("pk").values_list("pk", flat=True))
        self.chance.shuffle(receipts)
        for receipt_id in receipts:
            self._file(receipt_id, late=late and self.chance.random() < LATE)
        self._wish()
        summaries.gather()
        for summary in Summary.objects.filter(state__in=OPEN_SUMMARY_STATES).order_by("pk"):
            self._file_summary(summary)

    def _file(self, receipt_id: int, *, late: bool) -> None:
        filed = Filing.objects.filter(pk=receipt_id).first()
        if filed and filed.state not in OPEN_STATES:
            return
        self.staff._resume()
        self._calendar(days=6 if late else 0)
        self.trouble.brew("sendBill")
        if filed and self._dies():
            self._die_filing(filed)
        else:
            Filing.objects.filter(pk=receipt_id, state__in=OPEN_STATES).update(next_try_at=timezone.now())
            tried = filing.sign_and_file(receipt_id)
            if tried:
                findings.look_up(tried)
        self._calendar(days=0)

    def _file_summary(self, summary: Summary) -> None:
        self.staff._resume()
        summary.refresh_from_db()
        self.trouble.brew("getStatus" if summary.ticket else "sendSummary")
        if self._dies():
            self._die_sending(summary)
        else:
            findings.ask_again_about_file(summary.pk)

    def _wish(self) -> None:
        """Some of what SUNAT accepted is voided, some credited."""
        accepted = Receipt.objects.filter(filing__state__in=VALID_STATES, corrects=None, replacement=None)
        for receipt in accepted.filter(filing__voiding=None, order__credits=None):
            luck = self.chance.random()
            if luck < VOIDED / 2:
                self._void(receipt)
            elif luck < (VOIDED + CREDITED) / 2:
                self._credit(receipt)

    def _void(self, receipt: Receipt) -> None:
        try:
            voiding.request(receipt, author=self.staff.clerk, reason="Emitido por error")
        except NotVoidable:
            return

    def _credit(self, receipt: Receipt) -> None:
        periods = [line.period for line in receipt.stated.lines]
        wish = {"reason": CreditReason.CANCELLED, "description": "Lo pidió por carta", "author": "clerk@example.com"}
        Credit.objects.create(order=receipt.order, periods=periods, **wish)

    # --- Deaths and days

    def _dies(self) -> bool:
        return self.chance.random() < KILLED

    def _die_filing(self, filed: Filing) -> None:
        """The worker sends, or is about to, and dies."""
        office = from_settings()
        assert office
        begun = filing._begin(filed.pk, office, actor="portal")
        if begun and self.chance.random() < 0.5:
            filing.ask(office, begun)
        self.killed += 1

    def _die_sending(self, summary: Summary) -> None:
        office = from_settings()
        Summary.objects.filter(pk=summary.pk).update(next_try_at=timezone.now())
        begun = summaries._begin(summary.pk)
        if office and begun and self.chance.random() < 0.5:
            summaries._ask(office, begun)
        # As if the pause for the dead were over.
        Summary.objects.filter(pk=summary.pk, next_try_at__isnull=False).update(next_try_at=timezone.now())
        self.killed += 1

    def _calendar(self, *, days: int) -> None:
        self.office.simulator.service.day = timezone.localdate() + timedelta(days=days) if days else None

    def _calm(self) -> None:
        service = self.office.simulator.service
        service.day, service.skew, service.ticket_seconds = None, timedelta(0), 0.0
        self.office.simulator.faults.clear()
        Filing.objects.filter(state__in=OPEN_STATES).update(next_try_at=timezone.now())
        Summary.objects.filter(state__in=OPEN_SUMMARY_STATES).update(next_try_at=timezone.now())

    # --- The verdict

    def _judge(self, settled: bool, seconds: float) -> int:
        states = Counter(Filing.objects.values_list("state", flat=True))
        troubles = sum(self.trouble.counts.values())
        heading(f"SUNAT in chaos, seed {self.seed}: {sum(states.values())} documents, {seconds:.0f} s")
        print(f"{troubles} troubles of {len(self.trouble.counts)} kinds, {self.killed} workers killed while asking")
        print(", ".join(f"{count} {state}" for state, count in sorted(states.items())))
        print(f"{Summary.objects.count()} files; what two persons did: {dict(self.staff.acts)}\n")
        found = {
            "documents whose state differs from SUNAT's books": differing(self.office.control),
            "documents and files without a way out": stuck(),
            "documents left unfinished": [str(filed) for filed in unfinished()] if not settled else [],
            "numbers spent without a constancy": spent_without_constancy(),
            "documents at SUNAT with other bytes than ours": self._other_bytes(),
            "payments with two documents that stand": _twice(),
            "payments without a document": _without(),
        }
        for name, cases in found.items():
            row(name, str(len(cases)), ratio=float(len(cases)), limit=0)
            for case in cases[:10]:
                print(f"    {case}")
                _tell(case)
        return 1 if any(found.values()) else 0

    def _other_bytes(self) -> list[str]:
        ours = {f"{filed.receipt.document}-{filed.receipt.name}": bytes(filed.xml) for filed in _with_bytes()}
        entries = self.office.simulator.books.entries()
        return [entry.name for entry in entries if entry.accepted and entry.xml and entry.xml != ours.get(entry.name)]


def _tell(case: str) -> None:
    """The story of the document that a case names first."""
    filed = Filing.objects.filter(receipt__name=case.partition(":")[0]).first()
    if filed is None:
        return
    for step in filed.steps.order_by("pk"):
        print(f"        {step.at:%H:%M:%S} {step.to_state} {step.code} {step.message[:70]}")
    name = f">{filed.receipt.name}<".encode()
    for file in Summary.objects.order_by("pk"):
        if name in bytes(file.xml):
            print(f"        {file.name} {file.state} {file.code} {file.message[:90]} lost {file.lost_at}")


def _with_bytes() -> list[Filing]:
    return list(Filing.objects.select_related("receipt"))


def _twice() -> list[str]:
    """Two boletas or facturas of one order that SUNAT accepts and nothing takes back."""
    standing = Receipt.objects.filter(filing__state__in=VALID_STATES, corrects=None, notes=None)
    twice = standing.values("order").annotate(count=Count("pk")).filter(count__gt=1)
    return [f"pedido {each['order']}" for each in twice]


def _without() -> list[str]:
    """Paid orders that no document accepted by SUNAT names, unless its voiding was wished."""
    documents = Receipt.objects.filter(corrects=None)
    told = documents.filter(filing__state__in=[*VALID_STATES, "voided"]).values("order")
    return [f"pedido {pk}" for pk in Order.objects.exclude(pk__in=told).values_list("pk", flat=True)]
