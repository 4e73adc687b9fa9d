"""What each role of the college's staff may do in the admin: groups of Django's own permissions.

Nobody may add, change or delete money; corrections are actions of their own with an author and a reason. The treasury
adds tariffs and covered people, from which dues are charged.
"""

from fnmatch import fnmatchcase

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

WEBMASTER = "Webmaster"
CASHIER = "Caja"
REVIEWER = "Revisión de devoluciones"
APPROVER = "Aprobación de devoluciones"
ACCOUNTANT = "Contabilidad"
AUDITOR = "Auditoría"
# Who decides for the college and does nothing at the desk: sums, and no payment of any physician.
BOARD = "Directivos (solo informes)"
# A small college's treasurer, who does all of these but say how a concept stands to the sales tax, which takes an
# accountant; the second person is another one all the same.
TREASURY = "Tesorería"

SEE_MONEY = (
    "members.view_member",
    "members.view_regionalcouncil",
    "dues.view_*",
    "payments.view_*",
    "receipts.view_*",
)

#: Every report, and what they count by. A report's rows name physicians, as its file does.
SEE_REPORTS = ("staff.see_*", "staff.view_councilshare", "staff.view_journallayout")

ANSWER_COMPLAINTS = ("complaints.view_complaint", "complaints.change_complaint")

PERMISSIONS: dict[str, tuple[str, ...]] = {
    WEBMASTER: (
        "members.view_*",
        "members.change_assignmentreport",
        "members.change_regionalcouncil",
        "members.change_claim",
        "members.add_user",
        "members.add_assignment",
        "members.correct_assignment",
        "members.record_succession",
        "account.view_emailaddress",
        "dues.view_dataload",
        "payments.view_confirmation",
        "payments.add_confirmation",
        *ANSWER_COMPLAINTS,
    ),
    CASHIER: (*SEE_MONEY, "staff.see_declines"),
    REVIEWER: (
        *SEE_MONEY,
        "staff.see_declines",
        "payments.ask_gateway",
        "payments.add_refundproposal",
        "payments.add_chargeback",
        "payments.add_mismatchdecision",
        "payments.add_transfer",
        "payments.add_clearedpair",
        "receipts.add_delivery",
    ),
    APPROVER: (
        *SEE_MONEY,
        "staff.see_declines",
        "staff.see_councils",
        "staff.view_councilshare",
        "staff.approve_councilshare",
        "payments.ask_gateway",
        "payments.approve_refund",
        "payments.settle_refund",
        "payments.close_chargeback",
        "payments.confirm_mismatch",
        "payments.approve_transfer",
        "receipts.confirm_finding",
    ),
    ACCOUNTANT: (
        *SEE_MONEY,
        *SEE_REPORTS,
        "staff.add_councilshare",
        "staff.add_journallayout",
        "staff.change_journallayout",
        "payments.export_payments",
        "payments.add_dailyclose",
        "payments.add_payoutreport",
        "payments.sign_payoutreport",
        "payments.change_payoutlayout",
        "receipts.file_receipts",
        "receipts.confirm_finding",
        "receipts.replace_receipt",
        "receipts.add_affectation",
        "receipts.delete_affectation",
    ),
    BOARD: SEE_REPORTS,
    AUDITOR: (*SEE_MONEY, *SEE_REPORTS, "members.view_*", "account.view_emailaddress", "complaints.view_complaint"),
    TREASURY: (
        *SEE_MONEY,
        *SEE_REPORTS,
        "staff.add_councilshare",
        "staff.approve_councilshare",
        "staff.add_journallayout",
        "staff.change_journallayout",
        "dues.add_dataload",
        "dues.approve_dataload",
        "dues.add_actproposal",
        "dues.approve_act",
        "dues.add_banklayout",
        "dues.change_banklayout",
        "dues.add_collectionaccount",
        "dues.change_collectionaccount",
        "dues.write_debts_file",
        "dues.identify_payment",
        "dues.change_exemption",
        "dues.change_surplus",
        "dues.add_tariff*",
        "dues.delete_tariff*",
        "dues.add_coveredperson",
        "dues.change_coveredperson",
        "payments.add_confirmation",
        "payments.add_pause",
        "payments.ask_gateway",
        "payments.release_hold",
        "payments.export_payments",
        "payments.add_refundproposal",
        "payments.add_chargeback",
        "payments.add_mismatchdecision",
        "payments.add_clearedpair",
        "payments.approve_refund",
        "payments.settle_refund",
        "payments.close_chargeback",
        "payments.confirm_mismatch",
        "payments.add_transfer",
        "payments.approve_transfer",
        "payments.add_offlinepayment",
        "payments.approve_offlinepayment",
        "payments.add_filereversal",
        "payments.confirm_filereversal",
        "payments.reverse_offlinepayment",
        "payments.add_payoutreport",
        "payments.sign_payoutreport",
        "payments.change_payoutlayout",
        "payments.change_unmatchedcharge",
        "payments.add_dailyclose",
        "payments.*_reminderstep",
        "receipts.file_receipts",
        "receipts.confirm_finding",
        "receipts.replace_receipt",
        "receipts.add_delivery",
        "receipts.change_standingcertificate",
        *ANSWER_COMPLAINTS,
    ),
}


def grant() -> None:
    """Make every group of the table hold what it says and no more; other groups are left alone. Safe to repeat.

    What a role may no longer do is taken from an old database too: a group that kept it would let one person do both
    halves of what takes two.
    """
    # Those of the apps after this one are not made yet when Django tells that tables have changed.
    for app in apps.get_app_configs():
        create_permissions(app, verbosity=0)
    for name, patterns in PERMISSIONS.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set([p for p in Permission.objects.select_related("content_type") if _matches(p, patterns)])


def grant_after_migrating(**_: object) -> None:
    grant()


def _matches(permission: Permission, patterns: tuple[str, ...]) -> bool:
    name = f"{permission.content_type.app_label}.{permission.codename}"
    return any(fnmatchcase(name, pattern) for pattern in patterns)
