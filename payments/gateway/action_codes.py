"""Action codes in words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Explanation:
    text: str
    advice: str
    retry_with_same_card: bool
    kind: str


def explain(code: str) -> Explanation:
    return Explanation(code, "", retry_with_same_card=False, kind="")
