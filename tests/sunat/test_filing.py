"""Filing over a real socket: every family of answers, lost and late ones, and constancies that prove nothing."""

import io
import zipfile
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from lxml import etree

from base.safe_xml import UnsafeXml, parse
from receipts.tax_office.certificate import Certificate, make_pkcs12
from receipts.tax_office.signature import sign
from receipts.tax_office.sunat import Family, Sunat, environment, family_of
from receipts.tax_office.sunat.archive import BadArchive, pack, unpack
from receipts.tax_office.sunat.constancy import BadConstancy, Constancy
from receipts.tax_office.sunat.envelope import fault_code, read_reply
from receipts.tax_office.sunat.register import Register, Standing
from receipts.tax_office.ubl.documents import document_xml
from receipts.tax_office.ubl.summaries import SummaryLine, VoidedLine, summary_xml, voiding_xml
from simulators.sunat.constancies import constancy
from simulators.sunat.rules import Received, findings
from simulators.sunat.server import RunningSunat
from tests.receipts.papers import (
    BOLETA,
    CLINIC,
    DAY,
    FACTURA,
    ISSUER,
    SHAPES,
    a_credit_note,
    a_document,
    a_line,
)


@pytest.fixture
def boleta(certificate: Certificate) -> bytes:
    return sign(document_xml(a_document()), certificate)


# --- What is right is accepted


@pytest.mark.parametrize("shape", [name for name in SHAPES if not name.startswith("note")])
def test_every_shape_is_accepted(shape: str, sunat: Sunat, certificate: Certificate) -> None:
    document = SHAPES[shape]

    answer = sunat.send_bill(type=document.type, name=document.name, content=sign(document_xml(document), certificate))

    assert (answer.family, answer.code, answer.notes) == (Family.ACCEPTED, "0", ())
    assert Constancy.read(answer.cdr, ruc=ISSUER.ruc, document=document.name).document == document.name


@pytest.mark.parametrize("type_", [BOLETA, FACTURA])
@pytest.mark.parametrize("reason", ["01", "06", "07"])
def test_a_credit_note_is_accepted_after_its_document_and_not_before(
    type_: str, reason: str, sunat: Sunat, certificate: Certificate
) -> None:
    original = a_document(type_, a_line(1), a_line(2))
    lines = original.statement.lines[:1] if reason == "07" else ()
    note = a_credit_note(original, reason, *lines)

    early = sunat.send_bill(type=note.type, name=note.name, content=sign(document_xml(note), certificate))
    assert (early.family, early.code) == (Family.REJECTED, "2119")

    sunat.send_bill(type=original.type, name=original.name, content=sign(document_xml(original), certificate))
    again = replace(note, name=f"{note.name[0]}C01-4")
    late = sunat.send_bill(type=again.type, name=again.name, content=sign(document_xml(again), certificate))
    assert late.family == Family.ACCEPTED


def test_a_credit_note_of_more_than_its_document_is_rejected(sunat: Sunat, certificate: Certificate) -> None:
    original = a_document(BOLETA, a_line(amount="30.00"))
    sunat.send_bill(type=BOLETA, name=original.name, content=sign(document_xml(original), certificate))
    note = a_credit_note(original, "07", a_line(amount="90.00"))

    answer = sunat.send_bill(type=note.type, name=note.name, content=sign(document_xml(note), certificate))
    assert (answer.family, answer.code) == (Family.REJECTED, "3286")


def test_a_summary_is_filed_by_ticket(office: RunningSunat, sunat: Sunat, certificate: Certificate) -> None:
    boleta = a_document()
    line = SummaryLine(
        type=BOLETA,
        name=boleta.name,
        buyer_type="1",
        buyer_number="41234567",
        totals=boleta.statement.totals,
        currency="PEN",
    )
    root = summary_xml("RC-20261123-1", issuer=ISSUER, issued_on=DAY, made_on=DAY, lines=[line])

    sent = sunat.send_summary(name="RC-20261123-1", content=sign(root, certificate))
    assert (sent.family, sent.cdr) == (Family.WAITING, b"")
    told = sunat.get_status(sent.ticket, name="RC-20261123-1")
    assert (told.family, told.ticket) == (Family.ACCEPTED, sent.ticket)
    assert office.control.documents()["03-B001-7"]["code"] == "0"


