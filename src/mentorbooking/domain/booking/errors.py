"""Why something can't be done to a booking."""

from __future__ import annotations

from mentorbooking.domain.kernel.errors import Conflict


class AlreadyStarted(Conflict):
    """The session has begun, so it can't be called off any more."""

    code = "already-started"


class SlotNotBookable(Conflict):
    """The slot can't be booked; ``code`` is the first of the reasons."""

    def __init__(self, code: str, detail: str, **extra: object) -> None:
        super().__init__(detail, **extra)
        self.code = code
