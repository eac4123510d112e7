"""What has expired is forgotten when that can be done, and keeps nobody from anything."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

import pytest

from mentorbooking.adapters.data_directory import DataDirectory
from mentorbooking.entrypoints.embedded.foundation import lay_foundation
from mentorbooking.entrypoints.embedded.service import _housekeeping
from mentorbooking.entrypoints.settings import Settings
from tests.support.sqlite_logs import held_by_another_process

pytestmark = pytest.mark.anyio


async def test_it_goes_on_when_the_log_could_not_be_written(tmp_path: Path) -> None:
    directory, stop = DataDirectory(tmp_path), asyncio.Event()
    with closing(lay_foundation(Settings(data_dir=tmp_path), directory)) as base:
        base.sqlite_log._connection.execute("PRAGMA busy_timeout = 20")
        with held_by_another_process(directory.events):
            keeping = asyncio.create_task(_housekeeping(base, stop))
            await asyncio.wait({keeping}, timeout=0.5)
            assert not keeping.done()
        stop.set()
        await keeping