def test_a_summary_still_being_worked_on_is_waited_for(
    office: RunningSunat, sunat: Sunat, certificate: Certificate
) -> None:
    office.simulator.service.ticket_seconds = 60
    line = VoidedLine(type=FACTURA, name="F001-7", reason="Error en la emisión")
    root = voiding_xml("RA-20261123-1", issuer=ISSUER, issued_on=DAY, made_on=DAY, lines=[line])

    sent = sunat.send_summary(name="RA-20261123-1", content=sign(root, certificate))
    told = sunat.get_status(sent.ticket, name="RA-20261123-1")
    assert (told.family, told.code) == (Family.WAITING, "98")


def test_a_voiding_marks_its_factura(office: RunningSunat, sunat: Sunat, certificate: Certificate) -> None:
    factura = a_document(FACTURA)
    sunat.send_bill(type=FACTURA, name=factura.name, content=sign(document_xml(factura), certificate))
    line = VoidedLine(type=FACTURA, name=factura.name, reason="Error en la emisión")
    root = voiding_xml("RA-20261123-2", issuer=ISSUER, issued_on=DAY, made_on=DAY, lines=[line])

    sent = sunat.send_summary(name="RA-20261123-2", content=sign(root, certificate))
    assert sunat.get_status(sent.ticket, name="RA-20261123-2").family == Family.ACCEPTED
    assert office.control.documents()["01-F001-7"]["voided"] is True


# --- What is wrong is refused by its code


@pytest.mark.parametrize(
    ("changes", "family", "code"),
    [
        ([(b"B001-7", b"B001-8")], Family.RETURNED, "1036"),
        ([(b'listID="0101"', b"")], Family.RETURNED, "3205"),
        ([(b">0000</cbc:AddressTypeCode>", b"></cbc:AddressTypeCode>")], Family.RETURNED, "3030"),
        ([(b">41234567<", b"><")], Family.REJECTED, "2014"),
        ([(b"<cbc:Percent>0.00</cbc:Percent>", b"")], Family.RETURNED, "2992"),
        ([(b">9998<", b">9997<")], Family.RETURNED, "2371"),
        ([(b">2.1<", b">2.0<")], Family.REJECTED, "2074"),
        ([(b">PEN</cbc:DocumentCurrencyCode>", b">XXX</cbc:DocumentCurrencyCode>")], Family.REJECTED, "2070"),
    ],
)
def test_a_broken_boleta_is_refused(
    changes: list[tuple[bytes, bytes]],
    family: Family,
    code: str,
    sunat: Sunat,
    office: RunningSunat,
    boleta: bytes,
) -> None:
    for old, new in changes:
        assert old in boleta
        boleta = boleta.replace(old, new)

    received = Received(ruc=ISSUER.ruc, type=BOLETA, name="B001-7", content=boleta, root=parse(boleta), today=DAY)
    assert code in findings(received)
    assert "2335" in findings(received)
    answer = sunat.send_bill(type=BOLETA, name="B001-7", content=boleta)
    assert answer.family == family


def test_a_wrong_sum_is_refused_although_it_is_signed(sunat: Sunat, certificate: Certificate) -> None:
    root = document_xml(a_document(FACTURA))
    payable = root.find(".//{*}PayableAmount")
    assert payable is not None
    payable.text = "32.00"

    answer = sunat.send_bill(type=FACTURA, name="F001-7", content=sign(root, certificate))
    assert (answer.family, answer.code) == (Family.REJECTED, "3280")


