"""Whether everything in a views table follows from the rows, and puts that fail at random."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final

from botocore.exceptions import EndpointConnectionError

from mentorbooking.adapters.instants import microseconds
from mentorbooking.adapters.read_models.dynamodb import openings
from mentorbooking.adapters.read_models.dynamodb.changes import PARTITION as NOTES
from mentorbooking.adapters.read_models.dynamodb.items import Item, Place, body_of, place_of
from mentorbooking.adapters.read_models.dynamodb.model import DynamoDBReadModel
from mentorbooking.adapters.read_models.dynamodb.models import all_models
from mentorbooking.adapters.read_models.dynamodb.reader import rows_in_use
from mentorbooking.adapters.read_models.dynamodb.registry import PLACE, read_registry
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable
from mentorbooking.application.answers.slot import SlotAnswer
from mentorbooking.domain.mentor_calendar.paging import page_of

_WRITES: Final = frozenset({"put_item", "batch_write_item"})


async def everything_in(table: ViewsTable) -> dict[Place, Item]:
    return {place_of(item): item async for items in table.everything() for item in items}


async def what_does_not_follow(table: ViewsTable) -> list[Place]:
    """Return the places where something else stands than follows from the rows in use.

    What is in no generation in use counts as well, notes and gravestones do not.
    """
    stands = {
        place: body
        for place, item in (await everything_in(table)).items()
        if place != PLACE and f"/{NOTES}" not in place.pk and (body := body_of(item)) is not None
    }
    registry = await read_registry(table)
    expected: dict[Place, bytes] = {}
    for model in all_models():
        rows = rows_in_use(registry, model)
        within = {
            Place(place.pk.removeprefix(f"{rows}/"), place.sk): body
            for place, body in stands.items()
            if place.pk.startswith(f"{rows}/")
        }
        follows = dict(_following_from(model, within))
        expected |= {place.within(rows): body for place, body in follows.items()}
    return [
        place for place in stands.keys() | expected.keys() if not _same(stands, expected, place)
    ]


def _following_from(
    model: DynamoDBReadModel[Any], within: Mapping[Place, bytes]
) -> Iterator[tuple[Place, bytes]]:
    open_at: dict[Place, list[openings.Opening]] = {}
    for place, body in within.items():
        found = model.row_of(place, body)
        if found is not None:
            yield place, body
            for copy in model.copies(*found):
                yield copy, body
            if isinstance(found[1], SlotAnswer) and found[1].status == "available":
                start, end = microseconds(found[1].start), microseconds(found[1].end)
                fortnight = f"{page_of(found[1].start):06d}#{found[1].mentor_id}"
                open_at.setdefault(Place(openings.PARTITION, fortnight), []).append(
                    openings.Opening(start, end)
                )
    for place, found_open in open_at.items():
        yield place, repr(sorted(found_open)).encode()


def _same(stands: Mapping[Place, bytes], expected: Mapping[Place, bytes], place: Place) -> bool:
    """Openings are compared as they are told; nothing open may be an item or none."""
    there, wanted = stands.get(place), expected.get(place)
    if not place.pk.endswith(f"/{openings.PARTITION}"):
        return there == wanted
    told = openings.openings_of(there) if there is not None else []
    return (repr(told).encode() if told else None) == wanted


class Unreliable:
    """A client whose writes fail at random: before they have happened, or after."""

    def __init__(self, client: Any, random: Random) -> None:
        self._client = client
        self._random = random
        self.failing = 0.0

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self._client, operation)
        if operation not in _WRITES:
            return call

        async def unreliable(**given: Any) -> Any:
            if self._random.random() >= self.failing:
                return await call(**given)
            if self._random.random() < 0.5:
                await call(**given)
            raise EndpointConnectionError(endpoint_url="http://nowhere")

        return unreliable
