"""When a state is worth a snapshot, where each KiB of it has to be paid for."""

from __future__ import annotations

from collections import OrderedDict

from mentorbooking.domain.kernel.aggregate import AggregateRoot

THINGS_PER_VERSION = 4
_STREAMS = 4096


class SnapshotPlan:
    """Knows, of the streams used last, which version was kept.

    A state that holds much is kept again only when its stream has grown by a share of that: a
    calendar's page with 300 slots after 75 events. The events in between cost less to read
    than such a state costs to write.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, int] = OrderedDict()

    def is_due(self, state: AggregateRoot) -> bool:
        grown = state.version - self._kept.get(state.stream, 0)
        return grown * THINGS_PER_VERSION >= state.extent

    def note(self, stream: str, version: int) -> None:
        """Take in that a version of a stream is kept."""
        self._kept[stream] = version
        self._kept.move_to_end(stream)
        while len(self._kept) > _STREAMS:
            self._kept.popitem(last=False)
