"""What can have happened to an address. The address itself is not in here, nor in the stream."""

from __future__ import annotations

from typing import ClassVar

from mentorbooking.domain.kernel.event import Event


class EmailAddressClaimed(Event, frozen=True, kw_only=True):
    """From now on the address belongs to ``holder``, a user's or an imported mentor's id."""

    TOPIC: ClassVar[str] = "email_address.claimed"

    holder: str


class EmailAddressReleased(Event, frozen=True, kw_only=True):
    """Nobody holds the address any more."""

    TOPIC: ClassVar[str] = "email_address.released"


EmailAddressEvent = EmailAddressClaimed | EmailAddressReleased
