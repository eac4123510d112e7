"""No two slots of a mentor overlap, wherever pages are cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from mentorbooking.domain.mentor_calendar.calendar import MentorCalendar
from mentorbooking.domain.mentor_calendar.errors import SlotOverlap
from mentorbooking.domain.mentor_calendar.events import NewSlot


def refuse_overlaps(
    wanted: Sequence[NewSlot], pages: Iterable[MentorCalendar], *, new_to_the_calendar: bool = True
) -> None:
    """Raise ``SlotOverlap`` naming the first two that overlap, existing or wanted.

    ``pages`` must hold all of ``paging.pages_around`` every wanted slot.
    ``new_to_the_calendar=False``: the wanted slot replaces the one with its id.
    """
    ids = {new.slot_id for new in wanted}
    standing = [
        NewSlot(slot_id, known.slot)
        for page in pages
        for slot_id, known in page.slots.items()
        if slot_id not in ids
    ]
    by_start = sorted([*standing, *wanted], key=lambda each: (each.slot.start, each.slot.end))
    for first, second in pairwise(by_start):
        if first.slot.overlaps(second.slot):
            raise SlotOverlap(
                "Two time slots would overlap; see slots.",
                slots=[
                    {
                        "id": None if each.slot_id in ids and new_to_the_calendar else each.slot_id,
                        "start": each.slot.start,
                        "end": each.slot.end,
                    }
                    for each in (first, second)
                ],
            )
