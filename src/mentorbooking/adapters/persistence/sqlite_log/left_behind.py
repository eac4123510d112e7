"""What a process that has ended left in the log: what it wrote, and what will never be found.

SQLite syncs a COMMIT and then tells other processes of it, which are two things. Who is killed
between them leaves in the write-ahead log what nobody sees, and whoever recovers the file after
the next crash would find (https://www.sqlite.org/walformat.html#recovery). So before what is
not in the log is refused, a commit of our own takes its place.
"""

from __future__ import annotations

from typing import Final

from mentorbooking.adapters.persistence.requests import Append, Appended
from mentorbooking.adapters.persistence.sqlite_log import reading
from mentorbooking.adapters.persistence.sqlite_log.connections import Readers
from mentorbooking.adapters.persistence.sqlite_log.writer import Writer

_COUNT = """
INSERT INTO meta (key, value) VALUES ('writing_processes_lost', 1)
ON CONFLICT (key) DO UPDATE SET value = value + 1"""

_IN_ITS_PLACE: Final = Append(
    commit_id="", time_us=0, metadata=b"", streams=(), statements=((_COUNT, ()),)
)


async def landed_for_good(thread: Writer, readers: Readers, behind: int) -> dict[str, Appended]:
    """Return what landed behind a position, by commit id; of the rest nothing ever will.

    To be called when the process has ended. Raises ``LogUnavailable``; then nothing is known.
    """
    await thread.append(_IN_ITS_PLACE)
    return reading.landed_behind(readers, behind)
