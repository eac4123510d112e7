"""What every EventLog promises. Add an adapter: add its place to the fixture."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from mentorbooking.application.context import Metadata
from mentorbooking.application.ports.event_log import EventLog, RecordedEvent
from mentorbooking.application.positions import joined
from mentorbooking.domain.kernel.event import Event
from tests.support.effort import chance_of, seeds
from tests.support.event_logs import (
    Place,
    in_lanes,
    in_memory,
    on_dynamodb,
    on_sqlite,
    on_sqlite_by_a_process,
)
from tests.support.fixed import NOW
from tests.support.patience import PATIENCE
from tests.support.public_events import ACTOR, cancelled, created

pytestmark = pytest.mark.anyio

CREATED, CANCELLED = "booking.created", "booking.cancelled"


@pytest.fixture(params=[in_memory, on_sqlite, on_sqlite_by_a_process, on_dynamodb, in_lanes])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """An empty log, and a pen."""
    is_away = request.param in (on_dynamodb, in_lanes)
    where = request.getfixturevalue("dynamodb_endpoint") if is_away else tmp_path
    async with request.param(where) as place:
        yield place


def positions(events: Sequence[RecordedEvent]) -> list[int]:
    return [event.position for event in events]


def nowhere(events: Sequence[RecordedEvent]) -> list[RecordedEvent]:
    """Return events without their positions, which are not known to their streams everywhere."""
    return [event._replace(position=0, lane=0, lane_position=0) for event in events]


async def followed(
    log: EventLog, after: int, *, batch: int, topics: Collection[str] | None = None
) -> list[RecordedEvent]:
    """Read to the end in batches, as whoever follows the log does."""
    found: list[RecordedEvent] = []
    while more := await log.read(found[-1].position if found else after, batch, topics=topics):
        assert len(more) <= batch
        found += more
    return found


async def test_before_anything_has_happened(place: Place) -> None:
    assert await place.log.head() == 0
    assert list(await place.log.read(0, 10)) == []
    assert list(await place.log.read(5, 10)) == []
    assert list(await place.log.read_stream("booking_1")) == []


async def test_positions_begin_at_one_and_have_no_holes(place: Place) -> None:
    await place.happened(("booking_1", [created()]))
    await place.happened(("booking_1", [cancelled()]), ("booking_2", [created(), cancelled()]))
    await place.happened(("booking_3", [created()]))

    found = await place.log.read(0, 10)

    assert [(each.position, each.stream, each.version) for each in found] == [
        (1, "booking_1", 1),
        (2, "booking_1", 2),
        (3, "booking_2", 1),
        (4, "booking_2", 2),
        (5, "booking_3", 1),
    ]
    assert await place.log.head() == 5


async def test_an_event_comes_back_with_all_that_surrounded_it(place: Place) -> None:
    event = created("Ein Gespräch über 😀 \u2028 und \\u0000")
    at = NOW + timedelta(microseconds=1)
    surroundings = Metadata(
        actor="import:import_1",
        channel="job",
        correlation_id="request-ü",
        causation_id="event_0",
        idempotency_key="a key",
    )
    await place.happened(("booking_1", [event]), at=at, metadata=surroundings)

    (found,) = await place.log.read(0, 1)

    told = RecordedEvent(1, found.event_id, "booking_1", 1, event, at, surroundings)
    assert found._replace(lane=0, lane_position=0) == told
    assert found.recorded_at.utcoffset() == timedelta(0)
    assert nowhere(await place.log.read_stream("booking_1")) == nowhere([found])


async def test_events_that_landed_together_share_their_surroundings(place: Place) -> None:
    await place.happened(("booking_1", [created()]), metadata=ACTOR)
    later = NOW + timedelta(days=1)
    await place.happened(("booking_1", [cancelled()]), ("booking_2", [created()]), at=later)

    first, *others = await place.log.read(0, 9)

    assert (first.recorded_at, first.metadata) == (NOW, ACTOR)
    assert {each.recorded_at for each in others} == {later}
    assert len({(each.metadata.actor, each.metadata.correlation_id) for each in others}) == 1


async def test_ids_are_unique_and_stay(place: Place) -> None:
    for number in range(3):
        await place.happened((f"booking_{number}", [created(), cancelled()]))
    ids = [each.event_id for each in await place.log.read(0, 9)]

    assert len(set(ids)) == 6
    assert [each.event_id for each in await place.elsewhere.read(0, 9)] == ids
    assert [each.event_id for each in await place.log.read_stream("booking_1")] == ids[2:4]


async def test_a_limit_is_kept_and_reached(place: Place) -> None:
    await place.happened(("booking_1", [created(), cancelled()]), ("booking_2", [created()]))
    await place.happened(("booking_2", [cancelled()]))

    assert positions(await place.log.read(0, 1)) == [1]
    assert positions(await place.log.read(1, 2)) == [2, 3]
    assert positions(await place.log.read(1, 3)) == [2, 3, 4]
    assert positions(await place.log.read(3, 100)) == [4]
    assert positions(await place.log.read(4, 100)) == []


async def test_only_the_wanted_names_are_read_and_count_for_the_limit(place: Place) -> None:
    for number in range(3):
        await place.happened((f"booking_{number}", [created(), cancelled()]))

    assert positions(await place.log.read(0, 9, topics=[CREATED])) == [1, 3, 5]
    assert positions(await place.log.read(0, 2, topics={CANCELLED})) == [2, 4]
    assert positions(await place.log.read(3, 9, topics=[CREATED, CANCELLED])) == [4, 5, 6]
    assert positions(await place.log.read(0, 9, topics=["mentor.created"])) == []
    assert positions(await place.log.read(0, 9, topics=[])) == []


async def test_what_is_wanted_is_found_however_far_it_is(place: Place) -> None:
    """An answer without events means that there are no more."""
    for number in range(60):
        await place.happened((f"booking_{number}", [created("x" * 2_000)] * 20))
    await place.happened(("booking_0", [cancelled()]))

    assert positions(await place.log.read(0, 1, topics=[CANCELLED])) == [1201]
    assert positions(await place.log.read(0, 5_000)) == [*range(1, 1202)]
    assert len(await place.log.read_stream("booking_0")) == 21


async def test_a_stream_is_read_oldest_first_and_nothing_else(place: Place) -> None:
    for _ in range(5):
        await place.happened(("booking_1", [created()]), ("booking_11", [created(), cancelled()]))

    stream = await place.log.read_stream("booking_1")

    assert [each.version for each in stream] == [1, 2, 3, 4, 5]
    assert {each.stream for each in stream} == {"booking_1"}
    assert [await place.log.position_at(each.place) for each in stream] == [1, 4, 7, 10, 13]


async def test_where_something_happened_is_told_by_its_place(place: Place) -> None:
    for number in range(12):
        await place.happened((f"booking_{number}", [created(), cancelled()]))
    everything = await place.log.read(0, 99)
    newest = await place.log.read_stream("booking_7")

    for log in (place.log, place.elsewhere):
        assert [await log.position_at(each.place) for each in everything] == [*range(1, 25)]
        assert [await log.position_at(each.place) for each in newest] == [15, 16]
        assert await log.position_at(joined(newest[1].place, everything[2].place)) == 16
        assert await log.position_at(0) == 0
        assert await log.position_at(20) == 20


async def test_what_was_read_does_not_change_afterwards(place: Place) -> None:
    await place.happened(("booking_1", [created()]))
    log, stream = await place.log.read(0, 9), await place.log.read_stream("booking_1")
    await place.happened(("booking_1", [cancelled()]))

    assert len(log) == len(stream) == 1


async def test_what_is_acknowledged_is_there_for_everybody(place: Place) -> None:
    for number in range(1, 6):
        await place.happened((f"booking_{number}", [created()]))
        for log in (place.log, place.elsewhere):
            assert await log.head() == number
            assert positions(await log.read(number - 1, 9)) == [number]
            assert len(await log.read_stream(f"booking_{number}")) == 1


async def test_who_follows_while_others_write_sees_every_position_in_order(place: Place) -> None:
    writers, each = 4, 15

    async def write(writer: int) -> None:
        for number in range(each):
            await place.happened((f"booking_{writer}_{number}", [created(), cancelled()]))

    async def follow(log: EventLog) -> list[RecordedEvent]:
        found: list[RecordedEvent] = []
        while len(found) < writers * each * 2:
            found += await log.read(len(found), 7)
            assert positions(found) == [*range(1, len(found) + 1)]
            assert await log.head() >= len(found)
            await asyncio.sleep(0)
        return found

    async with asyncio.timeout(PATIENCE):
        read, read_elsewhere, *_ = await asyncio.gather(
            follow(place.log), follow(place.elsewhere), *map(write, range(writers))
        )
    assert read == read_elsewhere


async def test_any_history_reads_the_same_in_any_way(place: Place) -> None:
    """A round is a history of some commits, read in batches, by name and by stream."""
    for seed in seeds(3):
        chance = chance_of(seed, what="history")
        before = await place.log.head()
        written = await _random_history(place, chance, f"booking_{seed}")
        found = list(await place.log.read(before, 10_000))
        assert positions(found) == [*range(before + 1, before + len(written) + 1)]
        assert [(each.stream, each.event) for each in found] == written
        batch = chance.randint(1, 40)
        for log in (place.log, place.elsewhere):
            assert await followed(log, before, batch=batch) == found
            only = [each for each in found if each.event.TOPIC == CANCELLED]
            assert await followed(log, before, batch=batch, topics=[CANCELLED]) == only
            for stream in {stream for stream, _ in written}:
                of_stream = [each for each in found if each.stream == stream]
                assert nowhere(await log.read_stream(stream)) == nowhere(of_stream)
                assert [each.version for each in of_stream] == [*range(1, len(of_stream) + 1)]


async def _random_history(place: Place, chance: Random, prefix: str) -> list[tuple[str, Event]]:
    written: list[tuple[str, Event]] = []
    for _ in range(chance.randint(5, 25)):
        streams = chance.sample(range(6), chance.randint(1, 4))
        happenings = [
            (
                f"{prefix}_{number}",
                [chance.choice((created(), cancelled())) for _ in range(chance.randint(1, 4))],
            )
            for number in streams
        ]
        await place.happened(*happenings)
        written += [(stream, event) for stream, events in happenings for event in events]
    return written
