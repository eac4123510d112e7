"""What follows the log beside the read models: the outbox's relay, and the mailer."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Protocol

from mentorbooking.application.trying_again.backoff import Backoff

TROUBLE: Final = Backoff(ceiling=timedelta(seconds=15))
"""Between two tries of one that can't go on: soon there again when what it needs is."""


class Follower(Protocol):
    """Works from a tracked position on, and tries again what goes wrong."""

    @property
    def trouble(self) -> str | None:
        """Why it can't go on just now, without personal data; None while it works."""

    def wake(self) -> None:
        """Look at the log now. To be called on the follower's event loop."""
