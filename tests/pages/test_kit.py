"""The parts that every page is made of: fields tied to their hints and errors, notices, lists."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.template import Context, RequestContext, Template
from django.test import RequestFactory

TEMPLATES = Path(settings.BASE_DIR) / "templates"
# Letters are not pages: a mail reader knows no stylesheet but what stands in the letter.
PAGES = sorted(path for path in TEMPLATES.rglob("*.html") if "emails" not in path.parts)
STYLES = Path(settings.BASE_DIR) / "static" / "css" / "portal.css"


class Letter(forms.Form):
    email = forms.EmailField(label="Correo", help_text="Allí llega el comprobante.")
    kind = forms.ChoiceField(label="Tipo", choices=[("a", "Uno"), ("b", "Dos")], widget=forms.RadioSelect)
    note = forms.CharField(label="Nota", required=False, widget=forms.TextInput(attrs={"placeholder": "Nota"}))
    accept = forms.BooleanField(label="Acepto", error_messages={"required": "Acepte los términos."})
    secret = forms.CharField(label="Clave", required=False, widget=forms.PasswordInput)


def draw(template: str, **context: Any) -> str:
    return Template(template).render(Context(context))


def test_a_field_names_its_hint_and_its_error_to_a_screen_reader() -> None:
    page = draw("{{ form.email.as_field_group }}", form=Letter({"email": "ana@"}))
    assert 'aria-describedby="id_email_helptext id_email_error"' in page
    assert 'id="id_email_helptext"' in page
    assert 'id="id_email_error"' in page
    assert 'aria-invalid="true"' in page


def test_radio_buttons_are_a_fieldset_with_a_legend() -> None:
    page = draw("{{ form.kind.as_field_group }}", form=Letter())
    assert "<legend>Tipo</legend>" in page
    assert page.count("<label for=") == 2


def test_only_what_may_be_left_empty_is_marked() -> None:
    page = draw("{{ form.note.as_field_group }}{{ form.email.as_field_group }}", form=Letter())
    assert page.count("(opcional)") == 1


def test_a_label_given_on_the_page_replaces_the_forms_and_a_placeholder_goes() -> None:
    page = draw('{% field form.note label="Motivo" hint="Breve." autocomplete="off" %}', form=Letter())
    assert "Motivo" in page
    assert "Breve." in page
    assert 'autocomplete="off"' in page
    assert "placeholder" not in page


def test_a_password_can_be_looked_at() -> None:
    assert 'class="reveal"' in draw("{{ form.secret.as_field_group }}", form=Letter())


def test_the_summary_of_errors_links_each_to_an_input_that_exists() -> None:
    page = draw("{{ form }}", form=Letter({}))
    targets = re.findall(r'<li><a href="#([^"]+)"', page)
    assert targets == ["id_email", "id_kind_0", "id_accept"]
    assert all(f'id="{target}"' in page for target in targets)


def test_the_summary_names_the_field_where_the_sentence_does_not() -> None:
    page = draw('{% include "partials/error_summary.html" %}', form=Letter({}))
    assert "Correo: Este campo es obligatorio." in page
    assert ">Acepte los términos.</a>" in page


def test_a_form_without_errors_has_no_summary() -> None:
    assert 'class="errors"' not in draw("{{ form }}", form=Letter())


def test_what_a_person_typed_is_never_markup() -> None:
    page = draw('{% notice "info" title %}{{ body }}{% endnotice %}', title="<b>1</b>", body="<script>")
    assert "&lt;b&gt;1&lt;/b&gt;" in page
    assert "&lt;script&gt;" in page


def test_a_notice_without_a_body_is_its_sentence_alone() -> None:
    page = draw('{% notice "moved" "Se cobró." %} {% endnotice %}')
    assert "Se cobró." in page
    assert "notice-body" not in page


def test_a_skipped_due_says_why() -> None:
    row = {"value": "7", "month": "Julio 2026", "amount": Decimal("30.00"), "error": "Falta."}
    page = draw('{% include "partials/due_rows.html" %}', rows=[row])
    assert 'id="due-7-error"' in page
    assert "Falta." in page
    assert "Julio 2026" in page


def test_the_pages_of_a_list_keep_the_rest_of_the_query() -> None:
    request = RequestFactory().get("/", {"year": "2026"})
    context = RequestContext(request, {"page": Paginator(range(50), 10).get_page(2)})
    page = Template('{% include "partials/pagination.html" %}').render(context)
    assert "?year=2026&amp;page=3" in page
    assert 'aria-current="page"' in page


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_template_needs_what_the_content_security_policy_refuses(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle=|\son[a-z]+=\"|<style", text)
    assert not re.search(r"<script(?![^>]*(src=|application/json))", text)


def test_the_stylesheet_stays_small() -> None:
    # The limit of a first visit is what counts (tests/journeys/test_weight.py); this says which file grew.
    assert STYLES.stat().st_size < 25_000
