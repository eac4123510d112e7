"""Why a slot can't be offered, moved or removed."""

from __future__ import annotations

from mentorbooking.domain.kernel.errors import Conflict


class SlotOverlap(Conflict):
    """Two slots of one mentor would overlap; ``slots`` names both."""

    code = "slot-overlap"


class SlotBooked(Conflict):
    """A booked slot can be neither moved nor removed: the session goes first."""

    code = "slot-booked"
