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


@pytest.fixture
async def house(anyio_backend: str, tmp_path: Path) -> AsyncIterator[House]:
    """Run the real service on a folder of its own, with rate limits off."""
    async with running_house(tmp_path / "data") as house:
        yield house
