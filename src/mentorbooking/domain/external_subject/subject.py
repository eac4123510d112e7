"""Whose account a subject of another identity provider has: what makes it one account for ever.

There is one stream per subject, named by a keyed hash of issuer and subject. Two first tokens at
the same time meet in the store's version check, so that only one of them makes an account.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from mentorbooking.domain.external_subject.errors import AlreadyBound
from mentorbooking.domain.external_subject.events import ExternalSubjectBound, ExternalSubjectEvent
from mentorbooking.domain.kernel.aggregate import AggregateRoot, Decision


class ExternalSubject(AggregateRoot):
    """The id is the keyed hash. ``user_id``: the account, once there is one."""

    TOPIC: ClassVar[str] = "external_subject"

    user_id: str | None = None

    @classmethod
    def stream_of(cls, aggregate_id: str) -> str:
        return f"external_subject:{aggregate_id}"

    # -- decisions ---------------------------------------------------------

    def bind(self, user_id: str, *, now: datetime) -> Decision[Self]:
        """Give the subject its account."""
        if self.user_id == user_id:
            return self.decide()
        if self.user_id is not None:
            raise AlreadyBound("The subject has an account already.")
        return self.decide(ExternalSubjectBound(at=now, user_id=user_id))

    # -- history -----------------------------------------------------------

    def evolve(self, event: ExternalSubjectEvent) -> None:
        self.user_id = event.user_id
