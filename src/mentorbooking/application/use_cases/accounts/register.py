"""Make an account: a student, a mentor, or (from the command line) an admin or operator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec
from msgspec import UNSET

from mentorbooking.application.answers.account import AccountAnswer, account_answer
from mentorbooking.application.ports.aggregate_store import AggregateStore, PasswordSet
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.credentials import Credentials
from mentorbooking.application.ports.identity import (
    InvalidInvitationToken,
    Invitations,
    PasswordHasher,
)
from mentorbooking.application.ports.ids import Ids
from mentorbooking.application.ports.throttle import Throttle
from mentorbooking.application.use_cases.accounts.role_parts import Part, new_part
from mentorbooking.domain.email_address.address import EmailAddress
from mentorbooking.domain.mentor.errors import InvitationInvalid
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import ProfileChanges
from mentorbooking.domain.user_account.account import UserAccount
from mentorbooking.domain.user_account.role import Role


class Register(msgspec.Struct, frozen=True, kw_only=True):
    """``invitation``: the token by which an imported mentor takes their profile over.

    ``client`` is the network address to throttle by.
    """

    email: str
    password: str
    name: str
    role: Role
    client: str
    time_zone: str | None = None
    invitation: str | None = None


@dataclass(frozen=True, slots=True)
class RegisterHandler:
    aggregates: AggregateStore
    credentials: Credentials
    passwords: PasswordHasher
    invitations: Invitations
    throttle: Throttle
    clock: Clock
    ids: Ids

    async def __call__(self, command: Register) -> AccountAnswer:
        now = self.clock.now()
        user_id = self.ids.new("user")
        key = self.credentials.address_key(command.email)
        self.throttle.hit("register", address_key=key, client=command.client)
        address = await self.aggregates.find(EmailAddress, key)
        if command.invitation is not None:
            mentor, invitation_id = await self._invited(command, command.invitation, key, now)
            part = _part_taken_over(mentor, invitation_id, command, user_id, now)
            held = address.hand_over(giver=mentor.id, taker=user_id, now=now)
            time_zone = command.time_zone or mentor.profile.time_zone
        else:
            held = address.claim(user_id, now=now)
            time_zone = command.time_zone or "UTC"
            part = new_part(
                command.role,
                self.ids,
                user_id=user_id,
                name=command.name,
                email=command.email,
                time_zone=time_zone,
                now=now,
            )
        account = UserAccount.register(
            user_id,
            email=command.email,
            name=command.name,
            role=command.role,
            time_zone=time_zone,
            student_id=part.student_id,
            mentor_id=part.mentor_id,
            now=now,
        )
        password_hash = await self.passwords.hash(command.password)
        await self.aggregates.save(
            held, account, *part.decisions, alongside=[PasswordSet(user_id, key, password_hash)]
        )
        return account_answer(account.outcome())

    async def _invited(
        self, command: Register, invitation: str, key: str, now: datetime
    ) -> tuple[Mentor, str]:
        """Return the mentor and invitation that the token names, if it is theirs to use."""
        try:
            claims = self.invitations.verify(invitation, now)
        except InvalidInvitationToken as error:
            raise InvitationInvalid("The invitation is not valid, or has expired.") from error
        mentor = await self.aggregates.find(Mentor, claims.mentor_id)
        if command.role is not Role.MENTOR:
            raise InvitationInvalid("The invitation is for a mentor's account.")
        if not mentor.exists or self.credentials.address_key(mentor.profile.email) != key:
            raise InvitationInvalid("The invitation was sent to another e-mail address.")
        return mentor, claims.invitation_id


def _part_taken_over(
    mentor: Mentor, invitation_id: str, command: Register, user_id: str, now: datetime
) -> Part:
    """Hand the profile over to the account; it says what its mentor says when registering."""
    own_words = ProfileChanges(
        name=command.name,
        time_zone=UNSET if command.time_zone is None else command.time_zone,
    )
    taken = mentor.accept_invitation(invitation_id, user_id=user_id, own_words=own_words, now=now)
    return Part(mentor_id=mentor.id, decisions=(taken,))
