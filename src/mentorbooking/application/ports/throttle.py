"""Not too often: attempts are counted by the account's address and by the client."""

from __future__ import annotations

from typing import Literal, Protocol

from mentorbooking.domain.kernel.errors import Refused

Attempt = Literal["register", "token", "refresh", "resend"]


class TooManyRequests(Refused):
    """Later, but not now. ``retry_after_seconds`` is what Retry-After tells (RFC 9110)."""

    code = "too-many-requests"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"Too many attempts; try again in {retry_after_seconds} s.")
        self.retry_after_seconds = retry_after_seconds


class Throttle(Protocol):
    """Promises: bounded memory, whatever is asked; a refused attempt counts for nothing.

    ``address_key`` stands for the account's address, whether or not there is such an account;
    None where the attempt names none. ``client`` is the network address it comes from.
    """

    def hit(self, kind: Attempt, *, address_key: str | None, client: str) -> None:
        """Count an attempt before it is made, or raise ``TooManyRequests``."""

    def succeeded(self, kind: Attempt, *, address_key: str | None, client: str) -> None:
        """Take back an attempt where only failures count, as with passwords."""
