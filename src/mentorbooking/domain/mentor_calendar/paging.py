"""Which page of a mentor's calendar an instant is on, and which page a slot's id names.

A calendar is cut into pages of fourteen days, each a stream of its own, so that its state stays
small for a mentor with thousands of slots. A slot is on the page on which it starts. Its id
carries the number of the page it was first on in the last 20 bits of its UUIDv7, where the
RFC asks for nothing but randomness; the id stays opaque to everybody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from mentorbooking.domain.kernel.ids import type_id, uuid_of
from mentorbooking.domain.mentor_calendar.policies import LONGEST
from mentorbooking.domain.scheduling.time_slot import TimeSlot

PAGE = timedelta(days=14)
_FIRST = datetime(1970, 1, 5, tzinfo=UTC)  # a Monday
_BITS = 20
_MASK = (1 << _BITS) - 1


def page_of(instant: datetime) -> int:
    """Return the number of the page that holds an instant."""
    return (instant - _FIRST) // PAGE


def slot_id_on(page: int, fresh_id: str) -> str:
    """Write the page into a fresh slot id."""
    uuid = uuid_of("slot", fresh_id)
    if uuid is None:
        raise ValueError(f"not a slot id: {fresh_id}")
    return type_id("slot", uuid & ~_MASK | page & _MASK)


def first_page_of(slot_id: str) -> int | None:
    """Read the page out of a slot id; None when it is no slot id."""
    uuid = uuid_of("slot", slot_id)
    return None if uuid is None else uuid & _MASK


def pages_around(slot: TimeSlot) -> Iterator[int]:
    """Yield the pages whose slots could overlap with this one."""
    yield from range(page_of(slot.start - LONGEST), page_of(slot.end) + 1)
