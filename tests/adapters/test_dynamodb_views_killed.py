"""Projectors that are killed, repeat each other or work at the same time do no harm."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EndpointConnectionError

from mentorbooking.adapters.read_models.dynamodb.following import Following
from mentorbooking.adapters.read_models.dynamodb.registry import PLACE, NotOurs
from mentorbooking.application.answers.mentor import MentorAnswer
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.application.read_models.mentor_directory import (
    MentorDirectory,
    MentorSort,
    MentorsQuery,
)
from mentorbooking.application.read_models.progress import ProjectionState
from mentorbooking.domain.mentor.events import MentorProfileChanged
from mentorbooking.domain.mentor.profile import ProfileChanges
from mentorbooking.domain.mentor_calendar.events import (
    NewSlot,
    SlotMoved,
    SlotRemoved,
    SlotsAdded,
)
from tests.support.dynamodb_views import DynamoDBReadModels
from tests.support.dynamodb_views_checked import Unreliable, what_does_not_follow
from tests.support.faulty_dynamodb import FaultyClient, Real
from tests.support.fixed import MENTOR, NOW, slot
from tests.support.mentor_events import mentor
from tests.support.random_history import Command, History
from tests.support.read_models import SQLiteReadModels, rows_of

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

pytestmark = pytest.mark.anyio

QUERIES = [
    *(MentorsQuery(sort=sort) for sort in MentorSort),
    MentorsQuery(skills=("kotlin",)),
    MentorsQuery(q="evenement"),
    MentorsQuery(free_from=NOW + timedelta(days=3), free_to=NOW + timedelta(days=9)),
    MentorsQuery(free_from=NOW + timedelta(days=15)),
]
PAGE = f"mentor_calendar:{MENTOR}:1"


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_fails_the_rows_are_those_of_sqlite_in_the_end(
    dynamodb: DynamoDBClient, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    client = Unreliable(dynamodb, random)
    async with (
        SQLiteReadModels(tmp_path) as sqlite,
        DynamoDBReadModels(client, log=sqlite.log) as views,
    ):
        history = History(sqlite.log)
        held_all_along = views.mentors
        at_work = [views.following, views.another_following(batch=random.randint(1, 9))]
        for _ in range(6):
            history.give(some_commands(random))
            client.failing = 0.3
            for _ in range(4):
                await asyncio.gather(*(work(each, random) for each in at_work))
                if random.random() < 0.3:
                    killed = random.randrange(len(at_work))
                    at_work[killed] = views.another_following(random.randint(1, 9))
                await held_all_along.page(MentorsQuery(), now=NOW)
        client.failing = 0.0
        await views.restart()
        await views.catch_up()
        await sqlite.catch_up()
        assert {state.state for state in (await views.states()).values()} == {"running"}
        assert await views.digests() == await sqlite.digests()
        assert await what_does_not_follow(views.table) == []
        for query in QUERIES:
            told = [await each.page(query, now=NOW) for each in (held_all_along, views.mentors)]
            assert told == [await sqlite.mentors.page(query, now=NOW)] * 2


async def test_a_batch_that_was_written_but_not_noted_is_written_again(
    dynamodb: DynamoDBClient,
) -> None:
    client = FaultyClient(dynamodb)
    async with DynamoDBReadModels(client) as views:
        offered = SlotsAdded(at=NOW, mentor_id=MENTOR, slots=(NewSlot("a", slot(days=1)),))
        await views.happened(PAGE, offered)
        views.log.append(PAGE, SlotMoved(at=NOW, slot_id="a", slot=slot(days=2)))
        views.log.append(PAGE, SlotRemoved(at=NOW, slot_id="a"))
        client.always("put_item", unless_it_is_a_row)
        with pytest.raises(StoreUnavailable):
            await views.catch_up()
        client.heal()
        views.following = views.another_following(batch=1)
        await views.following.take_over()
        assert (await views.states())["timeslots"].position == 1
        await views.catch_up()
        assert (await views.states())["timeslots"] == ProjectionState(
            name="timeslots", generation=1, position=3, state="running"
        )
        assert await what_does_not_follow(views.table) == []


async def test_who_holds_mentors_in_memory_learns_of_what_was_written_but_not_noted(
    dynamodb: DynamoDBClient,
) -> None:
    client = FaultyClient(dynamodb)
    async with DynamoDBReadModels(client) as views:
        await mentor(views, MENTOR, name="Ada")
        kept = views.mentors
        assert await names(kept) == ["Ada"]
        views.log.append(MENTOR, MentorProfileChanged(at=NOW, changes=ProfileChanges(name="Eve")))
        client.always("put_item", unless_it_is_a_row)
        with pytest.raises(StoreUnavailable):
            await views.catch_up()
        client.heal()
        await views.restart()
        await views.catch_up()
        assert await names(kept) == ["Eve"]


async def names(mentors: MentorDirectory) -> list[str]:
    page = await mentors.page(MentorsQuery(), now=NOW)
    return [row.name for row in rows_of(page, MentorAnswer)]


async def unless_it_is_a_row(real: Real, given: dict[str, Any]) -> Any:
    if given["Item"]["pk"] == PLACE.key["pk"]:
        raise EndpointConnectionError(endpoint_url="http://nowhere")
    return await real()


def some_commands(random: Random) -> list[Command]:
    kinds = ("describe", "pause", "activate", "move", "take back", "cancel", "import row", "invite")
    often = ("offer", "move", "book")
    return [
        (random.choice((*kinds, *often, *often)), random.randrange(24), random.randrange(24))
        for _ in range(random.randint(5, 40))
    ]


async def work(following: Following, random: Random) -> None:
    """Go on for a while, as somebody who does not know of others or has just learnt of them."""
    try:
        if random.random() < 0.5:
            await following.take_over()
        for _ in range(random.randint(1, 3)):
            await following.advance()
    except (NotOurs, StoreUnavailable):
        return
