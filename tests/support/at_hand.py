"""What is there already, for those who ask for it when they need it."""

from __future__ import annotations

from typing import TypeVar

from mentorbooking.adapters.aws.clients import WhenNeeded

T = TypeVar("T")


def at_hand(thing: T) -> WhenNeeded[T]:
    async def get() -> T:
        return thing

    return get
