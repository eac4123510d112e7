"""Read models in DynamoDB over a log in memory, driven by hand."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Self

from mentorbooking.adapters.read_models.dynamodb.digest import digest
from mentorbooking.adapters.read_models.dynamodb.following import Following
from mentorbooking.adapters.read_models.dynamodb.models import all_models, views_over
from mentorbooking.adapters.read_models.dynamodb.schema import create_views_table
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable
from mentorbooking.adapters.read_models.sqlite.log_reader import LogReader
from mentorbooking.application.ports.event_log import EventLog, RecordedEvent
from mentorbooking.application.read_models.progress import ProjectionState
from tests.support.aws_servers import unique
from tests.support.memory_log import MemoryLog
from tests.support.read_models import LogAsSeen, ReadModels

PRESENT = 1_788_253_200
"""Some second of the present, as gravestones need it."""


class OnTheLoop(EventLog):
    """What a reader without an event loop sees, for who has one."""

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader

    async def head(self) -> int:
        return self._reader.head()

    async def read(
        self, after: int, limit: int, *, topics: Collection[str] | None = None
    ) -> Sequence[RecordedEvent]:
        assert topics is None
        return self._reader.read(after, limit)

    async def read_stream(self, stream: str) -> Sequence[RecordedEvent]:
        raise NotImplementedError(stream)


class DynamoDBReadModels(ReadModels):
    """``table`` is of its own unless it is given."""

    def __init__(
        self,
        client: Any,
        folder: Path | None = None,
        log: MemoryLog | None = None,
        *,
        batch: int = 1_000,
        seen_as: type[LogAsSeen] | None = None,
        table: str | None = None,
    ) -> None:
        super().__init__(log)
        self.client = client
        self.table = ViewsTable(client, table or unique("views"))
        self.present = PRESENT
        self._batch = batch
        self._reads: EventLog = OnTheLoop(seen_as(self.log) if seen_as else self.log.reader)

    async def __aenter__(self) -> Self:
        await create_views_table(self.client, self.table.name)
        await self._open()
        return self

    async def _open(self) -> None:
        self.following = self.another_following()
        await self.following.take_over()
        read = views_over(self.table)
        self.mentors, self.timeslots, self.bookings = read[:3]
        self.import_rows = read[3]

    def another_following(
        self, batch: int | None = None, table: ViewsTable | None = None
    ) -> Following:
        """Return what another process would project with."""
        return Following(
            table or self.table,
            all_models(),
            self._reads,
            owner=secrets.token_hex(8),
            seconds=lambda: self.present,
            batch=batch or self._batch,
        )

    async def catch_up(self, *, batches: int | None = None) -> None:
        while batches is None or batches > 0:
            batches = None if batches is None else batches - 1
            if not await self.following.advance():
                break

    async def begin_rebuild(self, *names: str) -> None:
        self.rebuilt = await self.following.rebuilds.begin(names)

    async def restart(self) -> None:
        await self._open()

    async def digest(self, name: str) -> str:
        (model,) = (model for model in all_models() if model.name == name)
        return await digest(self.table, model)

    async def states(self) -> dict[str, ProjectionState]:
        return {state.name: state for state in self.following.states()}

    async def close(self) -> None:
        """There is nothing to close: the client is its maker's, and the table the server's."""
