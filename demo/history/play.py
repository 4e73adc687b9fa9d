"""Plays the history: each day's payments, refunds, files, closes and SUNAT answers, through the portal's own functions.

The clock of this process is turned back to each moment; gateway and SUNAT are the demo's stand-ins with the demo's
books, so that what the portal remembers and what they remember agree. Letters count as sent when they were written.
"""

import contextlib
import random
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import time_machine
from django.db import connection
from django.db.models import F
from django.test.utils import override_settings
from django.utils import timezone

from base.files.tables import examine
from base.peru import lima
from demo.history.rows import DAYS, Paid, Split
from dues.imports import loading
from dues.models import DataLoad, Due
from members import actors
from members.models import Assignment, DocumentType, Member, User
from payments import gateway
from payments.books import daily_close, gateway_says, payouts
from payments.checkout import card_form, charge, start
from payments.checkout.offer import Choice
from payments.gateway import Payer
from payments.models import Attempt, Chargeback, Letter, LetterState, TaxDocument
from payments.refunds import chargebacks, proposals, refunds
from payments.states import AttemptState, ChargebackState
from receipts.issuing.issue import issue_pending
from receipts.models import Delivery, DeliveryState
from receipts.notes import issue_notes, owed
from receipts.tax_office import filing
from simulators.niubiz import server as niubiz
from simulators.sunat import server as sunat

CARDS = ("4551708161768059", "4474118355632240", "5160030000000317", "371064649323968", "30569309025904")
DECLINED = ("4041650444437904", "4041650444437904", "4024007126919058", "4916122919724598", "5115422225052734")
BROWSER = "190.12.40.7"
#: Of so many payments one begins with a declined card, and one is a factura.
DECLINES, FACTURAS = 8, 12
#: So many payments are given back three days later; of the first of them the bank takes the money back.
GIVEN_BACK = 6
#: SUNAT's code for a document that was altered on its way: staff replace it.
RETURNED = "2335"
#: So many payments before the last one.
REJECTED_BEFORE_LAST = 9
#: The invented business whose RUC stands on the facturas.
RUC, BUSINESS, ADDRESS = "20100017491", "Clínica de Muestra S.A.C.", "Av. Muestra 123, Lima"
#: What the gateway keeps of each charge, and the tax on it.
COMMISSION, IGV = Decimal("0.0325"), Decimal("0.18")
#: Days before today: of the refund that waits for its second person, and of the chargeback's notice.
PROPOSED, NOTIFIED = 2, 6


@dataclass(frozen=True)
class People:
    teresa: User
    ursula: User


@dataclass
class Player:
    """Plays one payment after the other against the running stand-ins."""

    people: People
    simulator: niubiz.RunningSimulator
    office: sunat.RunningSunat
    # The gateway's.
    books: Path
    dice: random.Random = field(default_factory=lambda: random.Random(1964))  # noqa: S311
    refunds: list[tuple[date, int]] = field(default_factory=list)

    def pay(self, paid: Paid, number: int, *, declined: bool) -> None:
        """One visit to the portal: perhaps a declined card, then one that pays."""
        with _at(paid.at):
            user, member = _payer(paid.cmp_number)
            dues = _dues(member, paid)
            if not dues:
                return
            order = start.start_order(user=user, member=member, choice=self._choice(user, member, dues, number))
            cards = [self.dice.choice(DECLINED)] * declined + [self.dice.choice(CARDS)]
            for card in cards:
                attempt, session = card_form.open_form(
                    order, user=user, payer=_payer_facts(user, member), gateway=gateway.from_settings()
                )
                token = self.simulator.control.token(card, session.key, email=user.email)
                attempt = charge.authorise(attempt.pk, transaction_token=token, gateway=gateway.from_settings())
            if paid.last and len(self.refunds) < GIVEN_BACK:
                self.refunds.append((paid.at.date() + timedelta(days=3), attempt.pk))

    def _choice(self, user: User, member: Member, dues: list[Due], number: int) -> Choice:
        boleta = Choice(
            kind=dues[0].kind,
            document=TaxDocument.BOLETA,
            dues=dues,
            email=user.email,
            buyer_document_type=member.document_type,
            buyer_document_number=member.document_number,
            buyer_name=member.full_name,
        )
        factura = replace(
            boleta,
            document=TaxDocument.FACTURA,
            buyer_document_type=DocumentType.RUC,
            buyer_document_number=RUC,
            buyer_name=BUSINESS,
            buyer_address=ADDRESS,
        )
        return boleta if number % FACTURAS else factura

    def end_day(self, day: date) -> None:
        """The evening: refunds that are due, receipts and their filing, letters; the day before is closed."""
        with _at(lima.noon(day) + timedelta(hours=7)):
            for place, (due_on, attempt) in enumerate(self.refunds):
                if due_on == day:
                    self._give_back(attempt) if place else self._lose(attempt)
            _issue_and_file()
            _count_letters_as_sent()
            if daily_close.next_day() == day - timedelta(days=1):
                daily_close.close(day - timedelta(days=1), author=self.people.teresa)

    def _give_back(self, attempt_id: int) -> None:
        teresa, ursula = self.people.teresa, self.people.ursula
        proposal = proposals.propose(attempt_id, author=teresa, reason="El colegiado pagó también en el banco")
        refund = proposals.approve(proposal.pk, by=ursula).refund
        if refund:
            refunds.send(refund.pk)
            owed.after_refund(refund.pk)
            issue_notes.issue_waiting()

    def _lose(self, attempt_id: int) -> None:
        teresa, ursula = self.people.teresa, self.people.ursula
        case = dispute(attempt_id, "CB-2017", timezone.localdate(), teresa)
        chargebacks.propose_end(case.pk, end=ChargebackState.LOST, by=teresa, reason="El banco dio la razón al titular")
        lost = chargebacks.confirm_end(case.pk, by=ursula)
        if lost.refund:
            owed.after_refund(lost.refund.pk)
            issue_notes.issue_waiting()


