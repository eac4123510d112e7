"""Read models over a log in memory, on each backend there is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Self, TypeAlias, TypeVar

import msgspec

from mentorbooking.adapters.read_models.sqlite.database import ViewsDatabase, open_views
from mentorbooking.adapters.read_models.sqlite.following import Following
from mentorbooking.adapters.read_models.sqlite.log_reader import LogReader
from mentorbooking.adapters.read_models.sqlite.model import SQLiteReadModel
from mentorbooking.adapters.read_models.sqlite.models import all_models, views_over
from mentorbooking.application.context import Metadata
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.read_models.bookings import Bookings
from mentorbooking.application.read_models.mentor_directory import MentorDirectory
from mentorbooking.application.read_models.mentor_import_rows import MentorImportRows
from mentorbooking.application.read_models.page import Page
from mentorbooking.application.read_models.progress import ProjectionState
from mentorbooking.application.read_models.timeslots import Timeslots
from mentorbooking.domain.kernel.event import Event
from tests.support.memory_log import SOMEBODY, MemoryLog

A = TypeVar("A")

ALL_MODELS = ("bookings", "mentor_directory", "mentor_import_rows", "timeslots")


class ReadModels(ABC):
    """What a contract test needs of a backend: what happens in the log, then reads."""

    mentors: MentorDirectory
    timeslots: Timeslots
    bookings: Bookings
    import_rows: MentorImportRows
    rebuilt: Future[None]
    """Of the rebuild that was begun last."""

    def __init__(self, log: MemoryLog | None = None) -> None:
        self.log = log or MemoryLog()

    async def happened(self, stream: str, *events: Event, metadata: Metadata = SOMEBODY) -> None:
        """Append to the log, and project it."""
        self.log.append(stream, *events, metadata=metadata)
        await self.catch_up()

    @abstractmethod
    async def catch_up(self, *, batches: int | None = None) -> None:
        """Project what the log holds, or so many batches of it."""

    @abstractmethod
    async def begin_rebuild(self, *names: str) -> None:
        """Ask for a rebuild; ``catch_up`` goes on with it."""

    @abstractmethod
    async def restart(self) -> None:
        """Stop as if killed, then start again."""

    @abstractmethod
    async def digest(self, name: str) -> str: ...

    @abstractmethod
    async def states(self) -> dict[str, ProjectionState]: ...

    @abstractmethod
    async def close(self) -> None: ...

    async def digests(self) -> dict[str, str]:
        return {name: await self.digest(name) for name in ALL_MODELS}

    async def rebuild(self, *names: str) -> None:
        await self.begin_rebuild(*(names or ALL_MODELS))
        await self.catch_up()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


Backend: TypeAlias = Callable[..., ReadModels]
"""Makes read models in a folder: ``(folder, log, batch=…, seen_as=…)``."""


class SQLiteReadModels(ReadModels):
    """Driven by hand: no thread."""

    def __init__(
        self,
        folder: Path,
        log: MemoryLog | None = None,
        *,
        batch: int = 1_000,
        seen_as: type[LogAsSeen] | None = None,
        models: Sequence[SQLiteReadModel[Any]] | None = None,
    ) -> None:
        super().__init__(log)
        self.path = folder / "views.db"
        self._batch = batch
        self._reads: LogReader = seen_as(self.log) if seen_as else self.log.reader
        self._models = models or all_models()
        self._open()

    def _open(self) -> None:
        self.views: ViewsDatabase = open_views(self.path, self._models, self._reads)
        self.following = Following(self.views, self._reads, batch=self._batch)
        self._reader = self.views.reader()
        read = views_over(self._reader)
        self.mentors, self.timeslots, self.bookings = read[:3]
        self.import_rows = read[3]

    async def catch_up(self, *, batches: int | None = None) -> None:
        while batches is None or batches > 0:
            batches = None if batches is None else batches - 1
            if not self.following.advance():
                break

    async def begin_rebuild(self, *names: str) -> None:
        self.rebuilt = self.following.rebuilds.begin(names)

    async def restart(self) -> None:
        await self.close()
        self._open()

    async def digest(self, name: str) -> str:
        return self.views.digest(name)

    async def states(self) -> dict[str, ProjectionState]:
        return {state.name: state for state in self.following.states()}

    async def close(self) -> None:
        self._reader.close()
        self.views.close()


class LogAsSeen:
    """A log through somebody's eyes: subclasses bend what is read."""

    def __init__(self, log: MemoryLog) -> None:
        self.log = log

    def head(self) -> int:
        return self.log.reader.head()

    def read(self, after: int, limit: int) -> Sequence[RecordedEvent]:
        return self.log.reader.read(after, limit)


def rows_of(page: Page, kind: type[A]) -> list[A]:
    return [msgspec.json.decode(row, type=kind) for row in page.rows]
