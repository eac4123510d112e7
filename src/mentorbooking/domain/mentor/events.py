"""What can have happened to a mentor. The profile is personal data."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from mentorbooking.domain.kernel.event import Event
from mentorbooking.domain.mentor.profile import MentorProfile, ProfileChanges


class Origin(StrEnum):
    """How a mentor came to be known."""

    REGISTRATION = "registration"
    ADMIN = "admin"
    IMPORT = "import"


class MentorStatus(StrEnum):
    """Paused mentors are not listed and can't be booked; booked sessions stay."""

    ACTIVE = "active"
    PAUSED = "paused"


class MentorCreated(Event, frozen=True, kw_only=True):
    """There is a new mentor. ``user_id``: the account, where there is one already."""

    TOPIC: ClassVar[str] = "mentor.created"

    profile: MentorProfile
    origin: Origin
    status: MentorStatus = MentorStatus.ACTIVE
    user_id: str | None = None


class MentorProfileChanged(Event, frozen=True, kw_only=True):
    """The mentor's profile reads differently."""

    TOPIC: ClassVar[str] = "mentor.profile_changed"

    changes: ProfileChanges


class MentorActivated(Event, frozen=True, kw_only=True):
    """The mentor can be found and booked again."""

    TOPIC: ClassVar[str] = "mentor.activated"


class MentorPaused(Event, frozen=True, kw_only=True):
    """The mentor takes no new bookings."""

    TOPIC: ClassVar[str] = "mentor.paused"


class MentorConfirmed(Event, frozen=True, kw_only=True):
    """An admin vouches that a self-registered mentor is who they say."""

    TOPIC: ClassVar[str] = "mentor.confirmed"


class MentorInvited(Event, frozen=True, kw_only=True):
    """A mentor without an account may take over the profile with this invitation."""

    TOPIC: ClassVar[str] = "mentor.invited"

    invitation_id: str
    expires_at: datetime
    invited_by: str


class MentorTakenOver(Event, frozen=True, kw_only=True):
    """The invited mentor has an account now; the invitation is used up."""

    TOPIC: ClassVar[str] = "mentor.taken_over"

    user_id: str


MentorEvent = (
    MentorCreated
    | MentorProfileChanged
    | MentorActivated
    | MentorPaused
    | MentorConfirmed
    | MentorInvited
    | MentorTakenOver
)
