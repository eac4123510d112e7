"""``mentorbooking jobs`` and ``outbox``: what was given up can be seen, and tried anew."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from mentorbooking.adapters.job_queue.sqlite import SQLiteJobQueue
from mentorbooking.adapters.work.sqlite.database import WorkDatabase
from mentorbooking.adapters.work.sqlite.outbox_ledger import SQLiteOutboxLedger
from mentorbooking.application.ports.outbox_ledger import ParkedEvent, ParkedState
from mentorbooking.entrypoints.cli.commands.jobs import STATES
from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from mentorbooking.entrypoints.embedded.work_schemas import WORK_SCHEMAS
from tests.support.fixed import NOW
from tests.support.program import Program


def work_with(program: Program, work: Callable[[WorkDatabase], Awaitable[Any]]) -> None:
    """Do something with the file of work, as a service would."""
    database = WorkDatabase(program.data / "work.db", WORK_SCHEMAS)
    try:
        asyncio.run(_awaited(work(database)))
    finally:
        database.close()


async def _awaited(work: Awaitable[Any]) -> None:
    await work


async def one_in_each_state(work: WorkDatabase) -> None:
    """Leave a job dead, one done, one running, one queued, in this order."""
    queue = SQLiteJobQueue(work)
    for key in ("dead", "done", "running", "queued"):
        await queue.enqueue("mentor-imports", f"import_{key}", b"{}", now=NOW)
    for key in ("dead", "done", "running"):
        job = await queue.claim(["mentor-imports"], now=NOW, lease=timedelta(days=9999))
        assert job is not None
        assert job.key == f"import_{key}"
        if key == "dead":
            await queue.fail(job, "StorageUnavailable: full", now=NOW, retry_at=None)
        elif key == "done":
            await queue.complete(job, now=NOW)


@pytest.fixture
def with_jobs(program: Program) -> Program:
    program.make_admin()
    work_with(program, one_in_each_state)
    return program


def states(program: Program, *words: str) -> list[str]:
    return [job["state"] for job in program("jobs", "list", "--json", *words).json]


def test_jobs_are_listed_the_newest_first_without_those_that_are_done(with_jobs: Program) -> None:
    assert states(with_jobs) == ["queued", "running", "dead"]
    assert states(with_jobs, "--state", "dead") == ["dead"]
    assert set(states(with_jobs, *(w for s in STATES for w in ("--state", s)))) == set(STATES)
    (dead,) = with_jobs("jobs", "list", "--state", "dead", "--json").json
    assert (dead["key"], dead["attempts"]) == ("import_dead", 1)
    assert dead["last_error"] == "StorageUnavailable: full"
    header, *lines = with_jobs("jobs", "list").out.splitlines()
    assert header.split()[:3] == ["ID", "QUEUE", "STATE"]
    assert len(lines) == 3


def test_a_job_that_was_given_up_is_tried_anew(with_jobs: Program) -> None:
    (dead,) = with_jobs("jobs", "list", "--state", "dead", "--json").json
    called = with_jobs("jobs", "retry", dead["id"])
    assert (called.code, called.err) == (ExitCode.OK, "1 jobs will be tried anew\n")
    assert states(with_jobs) == ["queued", "running", "queued"]
    again = with_jobs("jobs", "retry", dead["id"])
    assert again.code == ExitCode.REFUSED
    assert f"not among those that were given up: {dead['id']}" in again.err


def test_all_that_were_given_up(with_jobs: Program) -> None:
    assert with_jobs("jobs", "retry", "--all").err == "1 jobs will be tried anew\n"
    assert with_jobs("jobs", "retry", "--all").code == ExitCode.OK


def test_machines_are_told_which_jobs_are_tried_anew(with_jobs: Program) -> None:
    (dead,) = with_jobs("jobs", "list", "--state", "dead", "--json").json
    assert with_jobs("jobs", "retry", "--all", "--json").json == {"retried": [dead["id"]]}
    again = with_jobs("jobs", "retry", dead["id"], "--json")
    assert (again.code, again.json) == (ExitCode.REFUSED, {"retried": []})


@pytest.mark.parametrize("words", [(), ("1", "--all"), ("x",), ("0",)])
@pytest.mark.parametrize("command", [("jobs", "retry"), ("outbox", "redrive")])
def test_either_some_or_all(
    program: Program, command: tuple[str, ...], words: tuple[str, ...]
) -> None:
    program.make_admin()
    if (command, words) != (("outbox", "redrive"), ("0",)):
        assert program(*command, *words).code == ExitCode.USAGE


async def two_that_failed(work: WorkDatabase) -> None:
    def parked(position: int, state: ParkedState) -> ParkedEvent:
        return ParkedEvent(
            position=position,
            event_id=f"event_{position}",
            stream="booking_1",
            topic="booking.created",
            state=state,
            attempts=10,
            last_error="OSError: away",
        )

    dead, held = parked(1, ParkedState.DEAD), parked(2, ParkedState.HELD)
    await SQLiteOutboxLedger(work).record(position=2, parked=[dead, held])


def test_the_outbox_tells_how_it_stands(program: Program) -> None:
    program.make_admin()
    fresh = program("outbox", "status", "--json").json
    assert {n: fresh[n] for n in ("position", "head", "lag", "dead", "dead_letters")} == {
        "position": 0,
        "head": 2,
        "lag": 2,
        "dead": 0,
        "dead_letters": [],
    }
    work_with(program, two_that_failed)
    failed = program("outbox", "status", "--json").json
    assert (failed["lag"], failed["dead"], failed["held"], failed["waiting"]) == (0, 1, 1, 0)
    assert failed["dead_letters"][0]["last_error"] == "OSError: away"
    assert failed["oldest_waiting_since"] == failed["published_until"] is not None
    shown = program("outbox", "status").out
    assert shown.startswith("published up to: 0:2 (20")
    assert "newest event: 0:2\nevents behind: 0\noldest waits: 0:00:" in shown
    assert "next try: -\nlast error: OSError: away\nwaiting: 0\nheld: 1\ndead: 1\n" in shown
    assert shown.splitlines()[-1].split()[:3] == ["1", "dead", "booking.created"]


def test_dead_letters_are_sent_again(program: Program) -> None:
    program.make_admin()
    work_with(program, two_that_failed)
    held = program("outbox", "redrive", "2")
    assert held.code == ExitCode.REFUSED
    assert "0 events will be sent again" in held.err
    assert program("outbox", "redrive", "0:1").code == ExitCode.OK
    assert program("outbox", "status", "--json").json["waiting"] == 1
    assert program("outbox", "redrive", "--all").err == "0 events will be sent again\n"
    assert program("outbox", "redrive", "--all", "--json").json == {"redriven": 0}
