"""What follows the log, moved on when the benchmark says so: projections, mails, jobs."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from bench.aws.counting import Spent, counted
from bench.aws.report import Cost, Goal, cost_of
from bench.aws.stage import gather
from mentorbooking.adapters.read_models.dynamodb.following import Following
from mentorbooking.adapters.read_models.dynamodb.models import all_models
from mentorbooking.application.jobs.runner import JobHandler, JobRunner
from mentorbooking.application.reactions import BOOKING_EXPORTS
from mentorbooking.entrypoints.aws.job_queues import jobs_of
from mentorbooking.entrypoints.aws.mailing import POLLED_EVERY, mailer_of
from mentorbooking.entrypoints.aws.relaying import relay_of

if TYPE_CHECKING:
    from bench.aws.stage import Party, Stage
    from mentorbooking.application.notifications.mailer import Mailer
    from mentorbooking.application.ports.job_queue import Job

TURNS = 4
BATCH = 20
ONE_A_ROW = Goal(writes=1)
PLANNING_TWO = Goal(writes=10)
SENDING_TWO = Goal(writes=8)
IDLE = Goal(reads=1)


class Follower:
    """Keeps the read models up to date, whenever it is told to."""

    def __init__(self, stage: Stage) -> None:
        base = stage.base
        self._following = Following(
            base.views_table,
            all_models(),
            base.log,
            owner=base.owner,
            seconds=lambda: int(time.time()),
        )

    async def catch_up(self) -> None:
        """Project all that has happened."""
        if not self._following.in_charge:
            await self._following.take_over()
        while await self._following.advance():
            pass


async def projections(stage: Stage, follower: Follower) -> list[Cost]:
    """Return what it costs to project bookings, one at a time and many at once."""
    party = await gather(stage, slots=TURNS + BATCH)
    await follower.catch_up()
    alone = [await _projected(party, follower, 1) for _ in range(TURNS)]
    together = [await _projected(party, follower, BATCH)]
    return [
        cost_of("projecting a booking by itself", alone),
        cost_of(f"projecting a booking, {BATCH} at once", together, each=BATCH),
        _of_a_row([*alone, *together]),
    ]


async def _projected(party: Party, follower: Follower, bookings: int) -> Spent:
    for _ in range(bookings):
        await party.book()
    with counted() as spent:
        await follower.catch_up()
    return spent


def _of_a_row(samples: list[Spent]) -> Cost:
    rows = [Spent(writes=spent.dearest_write) for spent in samples]
    return cost_of("  the dearest of their rows", rows, ONE_A_ROW)


async def mails(stage: Stage) -> list[Cost]:
    """Return what the mails of bookings cost, two for each, and a mailer that has none to send."""
    party = await gather(stage, slots=TURNS + BATCH)
    async with mailer_of(stage.base) as mailer:
        await _plan(mailer)
        await _send(mailer)
        alone = [await _mailed(mailer, party, 1) for _ in range(TURNS)]
        together = [await _mailed(mailer, party, BATCH)]
        looks = [await _nothing_mailed(mailer) for _ in range(TURNS)]
    planned, sent = zip(*alone, strict=True)
    all_planned, all_sent = zip(*together, strict=True)
    seconds = int(POLLED_EVERY.total_seconds())
    return [
        cost_of("planning the two mails of a booking", planned, PLANNING_TWO),
        cost_of(f"  of {BATCH} bookings at once", all_planned, each=BATCH),
        cost_of("sending the two mails of a booking", sent, SENDING_TWO),
        cost_of(f"  of {BATCH} bookings at once", all_sent, each=BATCH),
        cost_of("a second of a mailer with nothing to do", looks, IDLE, each=seconds),
    ]


async def _mailed(mailer: Mailer, party: Party, bookings: int) -> tuple[Spent, Spent]:
    for _ in range(bookings):
        await party.book()
    with counted() as planning:
        await _plan(mailer)
    with counted() as sending:
        sent = await _send(mailer)
    assert sent == 2 * bookings, sent
    return planning, sending


async def _nothing_mailed(mailer: Mailer) -> Spent:
    with counted() as looking:
        assert not await mailer.plan_batch()
        assert not await mailer.send_batch(asyncio.Event())
    return looking


async def _plan(mailer: Mailer) -> None:
    while await mailer.plan_batch():
        pass


async def _send(mailer: Mailer) -> int:
    sent = 0
    while handled := await mailer.send_batch(asyncio.Event()):
        sent += handled
    return sent


async def jobs(stage: Stage) -> list[Cost]:
    """Return what a job costs, from the event to its end, without the work that it does."""
    base = stage.base
    admin = await stage.person("admin", "Alice Admin")
    relay, queue = await relay_of(base), await jobs_of(base)
    while await relay.relay_batch():
        pass
    runner = JobRunner(queue, {BOOKING_EXPORTS: _Idle()}, base.clock, chance=lambda: 0.0)
    samples = []
    for _ in range(TURNS):
        await admin.call("POST", "/exports/bookings", json={})
        with counted() as spent:
            await relay.relay_batch()
            await runner.run_one(asyncio.Event())
        samples.append(spent)
    return [cost_of("a job: queued, claimed, done", samples)]


class _Idle(JobHandler):
    """Has done its work before it begins."""

    async def run(self, job: Job) -> None:
        """Do nothing."""

    async def give_up(self, job: Job, error: Exception) -> None:
        """Do nothing."""
