"""How far read models are, for how long they have been behind, and why they don't go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Protocol

import msgspec
import structlog

from mentorbooking.adapters.read_models.rebuilding import Generation
from mentorbooking.application.read_models.progress import Lag, ProjectionState
from mentorbooking.application.trying_again.fault_notes import fault_note

_NONE: Final = Lag(0, 0.0)

_log = structlog.get_logger(__name__)


class Follows(Protocol):
    """What a projector drives; ``head`` is the newest position that it has seen."""

    head: int

    def positions(self) -> dict[str, int]: ...

    def states(self) -> list[ProjectionState]: ...


def states_of(
    used: Mapping[str, Generation], rebuilt_to: Mapping[str, int]
) -> list[ProjectionState]:
    """Tell those in use, with how far the generations are that shall follow them."""
    return [
        ProjectionState(
            name=name,
            generation=target.generation,
            position=target.position,
            state="running" if target.error is None else "failed",
            error=target.error,
            rebuilt_to=rebuilt_to.get(name),
        )
        for name, target in used.items()
    ]


class HowFar:
    """What a projector answers to those who look after it; from any thread."""

    def __init__(self, following: Follows, monotonic: Callable[[], float]) -> None:
        self._following = following
        self._monotonic = monotonic
        self._current_at = dict.fromkeys(following.positions(), monotonic())
        self._trouble: str | None = None

    def lag(self, head: int) -> dict[str, Lag]:
        now = self._monotonic()
        return {
            name: Lag(head - position, now - self._current_at[name]) if position < head else _NONE
            for name, position in self._following.positions().items()
        }

    def states(self) -> list[ProjectionState]:
        trouble = self._trouble
        return [
            msgspec.structs.replace(state, state="stalled", error=trouble)
            if trouble is not None and state.state == "running"
            else state
            for state in self._following.states()
        ]

    def goes_on(self) -> None:
        """Take in that a round has ended well."""
        self._trouble = None
        now = self._monotonic()
        for name, position in self._following.positions().items():
            if position >= self._following.head:
                self._current_at[name] = now

    def stalls(self, error: Exception) -> None:
        """Take in why a round has failed; the same trouble is logged once."""
        trouble = fault_note(error)
        if trouble != self._trouble:
            _log.error("projections_stalled", error=trouble)
        self._trouble = trouble
