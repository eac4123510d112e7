"""A mentor: a profile that can be found, and whether it may be booked.

An imported mentor has no account until they take the profile over with an invitation.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Self, assert_never

from mentorbooking.domain.kernel.aggregate import NEVER, AggregateRoot, Decision
from mentorbooking.domain.mentor.errors import AlreadyHasAccount, InvitationInvalid
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
    Origin,
)
from mentorbooking.domain.mentor.profile import (
    MentorProfile,
    ProfileChanges,
    changed,
    difference,
)

INVITATION_LIFETIME = timedelta(days=7)


class Mentor(AggregateRoot):
    """``invitation_id`` names the only invitation that still works."""

    TOPIC: ClassVar[str] = "mentor"

    profile: MentorProfile = MentorProfile(name="", email="")
    origin: Origin = Origin.REGISTRATION
    status: MentorStatus = MentorStatus.ACTIVE
    confirmed: bool = False
    user_id: str | None = None
    invitation_id: str | None = None
    invitation_expires_at: datetime | None = None
    created_at: datetime = NEVER
    updated_at: datetime = NEVER

    @property
    def is_active(self) -> bool:
        return self.status is MentorStatus.ACTIVE

    @property
    def is_known(self) -> bool:
        """Tell whether an admin vouches for it. An import never fills a stranger's profile."""
        return self.origin is not Origin.REGISTRATION or self.confirmed

    # -- decisions ---------------------------------------------------------

    @classmethod
    def register(
        cls,
        mentor_id: str,
        *,
        profile: MentorProfile,
        user_id: str,
        now: datetime,
    ) -> Decision[Self]:
        """Make the mentor who has just registered: active at once."""
        return cls(id=mentor_id).decide(
            MentorCreated(at=now, profile=profile, origin=Origin.REGISTRATION, user_id=user_id)
        )

    @classmethod
    def create_invited(
        cls,
        mentor_id: str,
        *,
        profile: MentorProfile,
        origin: Origin,
        status: MentorStatus,
        invitation_id: str,
        invited_by: str,
        now: datetime,
    ) -> Decision[Self]:
        """Make a mentor who has no account yet and may take the profile over."""
        return cls(id=mentor_id).decide(
            MentorCreated(at=now, profile=profile, origin=origin, status=status),
            _invitation(invitation_id, by=invited_by, now=now),
        )

    def change_profile(self, wanted: ProfileChanges, *, now: datetime) -> Decision[Self]:
        return self.decide(*self._profile_events(wanted, now))

    def take_in(
        self, wanted: ProfileChanges, status: MentorStatus | None, *, now: datetime
    ) -> Decision[Self]:
        """Follow an import's row: profile and status at once; nothing new, no event."""
        return self.decide(
            *self._profile_events(wanted, now),
            *self._status_events(status or self.status, now),
        )

    def activate(self, *, now: datetime) -> Decision[Self]:
        return self.decide(*self._status_events(MentorStatus.ACTIVE, now))

    def pause(self, *, now: datetime) -> Decision[Self]:
        return self.decide(*self._status_events(MentorStatus.PAUSED, now))

    def confirm(self, *, now: datetime) -> Decision[Self]:
        return self.decide() if self.confirmed else self.decide(MentorConfirmed(at=now))

    def invite(self, invitation_id: str, *, by: str, now: datetime) -> Decision[Self]:
        """Let the mentor take the profile over; an earlier invitation stops working."""
        if self.user_id is not None:
            raise AlreadyHasAccount("The mentor has an account already.")
        return self.decide(_invitation(invitation_id, by=by, now=now))

    def accept_invitation(
        self,
        invitation_id: str,
        *,
        user_id: str,
        own_words: ProfileChanges | None = None,
        now: datetime,
    ) -> Decision[Self]:
        """Give the profile to the account that was made with the invitation.

        ``own_words`` is what the mentor said when registering: the profile says so too.
        """
        expires = self.invitation_expires_at
        if self.user_id is not None or self.invitation_id != invitation_id:
            raise InvitationInvalid("The invitation was used or replaced by a newer one.")
        if expires is None or expires <= now:
            raise InvitationInvalid("The invitation has expired.")
        said = own_words or ProfileChanges()
        return self.decide(
            MentorTakenOver(at=now, user_id=user_id), *self._profile_events(said, now)
        )

    def _profile_events(self, wanted: ProfileChanges, now: datetime) -> list[MentorEvent]:
        changes = difference(self.profile, wanted)
        return [MentorProfileChanged(at=now, changes=changes)] if changes.given() else []

    def _status_events(self, status: MentorStatus, now: datetime) -> list[MentorEvent]:
        if status is self.status:
            return []
        active = status is MentorStatus.ACTIVE
        return [MentorActivated(at=now) if active else MentorPaused(at=now)]

    # -- history -----------------------------------------------------------

    def evolve(self, event: MentorEvent) -> None:
        self.updated_at = event.at
        match event:
            case MentorCreated():
                self.profile = event.profile
                self.origin = event.origin
                self.status = event.status
                self.user_id = event.user_id
                self.created_at = event.at
            case MentorProfileChanged(changes=changes):
                self.profile = changed(self.profile, changes)
            case MentorActivated():
                self.status = MentorStatus.ACTIVE
            case MentorPaused():
                self.status = MentorStatus.PAUSED
            case MentorConfirmed():
                self.confirmed = True
            case MentorInvited():
                self.invitation_id = event.invitation_id
                self.invitation_expires_at = event.expires_at
            case MentorTakenOver(user_id=user_id):
                self.user_id = user_id
                self.invitation_id = None
                self.invitation_expires_at = None
            case _:
                assert_never(event)


def _invitation(invitation_id: str, *, by: str, now: datetime) -> MentorInvited:
    """Make the fact of an invitation: it works once, within seven days."""
    return MentorInvited(
        at=now, invitation_id=invitation_id, expires_at=now + INVITATION_LIFETIME, invited_by=by
    )
