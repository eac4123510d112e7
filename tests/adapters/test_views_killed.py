"""What ``kill -9`` leaves of the read models: rows and positions that belong together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.memory_log import MemoryLog
from tests.support.random_history import History
from tests.support.read_models import SQLiteReadModels

pytestmark = pytest.mark.anyio

COMMANDS = [
    (name, one, other)
    for other in range(12)
    for one in range(12)
    for name in ("offer", "describe", "book", "move", "import row", "cancel")
]
KILLED = """
import asyncio, os, sys
from pathlib import Path
from tests.adapters.test_views_killed import a_log
from tests.support.read_models import ALL_MODELS, SQLiteReadModels

async def live_and_die():
    views = SQLiteReadModels(Path(sys.argv[1]), a_log(), batch=7)
    await views.catch_up(batches=int(sys.argv[2]))
    await views.begin_rebuild(*ALL_MODELS)
    await views.catch_up(batches=int(sys.argv[3]))
    views.views.db.execute("BEGIN IMMEDIATE")
    views.views.db.execute("DELETE FROM bookings")
    os._exit(9)

asyncio.run(live_and_die())
"""


def a_log() -> MemoryLog:
    history = History(MemoryLog())
    history.give(COMMANDS)
    return history.log


@pytest.mark.parametrize(("live", "rebuilt"), [(0, 0), (3, 1), (20, 15), (1000, 20)])
async def test_the_next_start_goes_on_as_if_nothing_had_been(
    tmp_path: Path, live: int, rebuilt: int
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), str(live), str(rebuilt)],
        env={"PYTHONPATH": ":".join(sys.path)},
        check=False,
    )
    assert killed.returncode == 9
    log = a_log()
    (tmp_path / "fresh").mkdir()
    async with (
        SQLiteReadModels(tmp_path, log) as views,
        SQLiteReadModels(tmp_path / "fresh", log) as new,
    ):
        await views.catch_up()
        await new.catch_up()
        assert await views.digests() == await new.digests()
        assert {state.generation for state in (await views.states()).values()} == {1}
        await views.rebuild()
        assert await views.digests() == await new.digests()
