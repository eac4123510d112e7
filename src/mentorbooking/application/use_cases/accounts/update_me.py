"""Change what one says of oneself: name, time zone, password.

A mentor's name and zone stand in their profile too, and change there in the same append.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import UNSET

from mentorbooking.application.answers.account import AccountAnswer, account_answer
from mentorbooking.application.ports.aggregate_store import (
    AggregateStore,
    Alongside,
    PasswordSet,
    SessionsRevoked,
)
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.credentials import Credentials
from mentorbooking.application.ports.identity import PasswordHasher
from mentorbooking.application.ports.throttle import Throttle
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.preconditions import Versions, require_version
from mentorbooking.domain.kernel.aggregate import Decision
from mentorbooking.domain.kernel.errors import FieldError, InvalidContent
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import ProfileChanges
from mentorbooking.domain.user_account.account import UserAccount


def current_password_missing() -> FieldError:
    """Say that a new password needs the current one."""
    return FieldError(
        "#/current_password", "missing-value", "A new password needs the current one."
    )


class UpdateMe(msgspec.Struct, frozen=True, kw_only=True):
    """None: as before. A new password needs the current one.

    ``client`` is the network address to throttle by.
    """

    caller: Principal
    client: str
    name: str | None = None
    time_zone: str | None = None
    password: str | None = None
    current_password: str | None = None
    if_match: Versions | None = None


@dataclass(frozen=True, slots=True)
class UpdateMeHandler:
    aggregates: AggregateStore
    credentials: Credentials
    passwords: PasswordHasher
    throttle: Throttle
    clock: Clock

    async def __call__(self, command: UpdateMe) -> AccountAnswer:
        alongside = await self._new_password(command)
        now = self.clock.now()
        account = await self.aggregates.get(UserAccount, command.caller.user_id)
        require_version(account, command.if_match)
        changed = account.change(
            name=command.name,
            time_zone=command.time_zone,
            new_password=bool(alongside),
            now=now,
        )
        decisions: list[Decision[Any]] = [changed]
        if account.mentor_id is not None:
            mentor = await self.aggregates.get(Mentor, account.mentor_id)
            wanted = ProfileChanges(
                name=UNSET if command.name is None else command.name,
                time_zone=UNSET if command.time_zone is None else command.time_zone,
            )
            decisions.append(mentor.change_profile(wanted, now=now))
        if any(decision.events for decision in decisions):
            await self.aggregates.save(*decisions, alongside=alongside)
        return account_answer(changed.outcome())

    async def _new_password(self, command: UpdateMe) -> list[Alongside]:
        """Check the current password; a new one ends every session that is signed in."""
        if command.password is None:
            return []
        user_id = command.caller.user_id
        known = await self.credentials.by_user(user_id)
        current = command.current_password
        if current is None:
            raise InvalidContent(current_password_missing())
        key = known.address_key if known else None
        self.throttle.hit("token", address_key=key, client=command.client)
        if known is None or not await self.passwords.verify(current, known.password_hash):
            raise InvalidContent(
                FieldError("#/current_password", "wrong-password", "This is not your password.")
            )
        self.throttle.succeeded("token", address_key=key, client=command.client)
        new_hash = await self.passwords.hash(command.password)
        return [PasswordSet(user_id, known.address_key, new_hash), SessionsRevoked(user_id)]
