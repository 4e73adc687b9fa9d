"""The tables that the page of a colegiado reads (staff/desk/facts.py), each with its permission and its words."""

from typing import Any

from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Concat

from dues.models import Act, ActProposal, Channel, Exemption, Surplus
from members.models import AssignmentReport, Claim, ClaimState, Succession
from payments.models import Event, Letter, LetterState, OfflinePayment, Transfer
from receipts.models import Attestation, Delivery, DeliveryState, Paper, Receipt, StandingCertificate
from receipts.tax_office.states import FilingState
from staff.desk.facts import Branch, MidnightInLima, Person, shape


def _labels(choices: Any) -> dict[str, str]:
    return {str(value): str(label) for value, label in choices.choices}


def _either(condition: Q, then: str, other: str) -> Case:
    return Case(When(condition, then=Value(then)), default=Value(other))


def _decided(then: str) -> Case:
    return Case(
        When(decided_at=None, then=Value("por decidir")), When(~Q(rejection=""), then=Value("rechazado")),
        default=Value(then),
    )  # fmt: skip


def _receipts(person: Person) -> "QuerySet[Any]":
    rows = Receipt.objects.filter(order__member=person.member)
    title = Concat(F("document"), Value(""))
    return shape(
        rows, at="issued_at", title=title, detail=F("name"), state=Coalesce(F("filing__state"), Value("sin enviar")),
        amount=F("total"), key="order_id",
    )  # fmt: skip


def _deliveries(person: Person) -> "QuerySet[Any]":
    rows = Delivery.objects.filter(receipt__order__member=person.member)
    title = Concat(Value("Comprobante "), F("receipt__name"))
    return shape(
        rows, at="queued_at", title=title, detail=_address(F("email")), state=F("state"), key="receipt__order_id"
    )


def _address(email: F) -> Concat:
    return Concat(email, Case(When(last_error="", then=Value("")), default=Concat(Value(": "), F("last_error"))))


def _letters(person: Person) -> "QuerySet[Any]":
    rows = Letter.objects.filter(to__in=person.addresses)
    return shape(rows, at="written_at", title=F("subject"), detail=_address(F("to")), state=F("state"))


def _payment_letters(person: Person) -> "QuerySet[Any]":
    """Those about the member's payments that went elsewhere: to the treasury, or to an address of before."""
    rows = Letter.objects.filter(attempt__order__member=person.member).exclude(to__in=person.addresses)
    return shape(
        rows, at="written_at", title=F("subject"), detail=_address(F("to")), state=F("state"), key="attempt__order_id"
    )


def _exemptions(person: Person) -> "QuerySet[Any]":
    rows = Exemption.objects.filter(member=person.member)
    detail = Concat(F("reason"), Value(". "), F("document"))
    state = _either(Q(revoked_at=None), "vigente", "revocado")
    return shape(rows, at=MidnightInLima("granted_date"), title=F("act"), detail=detail, state=state)


def _act_proposals(person: Person) -> "QuerySet[Any]":
    rows = ActProposal.objects.filter(member=person.member, exemption=None)
    return shape(
        rows, at="proposed_at", title=F("act"), detail=F("reason"), state=_decided("registrado"), amount=F("worth")
    )


def _surpluses(person: Person) -> "QuerySet[Any]":
    rows = Surplus.objects.filter(member=person.member)
    state = _either(Q(resolved_at=None), "por devolver", "resuelto")
    return shape(rows, at="recorded_at", title=F("channel"), detail=F("reason"), state=state, amount=F("amount"))


def _by_hand(person: Person) -> "QuerySet[Any]":
    rows = OfflinePayment.objects.filter(member=person.member)
    state = Case(When(reversed_at__isnull=False, then=Value("revertido")), default=_decided("registrado"))
    return shape(rows, at="recorded_at", title=F("channel"), detail=F("reference"), state=state, amount=F("amount"))


def _transfers(person: Person) -> "QuerySet[Any]":
    rows = Transfer.objects.filter(Q(member=person.member) | Q(order__member=person.member))
    title = _either(Q(member=person.member), "recibe", "entrega")
    return shape(
        rows, at="proposed_at", title=title, detail=F("reason"), state=_decided("registrado"),
        amount=F("order__total"), key="order_id",
    )  # fmt: skip


