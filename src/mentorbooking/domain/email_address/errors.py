"""Why an address can't be claimed."""

from __future__ import annotations

from mentorbooking.domain.kernel.errors import Conflict


class EmailTaken(Conflict):
    """Somebody holds this address already."""

    code = "email-taken"
