"""The pages of the admin by which staff load the college's files: one person uploads, a second looks and confirms."""

from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from base.files.rejected_rows import as_csv
from base.files.tables import BadTable
from dues import tasks
from dues.exceptions import OwnNumber
from dues.imports import drafts
from dues.models import DataLoad, ImportDraft
from members.login import second_factor
from members.models import User

MEBIBYTE = 1 << 20


EXPIRED = "Esa carga ya no está: se canceló, ya se cargó o pasó un día. No guardó nada más; súbalo otra vez."


class UploadForm(forms.Form):
    content = forms.ChoiceField(label="Qué contiene", choices=DataLoad.Content)
    file = forms.FileField(
        label="Archivo", help_text=f"CSV, TXT o ZIP del banco, o XLSX; hasta {drafts.LARGEST_UPLOAD // MEBIBYTE} MB."
    )
    control_total = forms.DecimalField(
        label="Total de control (S/)",
        required=False,
        max_digits=14,
        decimal_places=2,
        help_text="Lo que debe sumar el archivo según quien lo envía. Si no coincide, se avisa antes de cargar.",
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > drafts.LARGEST_UPLOAD:
            raise forms.ValidationError(
                f"Pesa {file.size / MEBIBYTE:.0f} MB; el máximo aquí es {drafts.LARGEST_UPLOAD // MEBIBYTE} MB. "
                "Divídalo, o pida que lo carguen con manage.py import_…"
            )
        return file


def urls() -> list[URLPattern]:
    def url(route: str, view: Any, name: str) -> Any:
        return path(route, admin.site.admin_view(view), name=f"dues_importdraft_{name}")

    return [
        url("cargar/", upload, "upload"),
        url("cargar/en-curso/", mine, "mine"),
        url("cargar/<int:pk>/", preview, "preview"),
        url("cargar/<int:pk>/confirmar/", confirm, "confirm"),
        url("cargar/<int:pk>/revisar/", retry, "retry"),
        url("cargar/<int:pk>/cancelar/", cancel, "cancel"),
        url("cargar/<int:pk>/rechazos.csv", rejected, "rejected"),
    ]


class Expired(Exception):
    """A draft that nobody can confirm any more."""


def _draft(request: HttpRequest, pk: int) -> ImportDraft:
    """Raises Expired for one that is gone, PermissionDenied for who may neither upload nor approve."""
    _may(request, "dues.add_dataload", "dues.approve_dataload")
    draft = drafts.living().select_related("author").filter(pk=pk).first()
    if draft is None:
        raise Expired
    return draft


View = Callable[[HttpRequest, int], HttpResponseBase]


def _of_a_draft(view: View) -> View:
    """An expired draft says so, and leads to the upload."""

    @wraps(view)
    def answer(request: HttpRequest, pk: int) -> HttpResponseBase:
        try:
            return view(request, pk)
        except Expired:
            messages.warning(request, EXPIRED)
            return redirect("admin:dues_importdraft_upload")

    return answer


def _may(request: HttpRequest, *permissions: str) -> User:
    """The person, who has one of these permissions; PermissionDenied for another."""
    user = cast(User, request.user)
    if not any(map(user.has_perm, permissions)):
        raise PermissionDenied
    return user


def upload(request: HttpRequest) -> HttpResponse:
    author = _may(request, "dues.add_dataload")
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            draft = drafts.make(
                author=author,
                content=chosen["content"],
                upload=chosen["file"],
                control_total=chosen["control_total"],
                later=tasks.try_later,
            )
        except OwnNumber as rule:
            form.add_error("file", rule.sentence)
        else:
            return redirect("admin:dues_importdraft_preview", pk=draft.pk)
    context = {**admin.site.each_context(request), "title": "Cargar un archivo", "form": form}
    return render(request, "admin/dues/upload.html", context)


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The uploads of this person that are not done."""
    listed = drafts.living().filter(author=_may(request, "dues.add_dataload")).order_by("-made_at")
    context = {**admin.site.each_context(request), "title": "Mis cargas en curso", "drafts": listed}
    return render(request, "admin/dues/drafts.html", context)


@require_safe
@_of_a_draft
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    draft = _draft(request, pk)
    if draft.busy:
        context = {**admin.site.each_context(request), "title": f"{draft.file_name}: en curso", "draft": draft}
        return render(request, "admin/dues/progress.html", context)
    if draft.load_id:
        messages.success(request, f"Se cargó {draft.file_name}.")
        return redirect("admin:dues_dataload_change", draft.load_id)
    problems = drafts.problems_of(draft)
    context = {
        **admin.site.each_context(request),
        "title": f"{draft.file_name}: revisar antes de cargar",
        "draft": draft,
        "own": draft.author == request.user,
        "may_confirm": request.user.has_perm("dues.approve_dataload"),
        "content": DataLoad.Content(draft.content).label,
        "outcome": draft.outcome,
        "total": Decimal(total) if (total := draft.outcome.get("total")) else None,
        "problems": problems,
        "problem_count": draft.outcome.get("problem_count", len(problems)),
        "bad_rows": draft.outcome.get("bad_rows", 0),
        "loadable": draft.outcome.get("rows") or draft.outcome.get("waiting"),
    }
    return render(request, "admin/dues/preview.html", context)


def _preview_address(pk: int) -> str:
    return reverse("admin:dues_importdraft_preview", args=[pk])


@require_POST
@_of_a_draft
def confirm(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    user, draft = _may(request, "dues.approve_dataload"), _draft(request, pk)
    if proof := second_factor.missing_fresh_proof(request, user):
        return redirect(f"{proof.partition('?')[0]}?{urlencode({'next': _preview_address(pk)})}")
    try:
        return _confirm(request, draft, user)
    except drafts.REFUSALS as reason:
        messages.error(request, drafts.refusal(reason))
        return redirect("admin:dues_importdraft_preview", pk=pk)


def _confirm(request: HttpRequest, draft: ImportDraft, user: User) -> HttpResponseRedirect:
    decisions = {
        "again": "again" in request.POST,
        "despite_warnings": "despite_warnings" in request.POST,
        "leave_out_bad_rows": "leave_out" in request.POST,
    }
    if draft.size > drafts.LARGEST_AT_ONCE:
        drafts.hand_over(draft, decisions, tasks.load_later, by=user)
        return redirect("admin:dues_importdraft_preview", pk=draft.pk)
    record = drafts.confirm(draft, by=user, **decisions)
    waiting = f" Por identificar: {record.waiting:,}." if record.waiting else ""
    messages.success(
        request,
        f"Se cargó {record.file_name}. Filas nuevas: {record.added:,}; modificadas: {record.changed:,}.{waiting}",
    )
    return redirect("admin:dues_dataload_change", record.pk)


@require_POST
@_of_a_draft
def retry(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Try the file again, by the layouts as they are now."""
    draft = _draft(request, pk)
    drafts.try_again(draft, tasks.try_later)
    return redirect("admin:dues_importdraft_preview", pk=pk)


@require_POST
@_of_a_draft
def cancel(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    _draft(request, pk).delete()
    messages.info(request, "Carga cancelada: no se guardó nada.")
    return redirect("admin:dues_dataload_changelist")


@require_safe
@_of_a_draft
def rejected(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    draft = _draft(request, pk)
    try:
        rows = list(drafts.rejected_rows(draft))
    except BadTable as unreadable:  # no row of it can be told from another
        raise Http404 from unreadable
    answer = StreamingHttpResponse(as_csv(iter(rows)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="rechazos.csv"'
    return answer
