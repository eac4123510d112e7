"""Fixtures of the contract suites."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from tests.support.event_stores import EventStores, event_stores
from tests.support.read_models import Backend, ReadModels, SQLiteReadModels


@pytest.fixture(params=["sqlite", "dynamodb"])
async def backend(request: pytest.FixtureRequest) -> AsyncIterator[Backend]:
    """What makes read models, for each place where they may be kept."""
    if request.param == "sqlite":
        yield SQLiteReadModels
        return
    from mentorbooking.adapters.aws.clients import AwsClients
    from tests.support.aws_servers import aws_settings
    from tests.support.dynamodb_views import DynamoDBReadModels

    endpoint = request.getfixturevalue("dynamodb_endpoint")
    async with AwsClients(aws_settings(dynamodb=endpoint)) as clients:
        yield partial(DynamoDBReadModels, await clients.dynamodb())


@pytest.fixture
async def read_models(backend: Backend, tmp_path: Path) -> AsyncIterator[ReadModels]:
    """All read models over an empty log, on each backend."""
    async with backend(tmp_path) as models:
        yield models


@pytest.fixture(params=["sqlite", "sqlite by a process", "dynamodb", "lanes"])
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[EventStores]:
    """An empty log on each backend, for processes to be started over."""
    async with event_stores(request, tmp_path) as stores:
        yield stores
