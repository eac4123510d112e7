"""A generation of a read model, and bringing it forward by a batch of events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from mentorbooking.adapters.read_models.dynamodb.changes import note_item
from mentorbooking.adapters.read_models.dynamodb.folding import Folded, keys_read
from mentorbooking.adapters.read_models.dynamodb.items import Item, Place, stored
from mentorbooking.adapters.read_models.dynamodb.model import DynamoDBReadModel, Known
from mentorbooking.adapters.read_models.dynamodb.registry import Standing
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.application.positions import LogPlace
from mentorbooking.application.read_models.projection import Key, ProjectionFailed
from mentorbooking.application.trying_again.fault_notes import fault_place

GRAVESTONE_SECONDS: Final = 7 * 24 * 3600


class Reached(NamedTuple):
    """Where a batch has left a target: behind this event, and why not further.

    ``noted`` is the position of the newest note for readers. ``lanes``: see ``Standing``.
    """

    position: int
    event_id: str | None
    error: str | None = None
    noted: int = 0
    lanes: tuple[int, ...] = ()

    @property
    def place(self) -> LogPlace:
        return (self.position, *self.lanes[1:]) if self.lanes else self.position


_NOWHERE: Final = Reached(0, None)


class Target:
    """``number`` tells where its rows stand. An error stops it.

    ``in_use``: readers see it, and another projector may write to it too. As long as it is not,
    its rows need no guard and nobody needs to be told of them.
    """

    def __init__(
        self,
        model: DynamoDBReadModel[Any],
        generation: int,
        number: int,
        at: Reached = _NOWHERE,
        *,
        in_use: bool,
    ) -> None:
        self.model = model
        self.generation = generation
        self.number = number
        self.at = at
        self.in_use = in_use

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def rows(self) -> str:
        """What the partition keys of its rows begin with."""
        return self.model.generation(self.number)

    @property
    def position(self) -> int:
        return self.at.position

    @property
    def error(self) -> str | None:
        return self.at.error

    def standing(self, at: Reached) -> Standing:
        """Return how it stands when it is there."""
        return Standing(self.generation, self.number, self.model.made_by, *at)

    async def take_in_what_it_can(
        self, table: ViewsTable, events: Sequence[RecordedEvent], now: int
    ) -> Reached:
        """Write what follows from the events that come next; stop where one can't be taken in.

        ``now`` is in seconds since the epoch. Raises only what is no fault of the model:
        ``StoreUnavailable``. What was written by then is written again, without harm.
        """
        try:
            return await self._take_in(table, events, now)
        except ProjectionFailed as failure:
            sound = [recorded for recorded in events if recorded.position < failure.position]
            reached = await self.take_in_what_it_can(table, sound, now)
            return reached._replace(error=reached.error or str(failure))
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  it stops this model, and no other
            return self.at._replace(
                error=f"{type(error).__name__} in {fault_place(error)}"
                f" when writing rows up to position {events[-1].position}"
            )

    async def _take_in(
        self, table: ViewsTable, events: Sequence[RecordedEvent], now: int
    ) -> Reached:
        if not events:
            return self.at
        lanes = _lanes_behind(events, self.at.lanes)
        reached = Reached(events[-1].position, events[-1].event_id, None, self.at.noted, lanes)
        handles = self.model.projection.handles
        handled = [recorded for recorded in events if type(recorded.event) in handles]
        if not handled:
            return reached
        folded = Folded(self.model, await self._load(table, keys_read(self.model, handled)))
        folded.take_in(handled)
        touched = self.model.touched(folded.steps)
        summaries = await self._summaries(table, folded, touched)
        expires = now + GRAVESTONE_SECONDS
        first = [*folded.copies(expires), *summaries]
        if self.model.followed and self.in_use and (folded.steps or folded.passed_over):
            # Who wrote what was passed over has left a note of it; this one makes it be looked at.
            told = self.model.told(folded.steps)
            first.append(note_item(self.at.noted, reached.position, told, now))
            reached = reached._replace(noted=reached.position)
        await self._write(table, first)
        await self._write(table, list(folded.homes(expires)))
        return reached

    async def _load(self, table: ViewsTable, keys: Collection[Key]) -> dict[Key, Known[Any]]:
        """Return the rows that there are or were."""
        homes = {self.model.home(key).within(self.rows): key for key in keys}
        found = await table.get_some(homes)
        return {homes[place]: self.model.known(homes[place], item) for place, item in found.items()}

    async def _summaries(
        self, table: ViewsTable, folded: Folded[Any], touched: Collection[Place]
    ) -> list[Item]:
        if not touched:
            return []
        there = {place.within(self.rows): place for place in touched}
        before = {there[place]: item for place, item in (await table.get_some(there)).items()}
        return [stored(*summary) for summary in self.model.summaries(folded.steps, before)]

    async def _write(self, table: ViewsTable, items: Sequence[Item]) -> None:
        if not items:
            return
        there = [item | {"pk": {"S": f"{self.rows}/{item['pk']['S']}"}} for item in items]
        if not self.in_use:
            await table.put_all(there)
        elif self.model.once:
            await table.put_once(there)
        else:
            await table.put_newer(there)


def _lanes_behind(events: Sequence[RecordedEvent], before: tuple[int, ...]) -> tuple[int, ...]:
    """Return how far lanes are behind events, if these are of lanes of their own."""
    reached = list(before)
    for recorded in events:
        if recorded.lane:
            reached += [0] * (recorded.lane + 1 - len(reached))
            reached[recorded.lane] = recorded.lane_position
    return tuple(reached)
