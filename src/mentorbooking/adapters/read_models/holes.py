"""Behind a hole of the log nothing is taken in: what is missing may yet come, or is lost."""

from __future__ import annotations

from collections.abc import Sequence

from mentorbooking.application.ports.event_log import RecordedEvent


def up_to_a_hole(events: Sequence[RecordedEvent], after: int) -> Sequence[RecordedEvent]:
    """Return the events before the first that is not at the position behind its predecessor's."""
    for expected, recorded in enumerate(events, after + 1):
        if recorded.position != expected:
            return events[: expected - after - 1]
    return events


def hole_behind(
    sound: Sequence[RecordedEvent], events: Sequence[RecordedEvent], after: int
) -> str | None:
    """Tell the hole that ends what is ``sound`` of events, where there should be some."""
    if events and len(sound) == len(events):
        return None
    return f"the log has a hole: position {after + len(sound) + 1} is missing"
