"""What can have happened to a subject of another identity provider. Its name is not in here."""

from __future__ import annotations

from typing import ClassVar

from mentorbooking.domain.kernel.event import Event


class ExternalSubjectBound(Event, frozen=True, kw_only=True):
    """From now on, who proves to be this subject is the owner of the account ``user_id``."""

    TOPIC: ClassVar[str] = "external_subject.bound"

    user_id: str


ExternalSubjectEvent = ExternalSubjectBound
