"""What can have happened to a user's account. Holds personal data: name and address."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from mentorbooking.domain.kernel.event import Event
from mentorbooking.domain.user_account.role import Role


class AccountRegistered(Event, frozen=True, kw_only=True):
    """Somebody can sign in from now on.

    ``email`` is empty where no address is known. ``role_as_of``: see the change of a role.
    """

    TOPIC: ClassVar[str] = "user_account.registered"

    email: str
    name: str
    role: Role
    time_zone: str
    student_id: str | None = None
    mentor_id: str | None = None
    role_as_of: datetime | None = None


class AccountChanged(Event, frozen=True, kw_only=True):
    """The person goes by another name or lives in another zone; None: as before."""

    TOPIC: ClassVar[str] = "user_account.changed"

    name: str | None = None
    time_zone: str | None = None


class AccountEmailChanged(Event, frozen=True, kw_only=True):
    """The person signs in and is written to under another address."""

    TOPIC: ClassVar[str] = "user_account.email_changed"

    email: str


class AccountRoleChanged(Event, frozen=True, kw_only=True):
    """The identity provider that tells the person's role tells another one.

    ``role_as_of`` is when it said so; the ids are those of the parts that this role has.
    """

    TOPIC: ClassVar[str] = "user_account.role_changed"

    role: Role
    role_as_of: datetime
    student_id: str | None = None
    mentor_id: str | None = None


class PasswordChanged(Event, frozen=True, kw_only=True):
    """The password was replaced. The secret itself is never in an event."""

    TOPIC: ClassVar[str] = "user_account.password_changed"


UserAccountEvent = (
    AccountRegistered | AccountChanged | AccountEmailChanged | AccountRoleChanged | PasswordChanged
)
