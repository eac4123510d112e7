"""Keys that somebody else rotates: fetched when needed, by one for all, and not too often."""

from __future__ import annotations

import asyncio

import pytest

from mentorbooking.adapters.identity.cognito.rotating_keys import (
    FRESH_SECONDS,
    PAUSE_SECONDS,
    RotatingKeys,
    UnknownKey,
)
from mentorbooking.application.ports.user_pool import UserPoolUnavailable
from tests.support.identity import PassingTime

pytestmark = pytest.mark.anyio


class Source:
    """Tells the keys that it has; ``away`` makes it fail. A fetch waits while ``open`` is not."""

    def __init__(self) -> None:
        self.keys = {"first": "key 1"}
        self.away = False
        self.fetches = 0
        self.open = asyncio.Event()
        self.open.set()
        self.time = PassingTime()
        self.rotating = RotatingKeys(self.fetch, lambda: self.time() / 1e9)

    async def fetch(self) -> dict[str, str]:
        self.fetches += 1
        await self.open.wait()
        if self.away:
            raise UserPoolUnavailable(1)
        return dict(self.keys)

    async def settle(self) -> None:
        """Let what was started end."""
        for _ in range(5):
            await asyncio.sleep(0)


@pytest.fixture
async def source(anyio_backend: str) -> Source:
    return Source()


async def test_nobody_is_asked_before_a_key_is_wanted(source: Source) -> None:
    assert source.fetches == 0


async def test_a_key_is_fetched_once(source: Source) -> None:
    assert [await source.rotating.get("first") for _ in range(3)] == ["key 1"] * 3
    assert source.fetches == 1


async def test_a_thousand_who_wait_wait_for_one_fetch(source: Source) -> None:
    source.open.clear()
    waiting = [asyncio.create_task(source.rotating.get("first")) for _ in range(1000)]
    await source.settle()
    source.open.set()
    assert await asyncio.gather(*waiting) == ["key 1"] * 1000
    assert source.fetches == 1


async def test_a_thousand_who_wait_in_vain_do_so_once(source: Source) -> None:
    source.away = True
    answers = await asyncio.gather(
        *(source.rotating.get(f"key {number}") for number in range(1000)), return_exceptions=True
    )
    assert {type(answer) for answer in answers} == {UserPoolUnavailable}
    assert source.fetches == 1


async def test_who_gives_up_waiting_takes_nothing_from_the_others(source: Source) -> None:
    source.open.clear()
    first, second = (asyncio.create_task(source.rotating.get("first")) for _ in range(2))
    await source.settle()
    first.cancel()
    await source.settle()
    source.open.set()
    assert await second == "key 1"
    assert first.cancelled()
    assert source.fetches == 1


async def test_a_new_key_is_found_after_the_pause(source: Source) -> None:
    await source.rotating.get("first")
    source.keys = {"second": "key 2"}
    source.time.passes(PAUSE_SECONDS)
    assert await source.rotating.get("second") == "key 2"
    with pytest.raises(UnknownKey):
        await source.rotating.get("first")


async def test_keys_that_do_not_exist_are_not_looked_for_again_and_again(source: Source) -> None:
    for number in range(100):
        with pytest.raises(UnknownKey):
            await source.rotating.get(f"made up {number}")
    assert source.fetches == 1
    source.time.passes(PAUSE_SECONDS)
    with pytest.raises(UnknownKey):
        await source.rotating.get("made up")
    assert source.fetches == 2


async def test_without_any_key_nobody_can_tell(source: Source) -> None:
    source.away = True
    with pytest.raises(UserPoolUnavailable):
        await source.rotating.get("first")
    source.time.passes(PAUSE_SECONDS - 2)
    with pytest.raises(UserPoolUnavailable) as refusal:
        await source.rotating.get("first")
    assert refusal.value.retry_after_seconds == 2
    assert source.fetches == 1


async def test_it_goes_on_by_itself_when_the_source_is_back(source: Source) -> None:
    source.away = True
    with pytest.raises(UserPoolUnavailable):
        await source.rotating.get("first")
    source.away = False
    source.time.passes(PAUSE_SECONDS)
    assert await source.rotating.get("first") == "key 1"


async def test_known_keys_stay_good_while_the_source_is_away(source: Source) -> None:
    await source.rotating.get("first")
    source.away = True
    source.time.passes(10 * FRESH_SECONDS)
    for _ in range(3):
        assert await source.rotating.get("first") == "key 1"
        await source.settle()
    assert source.fetches == 2
    with pytest.raises(UserPoolUnavailable):
        await source.rotating.get("perhaps new")


async def test_old_keys_are_fetched_again_without_letting_anybody_wait(source: Source) -> None:
    await source.rotating.get("first")
    source.time.passes(FRESH_SECONDS)
    source.open.clear()
    assert await source.rotating.get("first") == "key 1"
    await source.settle()
    assert source.fetches == 2
    assert await source.rotating.get("first") == "key 1"
    assert source.fetches == 2
    source.open.set()


async def test_a_withdrawn_key_goes_with_the_next_fetch(source: Source) -> None:
    await source.rotating.get("first")
    source.keys = {"second": "key 2"}
    source.time.passes(FRESH_SECONDS)
    await source.rotating.get("first")
    await source.settle()
    with pytest.raises(UnknownKey):
        await source.rotating.get("first")
