"""Making read models anew beside the ones in use.

New generations are filled by the same hands as the old ones are kept up to date, and take
their place in one write once they have come as far. The old rows are cleared away later, when
nobody can still be reading them; so is what a kill leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import Future

import structlog

from mentorbooking.adapters.read_models.dynamodb.lease import Lease
from mentorbooking.adapters.read_models.dynamodb.target import Target
from mentorbooking.adapters.read_models.rebuilding import Rebuild, RebuildsUnderWay
from mentorbooking.application.read_models.progress import ReportProgress

_log = structlog.get_logger(__name__)


class Rebuilds(RebuildsUnderWay[Target]):
    """``used`` holds the generations in use, by name; a rebuild that is done changes it."""

    def __init__(self, lease: Lease, used: dict[str, Target], seconds: Callable[[], int]) -> None:
        super().__init__()
        self._lease = lease
        self._seconds = seconds
        self._used = used

    @property
    def under_way(self) -> bool:
        return bool(self._rebuilds)

    async def begin(
        self,
        names: Collection[str],
        progress: ReportProgress | None = None,
        done: Future[None] | None = None,
    ) -> Future[None]:
        """Make empty generations; the future is ``done``. See ``ReadModelsProgress.rebuild``."""
        self._refuse_again(names)
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
        rebuild = Rebuild(targets, progress, done or Future())
        self._rebuilds.append(rebuild)
        return rebuild.done

    async def conclude(self, head: int) -> bool:
        """Put in place what has come as far as the log; tell whether anything has changed."""
        concluded = [await self._conclude(rebuild, head) for rebuild in list(self._rebuilds)]
        return any(concluded)

    async def _conclude(self, rebuild: Rebuild[Target], head: int) -> bool:
        if rebuild.is_lost:
            self._rebuilds.remove(rebuild)
        elif rebuild.has_come_to(head):
            await self._put_in_place(rebuild)
        else:
            return False
        rebuild.tell()
        return True

    async def _put_in_place(self, rebuild: Rebuild[Target]) -> None:
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
