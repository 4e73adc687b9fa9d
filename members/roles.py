"""What each role of the college's staff may do in the admin: groups of Django's own permissions.

Nobody may add, change or delete money; corrections are actions of their own with an author and a reason. The treasury
adds tariffs and covered people, from which dues are charged.
"""

from fnmatch import fnmatchcase

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

WEBMASTER = "Webmaster"
TREASURY = "Tesorería"

PERMISSIONS: dict[str, tuple[str, ...]] = {
    WEBMASTER: (
        "members.view_*",
        "members.change_assignmentreport",
        "members.change_claim",
        "members.add_user",
        "members.add_assignment",
        "account.view_emailaddress",
        "dues.view_dataload",
    ),
    TREASURY: (
        "members.view_member",
        "members.view_regionalcouncil",
        "dues.view_*",
        "dues.add_dataload",
        "dues.add_exemption",
        "dues.change_surplus",
        "dues.add_tariff*",
        "dues.delete_tariff*",
        "dues.add_coveredperson",
        "dues.change_coveredperson",
        "payments.view_*",
        "payments.add_pause",
        "payments.ask_gateway",
        "payments.release_hold",
        "payments.export_payments",
        "payments.add_refundproposal",
        "payments.approve_refund",
        "payments.settle_refund",
        "payments.add_paymentelsewhere",
        "payments.reverse_paymentelsewhere",
        "payments.add_settlementreport",
        "payments.sign_settlementreport",
        "payments.change_settlementlayout",
        "receipts.view_*",
        "receipts.file_receipts",
        "receipts.add_delivery",
    ),
}


def grant() -> None:
    """Make every group hold what the table says, and no less. Safe to repeat.

    Called by migrations: the first, and each later one that adds a model staff should see.
    """
    # Django makes permissions only after the last migration has run, too late for a migration that grants them.
    for app in apps.get_app_configs():
        create_permissions(app, verbosity=0)
    for name, patterns in PERMISSIONS.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.add(*(p for p in Permission.objects.select_related("content_type") if _matches(p, patterns)))


def _matches(permission: Permission, patterns: tuple[str, ...]) -> bool:
    name = f"{permission.content_type.app_label}.{permission.codename}"
    return any(fnmatchcase(name, pattern) for pattern in patterns)
