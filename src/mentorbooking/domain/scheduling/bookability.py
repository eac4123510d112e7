"""The one function that decides whether a slot can be booked, and why not.

Listing, booking and explaining a refusal all ask it, so that whatever is offered can be
booked and whatever is not is refused with the same reasons, always in this order.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from mentorbooking.domain.scheduling.time_slot import TimeSlot


class Reason(StrEnum):
    """Why a slot can't be booked; the values are part of the HTTP contract."""

    MENTOR_NOT_ACTIVE = "mentor-not-active"
    SLOT_IN_PAST = "slot-in-past"
    SLOT_TAKEN = "slot-taken"
    STUDENT_OVERLAP = "student-overlap"


def reasons_against(
    slot: TimeSlot,
    *,
    now: datetime,
    mentor_is_active: bool,
    is_taken: bool,
    student_sessions: Iterable[TimeSlot] = (),
) -> list[Reason]:
    """Return every reason against booking ``slot``, the first one first; empty: it is bookable."""
    found = {
        Reason.MENTOR_NOT_ACTIVE: not mentor_is_active,
        Reason.SLOT_IN_PAST: slot.has_started(now=now),
        Reason.SLOT_TAKEN: is_taken,
        Reason.STUDENT_OVERLAP: any(slot.overlaps(session) for session in student_sessions),
    }
    return [reason for reason, applies in found.items() if applies]
