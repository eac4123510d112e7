"""What every process on one machine stands on: a data directory with SQLite and files."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from mentorbooking.adapters.data_directory import DataDirectory
from mentorbooking.adapters.event_store.sqlite.aggregate_store import SQLiteAggregateStore
from mentorbooking.adapters.event_store.sqlite.answered_requests import SQLiteAnsweredRequests
from mentorbooking.adapters.event_store.sqlite.credentials import SQLiteCredentials
from mentorbooking.adapters.event_store.sqlite.event_log import SQLiteEventLog
from mentorbooking.adapters.identity.secret_key import (
    derive_keys,
    kept_secret,
    secret_from_setting,
)
from mentorbooking.adapters.identity.signed_links import SignedLinks
from mentorbooking.adapters.object_storage.files import FileObjectStorage
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.ids import Ids
from mentorbooking.entrypoints.composition import Foundation, common_parts
from mentorbooking.entrypoints.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedFoundation(Foundation):
    """To be closed at the end."""

    directory: DataDirectory
    sqlite_log: SQLiteLog
    log: SQLiteEventLog
    aggregates: SQLiteAggregateStore
    storage: FileObjectStorage

    @property
    def place(self) -> str:
        return str(self.directory.root)

    def acknowledged(self) -> int:
        return self.aggregates.acknowledged

    def aggregates_with(self, clock: Clock, ids: Ids) -> SQLiteAggregateStore:
        return SQLiteAggregateStore(self.sqlite_log, clock, ids)

    async def acknowledge_all(self) -> int:
        return self.aggregates.take_in_all()

    def close(self) -> None:
        self.sqlite_log.close()


def lay_foundation(
    settings: Settings, directory: DataDirectory, clock: Clock | None = None
) -> EmbeddedFoundation:
    """Open what is kept; ``clock`` is the machine's if none is given.

    Raises what says why it can't be opened.
    """
    keys = derive_keys(
        secret_from_setting(settings.secret_key)
        if settings.secret_key
        else kept_secret(directory.root, secrets.token_bytes)
    )
    common = common_parts(settings, keys, clock)
    sqlite_log = SQLiteLog(directory.events)
    return EmbeddedFoundation(
        **common,
        directory=directory,
        sqlite_log=sqlite_log,
        log=SQLiteEventLog(sqlite_log),
        aggregates=SQLiteAggregateStore(sqlite_log, common["clock"], common["ids"]),
        credentials=SQLiteCredentials(sqlite_log),
        answered=SQLiteAnsweredRequests(sqlite_log),
        storage=FileObjectStorage(directory.objects),
        store_key=sqlite_log.meta("address_key"),
        links=SignedLinks(keys.links),
    )
