"""A fact about one aggregate, in the past tense.

Events are frozen msgspec structs. ``TOPIC`` is the stored name (``aggregate.fact``); topic
and field names are a storage format: never edit, only add fields that have a default. Which
stream and version an event belongs to, and who caused it, is not part of the fact: that is
kept beside it by the event store.
"""

from datetime import datetime
from typing import ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of every domain event. ``at`` is when it happened, in UTC."""

    TOPIC: ClassVar[str]

    at: datetime
