"""Whose an access token is: one of our own, or one of the user pool."""

from __future__ import annotations

from mentorbooking.application.context import SYSTEM, CommandContext
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.identity import TokenVerifier
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.accounts.pool_callers import PoolCallers
from mentorbooking.entrypoints.http.serving import Verify


def authenticating(own: TokenVerifier, clock: Clock, guests: PoolCallers | None = None) -> Verify:
    """Ask the pool about tokens that name it, and our own verifier about all others.

    Neither takes what the other one signs, so nothing is won by naming the wrong one.
    """

    async def verify(token: str, request_id: str) -> Principal:
        if guests is None or not guests.are_named_in(token):
            return own.verify(token, clock.now())
        context = CommandContext(actor=SYSTEM, channel="http", correlation_id=request_id)
        return await guests.principal(token, clock.now(), context)

    return verify
