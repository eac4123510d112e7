"""The history of bookings in DynamoDB."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from mentorbooking.adapters.read_models.dynamodb.items import Place, body_of, in_order
from mentorbooking.adapters.read_models.dynamodb.model import DynamoDBReadModel, pair_of
from mentorbooking.adapters.read_models.dynamodb.reader import FIRST, LAST, ViewsReader
from mentorbooking.application.read_models.booking_history import (
    BookingHistory,
    BookingHistoryProjection,
    HistoryEntry,
)
from mentorbooking.application.read_models.projection import Key

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(HistoryEntry).decode


class DynamoDBBookingHistoryModel(DynamoDBReadModel[HistoryEntry]):
    """Entries are only ever added. Each names its fields: a booking has few of them."""

    projection: ClassVar = BookingHistoryProjection()
    tag: ClassVar[str] = "h"
    once: ClassVar[bool] = True

    def home(self, key: Key) -> Place:
        booking_id, position = pair_of(key)
        return Place(booking_id, in_order(position))

    def pack(self, row: HistoryEntry) -> bytes:
        return _encode(row)

    def unpack(self, key: Key, body: bytes) -> HistoryEntry:  # noqa: ARG002
        return _decode(body)

    def row_of(self, place: Place, body: bytes) -> tuple[Key, HistoryEntry] | None:
        return (place.pk, int(place.sk)), _decode(body)


class DynamoDBBookingHistory(BookingHistory):
    def __init__(self, reader: ViewsReader, model: DynamoDBBookingHistoryModel) -> None:
        self._reader = reader
        self._model = model

    async def of_booking(self, booking_id: str) -> list[HistoryEntry]:
        found = await self._reader.in_use(
            self._model,
            lambda rows: self._reader.table.query_all(f"{rows}/{booking_id}", FIRST, LAST),
        )
        return [_decode(body) for item in found if (body := body_of(item)) is not None]