def test_a_factura_to_a_dni_and_one_to_a_mistyped_ruc_are_refused(sunat: Sunat, certificate: Certificate) -> None:
    person = a_document(FACTURA, buyer=replace(CLINIC, document_type="1", document_number="41234567"))
    mistyped = a_document(FACTURA, buyer=replace(CLINIC, document_number="20100066604"), name="F001-8")

    for document, code in ((person, "2800"), (mistyped, "2017")):
        answer = sunat.send_bill(type=FACTURA, name=document.name, content=sign(document_xml(document), certificate))
        assert (answer.family, answer.code) == (Family.REJECTED, code)


def test_a_late_factura_is_rejected_and_a_late_boleta_returned_for_a_summary(
    sunat: Sunat, certificate: Certificate
) -> None:
    factura = a_document(FACTURA, issue_date=DAY - timedelta(days=4))
    boleta = a_document(BOLETA, issue_date=DAY - timedelta(days=6))
    future = a_document(BOLETA, issue_date=date(2026, 12, 24), name="B001-9")

    answers = [
        sunat.send_bill(type=paper.type, name=paper.name, content=sign(document_xml(paper), certificate))
        for paper in (factura, boleta, future)
    ]
    assert [(answer.family, answer.code) for answer in answers] == [
        (Family.REJECTED, "2108"),
        (Family.RETURNED, "1079"),
        (Family.REJECTED, "2329"),
    ]


def test_the_wrong_password_locks(sunat: Sunat, boleta: bytes) -> None:
    stranger = replace(sunat, sender=replace(sunat.sender, password="otra"))

    answer = stranger.send_bill(type=BOLETA, name="B001-7", content=boleta)
    assert (answer.family, answer.code) == (Family.LOCKED, "0102")


# --- Every family of codes, and the network


@pytest.mark.parametrize(
    ("code", "family"),
    [
        ("0", Family.ACCEPTED),
        ("0100", Family.UNAVAILABLE),
        ("0130", Family.UNAVAILABLE),
        ("0999", Family.UNAVAILABLE),
        ("0102", Family.LOCKED),
        ("401", Family.LOCKED),
        ("1000", Family.RETURNED),
        ("1033", Family.REGISTERED),
        ("1079", Family.RETURNED),
        ("2000", Family.REJECTED),
        ("3999", Family.REJECTED),
        ("4000", Family.ACCEPTED),
        ("", Family.UNAVAILABLE),
        ("98", Family.UNAVAILABLE),
        ("nada", Family.UNAVAILABLE),
    ],
)
def test_a_code_belongs_to_one_family(code: str, family: Family) -> None:
    assert family_of(code) == family


@pytest.mark.parametrize(
    ("code", "family"),
    [
        ("0130", Family.UNAVAILABLE),
        ("1032", Family.REGISTERED),
        ("1033", Family.REGISTERED),
        ("2335", Family.REJECTED),
        ("401", Family.LOCKED),
    ],
)
def test_each_family_arrives_over_the_wire(
    code: str, family: Family, office: RunningSunat, sunat: Sunat, boleta: bytes
) -> None:
    office.control.fault("sendBill", "code", code=code)

    answer = sunat.send_bill(type=BOLETA, name="B001-7", content=boleta)
    assert (answer.family, answer.code) == (family, code)
    assert bool(answer.cdr) == (family == Family.REJECTED)


def test_an_observation_is_an_acceptance_that_says_so(office: RunningSunat, sunat: Sunat, boleta: bytes) -> None:
    office.control.fault("sendBill", "code", code="4093")

    answer = sunat.send_bill(type=BOLETA, name="B001-7", content=boleta)
    assert (answer.family, answer.code, answer.observed) == (Family.ACCEPTED, "0", True)
    assert answer.notes[0].startswith("4093 - ")


