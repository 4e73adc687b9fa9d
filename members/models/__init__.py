"""Who they are.

A *user* is an account that logs in. A *member* is a physician on the college's roll (padrón), known by the CMP number.
A *claim* is what a person declared at registration. An *assignment* says which member an account pays for; only the
webmaster corrects one. A *report* is a person telling us "este CMP no es el mío": while it is open the account cannot
pay. A *succession* says which relative took over the SEMEFA of a member who died. A *session* is a browser in which
an account is open.
"""

from base.peru.documents import DocumentType, masked
from members.models.accounts import Session, Tries, User, UserManager
from members.models.mail_problems import MailProblem
from members.models.numbers import (
    OPEN_CLAIM_STATES,
    Assignment,
    AssignmentReport,
    Claim,
    ClaimState,
    NumberProposal,
    Proof,
    ProofCode,
)
from members.models.roll import Absence, Member, MemberStatus, RegionalCouncil
from members.models.successions import Succession

__all__ = [
    "OPEN_CLAIM_STATES",
    "Absence",
    "Assignment",
    "AssignmentReport",
    "Claim",
    "ClaimState",
    "DocumentType",
    "MailProblem",
    "Member",
    "MemberStatus",
    "NumberProposal",
    "Proof",
    "ProofCode",
    "RegionalCouncil",
    "Session",
    "Succession",
    "Tries",
    "User",
    "UserManager",
    "masked",
]
