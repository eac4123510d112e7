"""Making read models anew beside the ones in use.

New generations are filled by the same hands as the old ones are kept up to date, and take
their place in one transaction once they have come as far. The old tables are dropped
afterwards, one at a time, so that nobody waits long. What a kill leaves, the next start drops.
"""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import Future

import structlog

from mentorbooking.adapters.read_models.rebuilding import Rebuild, RebuildsUnderWay
from mentorbooking.adapters.read_models.sqlite import registry
from mentorbooking.adapters.read_models.sqlite.database import ViewsDatabase
from mentorbooking.adapters.read_models.sqlite.target import Target
from mentorbooking.application.read_models.progress import ReportProgress

_log = structlog.get_logger(__name__)


class Rebuilds(RebuildsUnderWay[Target]):
    """``used`` holds the generations in use, by name; a rebuild that is done changes it."""

    def __init__(self, views: ViewsDatabase, used: dict[str, Target]) -> None:
        super().__init__()
        self._views = views
        self._used = used
        self._tables_to_drop: list[str] = []

    @property
    def under_way(self) -> bool:
        return bool(self._rebuilds or self._tables_to_drop)

    def begin(
        self,
        names: Collection[str],
        progress: ReportProgress | None = None,
        done: Future[None] | None = None,
    ) -> Future[None]:
        """Make empty generations; the future is ``done``. See ``ReadModelsProgress.rebuild``."""
        self._refuse_again(names)
        while self._tables_to_drop:
            self._drop_a_table()
        targets = []
        with self._views.transaction() as db:
            for name in dict.fromkeys(names):
                used = self._used[name]
                generation = used.generation + 1
                target = Target(used.model, generation, used.model.tables(generation)[0])
                target.model.create(db, target.table, generation)
                targets.append(target)
        rebuild = Rebuild(targets, progress, done or Future())
        self._rebuilds.append(rebuild)
        return rebuild.done

    def conclude(self, head: int) -> bool:
        """Put in place what has come as far as the log; tell whether anything has changed."""
        if self._tables_to_drop:
            self._drop_a_table()
        concluded = [self._conclude(rebuild, head) for rebuild in list(self._rebuilds)]
        return any(concluded)

    def _conclude(self, rebuild: Rebuild[Target], head: int) -> bool:
        if rebuild.is_lost:
            self._give_up(rebuild)
        elif rebuild.has_come_to(head):
            self._put_in_place(rebuild)
        else:
            return False
        rebuild.tell()
        return True

    def _put_in_place(self, rebuild: Rebuild[Target]) -> None:
        old_tables = []
        with self._views.transaction() as db:
            for target in rebuild.targets:
                model, old = target.model, self._used[target.name].generation
                for used, put_aside in zip(model.tables(), model.tables(old), strict=True):
                    db.execute(f"ALTER TABLE {used} RENAME TO {put_aside}")
                    old_tables.append(put_aside)
                new_tables = model.tables(target.generation)
                for filled, used in zip(new_tables, model.tables(), strict=True):
                    db.execute(f"ALTER TABLE {filled} RENAME TO {used}")
                registry.replace(db, target.name, target.generation)
                registry.track(db, [target.name], *target.at)
        for target in rebuild.targets:
            target.table = target.model.tables()[0]
            self._used[target.name] = target
            _log.info("projection_rebuilt", projection=target.name, upto=target.position)
        self._forget(rebuild, old_tables)

    def _give_up(self, rebuild: Rebuild[Target]) -> None:
        tables = [t for each in rebuild.targets for t in each.model.tables(each.generation)]
        self._forget(rebuild, tables)

    def _forget(self, rebuild: Rebuild[Target], tables: list[str]) -> None:
        self._rebuilds.remove(rebuild)
        self._tables_to_drop += tables

    def _drop_a_table(self) -> None:
        with self._views.transaction() as db:
            db.execute(f"DROP TABLE {self._tables_to_drop[-1]}")
        self._tables_to_drop.pop()
