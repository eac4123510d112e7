"""Rebuilds that are under way, whatever their rows are kept in: who waits, and what comes next."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from concurrent.futures import Future
from typing import Generic, NamedTuple, Protocol, TypeVar

from mentorbooking.application.read_models.progress import (
    AlreadyRebuilding,
    RebuildFailed,
    ReportProgress,
)


class Generation(Protocol):
    """Rows of a read model that follow the log; an ``error`` has stopped it."""

    @property
    def name(self) -> str: ...

    @property
    def generation(self) -> int: ...

    @property
    def position(self) -> int: ...

    @property
    def error(self) -> str | None: ...


T = TypeVar("T", bound=Generation)


class RebuildRequest(NamedTuple):
    """What somebody asks of a projector; ``done`` is what they wait for."""

    names: Collection[str]
    progress: ReportProgress | None
    done: Future[None]

    def refuse(self, error: Exception) -> None:
        if self.done.set_running_or_notify_cancel():
            self.done.set_exception(error)


class Rebuild(NamedTuple, Generic[T]):
    """Generations that are filled together."""

    targets: list[T]
    progress: ReportProgress | None
    done: Future[None]

    @property
    def is_lost(self) -> bool:
        """Whether one of them can't be filled, or nobody wants it any more."""
        return self.done.cancelled() or bool(self._errors())

    def has_come_to(self, head: int) -> bool:
        """Tell whether all of them are that far; who asked hears how far they are."""
        reached = min(target.position for target in self.targets)
        if self.progress is not None:
            self.progress(reached, head)
        return reached >= head

    def tell(self) -> None:
        """Let who waits know how it has ended."""
        if self.done.set_running_or_notify_cancel():
            errors = self._errors()
            if errors:
                self.done.set_exception(RebuildFailed("; ".join(errors)))
            else:
                self.done.set_result(None)

    def _errors(self) -> list[str]:
        return [target.error for target in self.targets if target.error is not None]


class RebuildsUnderWay(Generic[T]):
    """What every storage's ``Rebuilds`` knows of them."""

    def __init__(self) -> None:
        self._rebuilds: list[Rebuild[T]] = []

    def targets(self) -> Iterator[T]:
        for rebuild in list(self._rebuilds):
            yield from rebuild.targets

    def positions(self) -> dict[str, int]:
        return {target.name: target.position for target in self.targets()}

    def abandon(self) -> None:
        """Tell who waits for a rebuild that it will not end."""
        for rebuild in self._rebuilds:
            rebuild.done.cancel()
        self._rebuilds.clear()

    def _refuse_again(self, names: Collection[str]) -> None:
        """Raise ``AlreadyRebuilding`` for what is being made anew."""
        under_way = sorted(self.positions().keys() & set(names))
        if under_way:
            raise AlreadyRebuilding(*under_way)
