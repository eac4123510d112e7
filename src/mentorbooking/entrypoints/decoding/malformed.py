"""The refusal of what can't be read at all; whatever can be read is refused by its errors."""

from __future__ import annotations

from mentorbooking.domain.kernel.errors import Refused


class Malformed(Refused):
    """The body is not JSON at all, or not the multipart form that it says it is."""

    code = "malformed"
