"""Values that a JSON Schema of the OpenAPI document allows, and many that it does not."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

STRANGE_TEXTS = (
    "",
    " ",
    "\x00",
    "null",
    "-1",
    "1e400",
    "2026-02-30T10:00:00Z",
    "2026-12-01T10:00:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "\N{PILE OF POO}" * 60,
    "a" * 10_001,
    "../../etc/passwd",
)

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(STRANGE_TEXTS),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)

SOON = ["2026-09-03T10:00:00Z", "2026-09-03T13:00:00+02:00", "2026-09-04T10:00:00.5Z"]
INSTANTS = st.one_of(st.datetimes().map(lambda at: at.isoformat() + "Z"), st.sampled_from(SOON))

Schema = dict[str, Any]
Components = dict[str, Schema]


def values(schema: Schema, components: Components) -> st.SearchStrategy[Any]:
    """Return values of a schema, and now and then one that is not."""
    return mostly(_valid(schema, components), JUNK)


def mostly(
    usual: st.SearchStrategy[Any], rare: st.SearchStrategy[Any], *, one_in: int = 12
) -> st.SearchStrategy[Any]:
    """Return a rare value now and then; ``one_of`` would count the arms within."""
    return st.integers(1, one_in).flatmap(lambda n: rare if n == one_in else usual)


def _valid(schema: Schema, components: Components) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return _valid(components[schema["$ref"].rpartition("/")[2]], components)
    if "anyOf" in schema:
        return st.one_of(*(_valid(arm, components) for arm in schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("type") == "object":
        return _objects(schema, components)
    if schema.get("type") == "array":
        return _arrays(schema, components)
    return _plain(schema)


def _plain(schema: Schema) -> st.SearchStrategy[Any]:
    least, most = schema.get("minimum", -5), schema.get("maximum", 1_000)
    match schema.get("type"):
        case "string":
            return _strings(schema)
        case "integer":
            return st.integers(least, most)
        case "number":
            return st.floats(least, most, allow_nan=False)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
        case _:
            return JUNK


def _arrays(schema: Schema, components: Components) -> st.SearchStrategy[Any]:
    most = min(schema.get("maxItems", 3), 3)
    least = min(schema.get("minItems", 0), most)
    return st.lists(values(schema.get("items", {}), components), min_size=least, max_size=most)


def _objects(schema: Schema, components: Components) -> st.SearchStrategy[Any]:
    fields = {name: values(of_field, components) for name, of_field in schema["properties"].items()}
    required = schema.get("required", [])
    known = st.fixed_dictionaries(
        {name: fields[name] for name in required},
        optional={name: field for name, field in fields.items() if name not in required},
    )
    unknown = st.dictionaries(st.text(max_size=8), JUNK, max_size=1)
    both = st.builds(lambda one, two: {**two, **one}, known, unknown)
    return mostly(known, both, one_in=6)


def _strings(schema: Schema) -> st.SearchStrategy[str]:
    if schema.get("format") == "date-time":
        return INSTANTS
    if schema.get("format") == "email":
        return st.sampled_from(["fuzz@example.org", "f\u00fczz@b\u00fccher.example", "x@y"])
    if examples := schema.get("examples"):
        return st.sampled_from(examples)
    return st.text(min_size=schema.get("minLength", 0), max_size=30)
