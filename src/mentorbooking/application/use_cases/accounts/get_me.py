"""Read one's own account."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mentorbooking.application.answers.account import AccountAnswer, account_answer
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.principal import Principal
from mentorbooking.domain.user_account.account import UserAccount


class GetMe(msgspec.Struct, frozen=True):
    caller: Principal


@dataclass(frozen=True, slots=True)
class GetMeHandler:
    aggregates: AggregateStore

    async def __call__(self, query: GetMe) -> AccountAnswer:
        return account_answer(await self.aggregates.get(UserAccount, query.caller.user_id))
