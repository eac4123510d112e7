"""Change a mentor's profile; the account, where there is one, follows in the same append."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET

from mentorbooking.application.answers.mentor import MentorAnswer, full_mentor_answer
from mentorbooking.application.authorisation import NotYours
from mentorbooking.application.ports.aggregate_store import (
    AddressKeyChanged,
    AggregateStore,
    Alongside,
)
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.credentials import Credentials
from mentorbooking.application.ports.ids import Ids
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.mentors.managed_mentor import managed_mentor
from mentorbooking.application.use_cases.preconditions import Versions, require_version
from mentorbooking.domain.email_address.address import EmailAddress
from mentorbooking.domain.kernel.aggregate import Decision
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import ProfileChanges
from mentorbooking.domain.user_account.account import UserAccount
from mentorbooking.domain.user_account.role import Role

FOR_ADMINS = ("email", "premium", "external_id")


class UpdateMentor(msgspec.Struct, frozen=True, kw_only=True):
    """``FOR_ADMINS`` names the fields that the mentor may not change."""

    caller: Principal
    mentor_id: str
    changes: ProfileChanges
    if_match: Versions | None = None


@dataclass(frozen=True, slots=True)
class UpdateMentorHandler:
    aggregates: AggregateStore
    credentials: Credentials
    clock: Clock
    ids: Ids

    async def __call__(self, command: UpdateMentor) -> MentorAnswer:
        now = self.clock.now()
        changes = command.changes
        mentor = await managed_mentor(self.aggregates, command.caller, command.mentor_id)
        forbidden = [name for name in FOR_ADMINS if name in changes.given()]
        if forbidden and command.caller.role is not Role.ADMIN:
            raise NotYours(f"Only admins may change {', '.join(forbidden)}.")
        require_version(mentor, command.if_match)
        changed = self._changed(mentor, command, now)
        decisions: list[Decision[Any]] = [changed]
        alongside: list[Alongside] = []
        if changed.events:
            decisions += await self._address(mentor, changes, alongside, now)
            decisions += await self._account(mentor, changes, now)
            await self.aggregates.save(*decisions, alongside=alongside)
        return full_mentor_answer(changed.outcome())

    def _changed(self, mentor: Mentor, command: UpdateMentor, now: datetime) -> Decision[Mentor]:
        """Change the profile. Who has no account yet and gets another address is invited anew:
        the earlier invitation was mailed to an address that is not theirs any more.
        """
        changed = mentor.change_profile(command.changes, now=now)
        if mentor.user_id is not None or not self._is_other_address(mentor, command.changes):
            return changed
        invited = changed.outcome().invite(
            self.ids.new("invitation"), by=command.caller.user_id, now=now
        )
        return mentor.decide(*changed.events, *invited.events)

    def _is_other_address(self, mentor: Mentor, changes: ProfileChanges) -> bool:
        if changes.email is UNSET:
            return False
        address_key = self.credentials.address_key
        return address_key(changes.email) != address_key(mentor.profile.email)

    async def _address(
        self, mentor: Mentor, changes: ProfileChanges, alongside: list[Alongside], now: datetime
    ) -> list[Decision[Any]]:
        """Claim the new address and give the old one back."""
        if changes.email is UNSET or not self._is_other_address(mentor, changes):
            return []
        old_key = self.credentials.address_key(mentor.profile.email)
        new_key = self.credentials.address_key(changes.email)
        holder = mentor.user_id or mentor.id
        old = await self.aggregates.find(EmailAddress, old_key)
        new = await self.aggregates.find(EmailAddress, new_key)
        if mentor.user_id is not None:
            alongside.append(AddressKeyChanged(mentor.user_id, new_key))
        return [new.claim(holder, now=now), old.release(now=now)]

    async def _account(
        self, mentor: Mentor, changes: ProfileChanges, now: datetime
    ) -> list[Decision[Any]]:
        """Let the account say the same name, zone and address as the profile."""
        if mentor.user_id is None:
            return []
        account = await self.aggregates.get(UserAccount, mentor.user_id)
        return [
            account.follow_profile(
                name=None if changes.name is UNSET else changes.name,
                time_zone=None if changes.time_zone is UNSET else changes.time_zone,
                email=None if changes.email is UNSET else changes.email,
                now=now,
            )
        ]
