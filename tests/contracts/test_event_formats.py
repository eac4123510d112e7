"""Every event survives the trip to bytes and back, under its stored name."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorbooking.adapters.event_store.codec import UnknownEvent, decode_event, encode_event
from mentorbooking.domain.catalogue import EVENT_TYPES
from mentorbooking.domain.mentor.profile import MentorProfile, ProfileChanges
from mentorbooking.domain.scheduling.time_slot import TimeSlot

INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))
SLOTS = st.builds(
    lambda start, minutes: TimeSlot(start, start + timedelta(minutes=minutes)),
    INSTANTS,
    st.integers(5, 1440),
)
RATES = st.none() | st.integers(0, 10**6) | st.integers(1, 10**8).map(lambda n: n / 100)

st.register_type_strategy(datetime, INSTANTS)
st.register_type_strategy(TimeSlot, SLOTS)
st.register_type_strategy(
    MentorProfile, st.builds(MentorProfile, name=st.text(), email=st.text(), hourly_rate=RATES)
)
st.register_type_strategy(
    ProfileChanges,
    st.fixed_dictionaries(
        {}, optional={"name": st.text(), "hourly_rate": RATES, "bio": st.text()}
    ).map(lambda given: ProfileChanges(**given)),
)


@pytest.mark.parametrize("topic", EVENT_TYPES)
@settings(max_examples=20)
@given(data=st.data())
def test_an_event_reads_back_as_it_was(topic, data):
    event = data.draw(st.builds(EVENT_TYPES[topic], at=INSTANTS))
    assert decode_event(topic, encode_event(event)) == event


def test_the_stored_name_says_aggregate_and_fact():
    for topic, kind in EVENT_TYPES.items():
        assert topic == kind.TOPIC
        aggregate, _, fact = topic.partition(".")
        assert aggregate.replace("_", "").isalpha()
        assert fact.replace("_", "").isalpha()


def test_a_strange_name_is_told_apart_from_damage():
    with pytest.raises(UnknownEvent):
        decode_event("booking.teleported", b"{}")
    with pytest.raises(msgspec.DecodeError):
        decode_event("booking.cancelled", b"\x00")
