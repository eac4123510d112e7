"""Say of every instant in an answer that it is one.

msgspec leaves the format of a datetime open, since one without an offset is no RFC 3339. All
that are answered have an offset.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import inspect

_INSTANT = {"type": "string", "format": "date-time"}


def tell_instants(kinds: Iterable[Any], components: dict[str, Any]) -> None:
    """Add the format to the fields of ``components``, the schemas of these types."""
    for struct in _structs_in(inspect.multi_type_info(kinds)):
        properties = components.get(struct.cls.__name__, {}).get("properties", {})
        for field in struct.fields:
            if any(isinstance(arm, inspect.DateTimeType) for arm in _arms_of(field.type)):
                told = properties.get(field.encode_name, {})
                for schema in told.get("anyOf", [told]):
                    if schema.get("type") == "string":
                        schema.update(_INSTANT)


def _structs_in(types: Iterable[inspect.Type]) -> Iterator[inspect.StructType]:
    seen: set[type] = set()
    waiting = list(types)
    while waiting:
        for arm in _arms_of(waiting.pop()):
            if isinstance(arm, inspect.CollectionType):
                waiting.append(arm.item_type)
            elif isinstance(arm, inspect.DictType):
                waiting.append(arm.value_type)
            elif isinstance(arm, inspect.StructType) and arm.cls not in seen:
                seen.add(arm.cls)
                waiting += [field.type for field in arm.fields]
                yield arm


def _arms_of(kind: inspect.Type) -> Iterator[inspect.Type]:
    if isinstance(kind, inspect.Metadata):
        yield from _arms_of(kind.type)
    elif isinstance(kind, inspect.UnionType):
        for arm in kind.types:
            yield from _arms_of(arm)
    else:
        yield kind
