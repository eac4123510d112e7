"""How far the read models have come, and waiting for them: what makes reads see one's writes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from typing import Final, Literal, Protocol, TypeAlias

import msgspec

from mentorbooking.application.positions import LogPlace
from mentorbooking.domain.kernel.errors import Refused

ReportProgress: TypeAlias = Callable[[int, int], None]
"""Told (events done, events in all), from whichever thread does the work."""


LONGEST_WAIT_SECONDS: Final = 2.0
"""For which a reader waits at most until a list holds what it has to."""


class ProjectionBehind(Refused):
    """The read model has not come that far in time."""

    code = "projection-behind"


class ProjectionState(msgspec.Struct, frozen=True, kw_only=True):
    """How a projection stands.

    ``failed``: it raised on the event behind its position, and stopped; a rebuild or the next
    start tries again. ``stalled``: the log or the store of the views can't be used at present;
    it goes on by itself. ``error`` holds no personal data. ``rebuilt_to``: how far a rebuild
    that is under way has come.
    """

    name: str
    generation: int
    position: int
    state: Literal["running", "failed", "stalled"]
    error: str | None = None
    rebuilt_to: int | None = None


class Lag(msgspec.Struct, frozen=True):
    """Events not projected yet, and for how many seconds the model has been behind at most."""

    events: int
    seconds: float


class RebuildFailed(Exception):
    """The new generation could not be made; the old one is as it was."""


class AlreadyRebuilding(Exception):
    """A rebuild of one of these read models is under way."""


class ReadModelsProgress(Protocol):
    """What keeps read models up to date."""

    def wake(self) -> None:
        """Say that the log has grown. Callable from any thread, and cheap."""

    async def wait_for(self, names: Collection[str], place: LogPlace, within: float) -> bool:
        """Wait until all of these have reached a place; at once where they have.

        False: they have not ``within`` seconds, or one of them has failed.
        """

    def positions(self) -> Mapping[str, int]:
        """Return how far each read model has come, as far as this process knows already."""

    async def lag(self, head: int) -> Mapping[str, Lag]:
        """Return how far each is behind the newest position of the log."""

    async def states(self) -> Sequence[ProjectionState]: ...

    def rebuild(
        self, names: Collection[str], progress: ReportProgress | None = None
    ) -> Future[None]:
        """Make these anew from the whole log; readers keep the old rows until it has caught up.

        Raises ``KeyError`` for a name that is not known. The future raises ``RebuildFailed`` or
        ``AlreadyRebuilding``, and is cancelled when the service stops first. ``progress`` must
        not raise.
        """


def waiting_for_all(
    progress: ReadModelsProgress, acknowledged: Callable[[], LogPlace]
) -> Callable[[], Awaitable[bool]]:
    """Return what waits until every list holds all that this process has told anybody of.

    It answers False when that takes too long.
    """

    def wait() -> Awaitable[bool]:
        every_list = tuple(progress.positions())
        return progress.wait_for(every_list, acknowledged(), LONGEST_WAIT_SECONDS)

    return wait
