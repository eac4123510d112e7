"""Whether the work file belongs to the log that lies beside it.

What was tracked is durable after the event is, so no position is ahead of the log, unless one of
the files was put back from another backup. Followers would then leave out, without a word, what
the log records until it is as long again: no mail, no import, nothing published.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from mentorbooking.adapters.data_directory import DataDirectoryUnusable
from mentorbooking.adapters.work.sqlite.database import WorkDatabase


async def require_one_history(work: WorkDatabase, head: Callable[[], int]) -> None:
    """Raise ``DataDirectoryUnusable`` when a follower has come further than the log goes.

    ``head`` is asked afterwards, as other processes append and track.
    """
    tracked = await work.read(_furthest)
    ends_at = head()
    if tracked > ends_at:
        raise DataDirectoryUnusable(
            f"work.db knows of position {tracked}, and events.db ends at {ends_at}: they are not of"
            " one backup; docs/operations.md tells how to put one back"
        )


def _furthest(connection: sqlite3.Connection) -> int:
    (position,) = connection.execute("SELECT max(position) FROM tracking").fetchone()
    return position or 0
