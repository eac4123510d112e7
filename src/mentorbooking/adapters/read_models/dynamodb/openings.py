"""What is open of each mentor's time, a fortnight of one mentor in an item.

The directory tells of every mentor when they are free next, and finds those who are free at some
time: questions about all mentors' slots at once. It holds these items in memory, those of the
present fortnight and later ones. With eight slots a day an item is about half a kilobyte.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from mentorbooking.adapters.instants import instant, microseconds
from mentorbooking.adapters.read_models.dynamodb.items import Item, Place, body_of, position_of
from mentorbooking.adapters.read_models.dynamodb.model import Step, Summary
from mentorbooking.application.answers.slot import SlotAnswer
from mentorbooking.domain.mentor_calendar.paging import PAGE, page_of

PARTITION: Final = "open"
_MINUTE: Final = 60_000_000
_PAGE: Final = PAGE // (instant(1) - instant(0))


class Opening(NamedTuple):
    """An open slot, in microseconds since the epoch."""

    start: int
    end: int


class _Packed(msgspec.Struct, array_like=True):
    """Starts and lengths in turn, those of whole minutes apart from others; starts count from
    the beginning of 1970 in whole fortnights of ``_PAGE``.
    """

    page: int
    minutes: list[int]
    microseconds: list[int]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Packed).decode
_NOTHING: Final = _encode(_Packed(0, [], []))


def first_sort_key(now: datetime) -> str:
    """Return where the items of the present fortnight begin."""
    return _page_key(page_of(now))


def mentor_of(sort_key: str) -> str:
    return sort_key.partition("#")[2]


def touched(steps: Sequence[Step[SlotAnswer]]) -> list[Place]:
    """Name the items that follow from what has become of slots."""
    rows = (row for step in steps for row in (step.before, step.after) if row is not None)
    return list(dict.fromkeys(map(_place, rows)))


def summaries(steps: Sequence[Step[SlotAnswer]], before: Mapping[Place, Item]) -> Iterator[Summary]:
    """Yield the items that are other than before. Slots of a mentor do not overlap, so the start
    tells which of them is meant. An item that is ahead of a step has it in it.
    """
    ahead_to = {place: position_of(item) for place, item in before.items()}
    open_at = {
        place: dict(openings_of(body_of(item) or _NOTHING)) for place, item in before.items()
    }
    changed_at: dict[Place, int] = {}
    for position, _, was, becomes in steps:
        for place in {_place(row) for row in (was, becomes) if row is not None}:
            if ahead_to.get(place, 0) >= position:
                continue
            changed_at[place] = position
            openings = open_at.setdefault(place, {})
            if was is not None and _is_open_in(place, was):
                openings.pop(microseconds(was.start), None)
            if becomes is not None and _is_open_in(place, becomes):
                openings[microseconds(becomes.start)] = microseconds(becomes.end)
    for place, position in changed_at.items():
        yield Summary(place, position, _pack(open_at[place]))


def _is_open_in(place: Place, row: SlotAnswer) -> bool:
    return row.status == "available" and _place(row) == place


def openings_of(body: bytes) -> list[Opening]:
    """Return what is open, the earliest first."""
    page, minutes, exact = msgspec.structs.astuple(_decode(body))
    base = page * _PAGE
    found = [
        Opening(base + start * _MINUTE, base + (start + length) * _MINUTE)
        for start, length in zip(minutes[::2], minutes[1::2], strict=True)
    ]
    found += [
        Opening(base + start, base + start + length)
        for start, length in zip(exact[::2], exact[1::2], strict=True)
    ]
    return sorted(found)


def _pack(openings: Mapping[int, int]) -> bytes:
    page = min(openings, default=0) // _PAGE
    packed = _Packed(page, [], [])
    for start, end in sorted(openings.items()):
        offset, length = start - page * _PAGE, end - start
        if offset % _MINUTE or length % _MINUTE:
            packed.microseconds += (offset, length)
        else:
            packed.minutes += (offset // _MINUTE, length // _MINUTE)
    return _encode(packed)


def _place(row: SlotAnswer) -> Place:
    return Place(PARTITION, f"{_page_key(page_of(row.start))}#{row.mentor_id}")


def _page_key(page: int) -> str:
    return f"{page:06d}"
