"""The rows of imports in DynamoDB.

A row stands by its line among those of its import; one that has failed stands among the failed
ones too, which are few and asked for most.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

import msgspec

from mentorbooking.adapters.read_models.dynamodb.items import Place, in_order
from mentorbooking.adapters.read_models.dynamodb.model import DynamoDBReadModel, pair_of
from mentorbooking.adapters.read_models.dynamodb.reader import (
    FIRST,
    Listing,
    Range,
    ViewsReader,
    behind,
    sort_key_in,
)
from mentorbooking.application.answers.mentor_import import ImportRowAnswer
from mentorbooking.application.read_models.mentor_import_rows import (
    ImportRowsQuery,
    MentorImportRows,
    MentorImportRowsProjection,
)
from mentorbooking.application.read_models.page import Page
from mentorbooking.application.read_models.projection import Key
from mentorbooking.domain.mentor_import.events import RowOutcome

_OUTCOMES: Final = frozenset(RowOutcome)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ImportRowAnswer).decode


class DynamoDBMentorImportRowsModel(DynamoDBReadModel[ImportRowAnswer]):
    """A row of an import has its outcome once, and keeps it."""

    projection: ClassVar = MentorImportRowsProjection()
    tag: ClassVar[str] = "i"
    once: ClassVar[bool] = True

    def home(self, key: Key) -> Place:
        import_id, line = pair_of(key)
        return Place(import_id, in_order(line))

    def copies(self, key: Key, row: ImportRowAnswer) -> Iterable[Place]:
        if row.status == RowOutcome.FAILED:
            import_id, line = pair_of(key)
            yield Place(f"{import_id}/failed", in_order(line))

    def pack(self, row: ImportRowAnswer) -> bytes:
        return _encode(row)

    def unpack(self, key: Key, body: bytes) -> ImportRowAnswer:  # noqa: ARG002
        return _decode(body)

    def row_of(self, place: Place, body: bytes) -> tuple[Key, ImportRowAnswer] | None:
        import_id, _, among = place.pk.partition("/")
        return None if among else ((import_id, int(place.sk)), _decode(body))


class DynamoDBMentorImportRows(MentorImportRows):
    def __init__(self, reader: ViewsReader, model: DynamoDBMentorImportRowsModel) -> None:
        self._reader = reader
        self._model = model

    async def page(self, query: ImportRowsQuery) -> Page:
        after = sort_key_in(query.after)
        if query.status is not None and query.status not in _OUTCOMES:
            return Page([], None)
        failed = "/failed" if query.status == RowOutcome.FAILED else ""
        within = Range(f"{query.import_id}{failed}", FIRST if after is None else behind(after))

        def wanted(_: str, body: bytes) -> ImportRowAnswer | None:
            row = _decode(body)
            return row if query.status in (None, row.status) else None

        listing = Listing(self._reader.table, query.limit, wanted)
        return await self._reader.in_use(
            self._model, lambda rows: listing.page(within.of_generation(rows))
        )
