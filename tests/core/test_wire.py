"""What goes onto the link comes off it the same, and nothing else comes off it."""

import json
from dataclasses import MISSING, fields
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.line import wire
from booth.tray import Counts, Found, Reason, TrayId
from drivers.errors import LinkLost
from drivers.links import Message
from drivers.units import Instant, Millimetres

TEXT = st.text(max_size=20)
st.register_type_strategy(TrayId, TEXT.map(TrayId))
NATURALS = st.integers(0, 10**15)
MESSAGES = st.one_of(
    st.builds(wire.Hello, st.sampled_from(wire.Role), TEXT),
    st.builds(
        wire.Status,
        st.sampled_from(wire.LineState),
        st.builds(Counts, NATURALS, NATURALS, NATURALS, NATURALS, NATURALS, NATURALS),
        st.lists(TEXT, max_size=3).map(tuple),
        TEXT,
    ),
    st.builds(wire.TrayEntered, TEXT, NATURALS.map(Instant), NATURALS.map(Instant)),
    st.builds(wire.TrayAt, TEXT, TEXT, NATURALS, st.floats(-1e9, 1e9).map(Millimetres)),
    st.builds(wire.TrayIdentified, TEXT, st.one_of(st.none(), TEXT)),
    st.from_type(wire.TrayEnded),
    st.builds(wire.FaultRaised, TEXT, TEXT, TEXT, TEXT, NATURALS),
    st.builds(wire.FaultCleared, TEXT, NATURALS),
    st.builds(wire.CaptureDone, TEXT),
    st.builds(
        wire.Decision,
        TEXT,
        st.builds(
            wire.Judgement,
            st.sampled_from(wire.Verdict),
            st.lists(st.builds(Reason, TEXT, TEXT), max_size=3).map(tuple),
            st.one_of(st.none(), st.floats(0, 1)),
            st.lists(st.tuples(TEXT, st.floats(0, 1)), max_size=3).map(tuple),
        ),
    ),
    st.builds(wire.Reset, TEXT, TEXT, st.one_of(st.none(), TEXT), st.one_of(st.none(), st.sampled_from(Found))),
    st.builds(wire.Refused, TEXT),
)
HEADS: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=6,
)


@given(MESSAGES)
def test_every_message_comes_off_the_link_as_it_went_on(message: wire.LineMessage) -> None:
    encoded = wire.encode(message)
    carried = json.loads(json.dumps(encoded.head))
    assert wire.decode(Message(carried, encoded.body)) == message


@given(MESSAGES, st.data())
def test_a_message_with_a_field_too_many_or_too_few_or_of_another_kind_is_refused(
    message: wire.LineMessage, data: st.DataObject
) -> None:
    head = wire.encode(message).head
    required = [name for name in head if name == "kind" or _required(type(message), name)]
    name = data.draw(st.sampled_from(required))
    mangled = data.draw(
        st.sampled_from(({k: v for k, v in head.items() if k != name}, {**head, "more": 1}, {**head, name: {"no": 1}}))
    )
    with pytest.raises(LinkLost):
        wire.decode(Message(mangled))


def _required(kind: type[Any], name: str) -> bool:
    return next(field for field in fields(kind) if field.name == name).default is MISSING


@given(st.sampled_from(get_args(wire.LineMessage)), st.dictionaries(TEXT, HEADS, max_size=4))
def test_strangers_on_the_link_are_turned_away_and_never_crash_it(kind: type[Any], head: dict[str, Any]) -> None:
    try:
        wire.decode(Message({**head, "kind": kind.__name__}))
        wire.decode(Message(head))
    except LinkLost:
        return
    raise AssertionError(f"{head} was taken for a message")
