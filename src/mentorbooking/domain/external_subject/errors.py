from __future__ import annotations

from typing import ClassVar

from mentorbooking.domain.kernel.errors import Conflict


class AlreadyBound(Conflict):
    """The subject has another account."""

    code: ClassVar[str] = "already-bound"
