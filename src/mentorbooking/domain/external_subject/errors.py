"""Why a subject of another identity provider can't be bound."""

from __future__ import annotations

from mentorbooking.domain.kernel.errors import Conflict


class AlreadyBound(Conflict):
    """The subject has another account."""

    code = "already-bound"
