"""Decides one group of appends: which hold, where they land, which rows that makes.

Pure: what the file says about the group is looked up before, the rows are written after. So
an append that is refused leaves no trace, and its neighbours never notice.
"""

from __future__ import annotations

from typing import Any

import msgspec

from mentorbooking.adapters.persistence.chain import Checkpoint, chain_hash
from mentorbooking.adapters.persistence.requests import (
    Appended,
    IdempotencyKeyTaken,
    IdempotencyRecord,
    StreamConflict,
)
from mentorbooking.adapters.persistence.sqlite_log.prepared import Prepared

Versions = dict[str, int | None]
"""Streams with their versions; None for a stream that has no events."""

Answers = dict[tuple[str, str], tuple[IdempotencyRecord, int]]
"""Stored answers by principal and key, with the positions that they tell."""

LANE = 0


class Ledger:
    """The group so far. ``events``, ``commits`` and ``answers`` are flat lists of values."""

    def __init__(self, head: Checkpoint, versions: Versions, known_answers: Answers) -> None:
        self.head = head
        self.events: list[Any] = []
        self.commits: list[Any] = []
        self.answers: list[Any] = []
        self.outlived: list[tuple[str, str]] = []
        self._versions = versions
        self._answers = known_answers

    def check(self, prepared: Prepared) -> Versions:
        """Return the versions after the append, or raise why it is refused."""
        request = prepared.request
        if request.idempotency is not None:
            self._check_key(request.idempotency, request.time_us)
        after: Versions = {}
        for each in request.streams:
            stream, expected = each.stream, each.expected_version
            actual = after[stream] if stream in after else self._versions[stream]
            if expected != actual and not (actual is None and expected <= 0):
                raise StreamConflict(stream, expected, actual or 0)
            after[stream] = expected + len(each.events) if each.events else actual
        return after

    def record(self, prepared: Prepared, after: Versions) -> Appended:
        """Take in an append that was checked last; it lands behind those before it."""
        self._versions.update(after)
        request, first = prepared.request, self.head.position + 1
        if prepared.events:
            sealed = chain_hash(self.head.hash, LANE, first, prepared.content)
            count = len(prepared.events)
            self.commits += (
                first,
                count,
                request.commit_id,
                request.time_us,
                request.metadata,
                sealed,
            )
            for position, event in enumerate(prepared.events, first):
                self.events += (position, *event)
            self.head = Checkpoint(first + count - 1, sealed)
        last = self.head.position
        if request.idempotency is not None:
            self._record_answer(request.idempotency, last)
        return Appended(min(first, last), last)

    def _check_key(self, asked: IdempotencyRecord, now_us: int) -> None:
        known, position = self._answers.get((asked.principal, asked.key), (None, 0))
        if known is not None and known.expires_at_us > now_us:
            raise IdempotencyKeyTaken(msgspec.structs.replace(known, position=position))

    def _record_answer(self, answer: IdempotencyRecord, position: int) -> None:
        name = (answer.principal, answer.key)
        if name in self._answers:
            self.outlived.append(name)
        self._answers[name] = answer, position
        self.answers += (
            position,
            answer.principal,
            answer.key,
            answer.request_hash,
            answer.status,
            answer.location,
            answer.body,
            answer.expires_at_us,
        )
