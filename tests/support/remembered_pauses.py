"""How somebody waits who is in trouble, remembered instead of waited for."""

from __future__ import annotations

from datetime import timedelta


class RememberedPauses:
    """In the place of ``TROUBLE``: each pause is over at once."""

    def __init__(self) -> None:
        self.failures: list[int] = []

    def pause(self, failures: int, chance: float) -> timedelta:
        self.failures.append(failures)
        return timedelta(0)