def play(split: Split, *, books: Path, filed: Path) -> int:
    """Play the history up to today and return how many payments were approved.

    The stand-ins keep their books in the two files. Nothing is played twice: a database with attempts is left alone.
    """
    if Attempt.objects.exists():
        return 0
    with connection.cursor() as cursor:
        # Two thousand commits that nobody waits for.
        cursor.execute("SET synchronous_commit = off")
    people = People(User.objects.get(email="teresa@example.com"), User.objects.get(email="ursula@example.com"))
    with _stand_ins(books, filed) as (simulator, office):
        player = Player(people, simulator, office, books)
        _play_days(player, split)
        _leave_open_cases(player)
    _forget_jobs()
    return Attempt.objects.filter(settles_order=True).count()


def _play_days(player: Player, split: Split) -> None:
    today = timezone.localdate()
    number, visits = 0, list(split.cards)
    for back in range(DAYS, -1, -1):
        day = today - timedelta(days=back)
        while visits and visits[0].at.date() <= day:
            number += 1
            is_last = len(visits) == 1
            if is_last:
                player.simulator.control.fault("authorise", "cut_after_charge")
            player.pay(visits.pop(0), number, declined=number % DECLINES == 0 and not is_last)
            if len(visits) == REJECTED_BEFORE_LAST:
                player.office.control.fault("sendBill", "code", code=RETURNED)
        if text := split.weeks.get(day):
            load_bank_file(text, day)
        if back:
            player.end_day(day)
        if day.weekday() == 0 and back:
            _load_payout_report(player.people.teresa, day)
    _issue_and_file()
    _count_letters_as_sent()
    _confuse_the_doubtful(player)


def _confuse_the_doubtful(player: Player) -> None:
    """The answer to the last charge was lost, and the gateway says another sum: it waits for two people."""
    doubtful = Attempt.objects.get(state=AttemptState.IN_DOUBT)
    with contextlib.closing(sqlite3.connect(player.books)) as books, books:
        books.execute(
            "UPDATE authorisation SET amount = ? WHERE purchase_number = ?",
            (str(doubtful.amount + 10), doubtful.number),
        )
    gateway_says.ask(doubtful.pk, actor=actors.CLOCK)


def load_bank_file(text: str, day: date) -> None:
    """The bank's file of the week, as the treasury loads it."""
    with _at(min(lima.noon(day), timezone.now())), tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"banco_{day:%Y%m%d}.csv")
        path.write_text(text, encoding="utf-8")
        loading.load(loading.Request(content=DataLoad.Content.PAYMENTS, path=path, despite_warnings=True))


# --- What waits for a decision today


def _leave_open_cases(player: Player) -> None:
    """A chargeback to answer, a refund to approve, a receipt that SUNAT rejected and a charge in doubt."""
    teresa, today = player.people.teresa, timezone.localdate()
    recent = Attempt.objects.filter(settles_order=True, state=AttemptState.APPROVED, given_back=0).order_by("-pk")
    disputed, proposed = recent[5], recent[1]
    with _at(lima.noon(today - timedelta(days=NOTIFIED))):
        dispute(disputed.pk, "CB-2041", today - timedelta(days=NOTIFIED), teresa)
    with _at(lima.noon(today - timedelta(days=PROPOSED))):
        proposals.propose(proposed.pk, author=teresa, reason="Pagó también por planilla")
    _count_letters_as_sent()