def _claims(person: Person) -> "QuerySet[Any]":
    rows = Claim.objects.filter(Q(cmp_number=person.cmp_number) | Q(user__in=person.accounts))
    return shape(rows, at="made_at", title=F("user__email"), detail=F("answer"), state=F("state"))


def _reports(person: Person) -> "QuerySet[Any]":
    rows = AssignmentReport.objects.filter(member=person.member)
    state = _either(Q(closed_at=None), "abierto", "cerrado")
    return shape(rows, at="opened_at", title=F("user__email"), detail=F("note"), state=state)


def _successions(person: Person) -> "QuerySet[Any]":
    rows = Succession.objects.filter(member=person.member)
    state = _either(Q(ended_at=None), "vigente", "terminada")
    return shape(rows, at="recorded_at", title=F("name"), detail=F("reason"), state=state, key="user_id")


def _attestations(person: Person) -> "QuerySet[Any]":
    rows = Attestation.objects.filter(member=person.member)
    return shape(rows, at="issued_at", title="Constancia de pagos", detail=F("author__email"), amount=F("total"))


def _certificates(person: Person) -> "QuerySet[Any]":
    rows = StandingCertificate.objects.filter(member=person.member)
    state = _either(Q(revoked_at=None), "emitida", "anulada")
    return shape(rows, at="issued_at", title="Constancia de habilidad", detail=F("revocation_reason"), state=state)


def _events(person: Person) -> "QuerySet[Any]":
    rows = Event.objects.filter(order__member=person.member)
    return shape(rows, at="at", title=F("cause"), detail=F("actor"), key="order_id")


TRANSFER_SIDES = {"recibe": "Pago recibido de otro colegiado", "entrega": "Pago que pasa a otro colegiado"}
BRANCHES: dict[str, Branch] = {
    "receipts": Branch(
        "receipts.view_receipt", "Comprobante", _receipts, _labels(Paper), _labels(FilingState), "staff_payment"
    ),
    "deliveries": Branch(
        "receipts.view_delivery", "Correo", _deliveries, states=_labels(DeliveryState), page="staff_payment"
    ),
    "letters": Branch("payments.view_letter", "Correo", _letters, states=_labels(LetterState)),
    "payment_letters": Branch(
        "payments.view_letter", "Correo", _payment_letters, states=_labels(LetterState), page="staff_payment"
    ),
    "exemptions": Branch(
        "dues.view_exemption", "Acto", _exemptions, _labels(Act), page="admin:dues_exemption_change"
    ),
    "act_proposals": Branch(
        "dues.view_actproposal", "Acto propuesto", _act_proposals, _labels(Act), page="admin:dues_actproposal_change"
    ),
    "surpluses": Branch(
        "dues.view_surplus", "Saldo a favor", _surpluses, _labels(Channel), page="admin:dues_surplus_change"
    ),
    "by_hand": Branch("payments.view_offlinepayment", "Pago registrado a mano", _by_hand, _labels(Channel)),
    "transfers": Branch(
        "payments.view_transfer", "Traslado a otro colegiado", _transfers, TRANSFER_SIDES, page="staff_payment"
    ),
    "claims": Branch(
        "members.view_claim", "Solicitud de registro", _claims, states=_labels(ClaimState),
        page="admin:members_claim_change",
    ),
    "reports": Branch(
        "members.view_assignmentreport", "Aviso de CMP equivocado", _reports,
        page="admin:members_assignmentreport_change",
    ),
    "successions": Branch("members.view_succession", "Sucesión de SEMEFA", _successions, page="webmaster_account"),
    "attestations": Branch(
        "receipts.view_attestation", "Constancia", _attestations, page="admin:receipts_attestation_change"
    ),
    "certificates": Branch(
        "receipts.view_standingcertificate", "Constancia", _certificates,
        page="admin:receipts_standingcertificate_change",
    ),
    "events": Branch("payments.view_order", "Pago", _events, page="staff_payment"),
}  # fmt: skip
