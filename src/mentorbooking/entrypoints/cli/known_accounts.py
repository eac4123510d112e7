"""All accounts, from the log: there is no list of them that anybody else reads."""

from __future__ import annotations

import asyncio
from typing import Final, get_args

from mentorbooking.application.answers.account import AccountAnswer, account_answer
from mentorbooking.application.ports.event_log import EventLog
from mentorbooking.domain.user_account.account import UserAccount
from mentorbooking.domain.user_account.events import UserAccountEvent

_BATCH = 1_000
_TOPICS: Final = tuple(event.TOPIC for event in get_args(UserAccountEvent))


async def known_accounts(log: EventLog) -> list[AccountAnswer]:
    """Return the accounts as they are now, the oldest first."""
    accounts: dict[str, UserAccount] = {}
    after = 0
    while events := await log.read(after, _BATCH, topics=_TOPICS):
        for recorded in events:
            known = accounts.get(recorded.stream) or UserAccount(id=recorded.stream)
            accounts[recorded.stream] = known.after(recorded.event)
        after = events[-1].position
        await asyncio.sleep(0)  # a log that answers at once would leave Ctrl-C unheard
    return [account_answer(account) for account in accounts.values()]