@pytest.fixture
def factura(certificate: Certificate) -> bytes:
    return sign(document_xml(a_document(FACTURA)), certificate)


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "cut_mid_answer", "http_500", "garbage", "forged"])
def test_a_lost_or_unreadable_answer_is_tried_again_and_found_in_the_end(
    kind: str, office: RunningSunat, sunat: Sunat, factura: bytes
) -> None:
    office.control.fault("sendBill", kind)  # type: ignore[arg-type]
    lost = sunat.send_bill(type=FACTURA, name="F001-7", content=factura)
    assert (lost.family, lost.cdr, lost.may_have_arrived) == (Family.UNAVAILABLE, b"", True)

    again = sunat.send_bill(type=FACTURA, name="F001-7", content=factura)
    if kind in ("cut_before", "http_500"):
        assert again.family == Family.ACCEPTED
    else:
        assert (again.family, again.code) == (Family.REGISTERED, "1033")
        assert sunat.get_constancy(type=FACTURA, name="F001-7").family == Family.ACCEPTED


def test_sunat_gives_no_constancy_of_a_boleta_again(sunat: Sunat, boleta: bytes) -> None:
    sunat.send_bill(type=BOLETA, name="B001-7", content=boleta)

    assert sunat.get_constancy(type=BOLETA, name="B001-7").family == Family.UNKNOWN


@pytest.mark.parametrize(
    ("faultcode", "faultstring", "message", "code"),
    [
        ("soap-env:Client.2335", "El documento ha sido alterado", "", "2335"),
        ("soap-env:Server.200", "Error interno", "", "0200"),
        ("Client.0111", "No tiene el perfil", "", "0111"),
        ("env:Client", "1033", "El comprobante fue registrado", "1033"),
        ("soap:Server", "2800 - El dato ingresado", "", "2800"),
        ("soap:Server", "Error", "1033: registrado previamente", "1033"),
        ("soap:Server", "connect timed out after 30000 ms", "", ""),
        ("soap:Server", "timeout of 5000 ms exceeded at 10.0.0.1", "", ""),
        ("soap:Client", "El RUC 20131312955 no existe", "", ""),
        ("soap:Client", "20131312955 no es emisor electronico", "", ""),
        ("soap:Server", "El comprobante 03-B001-1033 fue registrado", "", ""),
    ],
)
def test_a_code_is_what_stands_where_codes_stand(faultcode: str, faultstring: str, message: str, code: str) -> None:
    assert fault_code({"faultcode": faultcode, "faultstring": faultstring, "message": message}) == code


@pytest.mark.parametrize("code", ["2335", "3103", "3244", "2017"])
def test_a_fault_spends_no_number(code: str, office: RunningSunat, sunat: Sunat, boleta: bytes) -> None:
    office.control.fault("sendBill", "fault", code=code)

    answer = sunat.send_bill(type=BOLETA, name="B001-7", content=boleta)
    assert (answer.family, answer.code, answer.cdr) == (Family.RETURNED, code, b"")
    assert sunat.send_bill(type=BOLETA, name="B001-7", content=boleta).family == Family.ACCEPTED


@pytest.mark.parametrize("status", ["98", "0098"])
def test_a_ticket_in_process_is_written_with_two_digits_or_four(
    status: str, office: RunningSunat, sunat: Sunat
) -> None:
    office.control.fault("getStatus", "status", code=status)
    assert sunat.get_status("1", name="RC-20261123-1").family == Family.WAITING


@pytest.mark.parametrize(("status", "text"), [("0127", "El ticket no existe"), ("0004", ""), ("0", ""), ("99", "")])
def test_a_ticket_without_a_constancy_is_no_outcome(status: str, text: str, office: RunningSunat, sunat: Sunat) -> None:
    office.control.fault("getStatus", "status", code=status, text=text)

    told = sunat.get_status("1", name="RC-20261123-1")
    assert (told.family, told.code, told.ticket) == (Family.UNAVAILABLE, status, "1")
    assert told.message == (text or "SUNAT sent no constancy")


# --- A file, and its lines


