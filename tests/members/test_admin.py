"""The webmaster's desk: the queue of reports, accounts and first assignments; and what nobody may do there."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from members.models import Assignment, AssignmentReport, Claim, Member, User
from members.numbers import assignments
from staff import roles
from tests.builders import a_member, a_user, client_of

REPORTS = "/admin/members/assignmentreport/"


@pytest.fixture
def superuser(db: None) -> User:
    return a_user(email="admin@example.com", staff_role=roles.WEBMASTER, is_superuser=True)


def test_the_queue_shows_the_open_reports_first(ana: User, bruno: User, walter: User) -> None:
    assignments.close_report(assignments.report(bruno), author=walter, answer="Es el suyo.")
    assignments.report(ana, "Mi CMP es 45687")

    page = client_of(walter).get(REPORTS).content.decode()

    assert page.index("ana@example.com") < page.index("bruno@example.com")
    assert "bruno@example.com" not in client_of(walter).get(REPORTS, {"estado": "abiertos"}).content.decode()


def test_walter_answers_a_report_and_the_account_can_pay_again(ana: User, walter: User) -> None:
    report = assignments.report(ana, "Mi CMP es 45687")
    desk = client_of(walter)

    empty = desk.post(f"{REPORTS}{report.pk}/change/", {"answer": " "})
    answered = desk.post(f"{REPORTS}{report.pk}/change/", {"answer": "Lo verificamos: es el suyo."})

    assert empty.status_code == 200
    assert answered.status_code == 302
    report.refresh_from_db()
    assert (report.closed_by, report.answer) == (walter, "Lo verificamos: es el suyo.")
    assert assignments.pays_for(ana).member


def test_a_closed_report_is_only_read(ana: User, walter: User) -> None:
    report = assignments.report(ana)
    assignments.close_report(report, author=walter, answer="Es el suyo.")

    assert client_of(walter).post(f"{REPORTS}{report.pk}/change/", {"answer": "Otra"}).status_code == 403
    assert "Es el suyo." in client_of(walter).get(f"{REPORTS}{report.pk}/change/").content.decode()


def test_walter_opens_an_account_that_is_nobody_until_its_person_sets_a_password(walter: User) -> None:
    fields = {"email": "nueva@example.com", "name": "Inés Ríos", "is_staff": "on", "is_superuser": "on"}

    assert client_of(walter).post("/admin/members/user/add/", fields).status_code == 302

    opened = User.objects.get(email="nueva@example.com")
    assert not opened.has_usable_password()
    assert not (opened.is_staff)
    assert not (opened.is_superuser)


def test_walter_assigns_a_free_cmp_to_a_free_account(walter: User) -> None:
    newcomer, member = a_user(), a_member()
    fields = {"user": newcomer.pk, "member": member.pk, "reason": "Solicitud por correo"}

    client_of(walter).post("/admin/members/assignment/add/", fields)

    assert Assignment.objects.get(user=newcomer).author == walter
    assert assignments.current_member(newcomer) == member


@pytest.mark.parametrize("typed", ["peña", "PENA nunez", "nuñez"])
def test_names_are_found_as_people_type_them(typed: str, ana: User, walter: User) -> None:
    physician = a_member("Rosa", "Núñez Peña")
    account = a_user(physician)
    assigned = account.assignments.get()
    claim = Claim.objects.create(
        user=account, cmp_number=1, document_type="1", document_number="1", given_names="Rosa", surnames="Núñez Peña"
    )
    desk = client_of(walter)
    for table in ("member", "user", "assignment", "claim"):
        found = desk.get(f"/admin/members/{table}/", {"q": typed}).context["cl"].queryset
        assert found.get() in (account, physician, assigned, claim), table
    assert not desk.get("/admin/members/member/", {"q": "rosá quispe"}).context["cl"].queryset


def test_an_assignment_that_is_taken_is_explained(ana: User, walter: User) -> None:
    fields = {"user": ana.pk, "member": assignments.current_member(ana).pk, "reason": "Otra vez"}  # type: ignore[union-attr]

    page = client_of(walter).post("/admin/members/assignment/add/", fields).content.decode()

    assert "Esta cuenta ya tiene un CMP asignado." in page
    assert "Este CMP ya tiene una cuenta." in page


def test_walter_sees_no_money_and_teresa_no_accounts(walter: User, teresa: User) -> None:
    assert client_of(walter).get("/admin/dues/due/").status_code == 403
    assert client_of(walter).get("/admin/payments/order/").status_code == 403
    assert client_of(teresa).get("/admin/members/user/").status_code == 403
    assert client_of(teresa).get("/admin/dues/due/").status_code == 200


def test_members_do_not_get_into_the_admin(ana: User) -> None:
    assert client_of(ana).get("/admin/").status_code in (302, 403)
    assert client_of(ana).get(REPORTS).status_code in (302, 403)


@pytest.mark.parametrize("app", ["members", "dues"])
def test_not_even_a_superuser_deletes(superuser: User, ana: User, app: str) -> None:
    assignments.report(ana)
    desk = client_of(superuser)
    for model in apps.get_app_config(app).get_models():
        row = model._default_manager.first()
        if row is not None and model in admin.site._registry and model.__name__ != "Hold":
            page = reverse(f"admin:{app}_{model._meta.model_name}_delete", args=[row.pk])
            assert desk.post(page, {"post": "yes"}).status_code == 403, page


LISTS = {
    "members": ["user", "member", "regionalcouncil", "assignment", "assignmentreport"],
    "dues": ["due", "settlement", "exemption", "dataload"],
}


@pytest.mark.parametrize("page", [f"{app}/{model}" for app, models in LISTS.items() for model in models])
def test_every_list_can_be_searched_and_opened(superuser: User, bruno: User, page: str) -> None:
    desk = client_of(superuser)

    assert desk.get(f"/admin/{page}/", {"q": "101234"}).status_code == 200


def test_the_roll_is_not_typed(superuser: User, ana: User) -> None:
    member = Member.objects.get(cmp_number=45_678)
    page = f"/admin/members/member/{member.pk}/change/"

    assert client_of(superuser).get("/admin/members/member/add/").status_code == 403
    assert client_of(superuser).post(page, {"surnames": "Otra"}).status_code == 403


def test_reports_are_not_added_by_staff(superuser: User) -> None:
    assert client_of(superuser).get(f"{REPORTS}add/").status_code == 403
    assert not AssignmentReport.objects.exists()
