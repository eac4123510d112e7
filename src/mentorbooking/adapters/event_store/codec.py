"""Events and metadata to bytes and back, by stored name.

Old shapes are lifted here, never in the domain: an upcaster takes the fields as they were
stored under a name and returns them as they are today.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from mentorbooking.application.context import Metadata
from mentorbooking.domain.catalogue import EVENT_TYPES
from mentorbooking.domain.kernel.event import Event

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTERS: Final[Mapping[str, Upcaster]] = {}
"""By stored name. Empty so far: no shape has changed since it was first stored."""

_encoder = msgspec.json.Encoder()
_decoders = {topic: msgspec.json.Decoder(kind) for topic, kind in EVENT_TYPES.items()}
_metadata = msgspec.json.Decoder(Metadata)


class UnknownEvent(Exception):
    """The log holds an event of a newer version of the program."""


def encode_event(event: Event) -> bytes:
    return _encoder.encode(event)


def decode_event(topic: str, state: bytes) -> Event:
    """Return the event, lifted to today's shape; raise ``UnknownEvent`` for a strange name."""
    decoder = _decoders.get(topic)
    if decoder is None:
        raise UnknownEvent(f"no event is known by the name {topic!r}")
    upcaster = UPCASTERS.get(topic)
    if upcaster is None:
        return decoder.decode(state)
    return msgspec.convert(upcaster(msgspec.json.decode(state)), EVENT_TYPES[topic], strict=False)


def encode_metadata(metadata: Metadata) -> bytes:
    return _encoder.encode(metadata)


def decode_metadata(stored: bytes) -> Metadata:
    return _metadata.decode(stored)
