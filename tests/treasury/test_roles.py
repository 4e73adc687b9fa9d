"""Each role of the treasury sees the payments and does only its own part."""

import pytest
from django.contrib.auth.models import Group, Permission

from staff import roles
from tests.builders import a_user, client_of
from tests.treasury.payments_of import a_payment

pytestmark = pytest.mark.django_db

#: What each role may open besides the lists, which all of them may.
OWN = {
    roles.CASHIER: set(),
    roles.REVIEWER: {"ask", "propose"},
    roles.APPROVER: {"ask"},
    roles.ACCOUNTANT: {"export"},
    roles.AUDITOR: set(),
    roles.TREASURY: {"ask", "propose", "export", "record", "release"},
}
LISTS = ("", "devoluciones/", "a-mano/", "duplicados/", "liquidaciones/", "cierres/", "recordatorios/")


@pytest.mark.parametrize("role", OWN)
def test_a_role_does_its_part_and_no_other(role: str) -> None:
    attempt = a_payment(order_state="paid", state="approved", settles_order=True)
    desk = client_of(a_user(staff_role=role))
    actions = {
        "ask": f"intento/{attempt.pk}/consultar/",
        "propose": f"intento/{attempt.pk}/devolver/",
        "release": f"{attempt.order_id}/liberar/",
        "export": "exportar.csv",
        "record": "a-mano/registrar/",
    }
    opened = {name for name, place in actions.items() if desk.get(f"/admin/pagos/{place}").status_code == 200}
    assert opened == OWN[role]
    for place in (*LISTS, f"{attempt.order_id}/"):
        assert desk.get(f"/admin/pagos/{place}").status_code == 200, place


def test_the_treasurer_of_a_small_college_does_the_work_of_every_desk() -> None:
    desks = (roles.CASHIER, roles.REVIEWER, roles.APPROVER, roles.ACCOUNTANT)
    held = set(Group.objects.get(name=roles.TREASURY).permissions.values_list("pk", flat=True))
    needed = Group.objects.filter(name__in=desks).values_list("permissions__pk", "permissions__codename")
    lacking = {codename for pk, codename in needed.distinct() if pk not in held}
    assert lacking == {"add_affectation", "delete_affectation"}  # the sales tax takes an accountant


def test_what_a_role_may_no_longer_do_is_taken_from_an_old_database() -> None:
    approving = Permission.objects.get(codename="approve_refund")
    reviewers, own = Group.objects.get(name=roles.REVIEWER), Group.objects.create(name="Comité del colegio")
    for group in (reviewers, own):
        group.permissions.add(approving)

    roles.grant()

    assert not reviewers.permissions.filter(pk=approving.pk).exists()
    assert reviewers.permissions.filter(codename="add_refundproposal").exists()
    assert own.permissions.get() == approving, "a group that the college made is its own"
