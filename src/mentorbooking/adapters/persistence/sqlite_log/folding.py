"""When the write-ahead log is folded into the file (https://www.sqlite.org/wal.html#ckpt).

SQLite would do it within the COMMIT that makes the log too long, and those whose commit it is would
wait for all of it. And while a reader holds on to what is old, it would try in vain within every
commit, walking through a log that gets longer and longer. So it is done here: when those who wait
have their answers, and not again before as much more was written.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import Final

_EVERY_ROWS: Final = 5_000
"""Those of bookings write some 16 MB, which are recovered in no time."""


class Folding:
    """Folds what a connection writes; used in the thread that writes, between transactions.

    The first time soon, for the sake of what others left behind who wrote little, or were killed.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._folded_at = -_EVERY_ROWS

    def fold_if_due(self) -> None:
        """Fold if enough was written since the last time.

        A disk that is full or slow spoils nothing: the log is as good as the file.
        """
        rows = self._connection.total_changes
        if rows - self._folded_at >= _EVERY_ROWS:
            self._folded_at = rows
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
