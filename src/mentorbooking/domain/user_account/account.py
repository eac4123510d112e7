"""A person who can sign in, with exactly one role."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self, assert_never

from mentorbooking.domain.kernel.aggregate import NEVER, AggregateRoot, Decision
from mentorbooking.domain.user_account.events import (
    AccountChanged,
    AccountEmailChanged,
    AccountRegistered,
    AccountRoleChanged,
    PasswordChanged,
    UserAccountEvent,
)
from mentorbooking.domain.user_account.role import Role


class UserAccount(AggregateRoot):
    """The account's id is a ``user_…``; students and mentors have an id of that part besides.

    ``role_as_of``: when an identity provider told the role, if one did. ``parts`` are the ids of
    every role that the person has ever had, so that who comes back to it finds what was theirs.
    """

    TOPIC: ClassVar[str] = "user_account"
    SNAPSHOT_SCHEMA: ClassVar[int] = 2

    email: str = ""
    name: str = ""
    role: Role = Role.STUDENT
    time_zone: str = "UTC"
    student_id: str | None = None
    mentor_id: str | None = None
    role_as_of: datetime | None = None
    parts: dict[Role, str] = {}
    created_at: datetime = NEVER

    def is_told_later(self, role_as_of: datetime) -> bool:
        """Tell whether what an identity provider said then is news.

        Tokens tell whole seconds: of two of the same second the one that comes last counts.
        """
        return self.role_as_of is None or role_as_of >= self.role_as_of

    # -- decisions ---------------------------------------------------------

    @classmethod
    def register(
        cls,
        user_id: str,
        *,
        email: str,
        name: str,
        role: Role,
        time_zone: str,
        student_id: str | None,
        mentor_id: str | None,
        now: datetime,
        role_as_of: datetime | None = None,
    ) -> Decision[Self]:
        return cls(id=user_id).decide(
            AccountRegistered(
                at=now,
                email=email,
                name=name,
                role=role,
                time_zone=time_zone,
                student_id=student_id,
                mentor_id=mentor_id,
                role_as_of=role_as_of,
            )
        )

    def take_role(
        self,
        role: Role,
        *,
        role_as_of: datetime,
        student_id: str | None,
        mentor_id: str | None,
        now: datetime,
    ) -> Decision[Self]:
        """Be what an identity provider tells, unless it has told something else since."""
        if role is self.role or not self.is_told_later(role_as_of):
            return self.decide()
        return self.decide(
            AccountRoleChanged(
                at=now,
                role=role,
                role_as_of=role_as_of,
                student_id=student_id,
                mentor_id=mentor_id,
            )
        )

    def change(
        self, *, name: str | None, time_zone: str | None, new_password: bool, now: datetime
    ) -> Decision[Self]:
        """Change what the person says of themselves; None means: as before."""
        events = self._profile_events(name, time_zone, now)
        if new_password:
            events.append(PasswordChanged(at=now))
        return self.decide(*events)

    def follow_profile(
        self, *, name: str | None, time_zone: str | None, email: str | None, now: datetime
    ) -> Decision[Self]:
        """Say the same as the mentor's profile, the address to sign in with included."""
        events = self._profile_events(name, time_zone, now)
        if email is not None and email != self.email:
            events.append(AccountEmailChanged(at=now, email=email))
        return self.decide(*events)

    def _profile_events(
        self, name: str | None, time_zone: str | None, now: datetime
    ) -> list[UserAccountEvent]:
        new_name = name if name != self.name else None
        new_zone = time_zone if time_zone != self.time_zone else None
        if new_name is None and new_zone is None:
            return []
        return [AccountChanged(at=now, name=new_name, time_zone=new_zone)]

    # -- history -----------------------------------------------------------

    def evolve(self, event: UserAccountEvent) -> None:
        match event:
            case AccountRegistered():
                self.email = event.email
                self.name = event.name
                self.time_zone = event.time_zone
                self.created_at = event.at
                self._have_role(event)
            case AccountChanged(name=name, time_zone=time_zone):
                self.name = self.name if name is None else name
                self.time_zone = self.time_zone if time_zone is None else time_zone
            case AccountEmailChanged(email=email):
                self.email = email
            case AccountRoleChanged():
                self._have_role(event)
            case PasswordChanged():
                pass
            case _:
                assert_never(event)

    def _have_role(self, event: AccountRegistered | AccountRoleChanged) -> None:
        self.role = event.role
        self.role_as_of = event.role_as_of
        self.student_id = event.student_id
        self.mentor_id = event.mentor_id
        part = event.student_id or event.mentor_id
        if part is not None:
            self.parts = {**self.parts, event.role: part}
