"""Several processes write one log, and being killed at any moment loses nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.adapters.persistence.sqlite_log.verification import verify
from tests.support.sqlite_logs import NOON, appending, to

ROOT = Path(__file__).parents[2]


class Acknowledged(NamedTuple):
    commit_id: str
    first: int
    last: int


def start(path: Path, name: str, count: int, out: Path, *by: str) -> subprocess.Popen[bytes]:
    program = (sys.executable, "-m", "tests.support.appending_process")
    with out.open("wb") as lines:
        return subprocess.Popen(
            [*program, path, name, str(count), *by],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
            stdout=lines,
        )


def acknowledged(out: Path) -> list[Acknowledged]:
    found = []
    for line in out.read_text().splitlines():
        match line.split():
            case commit_id, first, last:
                found.append(Acknowledged(commit_id, int(first), int(last)))
            case (_,):
                pass  # the process that writes
    return found


def stored(log: SQLiteLog) -> dict[str, list[int]]:
    """Commit ids with the positions of their events; fails for a log with a hole."""
    commits: dict[str, list[int]] = {}
    events = log.read_log(0, 1_000_000)
    assert [event.position for event in events] == list(range(1, log.head() + 1))
    for event in events:
        commits.setdefault(event.commit_id, []).append(event.position)
    return commits


def test_two_processes_write_at_once_without_holes_and_with_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    outs = [tmp_path / "one.txt", tmp_path / "two.txt"]
    processes = [start(path, f"p{n}", 240, out) for n, out in enumerate(outs)]
    with SQLiteLog(path) as log:
        while any(process.poll() is None for process in processes):
            log.append_sync(appending(to(f"here-{time.monotonic_ns()}", 0, b"x")))
            time.sleep(0.01)
        assert [process.returncode for process in processes] == [0, 0]
        told = [each for out in outs for each in acknowledged(out)]
        found = stored(log)
        assert len(told) == 480
        for each in told:
            assert found[each.commit_id] == [each.first, each.first + 1, each.last]
        assert verify(log).broken is None
        assert log.changed_elsewhere()


@pytest.mark.parametrize("by", [(), ("process",)], ids=["thread", "process"])
def test_what_was_acknowledged_survives_kill_9_at_any_moment(
    by: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "events.db"
    chance = random.Random(11)
    told: list[Acknowledged] = []
    for cycle in range(20):
        out = tmp_path / f"{cycle}.txt"
        process = start(path, f"c{cycle}", 0, out, *by)
        wanted = chance.randint(1, 20)
        while len(acknowledged(out)) < wanted:
            assert process.poll() is None
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.01))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        told += acknowledged(out)

    with SQLiteLog(path) as log:
        found = stored(log)
        assert verify(log).broken is None
        keys = {key for (key,) in log.query("SELECT key FROM idempotency")}
        notes = {
            key for (key,) in log.query("SELECT key FROM meta WHERE value = 1 AND key LIKE 'c%'")
        }
        answer = log.answer("user_1", told[-1].commit_id, NOON)
    assert len(told) > 100
    for each in told:
        assert found[each.commit_id] == [each.first, each.first + 1, each.last]
    # Also what nobody was told of any more: all of it is there, or nothing.
    assert set(found) == keys == notes
    assert {len(positions) for positions in found.values()} == {3}
    assert answer is not None
    assert answer.position == told[-1].last
