"""How structs stand in the work table: attributes by the fields' names, instants as ISO text.

What is None is left out. A struct that could not be read back is not written.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, TypeVar

import msgspec

from mentorbooking.adapters.instants import microseconds

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb.type_defs import AttributeValueTypeDef

T = TypeVar("T", bound=msgspec.Struct)

Item: TypeAlias = "dict[str, AttributeValueTypeDef]"

ALONE: Final = "-"
"""Sort key of an item that has its partition for itself."""

EXPIRES: Final = "ttl"
"""Attribute by which DynamoDB drops an item some time after it has run out, within days."""


class Key(NamedTuple):
    """Where an item is."""

    pk: str
    sk: str = ALONE

    @property
    def attributes(self) -> Item:
        return {"pk": {"S": self.pk}, "sk": {"S": self.sk}}


def value(plain: str | bool | int | bytes) -> AttributeValueTypeDef:
    """Return the attribute for a plain value."""
    match plain:
        case str():
            return {"S": plain}
        case bool():
            return {"BOOL": plain}
        case int():
            return {"N": str(plain)}
        case bytes():
            return {"B": plain}


def encoded(key: Key, record: msgspec.Struct) -> Item:
    """Return the item that keeps a struct; ``msgspec.ValidationError`` if a field is wrong."""
    plain = msgspec.to_builtins(record, builtin_types=(bytes,))
    _struct(plain, type(record))
    return key.attributes | {
        name: value(field) for name, field in plain.items() if field is not None
    }


def decoded(item: Mapping[str, AttributeValueTypeDef], kind: type[T]) -> T:
    """Return the struct that an item keeps; attributes that it has no field for are passed by."""
    return _struct({name: _plain(attribute) for name, attribute in item.items()}, kind)


def text(item: Mapping[str, AttributeValueTypeDef], name: str) -> str:
    return item[name]["S"]


def number(item: Mapping[str, AttributeValueTypeDef] | None, name: str) -> int:
    """Return a number; 0 if there is no such attribute, or no item."""
    return int(item[name]["N"]) if item and name in item else 0


def in_order(*parts: int | str) -> str:
    """Return a sort key: numbers in their order (up to 63 bits), then text."""
    return "#".join(f"{part:019d}" if isinstance(part, int) else part for part in parts)


def by_time(at: datetime) -> int:
    """Return what stands for an instant in a sort key."""
    return microseconds(at)


def seconds(at: datetime) -> int:
    """Return an instant as DynamoDB's expiry wants it: whole seconds since the epoch."""
    return microseconds(at) // 1_000_000


def _struct(plain: Mapping[str, Any], kind: type[T]) -> T:
    return msgspec.convert(plain, kind, builtin_types=(bytes,))


def _plain(attribute: AttributeValueTypeDef) -> Any:
    ((name, found),) = attribute.items()
    return int(str(found)) if name == "N" else found
