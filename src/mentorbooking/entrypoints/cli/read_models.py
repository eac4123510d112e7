"""The read models as any process sees them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from mentorbooking.adapters.persistence.sqlite.log import SQLiteLog
from mentorbooking.adapters.read_models.sqlite.database import registered_in
from mentorbooking.adapters.read_models.sqlite.models import all_models
from mentorbooking.application.positions import position_token


class ReadModelStanding(msgspec.Struct, frozen=True):
    """``lag`` counts the events that are still to be taken in.

    ``state``: running, failed (then ``error`` says why), or absent: the next start makes it.
    """

    name: str
    state: str
    position: str
    lag: int
    generation: int
    error: str | None


def names_of_read_models() -> tuple[str, ...]:
    return tuple(sorted(model.name for model in all_models()))


def standing_of_read_models(log: SQLiteLog, views: Path) -> list[ReadModelStanding]:
    """Return how each model stands, by name."""
    # The log grows while we look: its head is read last, so that no lag is below zero.
    registered = {found.name: found for found in registered_in(views)}
    head = log.head()
    return [
        ReadModelStanding(
            name,
            found.state if found else "absent",
            position_token(found.position if found else 0),
            head - (found.position if found else 0),
            found.generation if found else 0,
            found.error if found else None,
        )
        for name in names_of_read_models()
        for found in [registered.get(name)]
    ]
