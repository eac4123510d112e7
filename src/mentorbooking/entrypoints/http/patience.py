"""How long a connection waits for its client: for a head, and for a body that hardly comes.

Each connection is looked at once a second, so that requests pay nothing. Looks are counted, not
seconds: when the process itself stood still, what came meanwhile has not been read yet, and nobody
is refused for that.
"""

from __future__ import annotations

from typing import Final

BETWEEN_LOOKS: Final = 1.0
"""Seconds."""

LOOKS_AT_A_HEAD: Final = 10
"""So many find the same head unfinished, or no request begun, before it is too late."""

LOOKS_AT_A_BODY: Final = 20
LEAST_OF_A_BODY: Final = 10_000
"""So many bytes have to come in so many looks: 500 a second, as Apache's mod_reqtimeout asks by
default. A telephone with a poor line has ten times as many, and a pause of some seconds is none."""


class Patience:
    """What one connection was found waiting for, and for how long."""

    __slots__ = ("_awaited", "_looks", "_received")

    def __init__(self) -> None:
        self._awaited: object = None
        self._looks = 0
        self._received = 0

    def is_over(self, awaited: object, received: int | None) -> bool:
        """Take note of a look, and tell whether it was one too many.

        ``awaited`` is what has to come, by identity; None for nothing. ``received``: bytes that
        came through the connection so far, where enough of them give more time; else None.
        """
        so_far = received or 0
        has_come = received is not None and received - self._received >= LEAST_OF_A_BODY
        if awaited is not self._awaited or has_come:
            self._awaited, self._looks, self._received = awaited, 0, so_far
        if awaited is None:
            return False
        self._looks += 1
        return self._looks > (LOOKS_AT_A_HEAD if received is None else LOOKS_AT_A_BODY)
