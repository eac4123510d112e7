"""The read models as any process sees them."""

from __future__ import annotations

from typing import Final

import msgspec

from mentorbooking.application import reactions
from mentorbooking.application.positions import position_token
from mentorbooking.entrypoints.cli.kept import Kept, Registered

NAMES: Final = tuple(
    sorted(
        (
            reactions.BOOKINGS,
            reactions.MENTOR_DIRECTORY,
            reactions.MENTOR_IMPORT_ROWS,
            reactions.TIMESLOTS,
        )
    )
)


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


async def standing_of_read_models(kept: Kept) -> list[ReadModelStanding]:
    """Return how each model stands, by name."""
    # The log grows while we look: its head is read last, so that no lag is below zero.
    log = await kept.log()
    known = await kept.read_models()
    head = await log.head()
    return [_standing(name, known.get(name), head) for name in NAMES]


def _standing(name: str, found: Registered | None, head: int) -> ReadModelStanding:
    if found is None:
        return ReadModelStanding(name, "absent", position_token(0), head, 0, None)
    return ReadModelStanding(
        name,
        "failed" if found.error else "running",
        position_token(found.position),
        head - found.position,
        found.generation,
        found.error,
    )
