"""The fields of events in words, read from the code."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

import msgspec
from msgspec import inspect

_PLAIN: dict[type[inspect.Type], str] = {
    inspect.StrType: "text",
    inspect.IntType: "whole number",
    inspect.FloatType: "number",
    inspect.BoolType: "true or false",
    inspect.DateTimeType: "instant",
    inspect.NoneType: "null",
}


def meaning(kind: type) -> str:
    """Return what a class says of itself, as Markdown on one line."""
    return " ".join(cleandoc(kind.__doc__ or "").split()).replace("``", "`")


def fields_table(kind: type[msgspec.Struct]) -> Iterator[str]:
    """Write a struct's fields as the lines of a Markdown table."""
    yield "| Field | Type |"
    yield "|---|---|"
    for field in _shape(kind).fields:
        left_out = "" if field.required else "; may be left out"
        yield f"| `{field.encode_name}` | {_words(field.type)}{left_out} |"


def nested_shapes(*kinds: type[msgspec.Struct]) -> list[type[msgspec.Struct]]:
    """Return the structs that fields of these are made of, at any depth, by name."""
    found: dict[str, type[msgspec.Struct]] = {}

    def visit(kind: inspect.Type) -> None:
        match kind:
            case inspect.StructType(cls=cls, fields=fields):
                if cls not in kinds:
                    found[cls.__name__] = cls
                for field in fields:
                    visit(field.type)
            case inspect.VarTupleType(item_type=item):
                visit(item)
            case inspect.UnionType(types=options):
                for option in options:
                    visit(option)
            case _:
                pass

    for kind in kinds:
        visit(_shape(kind))
    return [found[name] for name in sorted(found)]


def _shape(kind: type[msgspec.Struct]) -> inspect.StructType:
    shape = inspect.type_info(kind)
    if not isinstance(shape, inspect.StructType):
        raise TypeError(f"{kind.__name__} is no struct")
    return shape


def _words(kind: inspect.Type) -> str:
    match kind:
        case inspect.UnionType(types=options):
            return " or ".join(_words(option) for option in options)
        case inspect.VarTupleType(item_type=item):
            return f"list of {_words(item)}"
        case inspect.EnumType(cls=cls):
            return _alternatives([member.value for member in cls])
        case inspect.StructType(cls=cls):
            return f"[{cls.__name__}](#{cls.__name__.lower()})"
        case _:
            return _PLAIN[type(kind)]


def _alternatives(values: list[Any]) -> str:
    return " or ".join(f"`{value}`" for value in values)
