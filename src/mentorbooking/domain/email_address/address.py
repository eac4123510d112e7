"""Who holds an e-mail address: what makes addresses unique without any look-up.

There is one stream per normalised address, named by a keyed hash of it. Two claims at the
same time meet in the store's version check, so that one of them fails.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self, assert_never

from mentorbooking.domain.email_address.errors import EmailTaken
from mentorbooking.domain.email_address.events import (
    EmailAddressClaimed,
    EmailAddressEvent,
    EmailAddressReleased,
)
from mentorbooking.domain.kernel.aggregate import AggregateRoot, Decision


class EmailAddress(AggregateRoot):
    """The id is the keyed hash of the normalised address."""

    TOPIC: ClassVar[str] = "email_address"

    holder: str | None = None

    @classmethod
    def stream_of(cls, aggregate_id: str) -> str:
        return f"email_address:{aggregate_id}"

    # -- decisions ---------------------------------------------------------

    def claim(self, holder: str, *, now: datetime) -> Decision[Self]:
        """Take a free address."""
        if self.holder == holder:
            return self.decide()
        if self.holder is not None:
            raise EmailTaken("An account or a mentor with this e-mail address exists.")
        return self.decide(EmailAddressClaimed(at=now, holder=holder))

    def hand_over(self, *, giver: str, taker: str, now: datetime) -> Decision[Self]:
        """Pass the address on, as an invited mentor's account takes it from the profile."""
        if self.holder != giver:
            raise EmailTaken("The e-mail address has changed hands meanwhile.")
        return self.decide(EmailAddressClaimed(at=now, holder=taker))

    def release(self, *, now: datetime) -> Decision[Self]:
        return self.decide(EmailAddressReleased(at=now)) if self.holder else self.decide()

    # -- history -----------------------------------------------------------

    def evolve(self, event: EmailAddressEvent) -> None:
        match event:
            case EmailAddressClaimed(holder=holder):
                self.holder = holder
            case EmailAddressReleased():
                self.holder = None
            case _:
                assert_never(event)
