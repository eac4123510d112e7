"""Fixtures of the tests over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.http.demo import client_of, demo_app
from tests.support.running_service import House, running_house


@pytest.fixture
async def client(anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    """Call the demo as nobody in particular."""
    async with client_of(demo_app()) as client:
        yield client


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """Let what a module's tests share run on one event loop."""
    return "asyncio"


@pytest.fixture
async def house(anyio_backend: str, tmp_path: Path) -> AsyncIterator[House]:
    """Run the real service on a folder of its own, with rate limits off."""
    async with running_house(tmp_path / "data") as house:
        yield house


@pytest.fixture(scope="module")
async def shared_house(
    anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """Run the service once for the tests of a module that do not look at what others did."""
    async with running_house(tmp_path_factory.mktemp("shared")) as house:
        yield house
