"""Projectors that are killed, repeat each other or work at the same time do no harm."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from mentorbooking.adapters.read_models.dynamodb.following import Following
from mentorbooking.adapters.read_models.dynamodb.registry import NotOurs
from mentorbooking.application.ports.aggregate_store import StoreUnavailable
from tests.support.dynamodb_views import DynamoDBReadModels
from tests.support.dynamodb_views_checked import Unreliable, what_does_not_follow
from tests.support.random_history import Command, History
from tests.support.read_models import SQLiteReadModels

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

pytestmark = pytest.mark.anyio


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
        at_work = [views.following, views.another_following(batch=random.randint(1, 9))]
        for _ in range(6):
            history.give(some_commands(random))
            client.failing = 0.3
            for _ in range(4):
                await asyncio.gather(*(work(each, random) for each in at_work))
                if random.random() < 0.3:
                    killed = random.randrange(len(at_work))
                    at_work[killed] = views.another_following(random.randint(1, 9))
        client.failing = 0.0
        await views.restart()
        await views.catch_up()
        await sqlite.catch_up()
        assert {state.state for state in (await views.states()).values()} == {"running"}
        assert await views.digests() == await sqlite.digests()
        assert await what_does_not_follow(views.table) == []


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
