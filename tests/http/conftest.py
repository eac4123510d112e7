"""Fixtures of the tests over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.http.demo import client_of, demo_app
from tests.support.backends import MARKER, backend_called, backends_of
from tests.support.backstage import Backend
from tests.support.running_service import House, running_house


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark of one backend known."""
    config.addinivalue_line("markers", MARKER)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what needs the service on the backends that are wanted."""
    if "backend" in metafunc.fixturenames:
        wanted = backends_of(metafunc.definition)
        metafunc.parametrize("backend", wanted, indirect=True, scope="module")


@pytest.fixture
async def client(anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    """Call the demo as nobody in particular."""
    async with client_of(demo_app()) as client:
        yield client


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """Let what a module's tests share run on one event loop."""
    return "asyncio"


@pytest.fixture(scope="module")
def backend(request: pytest.FixtureRequest) -> Backend:
    """Where the service keeps events in this test."""
    return backend_called(request.param, request)


@pytest.fixture
async def house(anyio_backend: str, tmp_path: Path, backend: Backend) -> AsyncIterator[House]:
    """Run the real service on a folder of its own, with rate limits off."""
    async with running_house(tmp_path / "data", backend) as house:
        yield house


@pytest.fixture(scope="module")
async def shared_house(
    anyio_backend: str, tmp_path_factory: pytest.TempPathFactory, backend: Backend
) -> AsyncIterator[House]:
    """Run the service once for the tests of a module that do not look at what others did."""
    async with running_house(tmp_path_factory.mktemp("shared"), backend) as house:
        yield house
