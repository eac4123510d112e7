"""Who calls with a token of the user pool: their account, made when they first come.

The newest token that was seen tells the role. An older one that tells another role does not work
any more: it neither gives back what somebody has lost, nor gets what they have been given since.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, NamedTuple

from mentorbooking.application.context import CommandContext, enter_context
from mentorbooking.application.ports.identity import InvalidToken
from mentorbooking.application.ports.user_pool import PoolUser, UserPool
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.accounts.admit_pool_user import (
    SUPERSEDED,
    AdmitPoolUser,
)
from mentorbooking.application.use_cases.accounts.sign_in import principal_of
from mentorbooking.domain.user_account.account import UserAccount

REMEMBERED: Final = 4096
"""Callers whose account is not looked up again while their role stays the same."""


class _Known(NamedTuple):
    principal: Principal
    role_as_of: datetime


class PoolCallers:
    """One for a process; ``admit`` is the use case, deciding again where it loses a race."""

    def __init__(
        self, pool: UserPool, admit: Callable[[AdmitPoolUser], Awaitable[UserAccount]]
    ) -> None:
        self._pool, self._admit = pool, admit
        self._known: dict[str, _Known] = {}
        self._under_way: dict[PoolUser, asyncio.Task[_Known]] = {}

    def are_named_in(self, token: str) -> bool:
        """Tell whether a token looks like one of theirs; ``principal`` tells whether it is."""
        return self._pool.names_itself_in(token)

    async def principal(self, token: str, now: datetime, context: CommandContext) -> Principal:
        """Return who calls; an account is made or changed within ``context``.

        Raises ``InvalidToken``, ``UserPoolUnavailable``, and what the store raises.
        """
        user = await self._pool.verify(token, now)
        known = self._known.get(user.subject)
        if known is None or user.role is not known.principal.role:
            if known is not None and user.told_at < known.role_as_of:
                raise InvalidToken(SUPERSEDED)
            # Not cancelled with one who waits: others do too.
            known = await asyncio.shield(self._admission(user, token, context))
        self._remember(user.subject, _Known(known.principal, max(known.role_as_of, user.told_at)))
        return known.principal

    def _admission(
        self, user: PoolUser, token: str, context: CommandContext
    ) -> asyncio.Task[_Known]:
        """Return the one under way, or start it: an app's first requests come all at once.

        It is a task also so that the context of what the caller does next stays its own.
        """
        task = self._under_way.get(user)
        if task is None:
            task = asyncio.create_task(self._admitted(user, token, context))
            self._under_way[user] = task
            task.add_done_callback(lambda _: self._under_way.pop(user))
        return task

    async def _admitted(self, user: PoolUser, token: str, context: CommandContext) -> _Known:
        enter_context(context)
        account = await self._admit(AdmitPoolUser(user, token))
        return _Known(principal_of(account), account.role_as_of or user.told_at)

    def _remember(self, subject: str, known: _Known) -> None:
        """Keep what is known, unless a newer token has been seen meanwhile."""
        present = self._known.get(subject)
        if present is None and len(self._known) >= REMEMBERED:
            del self._known[next(iter(self._known))]
        if present is None or known.role_as_of >= present.role_as_of:
            self._known[subject] = known
