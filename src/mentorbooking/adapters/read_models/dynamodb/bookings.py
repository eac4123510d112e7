"""The list of bookings in DynamoDB.

A booking stands by its id, and by its start among those of its student, of its mentor, and of
all; in a state that is rare it stands once more among those of that state. All other conditions
are looked at row by row: see ``reader.MOST_LOOKED_AT``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Final

import msgspec
from msgspec import UNSET

from mentorbooking.adapters.instants import instant, microseconds
from mentorbooking.adapters.read_models.dynamodb.compact_ids import compact, spelled
from mentorbooking.adapters.read_models.dynamodb.items import Place, by_time
from mentorbooking.adapters.read_models.dynamodb.model import DynamoDBReadModel
from mentorbooking.adapters.read_models.dynamodb.reader import (
    FIRST,
    LAST,
    Listing,
    Range,
    ViewsReader,
    behind,
    sort_key_in,
)
from mentorbooking.application.answers.booking import BookingAnswer
from mentorbooking.application.read_models.bookings import (
    Bookings,
    BookingsProjection,
    BookingsQuery,
)
from mentorbooking.application.read_models.page import Page
from mentorbooking.application.read_models.projection import Key
from mentorbooking.domain.booking.booking import BookingStatus
from mentorbooking.domain.mentor_calendar.policies import LONGEST

_STATES: Final = frozenset(BookingStatus)
_RARE: Final = _STATES - {BookingStatus.CONFIRMED}


class _Packed(msgspec.Struct, array_like=True):
    """A booking as it is stored; times are microseconds, ``updated`` counts from ``created``."""

    id: bytes
    mentor_id: bytes
    student_id: bytes
    slot_id: bytes
    start: int
    length: int
    minutes: int
    title: str
    description: str
    status: str
    created: int
    updated: int
    version: int
    cancelled_by: str | None
    reason: str | None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Packed).decode


class DynamoDBBookingsModel(DynamoDBReadModel[BookingAnswer]):
    projection: ClassVar = BookingsProjection()
    tag: ClassVar[str] = "b"

    def home(self, key: Key) -> Place:
        return Place(f"id/{key}")

    def copies(self, key: Key, row: BookingAnswer) -> Iterable[Place]:  # noqa: ARG002
        sort_key = f"{by_time(row.start)}#{row.id}"
        yield Place(f"s/{row.student_id}", sort_key)
        yield Place(f"m/{row.mentor_id}", sort_key)
        yield Place("all", sort_key)
        if row.status in _RARE:
            yield Place(f"in/{row.status}", sort_key)

    def pack(self, row: BookingAnswer) -> bytes:
        start, created = microseconds(row.start), microseconds(row.created_at)
        return _encode(
            _Packed(
                id=compact("booking", row.id),
                mentor_id=compact("mentor", row.mentor_id),
                student_id=compact("student", row.student_id),
                slot_id=compact("slot", row.slot_id),
                start=start,
                length=microseconds(row.end) - start,
                minutes=row.duration_minutes,
                title=row.title,
                description=row.description,
                status=row.status,
                created=created,
                updated=microseconds(row.updated_at) - created,
                version=row.version,
                cancelled_by=row.cancelled_by or None,
                reason=row.cancellation_reason or None,
            )
        )

    def unpack(self, key: Key, body: bytes) -> BookingAnswer:  # noqa: ARG002
        return unpacked(body)

    def row_of(self, place: Place, body: bytes) -> tuple[Key, BookingAnswer] | None:
        if not place.pk.startswith("id/"):
            return None
        row = unpacked(body)
        return row.id, row


def unpacked(body: bytes) -> BookingAnswer:
    packed = _decode(body)
    return BookingAnswer(
        id=spelled("booking", packed.id),
        mentor_id=spelled("mentor", packed.mentor_id),
        student_id=spelled("student", packed.student_id),
        slot_id=spelled("slot", packed.slot_id),
        start=instant(packed.start),
        end=instant(packed.start + packed.length),
        duration_minutes=packed.minutes,
        title=packed.title,
        description=packed.description,
        status=packed.status,
        created_at=instant(packed.created),
        updated_at=instant(packed.created + packed.updated),
        version=packed.version,
        cancelled_by=packed.cancelled_by or UNSET,
        cancellation_reason=packed.reason or UNSET,
    )


class DynamoDBBookings(Bookings):
    def __init__(self, reader: ViewsReader, model: DynamoDBBookingsModel) -> None:
        self._reader = reader
        self._model = model

    async def page(self, query: BookingsQuery, *, now: datetime) -> Page:
        after = sort_key_in(query.after)
        if query.status is not None and query.status not in _STATES:
            return Page([], None)
        first, last = _bounds(query, now)
        if after is not None:
            first = max(first, behind(after))
        within = Range(_partition(query), first, last)

        def wanted(_: str, body: bytes) -> BookingAnswer | None:
            row = unpacked(body)
            return row if _meets(row, query, now) else None

        listing = Listing(self._reader.table, query.limit, wanted)
        return await self._reader.in_use(
            self._model, lambda rows: listing.page(within.of_generation(rows))
        )

    async def have_confirmed_booking(self, *, student_id: str, mentor_id: str) -> bool:
        """Looks at the student's bookings, twelve or so for a read unit."""

        def known(_: str, body: bytes) -> bool | None:
            row = unpacked(body)
            stands = row.mentor_id == mentor_id and row.status == BookingStatus.CONFIRMED
            return stands or None

        listing = Listing(self._reader.table, 1, known, most=_ALL)
        within = Range(f"s/{student_id}")
        found, _ = await self._reader.in_use(
            self._model, lambda rows: listing.rows(within.of_generation(rows))
        )
        return bool(found)


_ALL: Final = 1 << 40


def _partition(query: BookingsQuery) -> str:
    if query.student_id is not None:
        return f"s/{query.student_id}"
    if query.mentor_id is not None:
        return f"m/{query.mentor_id}"
    return f"in/{query.status}" if query.status in _RARE else "all"


def _bounds(query: BookingsQuery, now: datetime) -> tuple[str, str]:
    first, last = FIRST, LAST
    if query.start_from is not None:
        first = by_time(query.start_from)
    if query.start_before is not None:
        last = by_time(query.start_before)
    match query.when:
        case "upcoming":
            # No session is longer than a slot may be.
            first = max(first, by_time(now - LONGEST))
        case "past":
            last = min(last, by_time(now))
        case "all":
            pass
    return first, last


def _meets(row: BookingAnswer, query: BookingsQuery, now: datetime) -> bool:
    return (
        (query.status is None or row.status == query.status)
        and (query.mentor_id is None or row.mentor_id == query.mentor_id)
        and (query.when != "upcoming" or row.end > now)
        and (query.when != "past" or row.end <= now)
    )
