"""The library's subscription to the log: woken by every commit, our own and other processes'."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from eventsourcing.persistence import ListenNotifySubscription

from mentorbooking.adapters.persistence.requests import Committed

if TYPE_CHECKING:
    from mentorbooking.adapters.persistence.sqlite.application_recorder import (
        SQLiteApplicationRecorder,
    )


class SQLiteSubscription(ListenNotifySubscription["SQLiteApplicationRecorder"]):
    """Yields notifications in order and waits for more until it is stopped."""

    def __init__(
        self, recorder: SQLiteApplicationRecorder, gt: int | None, topics: Sequence[str]
    ) -> None:
        self._stop_hearing: Callable[[], None] = _nothing  # stop() may come at once
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._stop_hearing = recorder.log.on_commit(self._wake)
        self._has_been_notified.set()  # for what was committed before we heard of commits

    def stop(self) -> None:
        self._stop_hearing()
        super().stop()

    def _wake(self, news: Committed) -> None:
        del news
        self._has_been_notified.set()


def _nothing() -> None:
    return None
