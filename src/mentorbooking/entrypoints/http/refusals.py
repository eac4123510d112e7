"""What only the HTTP edge refuses; everything else is refused further inside."""

from __future__ import annotations

from typing import ClassVar

from mentorbooking.domain.kernel.errors import Refused


class Malformed(Refused):
    """The body is not JSON at all, or not the multipart form that it says it is."""

    code: ClassVar[str] = "malformed"


class Unauthenticated(Refused):
    """Nobody is signed in, and somebody has to be."""

    code: ClassVar[str] = "unauthenticated"


class UnsupportedMediaType(Refused):
    """The body is of another kind than the operation reads."""

    code: ClassVar[str] = "unsupported-media-type"


class ContentTooLarge(Refused):
    """The body is larger than the operation reads."""

    code: ClassVar[str] = "content-too-large"


class InvalidIdempotencyKey(Refused):
    """The key is empty, too long, or holds more than visible ASCII."""

    code: ClassVar[str] = "invalid-idempotency-key"
