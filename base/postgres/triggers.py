"""Triggers of several tables: legal transitions, rows that are never deleted, rows that never change."""

import pgtrigger

from base.states import Transitions


def legal_transitions(name: str, transitions: Transitions) -> pgtrigger.FSM:
    return pgtrigger.FSM(
        name=name,
        field="state",
        transitions=sorted((str(old), str(new)) for old in transitions for new in transitions[old]),
    )


def never_deleted(name: str) -> pgtrigger.Protect:
    return pgtrigger.Protect(name=name, operation=pgtrigger.Delete)


def frozen(name: str) -> pgtrigger.Protect:
    return pgtrigger.Protect(name=name, operation=pgtrigger.Update | pgtrigger.Delete)
