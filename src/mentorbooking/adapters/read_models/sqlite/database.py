"""The file of the read models. It may be thrown away: the log is the truth.

A file that is missing, damaged, of another version of the program or of another log is
replaced by an empty one, which the projector fills. As the last transactions may be lost too,
commits do not wait for the disk; but a power cut must not tear the file, hence ``NORMAL`` and
not ``OFF`` (https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import structlog

from mentorbooking.adapters.read_models.sqlite import registry
from mentorbooking.adapters.read_models.sqlite.faults import discard, is_damage, left_its_log
from mentorbooking.adapters.read_models.sqlite.log_reader import LogReader
from mentorbooking.adapters.read_models.sqlite.model import SQLiteReadModel
from mentorbooking.adapters.read_models.sqlite.reader import ViewsReader
from mentorbooking.application.read_models.digest import digest_of

_APPLICATION_ID: Final = 0x6D656E76
_CACHE_KIB: Final = 4_000
_CHECKPOINT_PAGES: Final = 4_000
_LARGEST_WAL: Final = 64 * 1024 * 1024

_log = structlog.get_logger(__name__)


class ViewsUnusable(Exception):
    """The file can't be used, and need not be."""


class ViewsDatabase:
    """An open views file with the one connection that writes, for one thread at a time."""

    def __init__(self, path: Path, models: Sequence[SQLiteReadModel[Any]]) -> None:
        self.path = path
        self.models = {model.name: model for model in models}
        if not path.exists():
            path.touch(mode=0o600)  # it tells of people
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)

    def reader(self) -> ViewsReader:
        """Open one more connection, to query with."""
        return ViewsReader(self.path)

    def digest(self, name: str) -> str:
        """Return the fingerprint of a read model's rows; in any thread."""
        with closing(_read_only(self.path)) as db:
            return digest_of(self.models[name].rows(db))

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
            self.db.execute("COMMIT")
        except BaseException:
            self.db.rollback()
            raise

    def close(self) -> None:
        self.db.close()

    def prepare(self, log: LogReader) -> None:
        """Make the file ready for use, or raise ``ViewsUnusable``."""
        unclean = left_its_log(self.path)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = NORMAL")
        self.db.execute("PRAGMA secure_delete = FAST")
        self.db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self.db.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        self.db.execute(f"PRAGMA journal_size_limit = {_LARGEST_WAL}")
        if self._value("SELECT count(*) FROM sqlite_master") == 0:
            self._create()
        own = (_APPLICATION_ID, self._fingerprint())
        if own != (self._value("PRAGMA application_id"), self._value("PRAGMA user_version")):
            raise ViewsUnusable("they are of another version of the program")
        if unclean and self._value("PRAGMA quick_check(1)") != "ok":
            raise ViewsUnusable("they are damaged")
        self._require_of(log)
        self._drop_leftovers()

    def _create(self) -> None:
        with self.transaction() as db:
            db.execute(registry.TABLE)
            registry.register(db, list(self.models))
            for model in self.models.values():
                model.create(db, model.name, 1)
            db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {self._fingerprint()}")

    def _fingerprint(self) -> int:
        """Return a number that is another when tables or projections are."""
        made_of = [registry.TABLE] + [
            f"{name} {model.projection.version} {model.schema} {model.indices}"
            for name, model in sorted(self.models.items())
        ]
        return int.from_bytes(sha256("\n".join(made_of).encode()).digest()[:4]) >> 1

    def _require_of(self, log: LogReader) -> None:
        """Compare the events that the models stand at with those of the log."""
        for position, event_id in {(r.position, r.event_id) for r in registry.registered(self.db)}:
            if position:
                found = log.read(position - 1, 1)
                if not found or found[0].event_id != event_id:
                    raise ViewsUnusable("they are of another log")

    def _drop_leftovers(self) -> None:
        """Drop the tables of generations that are not in use: of a rebuild that was killed."""
        tables = self.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        with self.transaction() as db:
            for (table,) in tables:
                if any(model.has_put_aside(table) for model in self.models.values()):
                    db.execute(f"DROP TABLE {table}")

    def _value(self, sql: str) -> Any:
        return self.db.execute(sql).fetchone()[0]


def open_views(path: Path, models: Sequence[SQLiteReadModel[Any]], log: LogReader) -> ViewsDatabase:
    """Open the views file, made anew if need be. ``sqlite3.Error``, ``OSError``: it can't be."""
    try:
        return _opened(path, models, log)
    except ViewsUnusable as unusable:
        _log.warning("read_models_discarded", reason=str(unusable))
    discard(path)
    return _opened(path, models, log)


def _opened(path: Path, models: Sequence[SQLiteReadModel[Any]], log: LogReader) -> ViewsDatabase:
    views = ViewsDatabase(path, models)
    try:
        views.prepare(log)
    except BaseException as error:
        views.close()
        if is_damage(error):
            raise ViewsUnusable("they are damaged") from error
        raise
    return views


def registered_in(path: Path) -> list[registry.Registered]:
    """Read how the models of a file stand, from any process; nothing without a usable file."""
    try:
        with closing(_read_only(path)) as db:
            return registry.registered(db)
    except sqlite3.DatabaseError:
        return []


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
