"""A process that appends to an event log and says what was acknowledged.

    python -m tests.support.appending_process FILE NAME COUNT [process]

appends COUNT times (0: until it is killed) from several tasks at once to streams of its own
and prints a line ``commit_id first last`` for each append once it is acknowledged. With
``process``, a process of its own writes, whose id is the first line.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from tests.support.sqlite_logs import answered, appending, to

TASKS = 8


async def append_on(log: SQLiteLog, name: str, task: int, count: int) -> None:
    for turn in itertools.count() if count == 0 else range(count):
        commit_id = f"{name}-{task}-{turn}"
        appended = await log.append(
            appending(
                to(f"calendar-{name}-{task}", 2 * turn, b"slot reserved", bytes(200)),
                to(f"booking-{commit_id}", 0, b"booking created"),
                commit_id=commit_id,
                idempotency=answered(commit_id),
                statements=(("INSERT INTO meta VALUES (?, 1)", (commit_id,)),),
            )
        )
        # Not print: a line is written by one call, so a kill leaves it whole or out.
        os.write(1, f"{commit_id} {appended.first} {appended.last}\n".encode())


async def main(path: Path, name: str, count: int, by_process: bool) -> None:
    async with AsyncExitStack() as stack:
        log = stack.enter_context(SQLiteLog(path))
        if by_process:
            writer = await stack.enter_async_context(log.written_by_a_process())
            os.write(1, f"{writer.pid}\n".encode())
        await asyncio.gather(*(append_on(log, name, task, count // TASKS) for task in range(TASKS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), bool(sys.argv[4:])))
