"""Making read models anew beside the ones in use.

New generations are filled by the same hands as the old ones are kept up to date, and take
their place in one write once they have come as far. The old rows are cleared away later, when
nobody can still be reading them; so is what a kill leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future
from typing import NamedTuple

import structlog

from mentorbooking.adapters.read_models.dynamodb.lease import Lease
from mentorbooking.adapters.read_models.dynamodb.target import Target
from mentorbooking.application.read_models.progress import (
    AlreadyRebuilding,
    RebuildFailed,
    ReportProgress,
)

_log = structlog.get_logger(__name__)


class _Rebuild(NamedTuple):
    """Generations that are filled together."""

    targets: list[Target]
    progress: ReportProgress | None
    done: Future[None]


class Rebuilds:
    """``used`` holds the generations in use, by name; a rebuild that is done changes it."""

    def __init__(self, lease: Lease, used: dict[str, Target], seconds: Callable[[], int]) -> None:
        self._lease = lease
        self._seconds = seconds
        self._used = used
        self._rebuilds: list[_Rebuild] = []

    @property
    def under_way(self) -> bool:
        return bool(self._rebuilds)

    def targets(self) -> Iterator[Target]:
        for rebuild in list(self._rebuilds):
            yield from rebuild.targets

    def positions(self) -> dict[str, int]:
        return {target.name: target.position for target in self.targets()}

    async def begin(
        self,
        names: Collection[str],
        progress: ReportProgress | None = None,
        done: Future[None] | None = None,
    ) -> Future[None]:
        """Make empty generations; the future is ``done``. See ``ReadModelsProgress.rebuild``."""
        under_way = sorted({target.name for target in self.targets()}.intersection(names))
        if under_way:
            raise AlreadyRebuilding(*under_way)
        targets = []
        number = self._lease.registry.last_number
        for name in dict.fromkeys(names):
            number += 1
            used = self._used[name]
            targets.append(Target(used.model, used.generation + 1, number, in_use=False))
        await self._lease.note(
            last_number=number,
            put_aside=self._put_aside() | {target.rows: self._seconds() for target in targets},
        )
        rebuild = _Rebuild(targets, progress, done or Future())
        self._rebuilds.append(rebuild)
        return rebuild.done

    async def conclude(self, head: int) -> bool:
        """Put in place what has come as far as the log; tell whether anything has changed."""
        concluded = [await self._conclude(rebuild, head) for rebuild in list(self._rebuilds)]
        return any(concluded)

    async def _conclude(self, rebuild: _Rebuild, head: int) -> bool:
        errors = [target.error for target in rebuild.targets if target.error is not None]
        if errors or rebuild.done.cancelled():
            self._rebuilds.remove(rebuild)
            if rebuild.done.set_running_or_notify_cancel():
                rebuild.done.set_exception(RebuildFailed("; ".join(errors)))
            return True
        if rebuild.progress is not None:
            rebuild.progress(min(target.position for target in rebuild.targets), head)
        if any(target.position < head for target in rebuild.targets):
            return False
        await self._put_in_place(rebuild)
        if rebuild.done.set_running_or_notify_cancel():
            rebuild.done.set_result(None)
        return True

    async def _put_in_place(self, rebuild: _Rebuild) -> None:
        put_aside = self._put_aside()
        for target in rebuild.targets:
            put_aside.pop(target.rows, None)
            put_aside[self._used[target.name].rows] = self._seconds()
        await self._lease.note(
            standings={target.name: target.standing(target.at) for target in rebuild.targets},
            put_aside=put_aside,
        )
        self._rebuilds.remove(rebuild)
        for target in rebuild.targets:
            target.in_use = True
            self._used[target.name] = target
            _log.info("projection_rebuilt", projection=target.name, upto=target.position)

    def _put_aside(self) -> dict[str, int]:
        return dict(self._lease.registry.put_aside)

    def abandon(self) -> None:
        """Tell who waits for a rebuild that it will not end."""
        for rebuild in self._rebuilds:
            rebuild.done.cancel()
        self._rebuilds.clear()
