"""State machines: each state with the states that may follow it."""

from collections.abc import Mapping

Transitions = Mapping[str, frozenset[str]]
