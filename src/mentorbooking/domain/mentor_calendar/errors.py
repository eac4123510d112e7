from __future__ import annotations

from typing import ClassVar

from mentorbooking.domain.kernel.errors import Conflict


class SlotOverlap(Conflict):
    """Two slots of one mentor would overlap; ``slots`` names both."""

    code: ClassVar[str] = "slot-overlap"


class SlotBooked(Conflict):
    """A booked slot can be neither moved nor removed: the session goes first."""

    code: ClassVar[str] = "slot-booked"
