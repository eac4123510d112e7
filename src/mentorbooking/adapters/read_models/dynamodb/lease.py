"""Who projects: one process at a time, so that work isn't done twice.

Nothing but cost depends on it, as rows are guarded. There are no clocks to compare: whoever
projects writes the registry again and again, and is taken to be dead by who has not seen it
change for a while. A process that starts takes over at once: most often it comes after one
that was stopped or killed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from mentorbooking.adapters.read_models.dynamodb.registry import (
    NOBODY,
    NotOurs,
    Registry,
    Standing,
    read_registry,
    write_registry,
)
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable


class Lease:
    """``registry`` is as this process last wrote or read it. ``owner`` is a name that nobody
    else has; ``monotonic`` is in seconds.
    """

    def __init__(self, table: ViewsTable, owner: str) -> None:
        self._table = table
        self._owner = owner
        self.registry = Registry()

    @property
    def held(self) -> bool:
        return self.registry.owner == self._owner

    async def look(self) -> Registry:
        """Read how things stand."""
        self.registry = await read_registry(self._table)
        return self.registry

    async def take(self, standings: Mapping[str, Standing], **changes: Any) -> None:
        """Become the one who projects, unless somebody else is quicker: ``NotOurs``."""
        await self._write(
            msgspec.structs.replace(
                self.registry,
                owner=self._owner,
                standings=dict(standings),
                **changes,
            )
        )

    async def note(self, standings: Mapping[str, Standing] | None = None, **changes: Any) -> None:
        """Write down what has changed. ``NotOurs``: somebody else projects by now."""
        if not self.held:
            raise NotOurs
        await self._write(
            msgspec.structs.replace(
                self.registry,
                standings=self.registry.standings | dict(standings or {}),
                **changes,
            )
        )

    async def let_go(self) -> None:
        """Let others take over at once."""
        if self.held:
            await self.note(owner=NOBODY)

    async def _write(self, after: Registry) -> None:
        try:
            self.registry = await write_registry(self._table, self.registry, after, self._owner)
        except NotOurs:
            await self.look()
            raise
