"""The lines in which recipients' queued messages wait, in the memory of who sends them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import msgspec


class Waiting(msgspec.Struct, frozen=True, gc=False):
    """A queued message, ``resends`` telling how often it was queued again."""

    id: str
    position: int
    resends: int
    recipient: str
    due_at: datetime
    booking_id: str | None = None

    @property
    def place(self) -> tuple[int, str]:
        """Where it stands in its line: in the order of the log."""
        return self.position, self.id


class _Head(NamedTuple):
    """The first of a line, as it was when it came to be the first."""

    due_at: datetime
    position: int
    id: str


class WaitingLines:
    """Of each line only the first message can be due. Some 400 bytes for each message: 20 MB for
    the invitations of the largest import.

    Heads are kept in heaps, those of bookings apart. One that has moved on is left there until
    it comes up, so that each change costs the logarithm of what is waiting.
    """

    def __init__(self, waiting: Iterable[Waiting] = ()) -> None:
        """Let messages wait; where one is told several times the last holds."""
        self._by_id: dict[str, Waiting] = {}
        self._lines: dict[str, list[Waiting]] = {}
        for each in {each.id: each for each in waiting}.values():
            self._join(each)
        self._heads: dict[bool, list[_Head]] = {True: [], False: []}
        for line in self._lines.values():
            self._heads[line[0].booking_id is not None].append(_head(line[0]))
        for heads in self._heads.values():
            heapify(heads)

    def put(self, waiting: Waiting) -> None:
        """Let a message wait, in place of what was known of the same one."""
        first = self._first(waiting.recipient)
        self._leave(waiting.id)
        self._join(waiting)
        self._note_head(waiting.recipient, first)

    def drop(self, message_id: str) -> None:
        """Let a message wait no more; one that doesn't is fine."""
        known = self._by_id.get(message_id)
        if known is not None:
            first = self._first(known.recipient)
            self._leave(message_id)
            self._note_head(known.recipient, first)

    def due(self, now: datetime, limit: int) -> Sequence[Waiting]:
        """Return what is to be sent now: about bookings first, then what waited longest."""
        found: list[Waiting] = []
        for about_bookings in (True, False):
            found += self._due(self._heads[about_bookings], now, limit - len(found))
        return found

    def _due(self, heads: list[_Head], now: datetime, limit: int) -> list[Waiting]:
        taken: dict[str, _Head] = {}
        while heads and heads[0].due_at <= now and len(taken) < limit:
            head = heappop(heads)
            if self._is_first(head):
                taken[head.id] = head
        for head in taken.values():
            heappush(heads, head)
        return [self._by_id[message_id] for message_id in taken]

    def _is_first(self, head: _Head) -> bool:
        known = self._by_id.get(head.id)
        return (
            known is not None
            and known.due_at == head.due_at
            and self._lines[known.recipient][0] is known
        )

    def _join(self, waiting: Waiting) -> None:
        self._by_id[waiting.id] = waiting
        insort(self._lines.setdefault(waiting.recipient, []), waiting, key=_place)

    def _leave(self, message_id: str) -> None:
        known = self._by_id.pop(message_id, None)
        if known is not None:
            line = self._lines[known.recipient]
            del line[bisect_left(line, known.place, key=_place)]
            if not line:
                del self._lines[known.recipient]

    def _first(self, recipient: str) -> Waiting | None:
        line = self._lines.get(recipient)
        return line[0] if line else None

    def _note_head(self, recipient: str, before: Waiting | None) -> None:
        first = self._first(recipient)
        if first is not None and first is not before:
            heappush(self._heads[first.booking_id is not None], _head(first))


def _place(waiting: Waiting) -> tuple[int, str]:
    return waiting.place


def _head(waiting: Waiting) -> _Head:
    return _Head(waiting.due_at, waiting.position, waiting.id)
