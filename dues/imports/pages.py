"""The pages of the admin by which staff load the college's files: upload, look at what would happen, confirm."""

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
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST, require_safe

from base.files.rejected_rows import as_csv
from base.files.tables import BadTable
from dues import tasks
from dues.imports import drafts, loading
from dues.models import DataLoad, ImportDraft
from members.models import User

MEBIBYTE = 1 << 20


EXPIRED = "Esa carga ya no está: se canceló, ya se cargó o pasó una hora. No guardó nada más; súbalo otra vez."


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
    """A draft that its author can confirm no longer."""


def _own_draft(request: HttpRequest, pk: int) -> ImportDraft:
    """Raises Expired for one that was the author's, or that nobody has; Http404 for another person's."""
    author = _loader(request)
    draft = drafts.of(author).filter(pk=pk).first()
    if draft is None and ImportDraft.objects.filter(pk=pk).exclude(author=author).exists():
        raise Http404
    if draft is None:
        raise Expired
    return cast(ImportDraft, draft)


View = Callable[[HttpRequest, int], HttpResponseBase]


def _of_a_draft(view: View) -> View:
    """An expired draft says so, and leads to the upload."""

    @wraps(view)
    def answer(request: HttpRequest, pk: int) -> HttpResponseBase:
        try:
            return view(request, pk)
        except Expired:
            messages.warning(
                request,
                "Esa carga ya no está: se canceló, ya se cargó o pasó una hora. No guardó nada más; súbalo otra vez.",
            )
            return redirect("admin:dues_importdraft_upload")

    return answer


def _loader(request: HttpRequest) -> User:
    user = cast(User, request.user)
    if not user.has_perm("dues.add_dataload"):
        raise PermissionDenied
    return user


def upload(request: HttpRequest) -> HttpResponse:
    author = _loader(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        draft = drafts.make(
            author=author,
            content=chosen["content"],
            upload=chosen["file"],
            control_total=chosen["control_total"],
            later=tasks.try_later,
        )
        return redirect("admin:dues_importdraft_preview", pk=draft.pk)
    context = {**admin.site.each_context(request), "title": "Cargar un archivo", "form": form}
    return render(request, "admin/dues/upload.html", context)


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The uploads of this person that are not done."""
    listed = drafts.of(_loader(request)).order_by("-made_at")
    context = {**admin.site.each_context(request), "title": "Mis cargas en curso", "drafts": listed}
    return render(request, "admin/dues/drafts.html", context)


@require_safe
@_of_a_draft
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    draft = _own_draft(request, pk)
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
        "content": DataLoad.Content(draft.content).label,
        "outcome": draft.outcome,
        "total": Decimal(total) if (total := draft.outcome.get("total")) else None,
        "problems": problems,
        "problem_count": draft.outcome.get("problem_count", len(problems)),
        "bad_rows": draft.outcome.get("bad_rows", 0),
        "loadable": draft.outcome.get("rows") or draft.outcome.get("waiting"),
    }
    return render(request, "admin/dues/preview.html", context)


@require_POST
@_of_a_draft
def confirm(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    draft = _own_draft(request, pk)
    decisions = {
        "again": "again" in request.POST,
        "despite_warnings": "despite_warnings" in request.POST,
        "leave_out_bad_rows": "leave_out" in request.POST,
    }
    if draft.size > drafts.LARGEST_AT_ONCE:
        drafts.hand_over(draft, decisions, tasks.load_later)
        return redirect("admin:dues_importdraft_preview", pk=pk)
    try:
        record = drafts.confirm(draft, **decisions)
    except (BadTable, loading.LoadedBefore, loading.Doubtful, loading.ChangedMeanwhile) as reason:
        messages.error(request, drafts.refusal(reason))
        return redirect("admin:dues_importdraft_preview", pk=pk)
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
    draft = _own_draft(request, pk)
    drafts.try_again(draft, tasks.try_later)
    return redirect("admin:dues_importdraft_preview", pk=pk)


@require_POST
@_of_a_draft
def cancel(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    _own_draft(request, pk).delete()
    messages.info(request, "Carga cancelada: no se guardó nada.")
    return redirect("admin:dues_dataload_changelist")


@require_safe
@_of_a_draft
def rejected(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    draft = _own_draft(request, pk)
    try:
        rows = list(drafts.rejected_rows(draft))
    except BadTable as unreadable:  # no row of it can be told from another
        raise Http404 from unreadable
    answer = StreamingHttpResponse(as_csv(iter(rows)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="rechazos.csv"'
    return answer
