"""Why something can't be done to an export of bookings."""

from __future__ import annotations

from mentorbooking.domain.kernel.errors import Conflict


class NotRetryable(Conflict):
    """Only a failed export can be asked for again."""

    code = "not-retryable"
