"""``docs/events.md``: every event, its fields, who records it and who reacts, from the code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from mentorbooking.application.event_catalogue.shapes import fields_table, meaning, nested_shapes
from mentorbooking.application.integration_events.events import CONTENT_TYPE
from mentorbooking.application.integration_events.examples import examples
from mentorbooking.application.reactions import REACTIONS, Reaction
from mentorbooking.domain.catalogue import EVENT_TYPES
from mentorbooking.domain.kernel.event import Event

_HEAD = f"""\
# Events

Written by `application/event_catalogue/document.py` from the code; a test keeps it current.

**Private events** are the facts in the event store. Their names and shapes are a storage format:
fields are only added, never changed. Beside each stand its position, stream, version, id, the
time of its append, and who caused it: actor, channel, correlation and causation ids, and the
idempotency key. `at` is when it happened; instants are RFC 3339 in UTC.

**Public events** are made from them and sent to queues and topics: CloudEvents 1.0, structured
JSON, `{CONTENT_TYPE}`. Their `id` is that of the private event, so that
a receiver can drop repeats; they come at least once, and in order for each `subject`.
"""


def render() -> str:
    """Write the whole document."""
    return "\n".join(
        (_HEAD, "## Private events", "", *_private(), "## Public events", "", *_public())
    )


def _private() -> Iterator[str]:
    by_aggregate: dict[str, list[type[Event]]] = {}
    for event in EVENT_TYPES.values():
        by_aggregate.setdefault(_aggregate(event), []).append(event)
    for aggregate, events in by_aggregate.items():
        yield f"### Recorded by `{aggregate}`"
        yield ""
        for event in events:
            yield from _section(f"#### `{event.TOPIC}`", event)
            yield _consequences(REACTIONS[event.TOPIC])
            yield ""
    yield "### Shapes within events"
    yield ""
    for shape in nested_shapes(*EVENT_TYPES.values()):
        yield from _section(f"#### {shape.__name__}", shape)


def _public() -> Iterator[str]:
    for example in examples():
        data = type(example.data)
        yield from _section(f"### `{example.type}` (public)", data)
        yield "```json"
        yield msgspec.json.format(example.to_json()).decode()
        yield "```"
        yield ""


def _section(heading: str, kind: type[msgspec.Struct]) -> Iterable[str]:
    return (heading, "", meaning(kind), "", *fields_table(kind), "")


def _aggregate(event: type[Event]) -> str:
    """Name the domain's package that the event stands in."""
    return event.__module__.split(".")[-2]


def _consequences(reaction: Reaction) -> str:
    parts = []
    if reaction.projections:
        parts.append(f"projections {_named(reaction.projections)}")
    if reaction.publishes:
        parts.append("a public event of the same name")
    if reaction.feeds:
        parts.append(f"a job in `{reaction.feeds.queue}`")
    if reaction.mails:
        parts.append(f"mail {_named(reaction.mails)}")
    return f"Followed by: {'; '.join(parts)}." if parts else "Followed by nothing."


def _named(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
