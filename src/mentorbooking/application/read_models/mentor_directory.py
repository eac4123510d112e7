"""GET /mentors: the mentors who can be found, and when each is free next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol, assert_never, get_args

import msgspec

from mentorbooking.application.answers.mentor import MentorAnswer, mentor_answer
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.read_models.page import Keys, Page
from mentorbooking.application.read_models.projection import Key, Projection, Rows
from mentorbooking.domain.mentor.events import (
    MentorActivated,
    MentorConfirmed,
    MentorCreated,
    MentorEvent,
    MentorInvited,
    MentorPaused,
    MentorProfileChanged,
    MentorStatus,
    MentorTakenOver,
)
from mentorbooking.domain.mentor.mentor import Mentor

_SHOWN = frozenset(MentorAnswer.__struct_fields__) - {"email", "mobile_number", "external_id"}


class MentorSort(StrEnum):
    """Ties are broken by id; who has not told a value comes last."""

    NAME = "name"
    MOST_EXPERIENCED = "-experience_years"
    CHEAPEST = "hourly_rate"
    NEXT_FREE = "next_free"


class MentorsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which active mentors; every condition that is given must hold.

    ``skills``: all of them, whole, without regard to case; so ``language``. ``q``: all of its
    words occur in name, skills or bio, the last one as the beginning of a word; capitals and
    accents do not matter; nothing in it is syntax. A mentor who has not told their experience
    or rate does not meet a limit on it. ``free_from``/``free_to``: the mentor has an open slot
    to come that lies within [free_from, free_to); either may be left open. ``after``: the
    ``next_keys`` of the page before, in the same sort.
    """

    skills: tuple[str, ...] = ()
    min_experience_years: int | None = None
    max_hourly_rate: int | float | None = None
    premium: bool | None = None
    language: str | None = None
    time_zone: str | None = None
    q: str | None = None
    free_from: datetime | None = None
    free_to: datetime | None = None
    sort: MentorSort = MentorSort.NAME
    limit: int = 50
    after: Keys | None = None


class MentorDirectory(Protocol):
    """``fed_by`` names the projections that a list depends on."""

    fed_by: ClassVar[tuple[str, ...]] = ("mentor_directory", "timeslots")

    async def page(self, query: MentorsQuery, *, now: datetime) -> Page:
        """Return mentors as ``MentorAnswer``, each with ``next_free``: the start of its earliest
        open slot after ``now``, or null.

        Following ``next_keys`` to the end shows every mentor that stayed as it was exactly once,
        sorted by ``next_free`` too: the pages keep to the first one's ``now`` for their order.
        ``ValueError``: ``after`` does not come from such a list.
        """


class MentorDirectoryProjection(Projection[MentorEvent, MentorAnswer]):
    """The row is what everybody may know of the mentor; the key is the mentor's id."""

    name: ClassVar[str] = "mentor_directory"
    handles = frozenset(get_args(MentorEvent))

    def reads(self, event: MentorEvent, recorded: RecordedEvent) -> Iterable[Key]:
        return () if isinstance(event, MentorCreated) else (recorded.stream,)

    def apply(self, event: MentorEvent, recorded: RecordedEvent, rows: Rows[MentorAnswer]) -> None:
        mentor_id = recorded.stream
        changes: dict[str, object] = {}
        match event:
            case MentorCreated():
                rows.put(mentor_id, mentor_answer(Mentor(id=mentor_id).after(event)))
                return
            case MentorProfileChanged():
                changes = {k: v for k, v in event.changes.given().items() if k in _SHOWN}
            case MentorActivated():
                changes = {"status": MentorStatus.ACTIVE.value}
            case MentorPaused():
                changes = {"status": MentorStatus.PAUSED.value}
            case MentorConfirmed():
                changes = {"confirmed": True}
            case MentorInvited() | MentorTakenOver():
                pass
            case _:
                assert_never(event)
        changes |= {"version": recorded.version, "updated_at": event.at}
        rows.put(mentor_id, msgspec.structs.replace(rows[mentor_id], **changes))
