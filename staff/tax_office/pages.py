"""What waits for SUNAT: the list, and what a person does about each.

What SUNAT's own page shows is stated by one person and confirmed by another (receipts/tax_office/findings.py).
"""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from members import actors
from members.models import User
from members.requests import AccountRequest
from receipts.exceptions import ReceiptRule
from receipts.models import Filing, FilingStop, Finding, Shown, Summary
from receipts.tax_office import brakes, filing, findings, waits
from receipts.tax_office.certificate import NoCertificate
from receipts.tax_office.findings import Evidence
from receipts.tax_office.states import FilingState
from staff.access import page, staff_page
from staff.treasury.actions import ask_or_do
from staff.treasury.forms import DecisionForm, FindingForm

DECISIONS = [("approve", "Sí, yo también lo vi: se hace ahora"), ("reject", "No: nada cambia")]
#: What follows from each, as the person who chooses reads it.
OF_A_DOCUMENT = {
    Shown.ACCEPTED: "Figura aceptado: queda como aceptado",
    Shown.REJECTED: "Figura rechazado: su número quedó gastado y se emite otro",
    Shown.VOIDED: "Figura dado de baja: queda dado de baja y se emite otro",
    Shown.ABSENT: "No figura: se envía otra vez con el mismo número",
}
OF_A_RETURNED_DOCUMENT = {Shown.ABSENT: "No figura: se deja sin efecto este número y se emite otro comprobante"}
OF_A_FILE = {
    Shown.ACCEPTED: "Figura aceptado: vale para todo lo que nombra",
    Shown.REJECTED: "Figura rechazado",
    Shown.ABSENT: "No figura: se hace y se envía otra vez con otro nombre",
}


@staff_page("receipts.view_filing")
@require_safe
def waiting(request: AccountRequest) -> HttpResponse:
    """All that should not wait any longer, and the statements that need a second person."""
    stop = FilingStop.objects.filter(resumed_at=None).first()
    context = {
        "stop": stop,
        "unsigned": waits.why_nothing_is_signed(),
        "waits": list(waits.waits(stopped=stop is not None)),
        "findings": waits.open_findings(),
    }
    return page(request, "tax_office", "SUNAT: por resolver", context)


@staff_page("receipts.file_receipts")
@ask_or_do
def resume(request: AccountRequest) -> HttpResponse:
    """One button to go on after the cause of a stop was mended."""
    stop = FilingStop.objects.filter(resumed_at=None).first()
    if request.method == "POST":
        ended = filing.resume(request.user)
        messages.success(request, "Los envíos a SUNAT están activos." if ended else "No estaban detenidos.")
        return redirect("staff_sunat")
    return page(request, "actions/resume_filing", "Reanudar los envíos", {"stop": stop})


@staff_page("receipts.file_receipts")
@ask_or_do
def ask(request: AccountRequest, receipt_id: int) -> HttpResponse:
    """Send or ask now; a document that has its outcome is left alone."""
    filed = _filing(receipt_id)
    if request.method != "POST":
        return page(request, "actions/ask_sunat", "Consultar a SUNAT ahora", {"wait": waits.of_document(filed)})
    if brakes.stopped():
        messages.error(request, "Los envíos están detenidos: reanúdelos primero.")
    else:
        filed = findings.ask_again(receipt_id, actor=actors.actor(request.user))
        messages.info(
            request, f"{filed.receipt.name}: {filed.get_state_display()}. {filed.code} {filed.message}".strip()
        )
    return redirect("staff_sunat")


@staff_page("receipts.file_receipts")
@ask_or_do
def ask_about_file(request: AccountRequest, summary_id: int) -> HttpResponse:
    """Send a summary or a voiding, or ask about its ticket, now."""
    summary = get_object_or_404(Summary, pk=summary_id)
    if request.method != "POST":
        return page(request, "actions/ask_sunat", "Consultar a SUNAT ahora", {"wait": waits.of_file(summary)})
    if brakes.stopped():
        messages.error(request, "Los envíos están detenidos: reanúdelos primero.")
    else:
        summary = findings.ask_again_about_file(summary_id)
        messages.info(
            request, f"{summary.name}: {summary.get_state_display()}. {summary.code} {summary.message}".strip()
        )
    return redirect("staff_sunat")


