"""Which read models there are in the table, how far each has come, and who projects.

All of it is one item: readers learn with one read where the rows in use are, and a batch notes
how far it has come with one write, for all models together. Its version ``v`` goes up with each
write and must not have changed in between, so that of two projectors one notices.
"""

from __future__ import annotations

from typing import Final

import msgspec

from mentorbooking.adapters.read_models.dynamodb.items import Item, Place
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable

PLACE: Final = Place("registry")
NOBODY: Final = ""


class Standing(msgspec.Struct, frozen=True, array_like=True):
    """How a model stands. ``number`` tells where its rows are; ``generation`` counts rebuilds.

    ``event_id`` is the event at the position: it tells whether the rows are of this log.
    ``noted``: the newest note for readers that hold rows in memory. ``lanes``: how far it is in
    the lanes that commits are made in, by number; empty where that is the one of the position.
    """

    generation: int
    number: int
    made_by: str
    position: int = 0
    event_id: str | None = None
    error: str | None = None
    noted: int = 0
    lanes: tuple[int, ...] = ()


class Registry(msgspec.Struct, frozen=True, array_like=True):
    """``owner``: who projects. ``last_number``: the last that a generation was given.

    ``put_aside``: what the partition keys of rows begin with that are not in use, or not yet,
    and since when (seconds since the epoch).
    """

    standings: dict[str, Standing] = {}
    owner: str = NOBODY
    last_number: int = 0
    put_aside: dict[str, int] = {}
    version: int = 0


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Registry).decode


def registry_item(registry: Registry) -> Item:
    return PLACE.key | {"v": {"N": str(registry.version)}, "b": {"B": _encode(registry)}}


def registry_of(item: Item | None) -> Registry:
    """Return an empty one for a table without."""
    return _decode(bytes(item["b"]["B"])) if item else Registry()


async def read_registry(table: ViewsTable, *, strongly: bool = True) -> Registry:
    return registry_of(await table.get(PLACE, strongly=strongly))


class NotOurs(Exception):
    """Somebody else has begun to project."""


async def write_registry(
    table: ViewsTable, before: Registry, after: Registry, owner: str
) -> Registry:
    """Put ``after`` in the place of ``before``, and return it as it is stored.

    ``NotOurs``: somebody else has written since. What ``owner`` itself has written, in an
    attempt whose answer was lost, is older than ``after`` and makes room for it.
    """
    while True:
        wanted = msgspec.structs.replace(after, version=before.version + 1)
        there = await table.put_version(registry_item(wanted), before.version)
        if there is None:
            return wanted
        before = registry_of(there)
        if before.owner != owner:
            raise NotOurs
