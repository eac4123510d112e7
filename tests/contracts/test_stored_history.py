"""Events once written must load for ever: one line of history for each, append-only."""

from pathlib import Path

import msgspec
import pytest

from mentorbooking.adapters.event_store.codec import decode_event, encode_event
from mentorbooking.domain.catalogue import EVENT_TYPES

HISTORY = [
    tuple(line.split(" ", 1))
    for line in (Path(__file__).parent / "stored_history.txt").read_text().splitlines()
]


@pytest.mark.parametrize(("topic", "state"), HISTORY, ids=[topic for topic, _ in HISTORY])
def test_what_was_stored_still_loads_and_says_the_same(topic, state):
    then = msgspec.json.decode(state)
    now = msgspec.json.decode(encode_event(decode_event(topic, state.encode())))
    assert then == {field: now.get(field) for field in then}


def test_every_event_has_a_line_of_history():
    assert {topic for topic, _ in HISTORY} >= set(EVENT_TYPES)
