from __future__ import annotations

from typing import ClassVar

from mentorbooking.domain.kernel.errors import Conflict


class AlreadyStarted(Conflict):
    """The session has begun, so it can't be called off any more."""

    code: ClassVar[str] = "already-started"


class SlotNotBookable(Conflict):
    """The slot can't be booked; ``code`` is the first of the reasons."""

    def __init__(self, code: str, detail: str, **extra: object) -> None:
        super().__init__(detail, **extra)
        self.code = code  # type: ignore[misc]  # each reason is a code of its own
