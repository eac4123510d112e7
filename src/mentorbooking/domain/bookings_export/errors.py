from __future__ import annotations

from typing import ClassVar

from mentorbooking.domain.kernel.errors import Conflict


class NotRetryable(Conflict):
    """Only a failed export can be asked for again."""

    code: ClassVar[str] = "not-retryable"
