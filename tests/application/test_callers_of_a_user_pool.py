"""Callers whom a user pool has signed in: one account each, and the role that was told last."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from mentorbooking.application.context import CommandContext, current_context, enter_context
from mentorbooking.application.ports.identity import InvalidToken
from mentorbooking.application.ports.user_pool import PoolUser, UserPoolUnavailable
from mentorbooking.application.use_cases.accounts import pool_callers
from mentorbooking.application.use_cases.accounts.admit_pool_user import AdmitPoolUser
from mentorbooking.application.use_cases.accounts.pool_callers import PoolCallers
from mentorbooking.domain.user_account.account import UserAccount
from mentorbooking.domain.user_account.role import Role
from tests.support.fixed import NOW

pytestmark = pytest.mark.anyio

STUDENT, MENTOR = Role.STUDENT, Role.MENTOR


def told(role: Role, second: int = 0, subject: str = "ada") -> PoolUser:
    return PoolUser(subject, role, NOW + timedelta(seconds=second))


class Door:
    """Callers before a pool whose tokens stand for what they tell; ``admitted`` are those asked.

    Accounts are kept by subject; a request waits while ``open`` is not. Of who is ``slow`` the
    account is known, and comes back when it has ``arrived``.
    """

    def __init__(self) -> None:
        self.tokens: dict[str, PoolUser] = {}
        self.accounts: dict[str, UserAccount] = {}
        self.admitted: list[PoolUser] = []
        self.contexts: list[str] = []
        self.away = False
        self.open = asyncio.Event()
        self.open.set()
        self.slow: PoolUser | None = None
        self.arrived = asyncio.Event()
        self.callers = PoolCallers(self, self.admit)

    # -- the pool ------------------------------------------------------------

    def names_itself_in(self, token: str) -> bool:
        return token in self.tokens

    async def verify(self, token: str, now: datetime) -> PoolUser:
        return self.tokens[token]

    async def details(self, token: str, now: datetime) -> None:
        raise AssertionError("only the use case asks for details")

    # -- the use case --------------------------------------------------------

    async def admit(self, command: AdmitPoolUser) -> UserAccount:
        user = command.user
        self.admitted.append(user)
        self.contexts.append(current_context().correlation_id)
        await self.open.wait()
        if self.away:
            raise UserPoolUnavailable(1)
        account = self.accounts.get(user.subject, UserAccount(id=f"user_{user.subject}"))
        if not account.is_told_later(user.told_at):
            raise InvalidToken("an earlier role")
        account = account.after()
        account.role, account.role_as_of = user.role, user.told_at
        self.accounts[user.subject] = account
        if user == self.slow:
            await self.arrived.wait()
        return account

    # -- calls -----------------------------------------------------------------

    async def call(self, user: PoolUser, request_id: str = "request-1") -> Role:
        token = repr(user)
        self.tokens[token] = user
        context = CommandContext("system", "http", request_id)
        principal = await self.callers.principal(token, NOW, context)
        assert principal.user_id == f"user_{user.subject}"
        return principal.role


@pytest.fixture
async def door(anyio_backend: str) -> Door:
    return Door()


async def test_the_account_is_looked_up_once(door: Door) -> None:
    for second in range(3):
        assert await door.call(told(STUDENT, second)) is STUDENT
    assert door.admitted == [told(STUDENT)]


async def test_another_role_is_taken_at_once_also_within_the_same_second(door: Door) -> None:
    assert await door.call(told(STUDENT)) is STUDENT
    assert await door.call(told(MENTOR)) is MENTOR
    assert await door.call(told(MENTOR)) is MENTOR
    assert door.admitted == [told(STUDENT), told(MENTOR)]


async def test_an_older_token_with_another_role_does_not_work_any_more(door: Door) -> None:
    await door.call(told(MENTOR))
    await door.call(told(STUDENT, 1))
    with pytest.raises(InvalidToken):
        await door.call(told(MENTOR))
    assert await door.call(told(STUDENT, 1)) is STUDENT


async def test_what_is_newest_includes_tokens_that_brought_no_news(door: Door) -> None:
    await door.call(told(STUDENT))
    await door.call(told(STUDENT, 20))
    with pytest.raises(InvalidToken):
        await door.call(told(MENTOR, 10))
    assert len(door.admitted) == 1


async def test_an_older_token_with_the_same_role_works(door: Door) -> None:
    await door.call(told(MENTOR, 20))
    assert await door.call(told(MENTOR)) is MENTOR


async def test_of_two_at_once_the_older_one_is_not_what_is_remembered(door: Door) -> None:
    door.open.clear()
    older = asyncio.create_task(door.call(told(MENTOR)))
    newer = asyncio.create_task(door.call(told(STUDENT, 1)))
    await asyncio.sleep(0.001)
    door.open.set()
    assert await asyncio.gather(older, newer) == [MENTOR, STUDENT]
    with pytest.raises(InvalidToken):
        await door.call(told(MENTOR))


async def test_what_comes_back_late_is_not_what_is_remembered(door: Door) -> None:
    door.slow = told(MENTOR)
    late = asyncio.create_task(door.call(told(MENTOR)))
    await asyncio.sleep(0.001)
    assert await door.call(told(STUDENT, 1)) is STUDENT
    door.arrived.set()
    assert await late is MENTOR

    with pytest.raises(InvalidToken):
        await door.call(told(MENTOR))


async def test_their_tokens_are_told_from_all_others(door: Door) -> None:
    await door.call(told(STUDENT))
    assert door.callers.are_named_in(repr(told(STUDENT)))
    assert not door.callers.are_named_in("another")


async def test_a_hundred_first_requests_are_one_admission(door: Door) -> None:
    door.open.clear()
    calls = [asyncio.create_task(door.call(told(STUDENT))) for _ in range(100)]
    await asyncio.sleep(0.001)
    door.open.set()
    assert await asyncio.gather(*calls) == [STUDENT] * 100
    assert len(door.admitted) == 1


async def test_who_hangs_up_takes_nothing_from_the_others(door: Door) -> None:
    door.open.clear()
    first, second = (asyncio.create_task(door.call(told(STUDENT))) for _ in range(2))
    await asyncio.sleep(0.001)
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first
    door.open.set()
    assert await second is STUDENT


async def test_a_failure_is_not_remembered(door: Door) -> None:
    door.away = True
    for _ in range(2):
        with pytest.raises(UserPoolUnavailable):
            await door.call(told(STUDENT))
    door.away = False
    assert await door.call(told(STUDENT)) is STUDENT
    assert len(door.admitted) == 3


async def test_an_account_is_made_within_the_context_of_the_request(door: Door) -> None:
    outside = CommandContext("somebody", "http", "outside")
    enter_context(outside)
    await door.call(told(STUDENT), "request-7")
    assert door.contexts == ["request-7"]
    assert current_context() is outside


async def test_only_so_many_are_remembered(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_callers, "REMEMBERED", 3)
    for subject in "abcd":
        await door.call(told(STUDENT, subject=subject))
    for subject in "dcbdcb":
        await door.call(told(STUDENT, subject=subject))
    assert len(door.admitted) == 4
    await door.call(told(STUDENT, subject="a"))
    assert len(door.admitted) == 5
