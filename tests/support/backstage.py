"""What happens behind the API: the same for tests on every backend, made to happen by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

from mentorbooking.adapters.identity.passwords import Cost
from mentorbooking.application.ports.messages import Messages
from mentorbooking.entrypoints.service import Service
from tests.support.moving_clock import MovingClock

CHEAP = Cost(memory=8, passes=1)
"""What hashing a password costs in tests."""


class Backstage(Protocol):
    """The running service. Imports are done by it; mails and exports wait for their test."""

    @property
    def service(self) -> Service: ...

    @property
    def messages(self) -> Messages: ...

    async def make_exports(self, stop: asyncio.Event) -> None:
        """Work on the exports' queue until ``stop`` is set."""

    async def send_mails(self, stop: asyncio.Event) -> None:
        """Mail people of what has happened, to files, until ``stop`` is set."""

    async def objects(self, kind: str) -> Mapping[str, bytes]:
        """Return the stored files whose keys begin with ``kind`` and a slash."""


class Backend(Protocol):
    """Where events are kept. ``name`` is what the settings call it."""

    @property
    def name(self) -> str: ...

    def running(
        self, folder: Path, clock: MovingClock, settings: Mapping[str, Any]
    ) -> AbstractAsyncContextManager[Backstage]:
        """Start the service; on the same folder it finds again what it has kept."""
