"""A helper lives as long as its parent: no longer, whatever ends the parent, and no shorter."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from mentorbooking.adapters.processes.helper_process import HelperProcess
from mentorbooking.adapters.processes.only_one import only_one
from mentorbooking.application.trying_again.backoff import Backoff
from tests.support.patience import PATIENCE, until

pytestmark = pytest.mark.anyio

SOURCES = str(Path(__file__).parent.parent.parent / "src")
ENVIRONMENT = {"PYTHONPATH": SOURCES}
SOON = Backoff(first=timedelta(milliseconds=20))

HELPER = """
import asyncio, os, sys, time
from datetime import timedelta
from pathlib import Path
from mentorbooking.adapters.processes.parent_watch import stop_with_parent

async def main(note: Path, manner: str) -> None:
    stop = asyncio.Event()
    stop_with_parent(stop, grace=timedelta(seconds=0.3 if manner == "stuck" else 180))
    (new := note.with_suffix(".new")).write_text(str(os.getpid()))
    new.rename(note)
    if manner == "stuck":
        time.sleep(60)
    await stop.wait()
    note.write_text("ended")

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""

DEAF = "import sys, time; open(sys.argv[1], 'w').write('deaf'); time.sleep(60)"

PARENT = """
import asyncio, signal, sys
from datetime import timedelta
from mentorbooking.adapters.processes.helper_process import HelperProcess

async def main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    grace = timedelta(seconds=180)
    await HelperProcess(sys.argv[2:], chance=lambda: 0.0, grace=grace).run(stop)

if sys.argv[1] == "uvloop":
    import uvloop

    uvloop.run(main())
else:
    asyncio.run(main())
"""


def python(program: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", program, *map(str, arguments)]


@asynccontextmanager
async def helping(
    *command: str, grace: timedelta = timedelta(seconds=PATIENCE)
) -> AsyncIterator[tuple[HelperProcess, asyncio.Event]]:
    stop = asyncio.Event()
    helper = HelperProcess(
        command, chance=lambda: 0.0, environment=ENVIRONMENT, backoff=SOON, grace=grace
    )
    running = asyncio.create_task(helper.run(stop))
    async with asyncio.timeout(PATIENCE):
        yield helper, stop
        stop.set()
        await running


async def written(note: Path, *, other_than: str = "") -> str:
    """Wait for the helper's note."""
    given_up = time.monotonic() + PATIENCE
    while not note.exists() or not (text := note.read_text()) or text == other_than:
        assert time.monotonic() < given_up, "the helper has not written"
        await asyncio.sleep(0.01)
    return text


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_helper_runs_at_a_lower_priority_and_ends_when_told(tmp_path: Path) -> None:
    note = tmp_path / "note"
    async with helping(*python(HELPER, note, "well")) as (helper, stop):
        pid = int(await written(note))
        assert pid == helper.pid
        await until(lambda: os.getpriority(os.PRIO_PROCESS, pid) == 19)
        assert helper.trouble is None
        stop.set()
        assert await written(note, other_than=str(pid)) == "ended"


async def test_a_helper_that_dies_is_started_again(tmp_path: Path) -> None:
    note = tmp_path / "note"
    async with helping(*python(HELPER, note, "well")) as (helper, _):
        first = await written(note)
        os.kill(int(first), signal.SIGKILL)
        second = await written(note, other_than=first)
        assert helper.pid == int(second) != int(first)


async def test_why_a_helper_does_not_run_is_told(tmp_path: Path) -> None:
    async with helping(*python("raise SystemExit(3)")) as (helper, _):
        while helper.trouble is None:
            await asyncio.sleep(0.01)
        assert helper.trouble == "ended with 3"
    async with helping(str(tmp_path / "missing")) as (helper, _):
        while helper.trouble is None:
            await asyncio.sleep(0.01)
        assert helper.trouble.startswith("FileNotFoundError")
        assert helper.pid is None


async def test_a_helper_that_does_not_listen_is_killed_in_the_end(tmp_path: Path) -> None:
    grace = timedelta(milliseconds=200)
    async with helping(*python(DEAF, tmp_path / "note"), grace=grace) as (helper, stop):
        await written(tmp_path / "note")
        pid = helper.pid
        assert pid is not None
        stop.set()
        while is_alive(pid):
            await asyncio.sleep(0.01)


async def test_a_service_that_breaks_down_leaves_no_helper_behind(tmp_path: Path) -> None:
    helper = HelperProcess(
        python(DEAF, tmp_path / "note"), chance=lambda: 0.0, environment=ENVIRONMENT
    )
    running = asyncio.create_task(helper.run(asyncio.Event()))
    await written(tmp_path / "note")
    pid = helper.pid
    assert pid is not None

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert not is_alive(pid)


@pytest.mark.parametrize(("loop", "manner"), [("uvloop", "well"), ("asyncio", "stuck")])
async def test_when_the_parent_is_killed_the_helper_ends(
    tmp_path: Path, loop: str, manner: str
) -> None:
    note = tmp_path / "note"
    with subprocess.Popen(
        python(PARENT, loop, *python(HELPER, note, manner)), env={**os.environ, **ENVIRONMENT}
    ) as parent:
        pid = int(await written(note))
        parent.send_signal(signal.SIGKILL)

    await until(lambda: not is_alive(pid))


async def test_when_the_parent_is_told_to_stop_it_sees_the_helper_end(tmp_path: Path) -> None:
    note = tmp_path / "note"
    with subprocess.Popen(
        python(PARENT, "uvloop", *python(HELPER, note, "well")), env={**os.environ, **ENVIRONMENT}
    ) as parent:
        await written(note)
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(PATIENCE) == 0

    assert note.read_text() == "ended"


async def test_only_one_at_a_time_and_the_next_when_it_ends(tmp_path: Path) -> None:
    stop, order = asyncio.Event(), list[str]()

    async def work(name: str, let_go: asyncio.Event) -> None:
        async with only_one(tmp_path / "lock", stop, poll=timedelta(milliseconds=5)) as held:
            order.append(f"{name} {held}")
            await let_go.wait()

    first, second = asyncio.Event(), asyncio.Event()
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
        tasks.create_task(work("first", first))
        await asyncio.sleep(0.02)
        tasks.create_task(work("second", second))
        await asyncio.sleep(0.05)
        assert order == ["first True"]
        first.set()
        while len(order) < 2:
            await asyncio.sleep(0.005)
        second.set()
    assert order == ["first True", "second True"]


async def test_who_waits_for_the_other_stops_when_told(tmp_path: Path) -> None:
    stop = asyncio.Event()
    async with only_one(tmp_path / "lock", stop) as held:
        assert held
        asyncio.get_running_loop().call_later(0.05, stop.set)
        async with asyncio.timeout(PATIENCE), only_one(tmp_path / "lock", stop) as also_held:
            assert not also_held
