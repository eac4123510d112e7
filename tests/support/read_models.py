"""Read models over a log in memory, on each backend there is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec

from mentorbooking.adapters.read_models.sqlite.database import ViewsDatabase, open_views
from mentorbooking.adapters.read_models.sqlite.following import Following
from mentorbooking.adapters.read_models.sqlite.model import SQLiteReadModel
from mentorbooking.adapters.read_models.sqlite.models import all_models, views_over
from mentorbooking.application.context import Metadata
from mentorbooking.application.ports.event_log import EventLog, RecordedEvent
from mentorbooking.application.read_models.booking_history import BookingHistory
from mentorbooking.application.read_models.bookings import Bookings
from mentorbooking.application.read_models.mentor_directory import MentorDirectory
from mentorbooking.application.read_models.mentor_import_rows import MentorImportRows
from mentorbooking.application.read_models.page import Page
from mentorbooking.application.read_models.progress import ProjectionState
from mentorbooking.application.read_models.timeslots import Timeslots
from mentorbooking.domain.kernel.event import Event
from tests.support.memory_log import SOMEBODY, MemoryLog

A = TypeVar("A")

ALL_MODELS = ("booking_history", "bookings", "mentor_directory", "mentor_import_rows", "timeslots")


class ReadModels(ABC):
    """What a contract test needs of a backend: what happens in the log, then reads."""

    mentors: MentorDirectory
    timeslots: Timeslots
    bookings: Bookings
    history: BookingHistory
    import_rows: MentorImportRows

    def __init__(self, log: MemoryLog | None = None) -> None:
        self.log = log or MemoryLog()

    def happened(self, stream: str, *events: Event, metadata: Metadata = SOMEBODY) -> None:
        """Append to the log, and project it."""
        self.log.append(stream, *events, metadata=metadata)
        self.catch_up()

    @abstractmethod
    def catch_up(self, *, batches: int | None = None) -> None:
        """Project what the log holds, or so many batches of it."""

    @abstractmethod
    def begin_rebuild(self, *names: str) -> None:
        """Ask for a rebuild; ``catch_up`` goes on with it."""

    @abstractmethod
    def restart(self) -> None:
        """Stop as if killed, then start again."""

    @abstractmethod
    def digest(self, name: str) -> str: ...

    @abstractmethod
    def states(self) -> dict[str, ProjectionState]: ...

    @abstractmethod
    def close(self) -> None: ...

    def digests(self) -> dict[str, str]:
        return {name: self.digest(name) for name in ALL_MODELS}

    def rebuild(self, *names: str) -> None:
        self.begin_rebuild(*(names or ALL_MODELS))
        self.catch_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


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
        self._log: EventLog = seen_as(self.log) if seen_as else self.log
        self._models = models or all_models()
        self._open()

    def _open(self) -> None:
        self.views: ViewsDatabase = open_views(self.path, self._models, self._log)
        self.following = Following(self.views, self._log, batch=self._batch)
        self._reader = self.views.reader()
        read = views_over(self._reader)
        self.mentors, self.timeslots, self.bookings = read[:3]
        self.history, self.import_rows = read[3:]

    def catch_up(self, *, batches: int | None = None) -> None:
        while batches is None or batches > 0:
            batches = None if batches is None else batches - 1
            if not self.following.advance():
                break

    def begin_rebuild(self, *names: str) -> None:
        self.rebuilt = self.following.rebuilds.begin(names)

    def restart(self) -> None:
        self.close()
        self._open()

    def digest(self, name: str) -> str:
        return self.views.digest(name)

    def states(self) -> dict[str, ProjectionState]:
        return {state.name: state for state in self.following.states()}

    def close(self) -> None:
        self._reader.close()
        self.views.close()


class LogAsSeen(EventLog):
    """A log through somebody's eyes: subclasses bend what is read."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log

    def head(self) -> int:
        return self._log.head()

    def read(self, after: int, limit: int, **_: Any) -> Sequence[RecordedEvent]:
        return self._log.read(after, limit)

    def read_stream(self, stream: str) -> Sequence[RecordedEvent]:
        return self._log.read_stream(stream)


BACKENDS = (SQLiteReadModels,)


def rows_of(page: Page, kind: type[A]) -> list[A]:
    return [msgspec.json.decode(row, type=kind) for row in page.rows]
