"""Whatever arrives, nothing raises, nothing is taken for an approval, and everything can be stored."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.gateway import Approved, Denied, Unknown
from payments.gateway.masking import storable
from payments.gateway.parsing import read_authorisation, read_refund, read_retrieved, read_void
from payments.gateway.transport import Reply
from tests.gateway.till import ANSWERS, EXCHANGE

APPROVAL = json.loads((ANSWERS / "approved.json").read_text())

KNOWN_TEXTS = {"Unauthorized access", "Bad Request", "Not Acceptable"}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
quickly = settings(max_examples=60, deadline=None)
statuses = st.sampled_from([200, 201, 302, 400, 401, 404, 406, 500, 502, 504])


def reply(status: int, text: str) -> Reply:
    return Reply(status=status, text=text, failure="", millis=1)


def paths(document: dict[str, Any]) -> list[tuple[str, ...]]:
    inner = [(top, name) for top, part in document.items() if isinstance(part, dict) for name in part]
    return [*((top,) for top in document), *inner]


@quickly
@given(status=statuses, text=st.text() | json_values.map(json.dumps))
def test_no_text_raises_or_counts_as_an_approval(status: int, text: str) -> None:
    answer = read_authorisation(reply(status, text), EXCHANGE)
    assert isinstance(answer, Unknown) or (isinstance(answer, Denied) and text.strip() in KNOWN_TEXTS)
    read_retrieved(reply(status, text), EXCHANGE, purchase_number="1")
    read_void(reply(status, text), EXCHANGE)
    read_refund(reply(status, text), EXCHANGE)


@quickly
@given(status=statuses, content=st.binary(max_size=300))
def test_random_bytes_are_unknown(status: int, content: bytes) -> None:
    assert isinstance(read_authorisation(reply(status, content.decode("latin-1")), EXCHANGE), Unknown)


@quickly
@given(path=st.sampled_from(paths(APPROVAL)), value=json_values)
def test_an_approval_with_any_part_replaced_is_read_or_unknown_and_fits_its_columns(
    path: tuple[str, ...], value: object
) -> None:
    document = json.loads(json.dumps(APPROVAL))
    holder = document
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    answer = read_authorisation(reply(200, json.dumps(document)), EXCHANGE)
    assert isinstance(answer, Approved | Unknown)
    if isinstance(answer, Approved):
        assert len(answer.action_description) <= 200
        assert len(answer.card) <= 24
        assert len(answer.transaction_id) <= 40
        assert len(answer.signature) <= 64
        assert answer.action_code == "000"


@quickly
@given(cut=st.integers(min_value=0, max_value=len(json.dumps(APPROVAL)) - 1))
def test_an_approval_cut_anywhere_is_unknown(cut: int) -> None:
    assert isinstance(read_authorisation(reply(200, json.dumps(APPROVAL)[:cut]), EXCHANGE), Unknown)


@quickly
@given(json_values)
def test_whatever_is_kept_for_the_audit_can_be_stored(value: object) -> None:
    text = json.dumps(storable(value), ensure_ascii=False, allow_nan=False)
    assert "\x00" not in text
    assert "\\u0000" not in text
    text.encode()


@pytest.mark.parametrize("depth", [50, 100_000])
def test_deep_nesting_ends_somewhere(depth: int) -> None:
    assert isinstance(read_authorisation(reply(200, '{"a":' * depth + "1" + "}" * depth), EXCHANGE), Unknown)
