"""What is kept, as commands see it: ports, wherever events are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mentorbooking.adapters.persistence.chain import Checkpoint, Verification
    from mentorbooking.application.ports.event_log import EventLog
    from mentorbooking.application.ports.job_queue import JobQueue
    from mentorbooking.application.ports.outbox_ledger import OutboxLedger
    from mentorbooking.entrypoints.cli.opened_core import OpenedCore
    from mentorbooking.entrypoints.cli.progress import Tell


class Registered(NamedTuple):
    """How a read model stands; an ``error`` has stopped it."""

    generation: int
    position: int
    error: str | None


class Kept(ABC):
    """Each part is opened when it is asked for, and closed with all of it.

    Everything but ``core`` needs that there is a log. Errors say for a person why something
    can't be opened: see ``failures``.
    """

    @abstractmethod
    async def log(self) -> EventLog: ...

    @abstractmethod
    async def verify(
        self, checkpoint: Checkpoint | None, progress: Callable[[int, int], object]
    ) -> Verification:
        """Walk the log's chain from its first commit, in a thread; where streams are kept beside
        the log, compare them with it.

        ``progress`` is told (done, in all), from any thread; what it raises ends the work.
        """

    @abstractmethod
    async def jobs(self) -> JobQueue: ...

    @abstractmethod
    async def outbox(self) -> OutboxLedger: ...

    @abstractmethod
    async def read_models(self) -> Mapping[str, Registered]:
        """Return how the read models stand that were ever made, by name."""

    @abstractmethod
    async def rebuild(self, names: Sequence[str], tell: Tell) -> str | None:
        """Make read models anew; return what went wrong, if anything did."""

    @abstractmethod
    async def core(self) -> OpenedCore:
        """Open everything that commands of the service need; what is missing is made."""
