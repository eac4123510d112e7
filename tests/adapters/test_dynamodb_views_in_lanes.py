"""Read models over a log of sixteen lanes: whoever projects, kills included, misses nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from mentorbooking.adapters.event_store.codec import encode_event, encode_metadata
from mentorbooking.adapters.event_store.dynamodb.event_log import DynamoDBEventLog
from mentorbooking.adapters.instants import microseconds
from mentorbooking.adapters.persistence.dynamodb_log.items import lane_pk
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.requests import Append, NewEvent, StreamAppend
from mentorbooking.adapters.read_models.dynamodb.projector import Projector
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.positions import LogPlace, covers, place_in
from tests.adapters.test_dynamodb_views_killed import some_commands, work
from tests.support.dynamodb_logs import new_log
from tests.support.dynamodb_views import DynamoDBReadModels
from tests.support.dynamodb_views_checked import Unreliable, what_does_not_follow
from tests.support.memory_log import MemoryLog
from tests.support.patience import PATIENCE, until
from tests.support.random_history import History
from tests.support.read_models import ALL_MODELS, SQLiteReadModels

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

pytestmark = pytest.mark.anyio

LANES = 16


class ViewsInLanes(DynamoDBReadModels):
    """``written`` is the log in lanes as another process has it."""

    def __init__(self, client: DynamoDBClient, written: DynamoDBLog) -> None:
        super().__init__(client)
        self._reads = DynamoDBEventLog(written)


async def write(logs: list[DynamoDBLog], events: list[RecordedEvent]) -> list[LogPlace]:
    """Commit events one by one, by several processes, each at its own time; return where they are.

    What one command did is several commits here, of streams that don't know of each other: of one
    instant they would have no order, and a row might be told of its end before its beginning.
    """
    places = []
    for recorded in events:
        event = NewEvent(recorded.event.TOPIC, encode_event(recorded.event))
        request = Append(
            commit_id=f"commit_{recorded.position}",
            time_us=microseconds(recorded.recorded_at) + recorded.position,
            metadata=encode_metadata(recorded.metadata),
            streams=(StreamAppend(recorded.stream, recorded.version - 1, (event,)),),
        )
        landed = await logs[recorded.position % len(logs)].append(request)
        places.append(place_in(landed.lane, landed.last))
    return places


@pytest.mark.parametrize("seed", range(4))
async def test_the_rows_are_those_of_one_order(
    dynamodb: DynamoDBClient, tmp_path: Path, seed: int
) -> None:
    random, planned = Random(seed), MemoryLog()
    history = History(planned)
    log = await new_log(dynamodb, lanes=LANES)
    logs = [log, await DynamoDBLog.open(dynamodb, log.table)]
    unreliable = Unreliable(dynamodb, random)
    async with ViewsInLanes(unreliable, await DynamoDBLog.open(dynamodb, log.table)) as views:
        at_work = [views.following, views.another_following(batch=random.randint(1, 9))]
        places: list[LogPlace] = []
        for _ in range(5):
            history.give(some_commands(random))
            unreliable.failing = 0.3
            working = [asyncio.create_task(work(each, random)) for each in at_work]
            places += await write(logs, planned.reader.events[len(places) :])
            await asyncio.gather(*working)
            at_work[random.randrange(2)] = views.another_following(random.randint(1, 9))
        unreliable.failing = 0.0
        await views.restart()
        await views.catch_up()
        errors = {name: state.error for name, state in (await views.states()).items()}
        assert errors == dict.fromkeys(ALL_MODELS)

        one_order = MemoryLog()
        one_order.reader.events = list(await DynamoDBEventLog(log).read(0, 10_000))
        assert len(one_order.reader.events) == len(places)
        assert len({event.lane for event in one_order.reader.events}) > 8
        async with SQLiteReadModels(tmp_path, one_order) as sqlite:
            await sqlite.catch_up()
            assert await views.digests() == await sqlite.digests()
        assert await what_does_not_follow(views.table) == []
        reached = [views.following.reached(ALL_MODELS, place) for place in places]
        assert reached == [True] * len(places)
        await views.rebuild()
        assert views.following.reached(ALL_MODELS, places[-1])


async def test_who_waits_for_a_place_waits_for_that_lane(dynamodb: DynamoDBClient) -> None:
    planned = MemoryLog()
    History(planned)
    log = await new_log(dynamodb, lanes=LANES)
    first, *others = planned.reader.events
    (early,) = await write([log], [first])
    async with ViewsInLanes(dynamodb, await DynamoDBLog.open(dynamodb, log.table)) as views:
        await views.catch_up()
        late = (await write([log], others))[-1]
        watching = views.another_following()
        await watching.look()
        for following in (views.following, watching):
            assert following.reached(ALL_MODELS, early)
            assert not following.reached(ALL_MODELS, late)
            assert not covers(following.positions()["bookings"], late)
        await views.catch_up()
        assert views.following.reached(ALL_MODELS, late)
        assert not watching.reached(ALL_MODELS, late)
        await watching.look()
        assert watching.reached(ALL_MODELS, late)


async def test_a_hole_in_a_lane_stops_projections_and_shows_until_it_is_mended(
    dynamodb: DynamoDBClient,
) -> None:
    planned = MemoryLog()
    History(planned)
    log = await new_log(dynamodb, lanes=2)
    places = await write([log], planned.reader.events)
    used = Counter(len(place) - 1 for place in places if isinstance(place, tuple))
    lane, _ = used.most_common(1)[0]
    where = {"pk": {"S": lane_pk(lane, 0)}, "sk": {"N": "1"}}
    lost = await dynamodb.get_item(TableName=log.table, Key=where)
    await dynamodb.delete_item(TableName=log.table, Key=where)

    async with ViewsInLanes(dynamodb, await DynamoDBLog.open(dynamodb, log.table)) as views:
        projector = Projector(views.following)
        projector.start()
        try:
            assert not await projector.wait_for(ALL_MODELS, places[-1], 0.5)
            await until(lambda: _all_are(projector, "stalled"))
            error = (await projector.states())[0].error
            assert f"lane {lane} has a hole: position 1 is missing" in str(error)

            await dynamodb.put_item(TableName=log.table, Item=lost["Item"])
            assert await projector.wait_for(ALL_MODELS, places[-1], PATIENCE)
            await until(lambda: _all_are(projector, "running"))
        finally:
            await projector.close()


async def _all_are(projector: Projector, state: str) -> bool:
    return {each.state for each in await projector.states()} == {state}
