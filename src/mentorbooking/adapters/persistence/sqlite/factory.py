"""What the eventsourcing library makes its recorders with, set up by its environment variables.

``SQLITE_DBNAME`` names the file (``:memory:`` is a file of its own that is deleted at the
end), ``ORIGINATOR_ID_TYPE`` is ``uuid`` or ``text``, ``SQLITE_LOCK_TIMEOUT`` is in seconds.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    OperationalError,
    ProcessRecorder,
)
from eventsourcing.utils import Environment, EnvType, strtobool

from mentorbooking.adapters.persistence.library_terms import OriginatorIds, chosen_kind
from mentorbooking.adapters.persistence.requests import LogUnavailable
from mentorbooking.adapters.persistence.sqlite.aggregate_recorder import SQLiteAggregateRecorder
from mentorbooking.adapters.persistence.sqlite.application_recorder import (
    SQLiteApplicationRecorder,
)
from mentorbooking.adapters.persistence.sqlite.tracking_recorder import (
    SQLiteProcessRecorder,
    SQLiteTrackingRecorder,
)
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog

_LOCK_TIMEOUT = "5"


class SQLiteEventStoreFactory(InfrastructureFactory[SQLiteTrackingRecorder]):
    """All its recorders share one log, and so one writer."""

    SQLITE_DBNAME = "SQLITE_DBNAME"
    SQLITE_LOCK_TIMEOUT = "SQLITE_LOCK_TIMEOUT"
    ORIGINATOR_ID_TYPE = "ORIGINATOR_ID_TYPE"
    CREATE_TABLE = "CREATE_TABLE"

    def __init__(self, env: Environment | EnvType | None) -> None:
        """Raise ``OSError`` for a missing or wrong setting, ``OperationalError`` for the file."""
        super().__init__(env)
        name = self.env.get(self.SQLITE_DBNAME)
        if not name:
            keys = ", ".join(self.env.create_keys(self.SQLITE_DBNAME))
            raise OSError(f"SQLite database name not found in environment with keys: {keys}")
        self._ids = OriginatorIds((self.env.get(self.ORIGINATOR_ID_TYPE) or "uuid").lower())
        timeout = self.env.get(self.SQLITE_LOCK_TIMEOUT) or _LOCK_TIMEOUT
        if not timeout.strip().isdecimal():
            raise OSError(f"{self.SQLITE_LOCK_TIMEOUT} is whole seconds, not {timeout!r}")
        self._directory = TemporaryDirectory() if name == ":memory:" else None
        path = Path(self._directory.name, "events.db") if self._directory else _path(name)
        try:
            self.log = SQLiteLog(path, busy_timeout=float(timeout))
        except LogUnavailable as error:
            raise OperationalError(str(error)) from error

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        recorder = SQLiteAggregateRecorder(self.log, self._ids, purpose)
        if strtobool(self.env.get(self.CREATE_TABLE) or "yes"):
            recorder.create_table()
        return recorder

    def application_recorder(self) -> ApplicationRecorder:
        kind = chosen_kind(self.env, self.APPLICATION_RECORDER_TOPIC, SQLiteApplicationRecorder)
        return kind(self.log, self._ids)

    def tracking_recorder(
        self, tracking_recorder_class: type[SQLiteTrackingRecorder] | None = None
    ) -> SQLiteTrackingRecorder:
        kind = tracking_recorder_class or chosen_kind(
            self.env, self.TRACKING_RECORDER_TOPIC, SQLiteTrackingRecorder
        )
        return kind(self.log, self._ids)

    def process_recorder(self) -> ProcessRecorder:
        kind = chosen_kind(self.env, self.PROCESS_RECORDER_TOPIC, SQLiteProcessRecorder)
        return kind(self.log, self._ids)

    def close(self) -> None:
        self.log.close()
        if self._directory is not None:
            self._directory.cleanup()


def _path(name: str) -> Path:
    """Take a name as SQLite does: a path, or a URI with a path and no more."""
    return Path(name.removeprefix("file:").partition("?")[0])
