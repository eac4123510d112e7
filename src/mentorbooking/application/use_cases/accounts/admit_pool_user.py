"""Let somebody in whom a user pool has signed in: the first time, that makes their account.

Such an account has no password here. Its role is what the pool tells last; its address is one
that the pool has verified and that nobody here holds, or none: who merely shares an address with
an older account, whose address nobody has verified, must not come to share the account.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from mentorbooking.application.email_addresses import read_email
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.credentials import Credentials
from mentorbooking.application.ports.identity import InvalidToken
from mentorbooking.application.ports.ids import Ids
from mentorbooking.application.ports.user_pool import PersonalDetails, PoolUser, UserPool
from mentorbooking.application.use_cases.accounts.role_parts import Part, new_part
from mentorbooking.domain.email_address.address import EmailAddress
from mentorbooking.domain.external_subject.subject import ExternalSubject
from mentorbooking.domain.kernel.aggregate import Decision
from mentorbooking.domain.kernel.text import NAME_LIMIT, clean_text
from mentorbooking.domain.kernel.unacceptable import Unacceptable
from mentorbooking.domain.scheduling.time_zones import is_time_zone
from mentorbooking.domain.user_account.account import UserAccount
from mentorbooking.domain.user_account.role import Role

SUPERSEDED: Final = "The access token tells an earlier role; get a new one."


class AdmitPoolUser(msgspec.Struct, frozen=True):
    """``user`` is what the verified ``token`` tells."""

    user: PoolUser
    token: str


@dataclass(frozen=True, slots=True)
class AdmitPoolUserHandler:
    """``subject_key`` returns the keyed hash that stands for a subject of the pool."""

    aggregates: AggregateStore
    credentials: Credentials
    pool: UserPool
    subject_key: Callable[[str], str]
    clock: Clock
    ids: Ids

    async def __call__(self, command: AdmitPoolUser) -> UserAccount:
        """Return the account, with the role that the token tells.

        Raises ``InvalidToken`` where a newer token has told another role.
        """
        now = self.clock.now()
        user = command.user
        subject = await self.aggregates.find(ExternalSubject, self.subject_key(user.subject))
        if subject.user_id is None:
            details = await self.pool.details(command.token, now)
            return await self._welcome(subject, user, details, now)
        account = await self.aggregates.get(UserAccount, subject.user_id)
        if user.role is account.role:
            return account
        if not account.is_told_later(user.told_at):
            raise InvalidToken(SUPERSEDED)
        return await self._change_role(account, user, now)

    async def _welcome(
        self, subject: ExternalSubject, user: PoolUser, details: PersonalDetails, now: datetime
    ) -> UserAccount:
        user_id = self.ids.new("user")
        email, held = await self._address(details.email, user_id, now)
        name = _name(details.name, user.role)
        told_zone = details.time_zone
        time_zone = told_zone if told_zone and is_time_zone(told_zone) else "UTC"
        part = new_part(
            user.role,
            self.ids,
            user_id=user_id,
            name=name,
            email=email,
            time_zone=time_zone,
            now=now,
        )
        account = UserAccount.register(
            user_id,
            email=email,
            name=name,
            role=user.role,
            time_zone=time_zone,
            student_id=part.student_id,
            mentor_id=part.mentor_id,
            role_as_of=user.told_at,
            now=now,
        )
        bound = subject.bind(user_id, now=now)
        await self.aggregates.save(bound, *held, account, *part.decisions)
        return account.outcome()

    async def _change_role(
        self, account: UserAccount, user: PoolUser, now: datetime
    ) -> UserAccount:
        earlier = account.parts.get(user.role)
        if earlier is None:
            part = new_part(
                user.role,
                self.ids,
                user_id=account.id,
                name=account.name,
                email=account.email,
                time_zone=account.time_zone,
                now=now,
            )
        else:
            part = Part(
                student_id=earlier if user.role is Role.STUDENT else None,
                mentor_id=earlier if user.role is Role.MENTOR else None,
            )
        changed = account.take_role(
            user.role,
            role_as_of=user.told_at,
            student_id=part.student_id,
            mentor_id=part.mentor_id,
            now=now,
        )
        await self.aggregates.save(changed, *part.decisions)
        return changed.outcome()

    async def _address(
        self, verified: str | None, user_id: str, now: datetime
    ) -> tuple[str, list[Decision[Any]]]:
        """Claim a verified address that is free; else the account has none."""
        try:
            email = read_email(verified or "").shown
        except Unacceptable:
            return "", []
        address = await self.aggregates.find(EmailAddress, self.credentials.address_key(email))
        if address.holder is not None:
            return "", []
        return email, [address.claim(user_id, now=now)]


def _name(told: str | None, role: Role) -> str:
    """Return how to call somebody until they say it themselves."""
    name = ""
    with suppress(Unacceptable):
        name = clean_text(told or "", limit=NAME_LIMIT)
    return name or f"New {role}"
