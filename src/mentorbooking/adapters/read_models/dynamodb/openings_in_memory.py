"""When mentors are free, as a process holds it in memory."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from typing import Final, NamedTuple

from mentorbooking.adapters.read_models.dynamodb.items import Item, body_of
from mentorbooking.adapters.read_models.dynamodb.openings import mentor_of, openings_of

NEVER: Final = 1 << 60


class _Openings(NamedTuple):
    """Of one mentor, the earliest first."""

    starts: array[int]
    ends: array[int]


class OpeningsInMemory:
    """Instants are microseconds since the epoch. Fortnights stay packed; those of a mentor who
    is looked at are unpacked, into sixteen bytes for each opening.
    """

    def __init__(self) -> None:
        self._packed: dict[str, dict[str, bytes]] = {}
        self._unpacked: dict[str, _Openings] = {}
        self._next: dict[str, tuple[int, int]] = {}

    def put(self, item: Item) -> None:
        """Take in what is open of a mentor's fortnight."""
        sort_key, body = item["sk"]["S"], body_of(item)
        if body is not None:
            mentor_id = mentor_of(sort_key)
            self._packed.setdefault(mentor_id, {})[sort_key] = body
            self._unpacked.pop(mentor_id, None)
            self._next.pop(mentor_id, None)

    def next_free(self, mentor_id: str, now: int) -> int:
        """Return the earliest start after ``now``, or ``NEVER``."""
        known = self._next.get(mentor_id)
        if known is not None and known[0] <= now < known[1]:
            return known[1]
        starts = self._of(mentor_id).starts
        place = bisect_right(starts, now)
        found = starts[place] if place < len(starts) else NEVER
        self._next[mentor_id] = now, found
        return found

    def is_free(self, mentor_id: str, since: int, until: int | None) -> bool:
        """Tell whether an opening lies within; as they do not overlap, the first ends first."""
        starts, ends = self._of(mentor_id)
        place = bisect_left(starts, since)
        return place < len(starts) and (until is None or ends[place] <= until)

    def _of(self, mentor_id: str) -> _Openings:
        found = self._unpacked.get(mentor_id)
        if found is None:
            parts = sorted(self._packed.get(mentor_id, {}).items())
            openings = [each for _, body in parts for each in openings_of(body)]
            found = _Openings(
                array("q", [each.start for each in openings]),
                array("q", [each.end for each in openings]),
            )
            self._unpacked[mentor_id] = found
        return found
