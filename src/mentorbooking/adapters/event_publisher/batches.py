"""Sending events in batches that a service answers entry by entry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from mentorbooking.application.integration_events.events import IntegrationEvent
from mentorbooking.application.ports.event_publisher import NotSent

MOST_AT_ONCE: Final = 10
"""What SQS and SNS take in one call."""

SendBatch = Callable[[Sequence[IntegrationEvent]], Awaitable[Iterable[NotSent]]]


async def send_in_batches(
    events: Sequence[IntegrationEvent], send: SendBatch
) -> Mapping[str, NotSent]:
    """Send all; return what failed, by event id. An event behind a failed one of its subject is
    not sent, so that what is sent of a subject is always the beginning of what was given.
    """
    failed: dict[str, NotSent] = {}
    stuck: set[str] = set()
    for wave in _waves(events):
        for held in [event for event in wave if event.subject in stuck]:
            failed[held.id] = NotSent(held.id, "held behind one that failed")
        free = iter([event for event in wave if event.subject not in stuck])
        while batch := list(islice(free, MOST_AT_ONCE)):
            refused = {not_sent.event_id: not_sent for not_sent in await send(batch)}
            stuck |= {event.subject for event in batch if event.id in refused}
            failed |= refused
    return failed


def _waves(events: Iterable[IntegrationEvent]) -> Iterator[list[IntegrationEvent]]:
    """Part events so that no wave has two of one subject: within a call each stands for itself."""
    waves: list[list[IntegrationEvent]] = []
    seen: Counter[str] = Counter()
    for event in events:
        if seen[event.subject] == len(waves):
            waves.append([])
        waves[seen[event.subject]].append(event)
        seen[event.subject] += 1
    return iter(waves)
