"""What an installation has: asked for by who first needs it, and known from then on."""

from __future__ import annotations

from typing import Generic, TypeVar

from mentorbooking.adapters.aws.clients import WhenNeeded

T = TypeVar("T")


class AskedOnce(Generic[T]):
    """Callable as ``WhenNeeded``. Raises what asking raises, and asks anew next time."""

    def __init__(self, ask: WhenNeeded[T]) -> None:
        self._ask = ask
        self._known: T | None = None

    async def __call__(self) -> T:
        if self._known is None:
            self._known = await self._ask()
        return self._known
