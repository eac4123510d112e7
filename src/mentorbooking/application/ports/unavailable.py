"""That what is behind a port can't be used now: one family, wherever it shows."""

from __future__ import annotations


class Unavailable(Exception):
    """Away, too busy, full or read-only: trying again later may help.

    ``code`` is stable and ``detail`` for whoever asked, as a refusal's are; ``retry_after_seconds``
    is what Retry-After tells (RFC 9110). The error's own text is for operators and logs.
    """

    code: str = "unavailable"
    detail: str = "Something that is needed for this can't be used now."
    retry_after_seconds: int = 1


class StoreUnavailable(Unavailable):
    """The store can't be reached or can't write now; nothing was recorded."""

    code = "store-unavailable"
    detail = "The event store can't be reached or can't write now. Nothing was recorded."


class PerhapsRecorded(StoreUnavailable):
    """The store went away, and can't be asked whether this was recorded."""

    detail = (
        "The event store can't be reached or can't write now. Whether this was recorded is not"
        " known: repeat it with the same Idempotency-Key."
    )
