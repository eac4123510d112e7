"""The library's subscription to the log, which asks again and again, as DynamoDB wakes nobody."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from threading import Event
from typing import TYPE_CHECKING, Final

from eventsourcing.persistence import Notification, Subscription

from mentorbooking.adapters.persistence.requests import Committed

if TYPE_CHECKING:
    from mentorbooking.adapters.persistence.dynamodb.application_recorder import (
        DynamoDBApplicationRecorder,
    )

FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 1.0
"""Seconds; each question that finds nothing costs a read unit and doubles the pause."""

_PAGE: Final = 500


class DynamoDBSubscription(Subscription["DynamoDBApplicationRecorder"]):
    """Yields notifications in order and waits for more until it is stopped.

    What this process appends ends a pause at once. Topics are chosen from here, so that what
    lies between rare ones is read once and not with every question.
    """

    def __init__(
        self, recorder: DynamoDBApplicationRecorder, gt: int | None, topics: Sequence[str]
    ) -> None:
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._read: deque[Notification] = deque()
        self._woken = Event()
        self._stop_hearing = recorder.log.on_commit(self._wake)

    def stop(self) -> None:
        """End the iteration, from any thread."""
        super().stop()
        self._stop_hearing()
        self._woken.set()

    def __next__(self) -> Notification:
        """Wait for a notification; ``OperationalError`` if the table can't be read now, after
        which one may go on.
        """
        pause = FIRST_PAUSE
        while not self._has_been_stopped:
            while self._read:
                notification = self._read.popleft()
                if not self._topics or notification.topic in self._topics:
                    return notification
            self._woken.clear()
            if self._pull() or self._woken.wait(pause):
                pause = FIRST_PAUSE
            else:
                pause = min(pause * 2, LONGEST_PAUSE)
        raise StopIteration

    def _pull(self) -> bool:
        found = self._recorder.select_notifications(
            self._last_notification_id, _PAGE, inclusive_of_start=False
        )
        if found:
            self._read.extend(found)
            self._last_notification_id = found[-1].id
        return bool(found)

    def _wake(self, news: Committed) -> None:
        del news
        self._woken.set()
