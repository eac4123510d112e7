"""What the handlers of the HTTP API reach: the core, lists, and how commands are carried out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from mentorbooking.application.mentor_import.reporting import ImportReport
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.identity import DownloadLinks
from mentorbooking.application.ports.object_storage import ObjectStorage
from mentorbooking.application.positions import LogPlace
from mentorbooking.entrypoints.core import Commands, Notifications, Queries
from mentorbooking.entrypoints.http.commanding import Commanding
from mentorbooking.entrypoints.http.health import ServiceState
from mentorbooking.entrypoints.listing import Lists
from mentorbooking.entrypoints.subscribing import Subscribing


@dataclass(frozen=True, slots=True)
class HttpCore:
    """``position_at`` tells which position an instant of the past or a place means. ``lanes``: so
    many the log has.
    """

    commands: Commands
    queries: Queries
    notifications: Notifications
    lists: Lists
    commanding: Commanding
    aggregates: AggregateStore
    storage: ObjectStorage
    links: DownloadLinks
    import_report: ImportReport
    clock: Clock
    position_at: Callable[[datetime | LogPlace], Awaitable[int]]
    service: ServiceState
    lanes: int = 1
    subscribing: Subscribing | None = None
