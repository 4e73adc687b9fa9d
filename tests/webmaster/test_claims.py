"""Walter decides a registration: each answer is one button, and he reads its mail before he presses it."""

import pytest
from django.urls import reverse

from demo.mailbox import Mailbox
from members import tasks
from members.models import Claim, ClaimState, Member, User
from members.numbers import assignments, registrations
from tests.builders import client_of
from tests.members.test_proof import a_claim, rosa
from tests.payments.browser import text

__all__ = ["rosa"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def claim(rosa: Member) -> Claim:
    made = a_claim(document_number="00000000")
    Claim.objects.update(state=ClaimState.WAITING, photo=b"\xff\xd8\xff")
    made.refresh_from_db()
    return made


def test_the_page_shows_each_mail_word_for_word_and_changes_nothing(
    claim: Claim, walter: User, mailbox: Mailbox
) -> None:
    page = text(client_of(walter).get(reverse("webmaster_claim", args=[claim.pk])))

    assert f"Asignar el CMP {claim.cmp_number}" in page
    assert "Comparamos su foto y su carné con el padrón." in page
    assert "No pudimos asignarle un número CMP" in page
    claim.refresh_from_db()
    assert (claim.state, assignments.current_member(claim.user)) == (ClaimState.WAITING, None)

    answer = {"member": claim.cmp_number, "answer": "Comparamos su foto y su carné con el padrón."}
    client_of(walter).post(reverse("webmaster_assign", args=[claim.pk]), answer)
    tasks.tell_claimant(claim.pk)
    assert " ".join(next(iter(mailbox)).text.split()) in page


def test_an_empty_number_assigns_nothing_and_refuses_nothing(claim: Claim, walter: User) -> None:
    response = client_of(walter).post(reverse("webmaster_assign", args=[claim.pk]), {"member": "", "answer": "Sí"})

    assert response.status_code == 400
    claim.refresh_from_db()
    assert claim.state == ClaimState.WAITING


def test_a_refusal_takes_its_sentence_from_the_list_and_is_reopened(claim: Claim, walter: User, rosa: Member) -> None:
    desk = client_of(walter)
    desk.post(reverse("webmaster_refuse", args=[claim.pk]), {"why": "photo", "answer": ""})
    claim.refresh_from_db()
    assert (claim.state, "Envíe otra" in claim.answer) == (ClaimState.REFUSED, True)

    assert "Reabierta" in text(desk.post(reverse("webmaster_reopen", args=[claim.pk]), follow=True))
    claim.refresh_from_db()
    assert (claim.state, claim.decided_at) == (ClaimState.WAITING, None)

    registrations.accept(claim, member=rosa, author=walter, answer="Comprobado")
    with pytest.raises(registrations.AlreadyOpen):
        registrations.reopen(claim)


def test_another_reason_needs_its_sentence(claim: Claim, walter: User) -> None:
    response = client_of(walter).post(reverse("webmaster_refuse", args=[claim.pk]), {"why": "other", "answer": ""})
    assert "Escriba la frase que leerá la persona" in text(response)
