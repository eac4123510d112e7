"""Telling readers that hold rows in memory which of them have changed.

A followed model leaves a note with every batch that has changed something: which homes or
summaries, and at which position the note before was left. Whoever finds that a note is missing,
because it was away for longer than notes are kept, reads everything again.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import msgspec

from mentorbooking.adapters.read_models.dynamodb.items import (
    EXPIRES,
    Item,
    Place,
    body_of,
    in_order,
    stored,
)

PARTITION: Final = "changed"
KEPT_SECONDS: Final = 24 * 3600
MOST_PLACES: Final = 300
"""A note of more is none of places: reading everything again costs no more then."""


class Note(msgspec.Struct, frozen=True, array_like=True):
    """``places`` are those without their generation; None: too many to tell."""

    before: int
    position: int
    places: list[tuple[str, str]] | None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Note).decode


def note_item(before: int, position: int, places: Collection[Place], now: int) -> Item:
    """Return a note as an item; ``now`` is in seconds since the epoch."""
    told = [(place.pk, place.sk) for place in places] if len(places) <= MOST_PLACES else None
    place = Place(PARTITION, in_order(position))
    item = stored(place, position, _encode(Note(before, position, told)))
    return item | {EXPIRES: {"N": str(now + KEPT_SECONDS)}}


def note_of(item: Item) -> Note:
    body = body_of(item)
    if body is None:
        raise ValueError("this is no note")
    return _decode(body)


def changed_since(notes: Collection[Note], seen: int) -> set[Place] | None:
    """Return what has changed since a note was seen; None: that can't be told."""
    changed: set[Place] = set()
    for note in notes:
        if note.before > seen or note.places is None:
            return None
        changed.update(Place(*place) for place in note.places)
        seen = note.position
    return changed