def dispute(attempt_id: int, reference: str, notified_on: date, author: User) -> Chargeback:
    """The gateway's notice that the cardholder disputes the whole charge."""
    attempt = Attempt.objects.get(pk=attempt_id)
    reason = "El titular no reconoce la operación"
    return chargebacks.record(
        attempt_id, reference=reference, amount=attempt.amount, notified_on=notified_on, reason=reason, author=author
    )


# --- Pieces


@contextlib.contextmanager
def _stand_ins(books: Path, filed: Path) -> Iterator[tuple[niubiz.RunningSimulator, sunat.RunningSunat]]:
    simulator, office = niubiz.serve_in_thread(books=books), sunat.serve_in_thread(books=filed)
    addresses = {"NIUBIZ_SIMULATOR_URL": simulator.url, "SUNAT_SIMULATOR_URL": office.url}
    try:
        with override_settings(**addresses):
            yield simulator, office
    finally:
        simulator.stop()
        office.stop()


@contextlib.contextmanager
def _at(moment: datetime) -> Iterator[None]:
    with time_machine.travel(moment, tick=True):
        yield


def _load_payout_report(teresa: User, day: date) -> None:
    """The gateway's report of the seven days before, with its commission; the oldest are signed."""
    last = day - timedelta(days=1)
    charged = Attempt.objects.filter(
        decided_at__gte=lima.midnight(day - timedelta(days=7)),
        decided_at__lt=lima.midnight(day),
        state__in=[AttemptState.APPROVED, AttemptState.REFUNDED],
    )
    lines = ["numero_pedido;operacion;fecha;autorizacion;monto;comision;IGV"]
    for attempt in charged.order_by("decided_at"):
        commission = round(attempt.amount * COMMISSION, 2)
        at = lima.wall_clock(attempt.decided_at) if attempt.decided_at else ""
        facts = (attempt.number, "venta", f"{at:%d/%m/%Y %H:%M:%S}", attempt.authorization_code, attempt.amount)
        lines.append(";".join(map(str, (*facts, commission, round(commission * IGV, 2)))))
    if len(lines) == 1:
        return
    with _at(lima.noon(day)), tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"liquidacion_{last:%Y%m%d}.csv")
        path.write_text("\n".join(lines), encoding="utf-8")
        report = payouts.load(examine(path, name=path.name), author=teresa)
        payouts.confirm(report.pk)
        if not payouts.differences(report).exists() and day < timezone.localdate() - timedelta(days=14):
            payouts.sign(report.pk, by=teresa)


def _payer(cmp_number: int) -> tuple[User, Member]:
    """The account of that physician, opened on the day of her first payment."""
    member = Member.objects.get(cmp_number=cmp_number)
    current = Assignment.objects.current().filter(member=member).select_related("user").first()
    if current:
        return current.user, member
    user = User.objects.create_user(f"cmp{cmp_number}@correo.example.com", name=member.full_name)
    Assignment.objects.create(user=user, member=member, reason="Código enviado al correo del padrón")
    return user, member


def _dues(member: Member, paid: Paid) -> list[Due]:
    periods = [date(int(month[3:]), int(month[:2]), 1) for month in paid.months]
    return list(member.dues.filter(kind=paid.kind, period__in=periods).order_by("period"))


def _payer_facts(user: User, member: Member) -> Payer:
    return Payer(
        email=user.email,
        client_ip=BROWSER,
        document_type="DNI",
        document_number=member.document_number,
        customer_id=str(user.pk),
        days_registered=30,
    )


def _issue_and_file() -> None:
    while issue_pending():
        pass
    for receipt_id in filing.unsigned():
        filing.sign_and_file(receipt_id)


def _count_letters_as_sent() -> None:
    Letter.objects.filter(state=LetterState.QUEUED).update(state=LetterState.SENT, sent_at=F("written_at"))
    Delivery.objects.filter(state=DeliveryState.QUEUED).update(state=DeliveryState.SENT, sent_at=F("queued_at"))


def _forget_jobs() -> None:
    """What the jobs would do is done: the worker must not do it again."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_events")
        cursor.execute("DELETE FROM procrastinate_jobs")
