from __future__ import annotations

from typing import ClassVar

from mentorbooking.domain.kernel.errors import Conflict


class EmailTaken(Conflict):
    """Somebody holds this address already."""

    code: ClassVar[str] = "email-taken"
