"""Fixtures of the tests over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.http.demo import client_of, demo_app


@pytest.fixture
async def client(anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    """Call the demo as nobody in particular."""
    async with client_of(demo_app()) as client:
        yield client
