"""The lists of mentors' time slots in DynamoDB.

A slot stands by its id, and by its start among those of its mentor. What is open of a mentor's
fortnight is kept together as well: see ``openings``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

import msgspec
from msgspec import UNSET

from mentorbooking.adapters.instants import instant, microseconds
from mentorbooking.adapters.read_models.dynamodb import openings
from mentorbooking.adapters.read_models.dynamodb.compact_ids import compact, spelled
from mentorbooking.adapters.read_models.dynamodb.items import Item, Place, by_time
from mentorbooking.adapters.read_models.dynamodb.model import DynamoDBReadModel, Step, Summary
from mentorbooking.adapters.read_models.dynamodb.reader import (
    Listing,
    Range,
    ViewsReader,
    behind,
    sort_key_in,
)
from mentorbooking.application.answers.slot import SlotAnswer
from mentorbooking.application.read_models.page import Page
from mentorbooking.application.read_models.projection import Key
from mentorbooking.application.read_models.timeslots import (
    Timeslots,
    TimeslotsProjection,
    TimeslotsQuery,
)

_END_OF_TIME: Final = datetime.max.replace(tzinfo=UTC)
_MOMENT: Final = timedelta(microseconds=1)


class _Packed(msgspec.Struct, array_like=True):
    """A slot as it is stored; times are microseconds."""

    id: bytes
    mentor_id: bytes
    start: int
    length: int
    minutes: int
    booking_id: bytes | None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Packed).decode


class DynamoDBTimeslotsModel(DynamoDBReadModel[SlotAnswer]):
    projection: ClassVar = TimeslotsProjection()
    tag: ClassVar[str] = "t"
    followed: ClassVar[bool] = True

    def home(self, key: Key) -> Place:
        return Place(f"id/{key}")

    def copies(self, key: Key, row: SlotAnswer) -> Iterable[Place]:  # noqa: ARG002
        yield Place(f"m/{row.mentor_id}", f"{by_time(row.start)}#{row.id}")

    def pack(self, row: SlotAnswer) -> bytes:
        start = microseconds(row.start)
        return _encode(
            _Packed(
                id=compact("slot", row.id),
                mentor_id=compact("mentor", row.mentor_id),
                start=start,
                length=microseconds(row.end) - start,
                minutes=row.duration_minutes,
                booking_id=compact("booking", row.booking_id) if row.booking_id else None,
            )
        )

    def unpack(self, key: Key, body: bytes) -> SlotAnswer:  # noqa: ARG002
        return unpacked(body)

    def row_of(self, place: Place, body: bytes) -> tuple[Key, SlotAnswer] | None:
        if not place.pk.startswith("id/"):
            return None
        row = unpacked(body)
        return row.id, row

    def touched(self, steps: Sequence[Step[SlotAnswer]]) -> Collection[Place]:
        return openings.touched(steps)

    def summaries(
        self, steps: Sequence[Step[SlotAnswer]], before: Mapping[Place, Item]
    ) -> Iterator[Summary]:
        return openings.summaries(steps, before)


def unpacked(body: bytes) -> SlotAnswer:
    packed = _decode(body)
    return SlotAnswer(
        id=spelled("slot", packed.id),
        mentor_id=spelled("mentor", packed.mentor_id),
        start=instant(packed.start),
        end=instant(packed.start + packed.length),
        duration_minutes=packed.minutes,
        status="available" if packed.booking_id is None else "booked",
        booking_id=UNSET if packed.booking_id is None else spelled("booking", packed.booking_id),
    )


class DynamoDBTimeslots(Timeslots):
    def __init__(self, reader: ViewsReader, model: DynamoDBTimeslotsModel) -> None:
        self._reader = reader
        self._model = model

    async def page(self, query: TimeslotsQuery, *, now: datetime) -> Page:
        first = query.start_from
        if query.status == "available":
            first = max(first, now + _MOMENT)
        listing, within = self._listing(query), _range(query, first)
        return await self._reader.in_use(
            self._model, lambda rows: listing.page(within.of_generation(rows))
        )

    async def next_open(self, mentor_id: str, *, after: datetime, limit: int) -> list[SlotAnswer]:
        """Looks at ``reader.MOST_LOOKED_AT`` slots at most; there may be an open one later."""
        query = TimeslotsQuery(
            mentor_id=mentor_id, start_from=after, start_before=_END_OF_TIME, limit=limit
        )
        listing, within = self._listing(query), _range(query, after + _MOMENT)
        found, _ = await self._reader.in_use(
            self._model, lambda rows: listing.rows(within.of_generation(rows))
        )
        return found

    def _listing(self, query: TimeslotsQuery) -> Listing[SlotAnswer]:
        def wanted(_: str, body: bytes) -> SlotAnswer | None:
            row = unpacked(body)
            return row if _meets(row, query) else None

        return Listing(self._reader.table, query.limit, wanted)


def _meets(row: SlotAnswer, query: TimeslotsQuery) -> bool:
    return (query.status in ("all", row.status)) and (
        query.duration_minutes is None or row.duration_minutes == query.duration_minutes
    )


def _range(query: TimeslotsQuery, start_from: datetime) -> Range:
    first, after = by_time(start_from), sort_key_in(query.after)
    if after is not None:
        first = max(first, behind(after))
    return Range(f"m/{query.mentor_id}", first, by_time(query.start_before))
