"""Load a mentor whom the caller may manage: the mentor themselves, or any for an admin."""

from __future__ import annotations

from mentorbooking.application.authorisation import NotYours, manages_mentor
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.principal import Principal
from mentorbooking.domain.kernel.errors import NotFound
from mentorbooking.domain.mentor.mentor import Mentor


async def known_mentor(aggregates: AggregateStore, mentor_id: str) -> Mentor:
    """Return the mentor, or raise ``NotFound``."""
    mentor = await aggregates.find(Mentor, mentor_id)
    if not mentor.exists:
        raise NotFound("There is no such mentor.")
    return mentor


async def managed_mentor(aggregates: AggregateStore, caller: Principal, mentor_id: str) -> Mentor:
    """Return the mentor; raise ``NotFound``, or ``NotYours`` since mentors are public."""
    mentor = await known_mentor(aggregates, mentor_id)
    if not manages_mentor(caller, mentor_id):
        raise NotYours("Only the mentor and admins may do this.")
    return mentor
