"""The facts of a mail that invites a mentor. Its token is made now and kept nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from mentorbooking.application.notifications import mentor_invitation
from mentorbooking.application.notifications.addressees import (
    Addressees,
    NothingToSend,
    reachable,
)
from mentorbooking.application.notifications.facts import Person, Service
from mentorbooking.application.notifications.letter import MailContent
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.identity import InvitationClaims
from mentorbooking.domain.mentor.events import MentorInvited
from mentorbooking.domain.mentor.mentor import Mentor

InvitationToken = Callable[[InvitationClaims], str]
"""What ``Invitations.token`` is."""


@dataclass(frozen=True, slots=True)
class InvitationLetters:
    aggregates: AggregateStore
    addressees: Addressees
    invitation_token: InvitationToken
    service: Service

    async def invited(
        self, event: MentorInvited, mentor_id: str, now: datetime
    ) -> tuple[Person, MailContent]:
        mentor = await self.aggregates.get(Mentor, mentor_id)
        if mentor.invitation_id != event.invitation_id or event.expires_at <= now:
            raise NothingToSend("the invitation was used, has expired, or a newer one took over")
        reader = reachable(await self.addressees.mentor(mentor_id))
        claims = InvitationClaims(mentor_id, event.invitation_id, event.expires_at)
        query = urlencode({"invitation": self.invitation_token(claims)})
        inviter = await self.addressees.user(event.invited_by)
        facts = mentor_invitation.Facts(
            service=self.service,
            mentor=reader,
            invited_by=inviter.name or f"The team of {self.service.name}",
            link=f"{self.service.base_url}/register?{query}",
            expires_at=event.expires_at,
        )
        return reader, mentor_invitation.to_mentor(facts)
