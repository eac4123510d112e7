"""Whether a snapshot is what its events come to, for whoever verifies a log."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

import mentorbooking.domain
from mentorbooking.adapters.event_store.codec import encode_event
from mentorbooking.adapters.event_store.refolding import KINDS, is_refolded
from mentorbooking.adapters.event_store.states import snapshot_of
from mentorbooking.adapters.persistence.requests import Snapshot, StoredEvent
from mentorbooking.domain.catalogue import EVENT_TYPES
from mentorbooking.domain.kernel.aggregate import AggregateRoot
from mentorbooking.domain.kernel.event import Event
from mentorbooking.domain.mentor.events import MentorActivated, MentorCreated, MentorPaused, Origin
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import MentorProfile
from tests.support.fixed import MENTOR, NOW

PROFILE = MentorProfile(name="Ada", email="ada@example.org", skills=("Python",), hourly_rate=30)
HISTORY: Sequence[Event] = (
    MentorCreated(at=NOW, profile=PROFILE, origin=Origin.IMPORT),
    MentorPaused(at=NOW),
    MentorActivated(at=NOW),
)
SOUND = snapshot_of(Mentor(id=MENTOR).after(*HISTORY))


def stored(*events: Event) -> list[StoredEvent]:
    return [
        StoredEvent(
            position=version,
            stream=MENTOR,
            version=version,
            topic=each.TOPIC,
            state=encode_event(each),
            commit_id="commit_1",
            time_us=0,
            metadata=b"{}",
            number=version - 1,
        )
        for version, each in enumerate(events, 1)
    ]


def with_state(**changes: Any) -> Snapshot:
    state = msgspec.json.decode(SOUND.state) | changes
    return replace(SOUND, state=msgspec.json.encode(state))


def test_a_snapshot_that_was_kept_is_right() -> None:
    assert is_refolded(SOUND, stored(*HISTORY))


@pytest.mark.parametrize(
    "snapshot",
    [
        with_state(status="paused"),
        with_state(version=2),
        with_state(id="mentor_01k40000000000000000000009"),
        with_state(status="strange"),
        replace(SOUND, state=b"torn"),
        replace(SOUND, state=b"{}"),
    ],
)
def test_a_snapshot_that_was_changed_is_wrong(snapshot: Snapshot) -> None:
    assert not is_refolded(snapshot, stored(*HISTORY))


def test_a_snapshot_of_other_events_is_wrong() -> None:
    assert not is_refolded(SOUND, stored(*HISTORY[:2]))
    torn = [replace(each, state=b"{}") for each in stored(*HISTORY)]
    assert not is_refolded(SOUND, torn)


def test_what_is_never_loaded_is_as_good_as_any() -> None:
    assert is_refolded(replace(SOUND, schema=99, state=b"torn"), stored(*HISTORY))


def test_what_only_a_newer_program_knows_is_not_found_fault_with() -> None:
    newer = [*stored(*HISTORY), replace(stored(*HISTORY)[2], topic="mentor.promoted")]
    assert is_refolded(SOUND, newer)
    assert is_refolded(SOUND, [replace(each, topic="guild.founded") for each in newer])


def every_kind() -> Iterator[type[AggregateRoot]]:
    for module in pkgutil.walk_packages(mentorbooking.domain.__path__, "mentorbooking.domain."):
        importlib.import_module(module.name)
    for kind in AggregateRoot.__subclasses__():
        if kind.__module__.startswith("mentorbooking."):
            yield kind


def test_every_kind_of_aggregate_is_known_by_its_first_event() -> None:
    assert set(KINDS.values()) == set(every_kind())
    begun = {topic.partition(".")[0] for topic in EVENT_TYPES}
    assert KINDS.keys() <= begun
