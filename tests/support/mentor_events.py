"""Mentors for lists, with as little said of them as a test needs."""

from __future__ import annotations

from typing import Any

from mentorbooking.domain.mentor.events import MentorCreated, MentorStatus, Origin
from mentorbooking.domain.mentor.profile import MentorProfile
from mentorbooking.domain.mentor_calendar.events import NewSlot, SlotsAdded
from mentorbooking.domain.scheduling.time_slot import TimeSlot
from tests.support.fixed import NOW
from tests.support.read_models import ReadModels


async def mentor(
    read_models: ReadModels, mentor_id: str, *, status: str = "active", **profile: Any
) -> None:
    """Let there be a mentor, whose name is their id where none is given."""
    described = {"name": mentor_id, "email": "somebody@example.org"} | profile
    await read_models.happened(
        mentor_id,
        MentorCreated(
            at=NOW,
            profile=MentorProfile(**described),
            origin=Origin.IMPORT,
            status=MentorStatus(status),
        ),
    )


async def offers(read_models: ReadModels, mentor_id: str, **slots: TimeSlot) -> None:
    """Let a mentor offer slots, by their ids."""
    await read_models.happened(
        f"mentor_calendar:{mentor_id}:1",
        SlotsAdded(
            at=NOW,
            mentor_id=mentor_id,
            slots=tuple(NewSlot(key, slot) for key, slot in slots.items()),
        ),
    )