def a_summary(name: str = "RC-20261123-1", **changes: object) -> SummaryLine:
    boleta = a_document()
    fields: dict[str, object] = {
        "type": BOLETA,
        "name": boleta.name,
        "buyer_type": "1",
        "buyer_number": "41234567",
        "totals": boleta.statement.totals,
        "currency": "PEN",
    }
    return SummaryLine(**(fields | changes))  # type: ignore[arg-type]


def summary_of(*lines: SummaryLine, name: str = "RC-20261123-1", made_on: date = DAY) -> etree._Element:
    return summary_xml(name, issuer=ISSUER, issued_on=DAY, made_on=made_on, lines=lines)


@pytest.mark.parametrize(("seconds", "code"), [(60.0, "0402"), (0.0, "2223")])
def test_a_summary_sent_twice_is_told_so(
    seconds: float, code: str, office: RunningSunat, sunat: Sunat, certificate: Certificate
) -> None:
    office.simulator.service.ticket_seconds = seconds
    content = sign(summary_of(a_summary()), certificate)
    sunat.send_summary(name="RC-20261123-1", content=content)

    again = sunat.send_summary(name="RC-20261123-1", content=content)
    assert (again.family, again.code, again.ticket) == (Family.REGISTERED, code, "")


def test_one_line_that_sunat_knows_rejects_the_summary_and_is_named(
    sunat: Sunat, boleta: bytes, certificate: Certificate
) -> None:
    sunat.send_bill(type=BOLETA, name="B001-7", content=boleta)
    content = sign(summary_of(a_summary(), a_summary(name="B001-8")), certificate)

    sent = sunat.send_summary(name="RC-20261123-1", content=content)
    told = sunat.get_status(sent.ticket, name="RC-20261123-1")
    assert (told.family, told.code) == (Family.REJECTED, "2282")
    assert "B001-7" in told.message
    assert "B001-8" not in told.message


def test_a_file_from_tomorrow_is_refused(office: RunningSunat, sunat: Sunat, certificate: Certificate) -> None:
    office.simulator.service.day = DAY - timedelta(days=1)
    content = sign(summary_of(a_summary()), certificate)
    assert sunat.send_summary(name="RC-20261123-1", content=content).code == "2236"

    line = VoidedLine(type=FACTURA, name="F001-7", reason="Error en la emisión")
    root = voiding_xml("RA-20261123-1", issuer=ISSUER, issued_on=DAY, made_on=DAY, lines=[line])
    assert sunat.send_summary(name="RA-20261123-1", content=sign(root, certificate)).code == "2301"


def test_a_voided_document_is_voided_and_informed_once(sunat: Sunat, certificate: Certificate, factura: bytes) -> None:
    sunat.send_bill(type=FACTURA, name="F001-7", content=factura)
    line = VoidedLine(type=FACTURA, name="F001-7", reason="Error en la emisión")
    codes = []
    for number in (1, 2):
        name = f"RA-20261123-{number}"
        root = voiding_xml(name, issuer=ISSUER, issued_on=DAY, made_on=DAY, lines=[line])
        sent = sunat.send_summary(name=name, content=sign(root, certificate))
        codes.append(sunat.get_status(sent.ticket, name=name).code)

    assert codes == ["0", "2323"]
    assert sunat.send_bill(type=FACTURA, name="F001-7", content=factura).code == "1032"


# --- Certificates


@pytest.mark.parametrize(
    ("ruc", "begins", "ends", "code"),
    [
        (ISSUER.ruc, -400, -30, "2327"),
        (ISSUER.ruc, 30, 400, "2327"),
        ("20100066603", -1, 400, "2325"),
    ],
)
def test_sunat_takes_nothing_signed_by_an_unfit_certificate(
    ruc: str, begins: int, ends: int, code: str, sunat: Sunat, now: datetime
) -> None:
    life = {"begins": now + timedelta(days=begins), "ends": now + timedelta(days=ends)}
    unfit = Certificate.from_pkcs12(make_pkcs12(ruc, "clave", **life), "clave")

    answer = sunat.send_bill(type=BOLETA, name="B001-7", content=sign(document_xml(a_document()), unfit))
    assert (answer.family, answer.code) == (Family.LOCKED, code)


