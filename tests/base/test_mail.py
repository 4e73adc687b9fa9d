"""Every letter has the college's face in HTML, made of its own plain text."""

from django.core import mail

from base.mail import PortalMail, in_html

BODY = """Su cuenta ya puede pagar.

Ahora paga por el CMP 64321 <Núñez & Peña>.

Entre aquí:
https://portal.example/pago/

Quejas en https://portal.example/libro/ y por teléfono."""


def test_the_twin_says_what_the_text_says() -> None:
    PortalMail(subject="Su cuenta", body=BODY, to=["rosa@example.com"]).send()
    [letter] = mail.outbox
    assert letter.body == BODY
    [(html, kind)] = letter.alternatives  # type: ignore[attr-defined]
    assert kind == "text/html"
    assert "Su cuenta ya puede pagar." in html
    assert "&lt;Núñez &amp; Peña&gt;" in html


def test_an_address_at_the_end_of_a_paragraph_is_a_button_with_its_address_below() -> None:
    html = in_html("Su cuenta", BODY)
    assert 'href="https://portal.example/pago/" style="display:inline-block' in html
    assert ">Entre aquí</a>" in html
    assert html.count("https://portal.example/pago/") == 2
    assert '<a href="https://portal.example/libro/"' in html


def test_a_long_sentence_before_an_address_stays_a_sentence() -> None:
    html = in_html("Aviso", "Para ver el estado de cuenta completo del colegiado entre aquí: https://portal.example/x")
    assert "entre aquí:" in html
    assert ">Ver en CMP Digital</a>" in html


def test_it_is_light_and_knows_the_dark() -> None:
    html = in_html("Su cuenta", BODY)
    assert len(html.encode()) < 20_000
    assert "prefers-color-scheme: dark" in html
    assert "<img" not in html
