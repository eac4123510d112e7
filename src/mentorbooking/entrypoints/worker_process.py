"""How the service starts its worker: with the same settings, and at a lower priority."""

from __future__ import annotations

import random
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from msgspec.structs import asdict

from mentorbooking.adapters.processes.helper_process import HelperProcess
from mentorbooking.entrypoints.running import running_beside
from mentorbooking.entrypoints.settings import PREFIX, Settings, as_text


@asynccontextmanager
async def worker_beside(settings: Settings) -> AsyncIterator[None]:
    """Keep a worker for mail and exports running while the body runs."""
    async with running_beside(worker_process(settings, ("mail", "exports")).run):
        yield


def worker_process(settings: Settings, parts: Sequence[str]) -> HelperProcess:
    """Return a worker on these parts, not started yet."""
    return HelperProcess(
        (sys.executable, "-P", "-m", "mentorbooking.entrypoints.helper", *parts),
        environment=as_variables(settings),
        chance=random.random,
    )


def as_variables(settings: Settings) -> Mapping[str, str]:
    """Write settings as the variables that they are read from, the command line's included."""
    values = {**asdict(settings), "data_dir": settings.data_dir.absolute()}
    return {
        PREFIX + name.upper(): as_text(value) for name, value in values.items() if value is not None
    }