# --- An operator's own format


@pytest.fixture
def ose(office: RunningSunat, sunat: Sunat) -> Sunat:
    office.simulator.service.ose = True
    place = environment("ose", ose_url=f"{office.url}/billService")
    return replace(sunat, environment=place)


def test_an_operator_names_the_document_in_its_own_place(ose: Sunat, boleta: bytes) -> None:
    answer = ose.send_bill(type=BOLETA, name="B001-7", content=boleta)

    assert (answer.family, answer.code) == (Family.ACCEPTED, "0")
    assert b"ReferenceID" not in unpack(answer.cdr)[1]


def test_an_operators_remarks_stand_in_the_response(office: RunningSunat, ose: Sunat, boleta: bytes) -> None:
    office.control.fault("sendBill", "code", code="4093")

    answer = ose.send_bill(type=BOLETA, name="B001-7", content=boleta)
    assert answer.observed
    assert answer.notes[0].startswith("4093 - ")


def test_an_operator_gives_the_constancy_in_document(ose: Sunat, boleta: bytes) -> None:
    sent = ose.send_bill(type=BOLETA, name="B001-7", content=boleta)

    again = ose.get_constancy(type=BOLETA, name="B001-7")
    assert (again.family, again.cdr) == (Family.ACCEPTED, sent.cdr)


def test_an_operator_refuses_by_a_fault(ose: Sunat, certificate: Certificate) -> None:
    person = a_document(FACTURA, buyer=replace(CLINIC, document_type="1", document_number="41234567"))

    answer = ose.send_bill(type=FACTURA, name=person.name, content=sign(document_xml(person), certificate))
    assert (answer.family, answer.code, answer.cdr) == (Family.RETURNED, "2800", b"")


# --- SUNAT's register


def test_the_register_says_how_a_document_stands(
    office: RunningSunat, sunat: Sunat, boleta: bytes, certificate: Certificate
) -> None:
    place = sunat.environment
    register = Register(environment=place, ruc=ISSUER.ruc, client="consulta", secret="consulta", timeouts=(2, 10))
    asked = {"type": BOLETA, "name": "B001-7", "issued_on": DAY, "total": a_document().statement.totals.total}
    assert register.standing(**asked) == Standing.ABSENT

    sunat.send_bill(type=BOLETA, name="B001-7", content=boleta)
    assert register.standing(**asked) == Standing.ACCEPTED
    assert register.standing(**asked | {"total": Decimal("1.00")}) == Standing.ABSENT
    sunat.send_summary(
        name="RC-20261123-9", content=sign(summary_of(a_summary(condition="3"), name="RC-20261123-9"), certificate)
    )
    assert register.standing(**asked) == Standing.VOIDED


@pytest.mark.parametrize("kind", ["cut_before", "http_500", "garbage", "http_401"])
def test_a_register_that_does_not_answer_tells_nothing(kind: str, office: RunningSunat, sunat: Sunat) -> None:
    office.control.fault("validarcomprobante", kind)  # type: ignore[arg-type]
    register = Register(
        environment=sunat.environment, ruc=ISSUER.ruc, client="consulta", secret="consulta", timeouts=(2, 10)
    )
    asked = {"type": BOLETA, "name": "B001-7", "issued_on": DAY, "total": Decimal("30.00")}
    assert register.standing(**asked) == Standing.NOT_TOLD
    assert replace(register, secret="otra").standing(**asked) == Standing.NOT_TOLD


def test_a_slow_answer_is_given_up(office: RunningSunat, sunat: Sunat, boleta: bytes) -> None:
    office.control.fault("sendBill", "delay", seconds=1)
    hasty = replace(sunat, timeouts=(2, 0.3))

    assert hasty.send_bill(type=BOLETA, name="B001-7", content=boleta).message == "ReadTimeout"


