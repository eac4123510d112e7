"""All accounts, from the log: there is no list of them that anybody else reads."""

from __future__ import annotations

from collections.abc import Iterator

from mentorbooking.adapters.event_store.log import SQLiteLogReader
from mentorbooking.adapters.persistence.sqlite.log import SQLiteLog
from mentorbooking.application.answers.account import AccountAnswer, account_answer
from mentorbooking.domain.user_account.account import UserAccount
from mentorbooking.domain.user_account.events import AccountRegistered

_BATCH = 1_000


def known_accounts(sqlite_log: SQLiteLog) -> list[AccountAnswer]:
    """Return the accounts as they are now, the oldest first."""
    log = SQLiteLogReader(sqlite_log)
    return [
        account_answer(UserAccount(id=stream).after(*(r.event for r in log.read_stream(stream))))
        for stream in _registered(log)
    ]


def _registered(log: SQLiteLogReader) -> Iterator[str]:
    after = 0
    while events := log.read(after, _BATCH, topics=(AccountRegistered.TOPIC,)):
        yield from (recorded.stream for recorded in events)
        after = events[-1].position
