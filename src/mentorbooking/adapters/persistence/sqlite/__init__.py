"""The event log on SQLite as a persistence module of the eventsourcing library.

``PERSISTENCE_MODULE=mentorbooking.adapters.persistence.sqlite`` makes the library use it: it
looks here for exactly one factory. The program itself uses ``sqlite_log.log.SQLiteLog``.
"""

from mentorbooking.adapters.persistence.sqlite.factory import SQLiteEventStoreFactory

__all__ = ["SQLiteEventStoreFactory"]