def test_an_office_that_is_closed_is_no_reason_to_fail(office: RunningSunat, sunat: Sunat, boleta: bytes) -> None:
    closed = replace(sunat, environment=replace(sunat.environment, bills="http://127.0.0.1:9/billService"))

    answer = closed.send_bill(type=BOLETA, name="B001-7", content=boleta)
    assert (answer.family, answer.message) == (Family.UNAVAILABLE, "ConnectionError")


def test_a_constancy_that_is_not_there_is_unknown(sunat: Sunat) -> None:
    answer = sunat.get_constancy(type=FACTURA, name="F001-99")
    assert (answer.family, answer.code) == (Family.UNKNOWN, "0127")


def test_an_unknown_ticket_is_no_outcome(sunat: Sunat) -> None:
    assert sunat.get_status("123", name="RC-20261123-1").family == Family.UNAVAILABLE


# --- Constancies, zips and XML that others made


def test_a_constancy_of_another_document_or_issuer_proves_nothing(now: datetime) -> None:
    packed = constancy(ruc=ISSUER.ruc, document="B001-7", code="0", notes=[], now=now)

    assert Constancy.read(packed, ruc=ISSUER.ruc, document="B001-7").code == "0"
    with pytest.raises(BadConstancy, match="B001-8"):
        Constancy.read(packed, ruc=ISSUER.ruc, document="B001-8")
    with pytest.raises(BadConstancy, match="addressed"):
        Constancy.read(packed, ruc="20100066603", document="B001-7")


def test_a_changed_constancy_proves_nothing(now: datetime) -> None:
    packed = constancy(ruc=ISSUER.ruc, document="B001-7", code="2335", notes=[], now=now)
    name, content = unpack(packed)

    with pytest.raises(BadConstancy, match="signature"):
        Constancy.read(pack(name, content.replace(b">2335<", b">0<")), ruc=ISSUER.ruc, document="B001-7")


def test_a_zip_bomb_is_not_unpacked() -> None:
    packed = pack("R-x", b"<a>" + b" " * 60_000_000 + b"</a>")

    assert len(packed) < 100_000
    with pytest.raises(BadArchive, match="unpacked"):
        unpack(packed)


@pytest.mark.parametrize("packed", [b"", b"PK", b"no es un zip", b"PK\x05\x06" + b"\x00" * 18])
def test_what_is_no_zip_with_one_file_is_refused(packed: bytes) -> None:
    with pytest.raises(BadArchive):
        unpack(packed)


def test_a_zip_of_many_files_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.xml", b"<a/>")
        archive.writestr("b.xml", b"<b/>")
    with pytest.raises(BadArchive):
        unpack(packed.getvalue())


@pytest.mark.parametrize(
    "text",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a>",
        b"",
        b"{}",
    ],
)
def test_xml_with_a_document_type_is_not_read(text: bytes) -> None:
    with pytest.raises(UnsafeXml):
        parse(text)


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ({"faultcode": "soap-env:Client.1033", "faultstring": "registrado"}, "1033"),
        ({"faultcode": "soap-env:Server", "faultstring": "0138"}, "0138"),
        ({"faultcode": "soap:Client", "faultstring": "2335 - alterado"}, "2335"),
        ({"faultcode": "ns0:0102"}, "0102"),
        ({"faultcode": "soap:Server", "faultstring": "Internal Error"}, ""),
    ],
)
def test_the_code_of_a_fault_is_found_wherever_it_stands(texts: dict[str, str], code: str) -> None:
    assert fault_code(texts) == code


def test_a_fault_is_told_from_an_answer() -> None:
    fault = (
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Client.2072'
        b"</faultcode><faultstring>x</faultstring><detail><message>La estructura</message></detail></s:Fault></s:Body>"
        b"</s:Envelope>"
    )
    reply = read_reply(fault)
    assert (reply.is_fault, reply.fault_code, reply.fault_message) == (True, "2072", "La estructura")
