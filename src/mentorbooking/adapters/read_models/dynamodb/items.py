"""How rows of read models stand in the views table.

Attribute names are short, because they count: ``b`` holds what a row says (MessagePack), ``p``
the position of the event that last changed it. A row that is gone leaves a gravestone, ``p``
without ``b``, so that a projector which is late can't put it back; DynamoDB clears it away
after its ``ttl`` (seconds since the epoch).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb.type_defs import AttributeValueTypeDef

Item: TypeAlias = "dict[str, AttributeValueTypeDef]"

EXPIRES: Final = "ttl"
ALONE: Final = "-"
"""Sort key of an item that has its partition for itself."""


class Place(NamedTuple):
    """Where an item is. Models name places without their generation; see ``within``."""

    pk: str
    sk: str = ALONE

    def within(self, generation: str) -> Place:
        """Return the same place among the rows of a generation."""
        return Place(f"{generation}/{self.pk}", self.sk)

    @property
    def key(self) -> Item:
        return {"pk": {"S": self.pk}, "sk": {"S": self.sk}}


def stored(place: Place, position: int, body: bytes) -> Item:
    """Return the item of a row that was last changed at a position."""
    return place.key | {"p": {"N": str(position)}, "b": {"B": body}}


def gravestone(place: Place, position: int, expires: int) -> Item:
    """Return what is left of a row that was removed at a position."""
    return place.key | {"p": {"N": str(position)}, EXPIRES: {"N": str(expires)}}


def place_of(item: Mapping[str, AttributeValueTypeDef]) -> Place:
    return Place(item["pk"]["S"], item["sk"]["S"])


def position_of(item: Mapping[str, AttributeValueTypeDef]) -> int:
    return int(item["p"]["N"])


def body_of(item: Mapping[str, AttributeValueTypeDef]) -> bytes | None:
    """Return what a row says; None: it is gone."""
    return bytes(item["b"]["B"]) if "b" in item else None


def in_order(number: int) -> str:
    """Write a position or a line so that text sorts as numbers do (up to 63 bits)."""
    return f"{number:019d}"


def by_time(at: datetime) -> str:
    """Write an instant so that text sorts by time, also where ``#`` and an id follow."""
    naive = at.astimezone(UTC).replace(tzinfo=None)
    return naive.isoformat().replace("-", "").replace(":", "")
