"""What only the HTTP edge refuses; everything else is refused further inside."""

from __future__ import annotations

from mentorbooking.domain.kernel.errors import Refused


class Unauthenticated(Refused):
    """Nobody is signed in, and somebody has to be."""

    code = "unauthenticated"


class UnsupportedMediaType(Refused):
    """The body is of another kind than the operation reads."""

    code = "unsupported-media-type"


class ContentTooLarge(Refused):
    """The body is larger than the operation reads."""

    code = "content-too-large"


class InvalidIdempotencyKey(Refused):
    """The key is empty, too long, or holds more than visible ASCII."""

    code = "invalid-idempotency-key"
