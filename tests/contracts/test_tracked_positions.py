"""What TrackedPositions promises, whoever keeps them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mentorbooking.adapters.work.dynamodb.tracked_positions import DynamoDBTrackedPositions
from mentorbooking.adapters.work.sqlite.tracked_positions import SQLiteTrackedPositions
from mentorbooking.application.ports.tracked_positions import TrackedPositions
from tests.support.work_file import open_work_file
from tests.support.work_table import open_work_table

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["sqlite", "dynamodb"])
async def positions(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[TrackedPositions]:
    if request.param == "sqlite":
        database = open_work_file(tmp_path)
        yield SQLiteTrackedPositions(database)
        database.close()
    else:
        async with open_work_table(request.getfixturevalue("dynamodb_endpoint")) as table:
            yield DynamoDBTrackedPositions(table)


async def test_who_has_not_begun_is_at_zero(positions: TrackedPositions) -> None:
    assert await positions.position("mailer") == 0


async def test_a_position_is_remembered_by_name(positions: TrackedPositions) -> None:
    await positions.track("mailer", 7)
    await positions.track("webhooks", 3)
    await positions.track("mailer", 9)

    assert await positions.position("mailer") == 9
    assert await positions.position("webhooks") == 3


async def test_a_position_never_goes_back(positions: TrackedPositions) -> None:
    await positions.track("mailer", 9)
    await positions.track("mailer", 4)

    assert await positions.position("mailer") == 9