@staff_page("receipts.file_receipts")
@ask_or_do
def sign(request: AccountRequest, receipt_id: int) -> HttpResponse:
    """Write and sign what SUNAT gave back again, under the same number, and send it."""
    filed = _filing(receipt_id)
    if request.method != "POST":
        return page(request, "actions/sign_anew", "Firmar de nuevo y enviar", {"wait": waits.of_document(filed)})
    try:
        filing.sign_anew(receipt_id, author=request.user)
    except ReceiptRule as rule:
        messages.error(request, rule.sentence)
    except NoCertificate:
        messages.error(request, waits.why_nothing_is_signed() or "No hay un certificado con que firmar.")
    else:
        filed = findings.ask_again(receipt_id, actor=actors.actor(request.user))
        messages.info(request, f"{filed.receipt.name}: {filed.get_state_display()}. {filed.code}".strip())
    return redirect("staff_sunat")


@staff_page("receipts.file_receipts")
@ask_or_do
def state_document(request: AccountRequest, receipt_id: int) -> HttpResponse:
    """State what SUNAT's page shows of a document; nothing changes until a second person confirms it."""
    filed = _filing(receipt_id)
    words = OF_A_RETURNED_DOCUMENT if filed.state == FilingState.RETURNED else OF_A_DOCUMENT
    return _state(request, filed, waits.of_document(filed), words)


@staff_page("receipts.file_receipts")
@ask_or_do
def state_file(request: AccountRequest, summary_id: int) -> HttpResponse:
    """State what SUNAT's page shows of a summary or a voiding."""
    summary = get_object_or_404(Summary, pk=summary_id)
    return _state(request, summary, waits.of_file(summary), OF_A_FILE)


def _state(request: AccountRequest, about: Filing | Summary, wait: waits.Wait, words: dict[Shown, str]) -> HttpResponse:
    possible = findings.may_be_stated(about)
    form = (
        FindingForm(request.POST or None, request.FILES or None, possible=possible, words=words) if possible else None
    )
    if form and request.method == "POST" and form.is_valid():
        try:
            findings.state(about, Shown(form.cleaned_data["shows"]), _evidence(form), author=request.user)
        except ReceiptRule as rule:
            messages.error(request, rule.sentence)
        else:
            messages.success(request, "Declaración guardada. Nada cambia hasta que otra persona la confirme.")
        return redirect("staff_sunat")
    context = {"wait": wait, "form": form}
    status = 400 if form and form.is_bound else 200
    return page(request, "actions/state_finding", f"Declarar cómo figura {wait.name}", context, status=status)


def _evidence(form: FindingForm) -> Evidence:
    picture, media_type = form.cleaned_data["picture"] or (None, "")
    return Evidence(words=form.cleaned_data["evidence"], picture=picture, picture_type=media_type)


@staff_page("receipts.confirm_finding")
@ask_or_do
def decide(request: AccountRequest, finding_id: int) -> HttpResponse:
    """The second person's word."""
    listed = Finding.objects.select_related("author", "decided_by", "filing__receipt", "summary")
    finding = get_object_or_404(listed.filter(source=Finding.Source.PEOPLE), pk=finding_id)
    own = finding.author == request.user
    form = DecisionForm(request.POST or None, own=own)
    form.fields["decision"].choices = DECISIONS[own:]  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, _decide(finding, request.user, **form.cleaned_data))
        except ReceiptRule as rule:
            messages.error(request, rule.sentence)
        return redirect("staff_sunat")
    context = {"finding": finding, "form": form, "own": own, "wait": _wait_of(finding)}
    status = 400 if form.is_bound else 200
    return page(request, "actions/decide_finding", f"Confirmar cómo figura {finding.about}", context, status=status)


def _decide(finding: Finding, by: User, *, decision: str, reason: str) -> str:
    """What was done, as a sentence."""
    if decision == "reject":
        findings.reject(finding.pk, by=by, reason=reason)
        return "Declaración descartada. Nada cambió."
    findings.confirm(finding.pk, by=by)
    return f"{finding.about}: {finding.get_shows_display().lower()}, confirmado. No se cobró ni se devolvió nada."


def _wait_of(finding: Finding) -> waits.Wait:
    if finding.summary:
        return waits.of_file(finding.summary)
    assert finding.filing  # noqa: S101 - a_finding_is_about_one_thing
    return waits.of_document(finding.filing)


@staff_page("receipts.view_filing")
@require_safe
def picture(_request: AccountRequest, finding_id: int) -> HttpResponse:
    """The picture of SUNAT's page that came with a statement."""
    finding = get_object_or_404(Finding.objects.exclude(picture=None), pk=finding_id)
    answer = HttpResponse(bytes(finding.picture or b""), content_type=finding.picture_type)
    extension = finding.picture_type.rpartition("/")[2]
    answer["Content-Disposition"] = f'attachment; filename="constatacion-{finding.pk}.{extension}"'
    return answer


def _filing(receipt_id: int) -> Filing:
    filed = Filing.objects.select_related("receipt").defer("xml", "cdr").filter(pk=receipt_id).first()
    if filed is None:
        raise Http404
    return filed
