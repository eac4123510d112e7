"""How far each follower of the log has come."""

from __future__ import annotations

from typing import Protocol


class TrackedPositions(Protocol):
    """Durable, by the follower's name. A position never goes back."""

    async def position(self, name: str) -> int:
        """Return how far the follower has come; 0 when it has not begun."""

    async def track(self, name: str, position: int) -> None:
        """Remember how far it has come; a smaller position than the known one is ignored."""
